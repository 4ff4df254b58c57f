//! One hit: which rule, where, how sure; never what.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::encoding::{Encoding, Layers};

/// What sort of value a finding covers.
///
/// The label of a kind (2 to 12 capital letters) is what stands in placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A bank account, the number of a bank or its code.
    Account,
    /// An API key of a provider.
    ApiKey,
    /// A date of birth.
    BirthDate,
    /// A payment card number.
    Card,
    /// A session cookie.
    Cookie,
    /// A value that a user's own rule names.
    Custom,
    /// The number of a device, such as a telephone's IMEI.
    Device,
    /// An e-mail address.
    Email,
    /// A password hash.
    Hash,
    /// An international bank account number.
    Iban,
    /// An IP address.
    Ip,
    /// A JSON Web Token.
    Jwt,
    /// A text that looks like a placeholder and is not one of ours.
    Literal,
    /// A place: coordinates or a postcode.
    Location,
    /// A hardware (MAC) address.
    Mac,
    /// A national identity, tax or social-security number, or that of a passport
    /// or another document.
    NationalId,
    /// A password or passphrase.
    Password,
    /// A telephone number.
    Phone,
    /// A private key.
    PrivateKey,
    /// A value known to be secret by its name alone.
    Secret,
    /// A signature that grants access, such as that of a pre-signed URL.
    Signature,
    /// An access, refresh or session token.
    Token,
    /// The address of a resource, where addresses are to be hidden.
    Url,
    /// The number of a vehicle, or its plate.
    Vehicle,
    /// The address of a wallet.
    Wallet,
    /// A webhook address, which is a secret itself.
    Webhook,
}

/// Whether a kind is a secret or personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Category {
    /// Structured personal data.
    Personal,
    /// A credential or key.
    Secret,
}

impl Kind {
    pub(crate) const ALL: &[Self] = &[
        Self::Account,
        Self::ApiKey,
        Self::BirthDate,
        Self::Card,
        Self::Cookie,
        Self::Custom,
        Self::Device,
        Self::Email,
        Self::Hash,
        Self::Iban,
        Self::Ip,
        Self::Jwt,
        Self::Literal,
        Self::Location,
        Self::Mac,
        Self::NationalId,
        Self::Password,
        Self::Phone,
        Self::PrivateKey,
        Self::Secret,
        Self::Signature,
        Self::Token,
        Self::Url,
        Self::Vehicle,
        Self::Wallet,
        Self::Webhook,
    ];

    /// The kind that has this label.
    pub(crate) fn from_label(label: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kind| kind.label() == label)
    }

    /// The word for this kind in placeholders: 2 to 12 capital letters.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Account => "ACCOUNT",
            Self::ApiKey => "APIKEY",
            Self::BirthDate => "BIRTHDATE",
            Self::Card => "CARD",
            Self::Cookie => "COOKIE",
            Self::Custom => "CUSTOM",
            Self::Device => "DEVICE",
            Self::Email => "EMAIL",
            Self::Hash => "HASH",
            Self::Iban => "IBAN",
            Self::Ip => "IP",
            Self::Jwt => "JWT",
            Self::Literal => "LITERAL",
            Self::Location => "LOCATION",
            Self::Mac => "MAC",
            Self::NationalId => "NATIONALID",
            Self::Password => "PASSWORD",
            Self::Phone => "PHONE",
            Self::PrivateKey => "PRIVATEKEY",
            Self::Secret => "SECRET",
            Self::Signature => "SIGNATURE",
            Self::Token => "TOKEN",
            Self::Url => "URL",
            Self::Vehicle => "VEHICLE",
            Self::Wallet => "WALLET",
            Self::Webhook => "WEBHOOK",
        }
    }

    /// Whether values of this kind are secrets or personal data.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::Account
            | Self::BirthDate
            | Self::Card
            | Self::Device
            | Self::Email
            | Self::Iban
            | Self::Ip
            | Self::Location
            | Self::Mac
            | Self::NationalId
            | Self::Phone
            | Self::Url
            | Self::Vehicle
            | Self::Wallet => Category::Personal,
            _ => Category::Secret,
        }
    }
}

/// What beyond its shape speaks for a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Validation {
    /// The checksum or structure that the format publishes is right.
    Checked,
    /// The format is distinctive; it has no checksum, or none is published.
    Format,
    /// The value was judged by its name, its context and how random it looks.
    Judged,
    /// The value is one of the [known ones](crate::redact::KnownValues).
    Known,
}

/// The id of a rule, as findings carry it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum RuleId {
    BuiltIn(&'static str),
    Given(Arc<str>),
}

impl RuleId {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::BuiltIn(id) => id,
            Self::Given(id) => id,
        }
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// One hit of a rule: its id, kind and place, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) rule: RuleId,
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) confidence: u8,
    pub(crate) validation: Validation,
    pub(crate) fingerprint: Option<[u8; 8]>,
    pub(crate) layers: Layers,
}

impl Finding {
    /// The id of the rule that matched, such as `github-pat`.
    #[must_use]
    pub fn rule(&self) -> &str {
        self.rule.as_str()
    }

    /// What sort of value this is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether this is a secret or personal data.
    #[must_use]
    pub const fn category(&self) -> Category {
        self.kind.category()
    }

    /// The byte range of the value in the input.
    #[must_use]
    pub const fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// How sure the rule is, from 0 to 100.
    #[must_use]
    pub const fn confidence(&self) -> u8 {
        self.confidence
    }

    /// What speaks for the finding beyond its shape.
    #[must_use]
    pub const fn validation(&self) -> Validation {
        self.validation
    }

    /// The first 8 bytes of the value's HMAC-SHA-256 under the redactor's
    /// fingerprint key, if it was given one: equal values have equal
    /// fingerprints, and without the key the value cannot be guessed from it.
    #[must_use]
    pub const fn fingerprint(&self) -> Option<[u8; 8]> {
        self.fingerprint
    }
    /// The encodings that the value lies in, the outermost first; none where it
    /// stands in the text as it is.
    ///
    /// The span of a value that was decoded is that of the bytes which carry it,
    /// in whole units of the encoding; its fingerprint is that of those bytes.
    #[must_use]
    pub fn decoded_from(&self) -> &[Encoding] {
        self.layers.as_slice()
    }
}
