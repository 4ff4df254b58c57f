//! The causes of errors with requests of data subjects.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RightsCause {
    #[error(
        "request lies ahead of the clock, or its last step does: if the clock is right, call Register::correct_clock"
    )]
    Ahead,
    #[error("bundle is not what its manifest says")]
    Bundle,
    #[error("record of a request is not what was written")]
    Damaged,
    #[error("request of the Data Rights Protocol: {what}")]
    Drp { what: &'static str },
    #[error("step is dated before the latest step of the request")]
    Earlier,
    #[error("request lies in the future")]
    Future,
    #[error("{what} is not possible in the state `{state}`")]
    NotNow {
        what: &'static str,
        state: &'static str,
    },
    #[error("{what}")]
    Refused { what: &'static str },
    #[error("another request has this id")]
    SameId,
    #[error("signature of a request does not verify")]
    Signature,
    #[error("field has a later correction")]
    Superseded,
    #[error("table of clocks: {what}")]
    Table { what: &'static str },
    #[error("{what}")]
    Unfit { what: &'static str },
    #[error("{what} is unknown")]
    Unknown { what: &'static str },
}

impl RightsCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Bundle | Self::Damaged | Self::Signature => ErrorKind::Integrity,
            Self::Superseded => ErrorKind::Conflict,
            Self::Ahead | Self::NotNow { .. } | Self::Refused { .. } => ErrorKind::Refused,
            _ => ErrorKind::Config,
        }
    }
}
