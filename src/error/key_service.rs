//! The causes of errors with key services.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyServiceCause {
    #[error("answer of {service} is not well-formed")]
    Answer { service: &'static str },
    #[error("{service} could not be reached")]
    Connect { service: &'static str },
    #[error("{service} received or sent something that was damaged on its way")]
    Damaged { service: &'static str },
    #[error("{service} failed")]
    Failed { service: &'static str },
    #[error("{service} could not unwrap the key")]
    Open { service: &'static str },
    #[error("{service} answered for another key")]
    OtherKey { service: &'static str },
    #[error("{service} answered with a redirect")]
    Redirect { service: &'static str },
    #[error("{service} refused: {reason}")]
    Refused {
        service: &'static str,
        reason: Refusal,
    },
    #[error("answer of {service} passes the limit of {limit} bytes")]
    Size { service: &'static str, limit: usize },
    #[error("{service} answered with status {status}")]
    Status { service: &'static str, status: u16 },
    #[error("{service} is overloaded")]
    Throttled { service: &'static str },
    #[error("{service} did not answer in time")]
    Timeout { service: &'static str },
}

/// Why a key service does not do what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the caller may not")]
    Denied,
    #[error("the key is disabled or being destroyed")]
    Disabled,
    #[error("the key or its version is not for this use")]
    Unfit,
    #[error("there is no such key or version")]
    Unknown,
}

impl KeyServiceCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Open { .. } => ErrorKind::Open,
            Self::OtherKey { .. } => ErrorKind::Integrity,
            Self::Refused { .. } => ErrorKind::Refused,
            Self::Answer { .. }
            | Self::Connect { .. }
            | Self::Damaged { .. }
            | Self::Failed { .. }
            | Self::Redirect { .. }
            | Self::Size { .. }
            | Self::Status { .. }
            | Self::Throttled { .. }
            | Self::Timeout { .. } => ErrorKind::KeyService,
        }
    }

    /// Whether the same call may succeed later.
    pub(super) const fn is_retryable(self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Damaged { .. }
            | Self::Throttled { .. }
            | Self::Timeout { .. } => true,
            // Too early, too many, and what a server says while it is in trouble;
            // 412, 472 and 473 are Vault's standby servers.
            Self::Status { status, .. } => {
                matches!(status, 408 | 412 | 429 | 472 | 473 | 500 | 502 | 503 | 504)
            }
            _ => false,
        }
    }
}
