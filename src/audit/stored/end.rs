//! Where the log ends, whether it goes on from where it ended before, and whether what
//! is read is what was signed.

use std::ops::Range;
use std::sync::Arc;

use super::nodes::{self, Source, Tiles, WIDTH};
use super::record::{BatchId, Entry, LOOKS, PAGE, Places, Signed};
use super::verify;
use crate::Error;
use crate::audit::backend::MAX_BYTES;
use crate::audit::batch::{Batch, Head};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::entry::LogRecord;
use crate::audit::key::VerifyingKey;
use crate::audit::tree::{
    ConsistencyProof, Edge, Frontier, Hash, InclusionProof, NodeId, Nodes, frontier_at,
    prove_consistency, prove_inclusion, root_over,
};
use crate::error::{AuditCause, ErrorKind};
use crate::store::Store;
use crate::time::Moment;

/// The end of the log, as this process has seen it.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) head: Head,
    /// The id and the revision of its record, which a log without entries has not.
    pub(super) place: Option<(BatchId, u64)>,
}

impl End {
    pub(super) fn size(&self) -> u64 {
        self.head.size()
    }
}

/// Reads a log, and takes nothing for granted that the store says of it.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) store: Arc<dyn Store>,
    pub(super) places: Places,
}

impl Reader {
    /// Where the log ends that this process has not seen yet. `new` is the end of one
    /// without entries.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) with what
    /// [`verify_store`](super::verify_store) finds, where the head is missing, damaged
    /// or not the end.
    pub(super) async fn open(&self, new: &End, keys: &[VerifyingKey]) -> Result<End, Error> {
        let mut looks = 0;
        loop {
            looks += 1;
            let (place, error) = match self.follow(new, keys).await {
                Ok(end) if self.places.goes_on(&*self.store, end.size()).await? => {
                    (end.place, AuditCause::Altered { leaf: end.size() }.into())
                }
                Ok(end) if self.ends_as_signed(&end, keys).await? => return Ok(end),
                Ok(end) => match verify::explain(&*self.store, &self.places, keys).await {
                    Some(error) => (end.place, error),
                    None => return Ok(end),
                },
                Err(error) if error.kind() != ErrorKind::Integrity => return Err(error),
                Err(error) => (self.place().await.ok().flatten(), error),
            };
            // Others may have written between the first look and the second.
            if looks == LOOKS || self.place().await.ok().flatten() == place {
                return Err(verify::explain(&*self.store, &self.places, keys)
                    .await
                    .unwrap_or(error));
            }
        }
    }

    /// Whether the note behind the last entry is a checkpoint of the log at that end.
    async fn ends_as_signed(&self, end: &End, keys: &[VerifyingKey]) -> Result<bool, Error> {
        let Some(last) = end.size().checked_sub(1) else {
            return Ok(true);
        };
        let found = match self.places.read(&*self.store, last..end.size()).await {
            Err(error) if error.kind() == ErrorKind::Integrity => return Ok(false),
            found => found?,
        };
        let note = found.first().and_then(|entry| entry.end.as_ref());
        let signed = note.and_then(|note| Checkpoint::open(&note.note, keys).ok());
        Ok(signed.is_some_and(|signed| {
            signed.size() == end.size() && *signed.root() == *end.head.checkpoint.root()
        }))
    }

    /// Where the record is that says where the log ends.
    async fn place(&self) -> Result<Option<(BatchId, u64)>, Error> {
        let found = self.places.end(&*self.store).await?;
        Ok(found.map(|found| (found.id, found.revision)))
    }

    /// Where the log ends now, which must go on from where it ended when `known` was
    /// read.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where it does not, or its end is not
    /// signed by one of `keys`.
    pub(super) async fn follow(&self, known: &End, keys: &[VerifyingKey]) -> Result<End, Error> {
        let seen = known.size();
        let Some(found) = self.places.end(&*self.store).await? else {
            if seen > 0 {
                return Err(AuditCause::Receded { size: 0, seen }.into());
            }
            return Ok(known.clone());
        };
        let place = Some((found.id, found.revision));
        if place == known.place {
            return Ok(known.clone());
        }
        let signed = Signed::parse(&found, keys)?;
        let size = signed.size();
        if size < seen {
            return Err(AuditCause::Receded { size, seen }.into());
        }
        let time = if size == seen {
            if *signed.checkpoint.root() != *known.head.checkpoint.root() {
                return Err(AuditCause::Diverged { seen }.into());
            }
            known.head.time
        } else if size - seen > PAGE {
            self.join_by_tiles(&known.head.frontier, &signed.frontier)
                .await?;
            let last = self.entries(&signed.frontier, size - 1..size).await?;
            time_of(size - 1, last.first())?
        } else {
            self.join(&known.head.frontier, &signed, keys).await?
        };
        Ok(End {
            head: Head {
                frontier: signed.frontier,
                time,
                checkpoint: Arc::new(signed.checkpoint),
            },
            place,
        })
    }

