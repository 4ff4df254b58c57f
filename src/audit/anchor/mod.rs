//! Anchors: checkpoints kept out of reach of anybody who can change the log.

mod file;
mod limit;
mod store;
mod witness;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use file::FileAnchor;
pub use store::StoreAnchor;
pub use witness::{WitnessAnchor, WitnessAnswer, WitnessTransport};

pub(super) use self::limit::within;
use super::checkpoint::Checkpoint;
use super::key::VerifyingKey;
use super::tree::{ConsistencyProof, Hash};
use crate::Error;
use crate::error::{AuditCause, ErrorKind};
use crate::pointer::for_pointers;

/// What an anchor asks a log for: its latest checkpoint, and proofs that it has only
/// grown. A [`Log`](super::Log) answers, and a test may answer in its place.
#[async_trait]
pub trait Checkpoints: Send + Sync {
    /// Returns the key that verifies the checkpoints.
    fn verifying_key(&self) -> VerifyingKey;

    /// Returns the latest checkpoint.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) if the log cannot be read.
    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error>;

    /// Returns the proof that the log of `sizes.end` entries begins with the log of
    /// `sizes.start` entries.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) if the log never had that size,
    /// [`Store`](crate::ErrorKind::Store) if it cannot be read.
    async fn consistency_proof(&self, sizes: Range<u64>) -> Result<ConsistencyProof, Error>;
}

for_pointers! {
    #[async_trait]
    impl Checkpoints {
        fn verifying_key(&self) -> VerifyingKey {
            (**self).verifying_key()
        }

        async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
            (**self).checkpoint().await
        }

        async fn consistency_proof(&self, sizes: Range<u64>) -> Result<ConsistencyProof, Error> {
            (**self).consistency_proof(sizes).await
        }
    }
}

/// What keeps the latest checkpoint of a log outside of it.
///
/// A log alone cannot tell that its end was cut off, or that it was written anew by
/// someone with its key. An anchor can, as long as whoever does that to the log does
/// not do it to the anchor: a second place under other access rights, or a witness.
#[async_trait]
pub trait Anchor: Send + Sync + fmt::Debug {
    /// Makes sure that the log goes on from the checkpoint that this kept, then keeps
    /// the latest.
    ///
    /// What was kept is read before the log is asked for its latest checkpoint, so
    /// that a log that grows meanwhile is not taken for a shorter one.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the log is shorter than it
    /// was, or not the one that it was; [`Store`](crate::ErrorKind::Store) where the
    /// anchor cannot be reached.
    ///
    /// The log lets go of the future where it takes longer than
    /// [`anchor_limit`](super::LogBuilder::anchor_limit). An anchor that blocks instead
    /// of waiting must keep a limit of its own.
    async fn advance(&self, log: &dyn Checkpoints) -> Result<(), Error>;
}

for_pointers! {
    #[async_trait]
    impl Anchor {
        async fn advance(&self, log: &dyn Checkpoints) -> Result<(), Error> {
            (**self).advance(log).await
        }
    }
}

/// How long an anchor may take where nothing is said.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// Shows an anchor the log, within a time limit.
pub(super) async fn advance(
    anchor: &dyn Anchor,
    log: &dyn Checkpoints,
    limit: Duration,
) -> Result<(), Error> {
    let advanced = within(limit, anchor.advance(log)).await;
    advanced.unwrap_or_else(|| {
        let what = "anchor of the audit log did not answer in time";
        Err(Error::message(ErrorKind::Store, what).retry())
    })
}

/// What an anchor kept, taken as true because of where it was kept.
struct Kept {
    origin: String,
    size: u64,
    root: Hash,
}

impl Kept {
    fn parse(note: &str) -> Result<Self, Error> {
        let malformed = || Error::message(ErrorKind::Integrity, "anchor holds no checkpoint");
        let (size, root) = Checkpoint::claims(note).ok_or_else(malformed)?;
        let (origin, _) = note.split_once('\n').ok_or_else(malformed)?;
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }

    /// Makes sure that `checkpoint` is of the same log, further on.
    async fn check(&self, log: &dyn Checkpoints, checkpoint: &Checkpoint) -> Result<(), Error> {
        let anchor = self.size;
        let size = checkpoint.size();
        if self.origin != checkpoint.origin() {
            return Err(AuditCause::Forked { anchor }.into());
        }
        if size < anchor {
            return Err(AuditCause::Shorter { size, anchor }.into());
        }
        let proof = log.consistency_proof(anchor..size).await?;
        let joined = proof.verify(&self.root, checkpoint.root());
        joined.map_err(|_| AuditCause::Forked { anchor }.into())
    }
}
