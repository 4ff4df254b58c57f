//! A finding: the rule that matched, the place and the confidence, never the value.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use super::encoding::{Encoding, Layers};
use super::kind::{Category, Kind};

/// The evidence for a finding beyond its shape.
///
/// # Example
/// ```
/// use confidant::redact::{Redactor, Validation};
///
/// let findings = Redactor::default().scan(b"password=fV9s-Rk2xLq7");
/// assert_eq!(findings[0].validation(), Validation::Judged);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Validation {
    /// The checksum or structure that the format publishes is correct.
    Checked,
    /// The format is distinctive, but has no checksum or publishes none.
    Format,
    /// The value was judged by its name, its context and how random it looks.
    Judged,
    /// The value is one of the [known values](crate::redact::KnownValues).
    Known,
}

/// The id of a rule, as findings carry it. Ids are equal if their texts are.
#[derive(Clone)]
pub(crate) enum RuleId {
    BuiltIn(&'static str),
    Custom(Arc<str>),
}

impl RuleId {
    /// A value that a placeholder map knows already.
    pub(crate) const AGAIN: &str = "conversation-value";
    /// A text that could not be scanned because a detector failed.
    pub(crate) const FAILED: &str = "detector-failed";
    /// The whole value of a field, hidden because of the field's name.
    pub(crate) const FIELD: &str = "field-name";
    /// A value that is known to be secret.
    pub(crate) const KNOWN: &str = "known-value";
    /// Text that looks like a placeholder.
    pub(crate) const LOOK_ALIKE: &str = "placeholder-look-alike";

    /// The ids that stand in no catalogue, and that nobody else may use.
    pub(crate) const RESERVED: [&str; 5] = [
        Self::AGAIN,
        Self::FAILED,
        Self::FIELD,
        Self::KNOWN,
        Self::LOOK_ALIKE,
    ];

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::BuiltIn(id) => id,
            Self::Custom(id) => id,
        }
    }
}

impl PartialEq for RuleId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RuleId {}

impl Hash for RuleId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// A match of a rule: its id, kind and place, never the value.
///
/// # Example
/// ```
/// use confidant::redact::{Category, Kind, Redactor};
///
/// let redacted = Redactor::default().redact("deploy with AKIAQ3EGRIZJ7OWLMXUV please");
/// let finding = &redacted.findings()[0];
/// assert_eq!(finding.rule(), "aws-access-key-id");
/// assert_eq!(finding.kind(), Kind::ApiKey);
/// assert_eq!(finding.category(), Category::Secret);
/// assert_eq!(finding.span(), 12..32);
/// ```
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
    /// Returns the id of the rule that matched, such as `github-pat`.
    #[must_use]
    pub fn rule(&self) -> &str {
        self.rule.as_str()
    }

    /// Returns the kind of the value.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns whether the value is a secret or personal data.
    #[must_use]
    pub const fn category(&self) -> Category {
        self.kind.category()
    }

    /// Returns the byte range of the value in the input.
    #[must_use]
    pub const fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns the confidence of the rule, from 0 to 100.
    #[must_use]
    pub const fn confidence(&self) -> u8 {
        self.confidence
    }

    /// Returns the evidence for the finding beyond its shape.
    #[must_use]
    pub const fn validation(&self) -> Validation {
        self.validation
    }

    /// Returns the fingerprint of the value, if the redactor has a [fingerprint
    /// key](crate::redact::RedactorBuilder::fingerprint_key).
    ///
    /// The fingerprint is the first 8 bytes of an HMAC-SHA-256 under that key. Equal
    /// values of a kind have equal fingerprints. Without the key, the value cannot be
    /// guessed from its fingerprint.
    #[must_use]
    pub const fn fingerprint(&self) -> Option<[u8; 8]> {
        self.fingerprint
    }

    /// Returns the encodings around the value, outermost first. The list is empty if
    /// the value stands in the text itself.
    ///
    /// The span of a decoded value covers the bytes that carry it, in whole units of
    /// the encoding. Its fingerprint is computed from those bytes.
    #[must_use]
    pub fn decoded_from(&self) -> &[Encoding] {
        self.layers.as_slice()
    }
}