    /// Goes from one tree to a larger one over the entries in between, and returns the
    /// time of the last.
    async fn join(
        &self,
        known: &Frontier,
        signed: &Signed,
        keys: &[VerifyingKey],
    ) -> Result<Moment, Error> {
        let indexes = known.size()..signed.size();
        let entries = self.places.read(&*self.store, indexes).await?;
        let mut tree = known.clone();
        entries.iter().for_each(|entry| tree.append(&entry.bytes));
        if tree.root() == *signed.checkpoint.root() {
            let last = entries.last().map(|entry| &entry.bytes);
            return time_of(signed.size() - 1, last);
        }
        Err(blame(known, &entries, keys))
    }

    /// The same by the nodes in between, of which there are few.
    async fn join_by_tiles(&self, known: &Frontier, signed: &Frontier) -> Result<(), Error> {
        for source in [Source::Tiles, Source::Entries] {
            let tiles = Tiles::of(signed, source);
            let grow = |tiles: &Tiles| grown(known.clone(), signed.size(), tiles);
            if self.look(tiles, grow).await?.root() == signed.root() {
                return Ok(());
            }
        }
        let seen = known.size();
        Err(AuditCause::Diverged { seen }.into())
    }

    /// Reads entries, as many as there are and fit, and makes sure that they are those
    /// of the tree with that frontier.
    pub(super) async fn entries(
        &self,
        tree: &Frontier,
        range: Range<u64>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let first = range.start;
        let end = range.end.min(first.saturating_add(PAGE)).min(tree.size());
        let found = self.places.read(&*self.store, first..end).await?;
        let mut bytes = 0;
        let fits = |entry: &Vec<u8>| {
            bytes += entry.len();
            bytes <= MAX_BYTES
        };
        let entries = found.into_iter().map(|entry| entry.bytes);
        let entries: Vec<_> = entries.take_while(fits).collect();
        if entries.is_empty() && first < end {
            return Err(AuditCause::Altered { leaf: first }.into());
        }
        let leaves: Vec<_> = entries.iter().map(|entry| Hash::of_leaf(entry)).collect();
        for source in [Source::Tiles, Source::Entries] {
            if self.holds(tree, first, &leaves, source).await? {
                return Ok(entries);
            }
        }
        let leaf = self.first_altered(tree, first, &leaves).await?;
        Err(AuditCause::Altered { leaf }.into())
    }

    /// Whether these are leaves of the tree, from `first` on.
    async fn holds(
        &self,
        tree: &Frontier,
        first: u64,
        leaves: &[Hash],
        source: Source,
    ) -> Result<bool, Error> {
        let over = |tiles: &Tiles| root_over(first, leaves, tree.size(), tiles);
        let root = self.look(Tiles::of(tree, source), over).await?;
        Ok(root == tree.root())
    }

    /// The first of these leaves that is not the one of its tile, where the tile is
    /// that of the tree; or else the first of all.
    async fn first_altered(
        &self,
        tree: &Frontier,
        first: u64,
        leaves: &[Hash],
    ) -> Result<u64, Error> {
        let end = first + leaves.len() as u64;
        for tile in first / WIDTH..end.div_ceil(WIDTH) {
            let record = self.store.get(&self.places.tile(0, tile)?).await?;
            let kept = record.map_or_else(Vec::new, |record| nodes::hashes(&record.value));
            let start = tile * WIDTH;
            let full = kept.len() as u64 == WIDTH && start + WIDTH <= tree.size();
            if !full || !self.holds(tree, start, &kept, Source::Tiles).await? {
                continue;
            }
            let altered = (first..).zip(leaves).find(|(index, leaf)| {
                let at = index
                    .checked_sub(start)
                    .and_then(|at| usize::try_from(at).ok());
                at.and_then(|at| kept.get(at))
                    .is_some_and(|kept| kept != *leaf)
            });
            if let Some((index, _)) = altered {
                return Ok(index);
            }
        }
        Ok(first)
    }

    /// The frontier that the log had at `size`, of which the tree that was signed is
    /// the later one.
    async fn frontier(&self, tree: &Frontier, size: u64) -> Result<Frontier, Error> {
        if size == tree.size() {
            return Ok(tree.clone());
        }
        for source in [Source::Tiles, Source::Entries] {
            let at = |tiles: &Tiles| {
                let before = frontier_at(size, tiles)?;
                let after = grown(before.clone(), tree.size(), tiles)?;
                Ok((before, after.root()))
            };
            let (before, root) = self.look(Tiles::of(tree, source), at).await?;
            if root == tree.root() {
                return Ok(before);
            }
        }
        Err(AuditCause::Altered { leaf: 0 }.into())
    }

