//! The causes of errors with the names of clauses.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecisionCause {
    #[error("clause id is empty")]
    Empty,
    #[error("clause id of {len} bytes passes the limit of {limit}")]
    Length { len: usize, limit: usize },
    #[error("clause id has a character other than a letter, digit or `-_.:/`, at byte {at}")]
    Syntax { at: usize },
}

impl DecisionCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Empty | Self::Syntax { .. } => ErrorKind::Config,
            Self::Length { .. } => ErrorKind::Limit,
        }
    }
}
