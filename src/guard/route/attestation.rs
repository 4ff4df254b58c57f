//! Attestations about providers.

use std::fmt::Write as _;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::Deserialize;

use super::control::{Control, Feature};
use crate::Error;
use crate::model::ModelDescriptor;
use crate::secret::Secret;
use crate::time::Moment;

/// What stands in front of everything that is signed.
const DOMAIN: &str = "confidant/attestation@v1";

/// What is said of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// The control holds.
    Holds,
    /// The provider offers no such control for this.
    NoneExists,
}

/// On what an attestation rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Basis {
    /// A contract with the provider.
    Contract,
    /// The software runs on machines of the operator's own.
    SelfHosted,
    /// A page of the provider's.
    VendorPage,
}

/// What is attested of one provider at one place for one use of some models, from the day
/// of its review up to, and not including, the day on which it expires.
///
/// It counts where its signature is of a key that the router [trusts](super::Router::trust).
///
/// # Example
/// ```
/// use confidant::guard::{Attestation, Control};
///
/// let attestation = Attestation::from_json(r#"{
///     "id": "acme-zdr-2026", "provider": "acme-models",
///     "endpoint": "https://api.acme-models.example:443", "feature": "chat", "model": "large*",
///     "control": "zero_retention", "claim": "holds", "basis": "contract",
///     "reviewed_on": "2026-10-01T00:00:00Z", "expires_on": "2027-04-01T00:00:00Z",
///     "evidence": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
/// }"#)?;
/// assert_eq!(attestation.control(), Control::ZeroRetention);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    id: Box<str>,
    provider: Box<str>,
    endpoint: Box<str>,
    feature: Feature,
    model: Box<str>,
    control: Control,
    claim: Claim,
    basis: Basis,
    reviewed: Moment,
    expires: Moment,
    evidence: Option<[u8; 32]>,
    signature: Option<[u8; 64]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    id: String,
    provider: String,
    endpoint: String,
    feature: String,
    model: String,
    control: String,
    claim: String,
    basis: String,
    reviewed_on: String,
    expires_on: String,
    evidence: Option<String>,
    signature: Option<String>,
}

impl Attestation {
    /// Reads an attestation: a JSON object with `id`, `provider`, `endpoint` (with its
    /// port, or `*`), `feature`, `model` (a name, or its beginning and `*`), `control`,
    /// `claim` (`holds` or `none_exists`), `basis` (`contract`, `self_hosted` or
    /// `vendor_page`), `reviewed_on` and `expires_on` (moments), and, where there are
    /// such, `evidence` (the SHA-256 digest of the document that shows it) and
    /// `signature`, both as hexadecimal digits.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where it has another form, or expires before
    /// it was reviewed.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let row: Row = serde_json::from_str(text).map_err(|_| malformed())?;
        Self::read(row)
    }

    pub(super) fn read(row: Row) -> Result<Self, Error> {
        let plain = |text: &str| {
            !text.is_empty()
                && text.len() <= 255
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if ![&row.id, &row.provider, &row.endpoint, &row.model]
            .into_iter()
            .all(|text| plain(text))
        {
            return Err(malformed());
        }
        let this = Self {
            feature: Feature::parse(&row.feature).ok_or_else(malformed)?,
            control: Control::parse(&row.control).ok_or_else(malformed)?,
            claim: match row.claim.as_str() {
                "holds" => Claim::Holds,
                "none_exists" => Claim::NoneExists,
                _ => return Err(malformed()),
            },
            basis: match row.basis.as_str() {
                "contract" => Basis::Contract,
                "self_hosted" => Basis::SelfHosted,
                "vendor_page" => Basis::VendorPage,
                _ => return Err(malformed()),
            },
            reviewed: row.reviewed_on.parse()?,
            expires: row.expires_on.parse()?,
            evidence: row.evidence.as_deref().map(hex).transpose()?,
            signature: row.signature.as_deref().map(hex).transpose()?,
            id: row.id.into(),
            provider: row.provider.into(),
            endpoint: row.endpoint.into(),
            model: row.model.into(),
        };
        match this.reviewed < this.expires {
            true => Ok(this),
            false => Err(Error::config("attestation expires before it was reviewed")),
        }
    }

    /// Signs the attestation with a key of 32 bytes, as the one who vouches for it.
    #[must_use]
    pub fn sign(mut self, key: &Secret<[u8; 32]>) -> Self {
        let signed = SigningKey::from_bytes(key.expose_secret()).sign(&self.signed_text());
        self.signature = Some(signed.to_bytes());
        self
    }

    /// Returns the signature as hexadecimal digits, to be kept with the rest.
    #[must_use]
    pub fn signature(&self) -> Option<String> {
        self.signature.map(|signature| to_hex(&signature))
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> &str {
        &self.id
    }

    /// Returns what it is about.
    #[must_use]
    pub const fn control(&self) -> Control {
        self.control
    }

    /// Returns what it says.
    #[must_use]
    pub const fn claim(&self) -> Claim {
        self.claim
    }

    /// Returns on what it rests.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        self.basis
    }

    /// Returns from when on it counts.
    #[must_use]
    pub const fn reviewed_on(&self) -> Moment {
        self.reviewed
    }

    /// Returns from when on it counts no longer.
    #[must_use]
    pub const fn expires_on(&self) -> Moment {
        self.expires
    }

    /// Returns the digest of the document that shows it.
    #[must_use]
    pub const fn evidence(&self) -> Option<&[u8; 32]> {
        self.evidence.as_ref()
    }

    /// What a signature is over: every field on a line of its own.
    fn signed_text(&self) -> Vec<u8> {
        let claim = match self.claim {
            Claim::Holds => "holds",
            Claim::NoneExists => "none_exists",
        };
        let basis = match self.basis {
            Basis::Contract => "contract",
            Basis::SelfHosted => "self_hosted",
            Basis::VendorPage => "vendor_page",
        };
        let evidence = self
            .evidence
            .map(|digest| to_hex(&digest))
            .unwrap_or_default();
        let lines = [
            DOMAIN,
            &self.id,
            &self.provider,
            &self.endpoint,
            self.feature.as_str(),
            &self.model,
            self.control.as_str(),
            claim,
            basis,
            &self.reviewed.to_string(),
            &self.expires.to_string(),
            &evidence,
            "",
        ];
        lines.join("\n").into_bytes()
    }

    /// Whether it is signed by one of these keys.
    pub(super) fn is_signed_by(&self, keys: &[VerifyingKey]) -> bool {
        let Some(signature) = &self.signature else {
            return false;
        };
        let (text, signature) = (self.signed_text(), Signature::from_bytes(signature));
        keys.iter()
            .any(|key| key.verify_strict(&text, &signature).is_ok())
    }

    /// Whether it is about a use of a model at a moment.
    pub(super) fn is_about(&self, model: &ModelDescriptor, feature: Feature, now: Moment) -> bool {
        let is_model = match self.model.strip_suffix('*') {
            Some(beginning) => model.model.as_str().starts_with(beginning),
            None => *self.model == *model.model.as_str(),
        };
        is_model
            && *self.provider == *model.provider.as_str()
            && (&*self.endpoint == "*" || *self.endpoint == *model.endpoint.as_str())
            && self.feature == feature
            && (self.reviewed..self.expires).contains(&now)
    }
}

fn malformed() -> Error {
    Error::config("attestation does not have the form of one")
}

fn to_hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn hex<const N: usize>(text: &str) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(malformed());
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        let digits = text.get(2 * at..2 * at + 2).ok_or_else(malformed)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| malformed())?;
    }
    Ok(bytes)
}
