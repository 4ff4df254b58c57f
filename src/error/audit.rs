//! What can go wrong with the audit log.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AuditCause {
    #[error("entry {leaf} of the audit log is not what was written")]
    Altered { leaf: u64 },
    #[error("audit entry {what}, at byte {at}")]
    Entry { what: &'static str, at: usize },
    #[error("audit log is not the one that its anchor saw with {anchor} entries")]
    Forked { anchor: u64 },
    #[error("audit log has {size} entries and had {anchor} when it was anchored")]
    Shorter { size: u64, anchor: u64 },
    #[error("witness answered with status {status}")]
    Witness { status: u16 },
}

impl AuditCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Altered { .. } | Self::Forked { .. } | Self::Shorter { .. } => {
                ErrorKind::Integrity
            }
            Self::Entry { .. } => ErrorKind::Config,
            Self::Witness { .. } => ErrorKind::Store,
        }
    }
}
