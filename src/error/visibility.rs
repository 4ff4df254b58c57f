//! What can go wrong with visibility policies, facts and changes.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VisibilityCause {
    #[error("{what} is declared twice")]
    Twice { what: &'static str },
}

impl VisibilityCause {
    pub(super) const fn kind(self) -> ErrorKind {
        ErrorKind::Config
    }
}
