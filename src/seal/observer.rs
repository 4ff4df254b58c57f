//! Events of sealing and opening, for the caller's own audit.

use std::fmt;

use crate::pointer::for_pointers;
use crate::{Error, ErrorKind};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealOperation {
    /// An envelope was checked without decrypting its payload.
    Check,
    /// An envelope was opened.
    Open,
    /// A data key was wrapped anew.
    Rewrap,
    /// A value was sealed.
    Seal,
}

/// At which stage an envelope was rejected.
///
/// # Security
/// Whoever sends envelopes must not learn it: it is for the caller's own audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The data key or the context is not that of the payload.
    Commitment,
    /// The bytes are not an envelope.
    Format,
    /// No provider has a key of this id.
    KeyId,
    /// Data key and context are right, and the ciphertext is not.
    Payload,
    /// The key or its version was retired.
    Retired,
    /// The key belongs to another tenant.
    Tenant,
    /// The provider did not unwrap the data key: it is not one of this key,
    /// version and context.
    Wrap,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealOutcome {
    /// It was done.
    Done,
    /// It could not be tried to the end.
    Failed(ErrorKind),
    /// The envelope was rejected.
    Rejected(Stage),
}

/// One thing that was done with one value.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct SealEvent<'a> {
    /// What was done.
    pub operation: SealOperation,
    /// The tenant of the context.
    pub tenant: &'a str,
    /// The digest of the context, which stands for the name.
    pub context: &'a [u8; 32],
    /// The key-encryption key that the envelope names, as far as it was read.
    pub key_id: &'a str,
    /// The version that the envelope names.
    pub key_version: &'a str,
    /// Whether the data key came out of the cache, so that no key service knows
    /// of this access.
    pub cached: bool,
    /// How it ended.
    pub outcome: SealOutcome,
}

impl fmt::Debug for SealEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealEvent")
            .field("operation", &self.operation)
            .field("key_id", &self.key_id)
            .field("key_version", &self.key_version)
            .field("cached", &self.cached)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Whoever wants to see what is sealed and opened, and why something was not.
///
/// It is called once for every value, in the thread that works on it, before
/// the result is returned; it should be quick.
pub trait SealObserver: Send + Sync + fmt::Debug {
    /// Takes note of `event`.
    fn observe(&self, event: &SealEvent<'_>);
}

for_pointers! {
    impl SealObserver {
        fn observe(&self, event: &SealEvent<'_>) {
            (**self).observe(event);
        }
    }
}

/// The one answer to everything that is wrong with an envelope.
#[cold]
pub(crate) fn rejected() -> Error {
    Error::message(ErrorKind::Open, "what is sealed does not open")
}

/// Why something did not work, before it is decided who may know.
#[derive(Debug)]
pub(super) enum Failure {
    Error(Error),
    Rejected(Stage),
}

impl Failure {
    /// Of an error of a provider: that a key does not unwrap is a rejection.
    pub(super) fn of_provider(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Open | ErrorKind::Integrity => Self::Rejected(Stage::Wrap),
            _ => Self::Error(error),
        }
    }

    pub(super) fn outcome(&self) -> SealOutcome {
        match self {
            Self::Error(error) => SealOutcome::Failed(error.kind()),
            Self::Rejected(stage) => SealOutcome::Rejected(*stage),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Stage> for Failure {
    fn from(stage: Stage) -> Self {
        Self::Rejected(stage)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error,
            Failure::Rejected(_) => rejected(),
        }
    }
}
