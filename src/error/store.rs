//! The causes of errors with a store.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreCause {
    #[error("condition {number} of the commit does not hold")]
    Condition { number: usize },
    #[error("store has schema version {found}, but only versions up to {known} are known")]
    Newer { found: i64, known: i64 },
}

impl StoreCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Condition { .. } => ErrorKind::Conflict,
            Self::Newer { .. } => ErrorKind::Config,
        }
    }
}
