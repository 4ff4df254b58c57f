//! The causes of errors with known values.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KnownCause {
    #[error("known value {number} {refusal}")]
    Number {
        number: usize,
        refusal: KnownRefusal,
    },
    #[error("known value {0}")]
    Value(KnownRefusal),
}

/// The reason why a value is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KnownRefusal {
    #[error("shares its first bytes with values of 256 other lengths")]
    Crowded,
    #[error("is longer than 8192 bytes")]
    Long,
    #[error("is shorter than 8 bytes")]
    Short,
}

impl KnownCause {
    pub(super) const fn kind(self) -> ErrorKind {
        let (Self::Number { refusal, .. } | Self::Value(refusal)) = self;
        match refusal {
            KnownRefusal::Crowded | KnownRefusal::Long => ErrorKind::Limit,
            KnownRefusal::Short => ErrorKind::Config,
        }
    }
}
