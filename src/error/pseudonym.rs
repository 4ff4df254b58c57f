//! The causes of errors with pseudonyms and their keys.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PseudonymCause {
    #[error("others keep changing the key of a pseudonym")]
    Contended,
    #[error("record of a pseudonym key is damaged")]
    Damaged,
    #[error("keys of that period were destroyed")]
    Destroyed,
    #[error("minimum group size of {size} is less than 2")]
    GroupSize { size: u64 },
    #[error("prefix of {bits} bits is longer than an address")]
    Prefix { bits: u8 },
    #[error("key provider wraps for everybody who knows its public key")]
    PublicWrapping,
    #[error("period of rotation is zero")]
    Rotation,
    #[error("moment of the event lies before 1970")]
    Start,
    #[error("pseudonym is not 64 hexadecimal digits")]
    Syntax,
    #[error("key of a pseudonym is not sealed, as it must be")]
    Unsealed,
}

impl PseudonymCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Contended => ErrorKind::Conflict,
            Self::Damaged | Self::Unsealed => ErrorKind::Integrity,
            Self::Destroyed => ErrorKind::Refused,
            Self::Start => ErrorKind::Limit,
            _ => ErrorKind::Config,
        }
    }
}
