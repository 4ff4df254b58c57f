//! What a built-in rule is: data, declared in one place.

use crate::redact::finding::Kind;
use crate::redact::text::Shape;

/// One built-in rule.
///
/// `found` and `passed` are examples of our own making, run as tests: each text
/// of `found` holds its secret between `«` and `»`, and the rule must report
/// just that; the rule must report nothing in a text of `passed`. Where there
/// are none, they are made from the form.
pub(crate) struct Rule {
    /// The rule's name, lower case with dashes: `github-pat`.
    pub(crate) id: &'static str,
    /// Whose credential it is, as its owner writes the name.
    pub(crate) provider: &'static str,
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) check: Check,
    /// Where the format is documented.
    pub(crate) source: &'static str,
    pub(crate) found: &'static [&'static str],
    pub(crate) passed: &'static [&'static str],
}

/// How a rule recognises a value.
pub(crate) enum Form {
    /// A documented format: one of the prefixes, then the body.
    ///
    /// The byte before a prefix may not be a letter or digit, and the byte
    /// after the body may be neither a letter, a digit nor one that the body's
    /// last part repeats.
    Token {
        prefixes: &'static [&'static str],
        body: Shape,
    },
    /// No distinctive format: a name (lower case) stands before the value in
    /// the same assignment, header, flag or sentence.
    ///
    /// `_` in a name stands for `_`, `-`, `.`, a space or nothing, so
    /// `datadog_api` finds `DATADOG_API_KEY`, `datadog-api-key` and
    /// `datadogApiKey`. A name that ends with `_` is an ordinary word too, and
    /// counts only with a word such as `key` right behind it. The value must have
    /// the shape from end to end.
    Named {
        names: &'static [&'static str],
        value: Shape,
    },
    /// A documented format that is told by a mark inside: what stands before it,
    /// the mark, what stands behind it. The neighbours of the whole are no letters
    /// or digits.
    Within {
        head: &'static Shape,
        mark: &'static str,
        tail: Shape,
    },
    /// An address that is a secret itself: a host (with its subdomains where it
    /// begins with a dot) and the path that follows it, from its slash on.
    Address {
        hosts: &'static [&'static str],
        path: Shape,
    },
    /// Structure that the engine reads itself.
    Structure(Structure),
    /// A number of a person, a document or a thing of theirs.
    Number(Number),
}

/// How a rule recognises a number by its shape, its check digits and the words
/// beside it.
pub(crate) struct Number {
    /// Each begins with digits or with a capital. Letters and digits are what
    /// counts, marks between them are not.
    pub(crate) shapes: &'static [Shape],
    /// Whether the letters and digits, as capitals, can be such a number.
    pub(crate) check: fn(&[u8]) -> bool,
    /// What the number is called, in small letters, in the languages of those
    /// who have one.
    pub(crate) words: &'static [&'static str],
    /// Whether one of the words must stand near: where other numbers have the
    /// same shape and pass the check by chance.
    pub(crate) needs_words: bool,
}

/// The structures that the engine reads itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    ApiKeyAssignment,
    BasicCredentials,
    BearerToken,
    BitcoinAddress,
    Card,
    CommandPassword,
    Cookie,
    Coordinates,
    DerKey,
    DottedKey,
    Domain,
    Email,
    EthereumAddress,
    Iban,
    Ipv4,
    Ipv6,
    JsonWebKey,
    Mac,
    ManifestData,
    PasswordAssignment,
    PgPass,
    Phone,
    PrivateKeyBlock,
    PuttyKey,
    SecretAssignment,
    SeedPhrase,
    TokenAssignment,
    Url,
    UrlPassword,
    UrlToken,
    UsSocialSecurity,
    Webhook,
    Wifi,
}

/// What a match must satisfy, or what makes it certain, beyond its shape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// The shape says it all.
    None,
    /// The last six characters are the CRC-32 of the thirty before them, in
    /// base 62: proof where it holds. A token damaged on its way is a secret
    /// all the same, so one that fails is reported with less confidence.
    Crc32Base62,
    /// The first part decodes to a JSON object that names an algorithm.
    JwtHeader,
    /// The value holds letters and digits and looks drawn at random: for a
    /// prefix that ordinary text has too.
    Random,
}

impl Structure {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Wifi as usize + 1;
}
