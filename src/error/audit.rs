//! The causes of errors with the audit log.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AuditCause {
    #[error("entry {leaf} of the audit log is not what was written")]
    Altered { leaf: u64 },
    #[error("audit log is not the one that had {seen} entries when it was last read")]
    Diverged { seen: u64 },
    #[error("audit entry {what}, at byte {at}")]
    Entry { what: &'static str, at: usize },
    #[error("audit log is not the one that its anchor saw with {anchor} entries")]
    Forked { anchor: u64 },
    #[error("end of the audit log is not what was written")]
    Head,
    #[error("audit log was written by a later version of this crate")]
    Later,
    #[error("entry {leaf} of the audit log is signed, but is not one that a log writes")]
    Malformed { leaf: u64 },
    #[error("audit log is signed by another key")]
    OtherKey,
    #[error("audit log has {size} entries and had {seen} when it was last read")]
    Receded { size: u64, seen: u64 },
    #[error("audit log has {size} entries and had {anchor} when it was anchored")]
    Shorter { size: u64, anchor: u64 },
    #[error("entry {index} is in the audit log, but an anchor failed")]
    Unanchored {
        index: u64,
        /// Whether the anchor saw another log.
        refuted: bool,
    },
    #[error("witness answered with status {status}")]
    Witness { status: u16 },
}

impl AuditCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Altered { .. }
            | Self::Diverged { .. }
            | Self::Forked { .. }
            | Self::Head
            | Self::Malformed { .. }
            | Self::OtherKey
            | Self::Receded { .. }
            | Self::Shorter { .. }
            | Self::Unanchored { refuted: true, .. } => ErrorKind::Integrity,
            Self::Entry { .. } => ErrorKind::Config,
            Self::Later => ErrorKind::Refused,
            Self::Unanchored { refuted: false, .. } => ErrorKind::Unanchored,
            Self::Witness { .. } => ErrorKind::Store,
        }
    }
}
