//! The log in a store: many writers, each batch one commit.

mod commit;
mod end;
mod nodes;
mod queue;
mod record;
mod verify;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;

use self::commit::Shared;
use self::end::{End, Reader};
use self::queue::{State, Work};
use self::record::Places;
pub use self::verify::verify_store;
use super::backend::{Backend, Receipt};
use super::batch::Head;
use super::checkpoint::Checkpoint;
use super::entry::Encoded;
use super::key::{Signer, VerifyingKey};
use super::tree::{ConsistencyProof, InclusionProof};
use crate::Error;
use crate::store::Store;
use crate::time::Clock;

pub(super) struct StoreLog {
    shared: Arc<Shared>,
}

impl StoreLog {
    /// Opens the log of that name. Nothing is written before the first append.
    pub(super) async fn open(
        store: Arc<dyn Store>,
        name: &str,
        signer: Arc<dyn Signer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let places = Places::new(name)?;
        let reader = Reader { store, places };
        let head = Head::new(&*signer)?;
        let new = End { head, place: None };
        let end = reader.open(&new, &[signer.verifying_key().clone()]).await?;
        let shared = Shared::new(reader, clock, State::new(signer, end));
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Puts work into the queue, and does what is in it until this is done.
    async fn submit(&self, work: Work) -> Result<Receipt, Error> {
        let shared = &self.shared;
        let id = shared.state().push(work);
        let _job = Job { shared, id };
        let outcome = || shared.state().outcome(id);
        let run = || Box::pin(Arc::clone(shared).run()) as _;
        shared.drive.until(outcome, run).await
    }

    /// The end of a log that has that many entries at least.
    async fn end_of(&self, size: u64) -> Result<End, Error> {
        let known = self.shared.state().end.clone();
        if size <= known.size() {
            return Ok(known);
        }
        self.shared.refresh().await
    }
}

/// A job that somebody waits for.
struct Job<'l> {
    shared: &'l Shared,
    id: u64,
}

impl Drop for Job<'_> {
    fn drop(&mut self) {
        self.shared.state().forget(self.id);
    }
}

#[async_trait]
impl Backend for StoreLog {
    async fn append(&self, entries: Vec<Encoded>) -> Result<Receipt, Error> {
        self.submit(Work::Append(entries)).await
    }

    async fn rotate(&self, new: Arc<dyn Signer>) -> Result<Receipt, Error> {
        self.submit(Work::Rotate(new)).await
    }

    fn verifying_key(&self) -> VerifyingKey {
        self.shared.verifying_key()
    }

    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
        Ok(self.shared.refresh().await?.head.checkpoint)
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        let missing = || Error::not_found("log has no entry of that index");
        let end = self.end_of(range.end).await?;
        if range.start >= range.end.min(end.size()) {
            return Err(missing());
        }
        let tree = &end.head.frontier;
        self.shared.reader.entries(tree, range).await
    }

    async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, Error> {
        let end = self.end_of(size).await?;
        let (reader, tree) = (&self.shared.reader, &end.head.frontier);
        reader.prove_inclusion(tree, index, size).await
    }

    async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        let end = self.end_of(new).await?;
        let (reader, tree) = (&self.shared.reader, &end.head.frontier);
        reader.prove_consistency(tree, old, new).await
    }
}

impl fmt::Debug for StoreLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreLog")
            .field("store", &self.shared.reader.store)
            .field("size", &self.shared.state().end.size())
            .finish_non_exhaustive()
    }
}
