//! The causes of errors with visibility policies, facts and changes.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VisibilityCause {
    #[error("facts may be ahead of the store and must be read again")]
    Behind,
    #[error("record of facts is damaged")]
    Damaged,
    #[error("containers are nested deeper than {limit}")]
    Depth { limit: usize },
    #[error("{what} is empty")]
    Empty { what: &'static str },
    #[error("there is no such {what}")]
    Missing { what: &'static str },
    #[error("fact is older than the latest fact about the same thing")]
    Order,
    #[error("time lies outside the years 1678 to 2261")]
    Range,
    #[error("{0}")]
    Refused(&'static str),
    #[error("{what} already exists")]
    Taken { what: &'static str },
    #[error("{what} of {len} bytes passes the limit of {limit}")]
    Length {
        what: &'static str,
        len: usize,
        limit: usize,
    },
    #[error("{what} pass the limit of {limit}")]
    Many { what: &'static str, limit: usize },
    #[error("{what} has a character other than a letter, digit or `-_.:/`, at byte {at}")]
    Syntax { what: &'static str, at: usize },
    #[error("{what} is declared twice")]
    Twice { what: &'static str },
    #[error("{0}")]
    Unfit(&'static str),
}

impl VisibilityCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Depth { .. } | Self::Length { .. } | Self::Many { .. } | Self::Range => {
                ErrorKind::Limit
            }
            Self::Behind => ErrorKind::Store,
            Self::Damaged => ErrorKind::Integrity,
            Self::Refused(_) => ErrorKind::Refused,
            Self::Taken { .. } => ErrorKind::Conflict,
            _ => ErrorKind::Config,
        }
    }
}
