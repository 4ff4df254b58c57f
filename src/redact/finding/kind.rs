//! Kinds of values and their categories.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::id::parsed_id;

/// The kind of value that a finding covers.
///
/// The [label](Self::label) of a kind stands in its placeholders. It is also its text:
/// what `Display` writes, `FromStr` reads and serde stores.
///
/// # Example
/// ```
/// use confidant::redact::{Category, Kind};
///
/// assert_eq!(Kind::Token.label(), "TOKEN");
/// assert_eq!("TOKEN".parse::<Kind>()?, Kind::Token);
/// assert_eq!(Kind::Email.category(), Category::Personal);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A bank account, a bank's number or its code.
    Account,
    /// A provider's API key.
    ApiKey,
    /// A date of birth.
    BirthDate,
    /// A payment card number.
    Card,
    /// A session cookie.
    Cookie,
    /// A value that one of your own rules names.
    Custom,
    /// A device number, such as a telephone's IMEI.
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
    /// A text that looks like a placeholder but was not made by this crate.
    Literal,
    /// A place: coordinates or a postcode.
    Location,
    /// A hardware (MAC) address.
    Mac,
    /// A national identity, tax or social-security number, or the number of a
    /// passport or another document.
    NationalId,
    /// A password or passphrase.
    Password,
    /// A telephone number.
    Phone,
    /// A private key.
    PrivateKey,
    /// A value recognized as secret by its name alone.
    Secret,
    /// A signature that grants access, such as in a pre-signed URL.
    Signature,
    /// An access, refresh or session token.
    Token,
    /// The address of a resource, for callers that hide addresses.
    Url,
    /// A vehicle number or license plate.
    Vehicle,
    /// A cryptocurrency wallet address.
    Wallet,
    /// A webhook address, which is itself a secret.
    Webhook,
}

/// The category of a kind: secret or personal data.
///
/// # Example
/// ```
/// use confidant::redact::{Category, Redactor};
///
/// let redactor = Redactor::builder().category(Category::Personal).build()?;
/// let redacted = redactor.redact("mail ann@acme-mail.com");
/// assert_eq!(redacted.findings()[0].category(), Category::Personal);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Category {
    /// Structured personal data.
    Personal,
    /// A credential or key.
    Secret,
}

impl Kind {
    /// All kinds, in the order of their names.
    pub const ALL: &[Self] = &[
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

    /// Returns the word for this kind in placeholders: 2 to 12 capital letters.
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

    /// Returns whether values of this kind are secrets or personal data.
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

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl FromStr for Kind {
    type Err = Error;

    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) if no kind has this label. Case counts.
    fn from_str(label: &str) -> Result<Self, Error> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kind| kind.label() == label)
            .ok_or_else(|| Error::config("no kind of value has this label"))
    }
}

parsed_id!(Kind);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_listed_once_and_read_back() {
        let labels: std::collections::BTreeSet<_> =
            Kind::ALL.iter().map(|kind| kind.label()).collect();
        assert_eq!(labels.len(), Kind::ALL.len());
        // The order is that of declaration, and the last one closes the list.
        for (kind, number) in Kind::ALL.iter().zip(0..) {
            assert_eq!(*kind as usize, number);
            assert_eq!(kind.to_string().parse::<Kind>().unwrap(), *kind);
        }
        assert_eq!(Kind::ALL.last(), Some(&Kind::Webhook));
        for unknown in ["", "token", "TOKEN ", "NOTHING"] {
            assert!(Kind::try_from(unknown).is_err(), "{unknown}");
        }
    }
}
