//! Reading a log in files: entries and proofs, held against the signed root.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::derive::{Computed, Progress, derive_again};
use super::disk::Disk;
use super::frame::{self, Frame};
use super::segment::{self, Derived, Window};
use super::verify::verify_on;
use crate::Error;
use crate::audit::backend::{Backend, MAX_BYTES, Receipt};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::entry::{Encoded, Entry};
use crate::audit::key::{Signer, VerifyingKey};
use crate::audit::tree::{
    ConsistencyProof, Edge, Hash, InclusionProof, NodeId, Nodes, prove_consistency,
    prove_inclusion, root_over,
};
use crate::audit::verify::Verifier;
use crate::error::{AuditCause, ErrorKind};

/// What readers may see: all that is durable.
#[derive(Clone, Debug)]
pub(super) struct Durable {
    pub(super) checkpoint: Arc<Checkpoint>,
    pub(super) key: VerifyingKey,
    /// The first indexes of the segments.
    pub(super) bases: Vec<u64>,
}

/// Reads what is durable. The derived files tell it where to look, and are made again
/// where what is found there does not fit the signed root.
#[derive(Debug)]
pub(super) struct Reader {
    disk: Arc<dyn Disk>,
    derived: Option<Derived>,
    durable: Arc<Mutex<Durable>>,
    /// The right edge for the size that was last proven something about.
    edge: Mutex<Edge>,
    may_write: bool,
}

impl Reader {
    pub(super) fn new(disk: Arc<dyn Disk>, derived: Derived, durable: Arc<Mutex<Durable>>) -> Self {
        Self {
            disk,
            derived: Some(derived),
            durable,
            edge: Mutex::default(),
            may_write: true,
        }
    }

    /// A reader of a log that is not open yet, which changes nothing.
    pub(super) fn view(disk: Arc<dyn Disk>, durable: Durable) -> Self {
        Self {
            derived: Derived::open_to_read(&*disk),
            disk,
            durable: Arc::new(Mutex::new(durable)),
            edge: Mutex::default(),
            may_write: false,
        }
    }

