//! One hit: which rule, where, how sure; never what.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::encoding::{Encoding, Layers};
use super::kind::{Category, Kind};

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