    /// Proves that the tree had its leaf `index` when it had that size.
    pub(super) async fn prove_inclusion(
        &self,
        tree: &Frontier,
        index: u64,
        size: u64,
    ) -> Result<InclusionProof, Error> {
        let tree = self.frontier(tree, size).await?;
        for source in [Source::Tiles, Source::Entries] {
            let prove = |tiles: &Tiles| {
                let proof = prove_inclusion(index, &Edge::new(size, tiles)?, tiles)?;
                let leaf = tiles.node(NodeId { level: 0, index })?;
                Ok((proof, leaf))
            };
            let (proof, leaf) = self.look(Tiles::of(&tree, source), prove).await?;
            if proof.verify_leaf(&leaf, &tree.root()).is_ok() {
                return Ok(proof);
            }
        }
        Err(AuditCause::Altered { leaf: index }.into())
    }

    /// Proves that the tree of `new` leaves begins with that of `old`.
    pub(super) async fn prove_consistency(
        &self,
        tree: &Frontier,
        old: u64,
        new: u64,
    ) -> Result<ConsistencyProof, Error> {
        if old > new {
            return Err(Error::config("log is not yet of that size"));
        }
        let tree = self.frontier(tree, new).await?;
        let before = self.frontier(&tree, old).await?;
        for source in [Source::Tiles, Source::Entries] {
            let prove = |tiles: &Tiles| prove_consistency(old, &Edge::new(new, tiles)?, tiles);
            let proof = self.look(Tiles::of(&tree, source), prove).await?;
            if proof.verify(&before.root(), &tree.root()).is_ok() {
                return Ok(proof);
            }
        }
        Err(AuditCause::Altered { leaf: 0 }.into())
    }

    /// Whether a batch that was sent under this id is in the log.
    ///
    /// The id, for which nothing vouches, says who wrote it: another may have written
    /// the same at the same time. What was written, the tree says.
    pub(super) async fn has(
        &self,
        batch: &Batch,
        id: &BatchId,
        end: &End,
        keys: &[VerifyingKey],
    ) -> Result<bool, Error> {
        let size = batch.head.size();
        if end.size() < size {
            return Ok(false);
        }
        let last = self.places.read(&*self.store, size - 1..size).await?;
        let ends = last.first().and_then(|entry| entry.end.as_ref());
        if ends.is_none_or(|end| end.id != *id) {
            return Ok(false);
        }
        let known = End {
            head: batch.head.clone(),
            place: None,
        };
        self.follow(&known, keys).await.map(|_| true)
    }

    /// Has `make` try until all tiles that it needs have been read.
    async fn look<T: Send>(
        &self,
        mut tiles: Tiles,
        make: impl Fn(&Tiles) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        loop {
            let made = make(&tiles);
            if !tiles.fetch(&*self.store, &self.places).await? {
                return made;
            }
        }
    }
}

/// The tree that goes on from `tree` to that size, by its nodes.
fn grown(mut tree: Frontier, size: u64, nodes: &impl Nodes) -> Result<Frontier, Error> {
    while tree.size() < size {
        let at = tree.size();
        let level = at.trailing_zeros().min((size - at).ilog2());
        let index = at >> level;
        tree.push_subtree(level, nodes.node(NodeId { level, index })?);
    }
    Ok(tree)
}

fn time_of(index: u64, entry: Option<&Vec<u8>>) -> Result<Moment, Error> {
    let altered = || Error::from(AuditCause::Altered { leaf: index });
    let record = LogRecord::parse(index, entry.ok_or_else(altered)?);
    Ok(record.map_err(|_| altered())?.time)
}

/// Why entries do not lead from a known tree to the one that was signed: the key signed
/// another log than the one that is known, or entries were changed since.
fn blame(known: &Frontier, entries: &[Entry], keys: &[VerifyingKey]) -> Error {
    let seen = known.size();
    let mut tree = known.clone();
    let mut leaf = seen;
    for entry in entries {
        tree.append(&entry.bytes);
        let Some(end) = &entry.end else { continue };
        match Checkpoint::open(&end.note, keys) {
            Ok(checkpoint) if *checkpoint.root() == tree.root() => leaf = tree.size(),
            Ok(checkpoint) if checkpoint.size() == tree.size() => {
                return AuditCause::Diverged { seen }.into();
            }
            _ => break,
        }
    }
    AuditCause::Altered { leaf }.into()
}
