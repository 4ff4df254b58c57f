//! The causes of errors with receipts and the ledger that holds them.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConsentCause {
    #[error("a controller cannot consent for a data subject")]
    ControllerConsents,
    #[error("a controller cannot take back what a data subject said")]
    ControllerLifts,
    #[error("ledger of a data subject is not what was written")]
    Damaged,
    #[error("export is finished")]
    ExportFinished,
    #[error("consent expires before it is given")]
    ExpiresFirst,
    #[error("receipt lies in the future")]
    Future,
    #[error("receipt has no {what}")]
    Missing { what: &'static str },
    #[error("opting out of this purpose is not possible")]
    NoOptOut,
    #[error("receipt id is not a UUID of version 4")]
    ReceiptId,
    #[error("another receipt has this id")]
    SameId,
    #[error("{what} has a character other than a letter, digit or `-_.:/`, at byte {at}")]
    Syntax { what: &'static str, at: usize },
    #[error("rules of consent: {what}")]
    Rules { what: &'static str },
    #[error("{what} is unknown")]
    Unknown { what: &'static str },
}

impl ConsentCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Damaged => ErrorKind::Integrity,
            Self::NoOptOut => ErrorKind::Refused,
            _ => ErrorKind::Config,
        }
    }
}