    pub(super) fn durable(&self) -> MutexGuard<'_, Durable> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads entries of one segment from the start of `range` on.
    pub(super) fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        let durable = self.durable().clone();
        if range.start >= range.end || range.end > durable.checkpoint.size() {
            return Err(Error::not_found("log has no entry of that index"));
        }
        if let Some(entries) = self.try_read(&durable, range.clone()) {
            return Ok(entries);
        }
        self.derive_again(&durable)?;
        let leaf = range.start;
        self.try_read(&durable, range)
            .ok_or_else(|| AuditCause::Altered { leaf }.into())
    }

    fn try_read(&self, durable: &Durable, range: Range<u64>) -> Option<Vec<Vec<u8>>> {
        let derived = self.derived.as_ref()?;
        let (size, root) = (durable.checkpoint.size(), durable.checkpoint.root());
        let after = durable.bases.partition_point(|base| *base <= range.start);
        let base = durable.bases.get(after.checked_sub(1)?)?;
        let next = durable.bases.get(after).copied().unwrap_or(size);
        let file = self.disk.open_to_read(&segment::name(*base)).ok()?;
        let at = derived.offset(range.start).ok()?;
        let mut window = Window::new(&*file, at);
        let mut index = range.start;
        let (mut entries, mut leaves, mut bytes) = (Vec::new(), Vec::new(), 0);
        while index < range.end.min(next) && bytes < MAX_BYTES {
            let more = frame::FRAME + Entry::MAX;
            let (frame, len) = frame::read(window.peek(more).ok()?, index);
            match frame {
                Frame::Entry(entry, leaf) => {
                    bytes += entry.len();
                    entries.push(entry.to_vec());
                    leaves.push(leaf);
                    index += 1;
                }
                Frame::Checkpoint(_) => {}
                _ => return None,
            }
            window.advance(len);
        }
        let found = root_over(range.start, &leaves, size, derived).ok()?;
        (found == *root).then_some(entries)
    }

    /// Makes the derived files again, where the segments are what was signed.
    fn derive_again(&self, durable: &Durable) -> Result<(), Error> {
        let end = (durable.checkpoint.size(), durable.checkpoint.root());
        let sound = match &self.derived {
            Some(derived) if self.may_write => {
                derive_again(&*self.disk, derived, &durable.bases, end)?
            }
            _ => false,
        };
        if sound {
            return Ok(());
        }
        Err(self.altered(durable))
    }

    /// What is wrong with the segments.
    fn altered(&self, durable: &Durable) -> Error {
        let anchor = [durable.checkpoint.as_ref().clone()];
        let verifier = Verifier::new(std::slice::from_ref(&durable.key), &anchor);
        let cause = match verify_on(&*self.disk, verifier) {
            Err(error) => return error,
            Ok(report) => report.and_then(|report| report.verdict.cause()),
        };
        cause.unwrap_or(AuditCause::Altered { leaf: 0 }).into()
    }

    /// Has `prove` try with the derived nodes, and where what comes out does not fit the
    /// signed root, with nodes that are computed from the segments.
    fn prove<P>(
        &self,
        durable: &Durable,
        prove: impl Fn(&dyn Nodes) -> Result<Option<P>, Error>,
    ) -> Result<P, Error> {
        let derived = self.derived.as_ref();
        if let Some(Ok(Some(proof))) = derived.map(|derived| prove(derived)) {
            return Ok(proof);
        }
        let end = (durable.checkpoint.size(), durable.checkpoint.root());
        let mut nodes = Computed::default();
        loop {
            let proof = prove(&nodes)?;
            match nodes.compute(&*self.disk, &durable.bases, end)? {
                Progress::More => {}
                Progress::OtherTree => return Err(self.altered(durable)),
                Progress::Complete => {
                    if self.may_write {
                        self.derive_again(durable)?;
                    }
                    return proof.ok_or_else(|| self.altered(durable));
                }
            }
        }
    }

    /// The right edge of the tree of that size, which leads to the signed root.
    fn edge(&self, size: u64, durable: &Durable) -> Result<MutexGuard<'_, Edge>, Error> {
        if size > durable.checkpoint.size() {
            return Err(Error::config("log is not yet of that size"));
        }
        let mut known = self.edge.lock().unwrap_or_else(PoisonError::into_inner);
        if known.size() != size {
            let (last, root) = (durable.checkpoint.size(), durable.checkpoint.root());
            *known = self.prove(durable, |nodes| {
                let edge = Edge::new(size, nodes)?;
                let joined = match size == last {
                    true => edge.root() == *root,
                    false => {
                        let whole = Edge::new(last, nodes)?;
                        let proof = prove_consistency(size, &whole, nodes)?;
                        proof.verify(&edge.root(), root).is_ok()
                    }
                };
                Ok(joined.then_some(edge))
            })?;
        }
        Ok(known)
    }

    pub(super) fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, Error> {
        let durable = self.durable().clone();
        let edge = self.edge(size, &durable)?;
        if index >= size {
            return Err(Error::not_found("log has no entry of that index"));
        }
        let root = edge.root();
        self.prove(&durable, |nodes| {
            let proof = prove_inclusion(index, &edge, nodes)?;
            let leaf = nodes.node(NodeId { level: 0, index })?;
            Ok(proof.verify_leaf(&leaf, &root).is_ok().then_some(proof))
        })
    }

    pub(super) fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        let durable = self.durable().clone();
        let edge = self.edge(new, &durable)?;
        if old > new {
            return Err(Error::config("log is not yet of that size"));
        }
        let root = edge.root();
        self.prove(&durable, |nodes| {
            let proof = prove_consistency(old, &edge, nodes)?;
            let before: Hash = Edge::new(old, nodes)?.root();
            Ok(proof.verify(&before, &root).is_ok().then_some(proof))
        })
    }
}

/// A log that is not open yet: what anchors are asked about before anything is
/// changed.
#[async_trait]
impl Backend for Reader {
    async fn append(&self, _: Vec<Encoded>) -> Result<Receipt, Error> {
        Err(not_open())
    }

    async fn rotate(&self, _: Arc<dyn Signer>) -> Result<Receipt, Error> {
        Err(not_open())
    }

    fn verifying_key(&self) -> VerifyingKey {
        self.durable().key.clone()
    }

    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
        Ok(Arc::clone(&self.durable().checkpoint))
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        Self::read(self, range)
    }

    async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, Error> {
        Self::prove_inclusion(self, index, size)
    }

    async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        Self::prove_consistency(self, old, new)
    }
}

#[cold]
fn not_open() -> Error {
    Error::message(ErrorKind::Refused, "audit log is not open yet")
}
