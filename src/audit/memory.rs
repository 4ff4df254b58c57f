//! A log in memory: for tests, and for what need not outlive the process.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::backend::{Backend, MAX_BYTES, Receipt};
use super::batch::{Batch, Head};
use super::checkpoint::Checkpoint;
use super::entry::Encoded;
use super::key::{Signer, VerifyingKey};
use super::tree::{
    ConsistencyProof, Edge, InclusionProof, NodeStack, prove_consistency, prove_inclusion,
};
use crate::Error;
use crate::time::Clock;

#[derive(Debug)]
pub(super) struct MemoryLog {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    signer: Arc<dyn Signer>,
    head: Head,
    entries: Vec<Encoded>,
    nodes: NodeStack,
    /// The right edge for the size that was last proven something about.
    edge: Edge,
}

impl MemoryLog {
    pub(super) fn new(signer: Arc<dyn Signer>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let head = Head::new(&*signer)?;
        Ok(Self {
            clock,
            state: Mutex::new(State {
                signer,
                head,
                entries: Vec::new(),
                nodes: NodeStack::default(),
                edge: Edge::default(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, batch: Batch) -> Receipt {
        self.entries.extend(batch.entries);
        batch
            .nodes
            .into_iter()
            .for_each(|node| self.nodes.push(node));
        self.head = batch.head;
        (batch.first, Arc::clone(&self.head.checkpoint))
    }

    /// Has the right edge for `size` at hand.
    fn look(&mut self, size: u64) -> Result<(), Error> {
        if size > self.head.size() {
            return Err(Error::config("log is not yet of that size"));
        }
        if self.edge.size() != size {
            self.edge = Edge::new(size, &self.nodes)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Backend for MemoryLog {
    async fn append(&self, entries: Vec<Encoded>) -> Result<Receipt, Error> {
        let mut state = self.state();
        let batch = state
            .head
            .batch(entries, self.clock.now(), &*state.signer)?;
        Ok(state.take(batch))
    }

    async fn rotate(&self, new: Arc<dyn Signer>) -> Result<Receipt, Error> {
        let mut state = self.state();
        let entry = state.head.rotation(&*state.signer, &*new)?;
        let batch = state.head.batch(vec![entry], self.clock.now(), &*new)?;
        state.signer = new;
        Ok(state.take(batch))
    }

    fn verifying_key(&self) -> VerifyingKey {
        self.state().signer.verifying_key().clone()
    }

    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
        Ok(Arc::clone(&self.state().head.checkpoint))
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        let state = self.state();
        let bound = |index| usize::try_from(index).unwrap_or(usize::MAX);
        let entries = state.entries.get(bound(range.start)..bound(range.end));
        let entries = entries.ok_or_else(|| Error::not_found("log has no entry of that index"))?;
        let mut bytes = 0;
        let fits = |entry: &&Encoded| {
            bytes += entry.as_bytes().len();
            bytes <= MAX_BYTES
        };
        let entries = entries.iter().take_while(fits);
        Ok(entries.map(|entry| entry.as_bytes().to_vec()).collect())
    }

    async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, Error> {
        let mut state = self.state();
        state.look(size)?;
        prove_inclusion(index, &state.edge, &state.nodes)
    }

    async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        let mut state = self.state();
        state.look(new)?;
        prove_consistency(old, &state.edge, &state.nodes)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("size", &self.head.size())
            .finish_non_exhaustive()
    }
}
