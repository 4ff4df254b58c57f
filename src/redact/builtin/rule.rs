//! Built-in rules, declared as data.

use crate::redact::finding::Kind;
use crate::redact::text::Shape;

/// A built-in rule.
///
/// `found` and `passed` are examples written for this crate, run as tests. Each text
/// of `found` has its secret between `«` and `»`, and the rule must report exactly
/// that. The rule must report nothing in the texts of `passed`. If there are none,
/// examples are generated from the form.
pub(crate) struct Rule {
    /// The rule's id, in lower case with dashes: `github-pat`.
    pub(crate) id: &'static str,
    /// The provider of the credential, spelled as the provider spells it.
    pub(crate) provider: &'static str,
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) check: Check,
    /// The address where the format is documented.
    pub(crate) source: &'static str,
    pub(crate) found: &'static [&'static str],
    pub(crate) passed: &'static [&'static str],
}

/// How a rule recognizes a value.
pub(crate) enum Form {
    /// A documented format: one of the prefixes, then the body.
    ///
    /// No letter or digit may precede the prefix. The byte after the body must be
    /// neither a letter nor a digit nor in the set that the body's last part repeats.
    Token {
        prefixes: &'static [&'static str],
        body: Shape,
    },
    /// No distinctive format: a name in lower case stands before the value in the
    /// same assignment, header, flag or sentence.
    ///
    /// `_` in a name matches `_`, `-`, `.`, a space or nothing, so `datadog_api`
    /// finds `DATADOG_API_KEY`, `datadog-api-key` and `datadogApiKey`. A name that
    /// ends with `_` is also an ordinary word and counts only if a word such as `key`
    /// follows it. The whole value must have the shape.
    Named {
        names: &'static [&'static str],
        value: Shape,
    },
    /// A documented format with a mark inside: a head, the mark and a tail. No letter
    /// or digit may stand on either side.
    Within {
        head: &'static Shape,
        mark: &'static str,
        tail: Shape,
    },
    /// An address that is itself a secret: a host, and the path from its slash on. A
    /// host that begins with a dot includes its subdomains.
    Address {
        hosts: &'static [&'static str],
        path: Shape,
    },
    /// Structure that the engine parses itself.
    Structure(Structure),
    /// A number of a person, a document or a possession.
    Number(Number),
}

/// How a rule recognizes a number: by its shape, its check digits and nearby words.
pub(crate) struct Number {
    /// The shapes, which each begin with a digit or a capital. Only letters and
    /// digits count; punctuation between them is skipped.
    pub(crate) shapes: &'static [Shape],
    /// Returns whether the letters and digits, in capitals, can be such a number.
    pub(crate) check: fn(&[u8]) -> bool,
    /// The names of the number, in lower case, in the languages of its holders.
    pub(crate) words: &'static [&'static str],
    /// Whether one of the words must stand nearby, because other numbers have the
    /// same shape and pass the check by chance.
    pub(crate) needs_words: bool,
}

/// The structures that the engine parses itself.
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

/// A condition beyond the shape, which a match must satisfy or which makes it
/// certain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// The shape is sufficient.
    None,
    /// The whole token is base 32 (RFC 4648) and its last two bytes are the CRC-16 of
    /// XMODEM of the bytes before them, the low byte first. A match is certain, and
    /// anything else is no token, because capitals and digits are frequent.
    Crc16Base32,
    /// The last six characters are the base-62 CRC-32 of the thirty before them. A
    /// match is certain. A token damaged in transit is still a secret, so a mismatch
    /// is reported with lower confidence.
    Crc32Base62,
    /// The first part decodes to a JSON object that names an algorithm.
    JwtHeader,
    /// The value contains letters and digits and looks random. For prefixes that also
    /// occur in ordinary text.
    Random,
}

impl Structure {
    /// The number of structures.
    pub(crate) const COUNT: usize = Self::Wifi as usize + 1;
}
