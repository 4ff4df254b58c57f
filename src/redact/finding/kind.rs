//! Kinds of values, and their categories.

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
