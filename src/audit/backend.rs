//! The interface between the log and its storage: memory, files, a store.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;

use super::checkpoint::Checkpoint;
use super::entry::Encoded;
use super::key::{Signer, VerifyingKey};
use super::tree::{ConsistencyProof, InclusionProof};
use crate::Error;

/// The most entries of one append.
pub(super) const MAX_ENTRIES: usize = 8_192;
/// The most bytes of the entries of one append.
pub(super) const MAX_BYTES: usize = 4 << 20;

/// What was appended: the index of the first entry, and the checkpoint after the
/// last.
pub(super) type Receipt = (u64, Arc<Checkpoint>);

/// Where a log lies.
#[async_trait]
pub(super) trait Backend: Send + Sync + fmt::Debug {
    /// Appends the entries one after the other, and returns when they are durable.
    async fn append(&self, entries: Vec<Encoded>) -> Result<Receipt, Error>;

    /// Hands the log over to a new key.
    async fn rotate(&self, new: Arc<dyn Signer>) -> Result<Receipt, Error>;

    /// The key that verifies the latest checkpoint.
    fn verifying_key(&self) -> VerifyingKey;

    /// The latest checkpoint.
    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error>;

    /// The bytes of entries from the start of `range` on: one at least, and not
    /// more than fit in a few megabytes.
    async fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error>;

    /// Proves that the tree of that size has its leaf `index`.
    async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, Error>;

    /// Proves that the tree of `new` leaves begins with that of `old`.
    async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error>;
}
