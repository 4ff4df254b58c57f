//! The causes of errors with names of the taxonomy.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TaxonomyCause {
    #[error("{what} is empty")]
    Empty { what: &'static str },
    #[error("{what} has an empty part between dots")]
    EmptyPart { what: &'static str },
    #[error("jurisdiction is not the code of a country or state, such as `DE` or `US-CA`")]
    Jurisdiction,
    #[error("{what} of {len} bytes passes the limit of {limit}")]
    Length {
        what: &'static str,
        len: usize,
        limit: usize,
    },
    #[error("{what} has a character other than a letter, digit or `-_.:/`, at byte {at}")]
    Syntax { what: &'static str, at: usize },
    #[error("{what} is unknown")]
    Unknown { what: &'static str },
}

impl TaxonomyCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Length { .. } => ErrorKind::Limit,
            _ => ErrorKind::Config,
        }
    }
}
