//! Tiles: the hashes of a tree, 256 to a record.
//!
//! They are those of C2SP tlog-tiles, but that of level 0 there are full ones only:
//! the hashes of the last entries follow from the entries. Nothing vouches for a tile:
//! what is made of tiles is held against a root that was signed, and where it does not
//! lead there, the tiles are made again from the entries.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::record::Places;
use crate::Error;
use crate::audit::batch::Batch;
use crate::audit::tree::{Frontier, Hash, NodeId, Nodes, stored_count, stored_index};
use crate::error::AuditCause;
use crate::store::{self, Store};

/// How many hashes a full tile has, and how many levels it spans.
pub(super) const WIDTH: u64 = 256;
const HEIGHT: u32 = 8;

/// Where hashes are read: in the tiles, or in the entries below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Entries,
    Tiles,
}

/// Adds to a commit the tiles that its batch completes, and those above level 0 that
/// it goes on with.
pub(super) async fn add_tiles(
    store: &dyn Store,
    places: &Places,
    mut commit: store::Batch,
    batch: &Batch,
) -> Result<store::Batch, Error> {
    let mut start = batch.first;
    let mut added = batch.leaves.clone();
    let mut level = 0;
    while !added.is_empty() {
        let mut tile = start / WIDTH;
        let within = start % WIDTH;
        // Level 0 has nothing to say before a tile is full.
        if level == 0 && within + (added.len() as u64) < WIDTH {
            break;
        }
        let mut hashes = before(store, places, (level, tile), within, Source::Tiles).await?;
        let mut above = Vec::new();
        let next = tile;
        for hash in added {
            hashes.push(hash);
            if hashes.len() as u64 == WIDTH {
                let signed = completed(batch, level, tile);
                if signed != Some(root(&hashes)) {
                    hashes = again(store, places, (level, tile), &hashes, within).await?;
                }
                if signed != Some(root(&hashes)) {
                    return Err(altered(level, tile));
                }
                above.extend(signed);
                commit = commit.put(places.tile(level, tile)?, bytes(&hashes));
                tile += 1;
                hashes.clear();
            }
        }
        if level > 0 && !hashes.is_empty() {
            commit = commit.put(places.tile(level, tile)?, bytes(&hashes));
        }
        start = next;
        added = above;
        level += 1;
    }
    Ok(commit)
}

/// The root of a tile that a batch completes, as what was signed has it.
fn completed(batch: &Batch, level: u8, tile: u64) -> Option<Hash> {
    let level = HEIGHT * (u32::from(level) + 1);
    let at = stored_index(NodeId { level, index: tile });
    let at = at.checked_sub(stored_count(batch.first))?;
    batch.nodes.get(usize::try_from(at).ok()?).copied()
}

/// The hashes of a tile, of which the first `within` are made again from the entries.
async fn again(
    store: &dyn Store,
    places: &Places,
    tile: (u8, u64),
    hashes: &[Hash],
    within: u64,
) -> Result<Vec<Hash>, Error> {
    let mut made = before(store, places, tile, within, Source::Entries).await?;
    made.extend_from_slice(hashes.get(made.len()..).unwrap_or_default());
    Ok(made)
}

/// The first `count` hashes of a tile.
async fn before(
    store: &dyn Store,
    places: &Places,
    (level, tile): (u8, u64),
    count: u64,
    source: Source,
) -> Result<Vec<Hash>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    // Of level 0 there are full tiles only.
    if source == Source::Tiles && (level > 0 || count == WIDTH) {
        let record = store.get(&places.tile(level, tile)?).await?;
        let mut hashes = record.map_or_else(Vec::new, |record| hashes(&record.value));
        hashes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        if hashes.len() as u64 == count {
            return Ok(hashes);
        }
    }
    if level == 0 {
        let first = tile * WIDTH;
        let entries = places.read(store, first..first + count).await?;
        let leaf = |entry: &super::record::Entry| Hash::of_leaf(&entry.bytes);
        let hashes: Vec<_> = entries.iter().map(leaf).collect();
        if hashes.len() as u64 == count {
            return Ok(hashes);
        }
        return Err(AuditCause::Altered {
            leaf: first + hashes.len() as u64,
        }
        .into());
    }
    let mut hashes = Vec::new();
    for below in tile * WIDTH..tile * WIDTH + count {
        let below = (level - 1, below);
        let below = Box::pin(before(store, places, below, WIDTH, source));
        hashes.push(root(&below.await?));
    }
    Ok(hashes)
}

/// The first entry below a tile is not what was written, as far as anyone can tell.
#[cold]
fn altered(level: u8, tile: u64) -> Error {
    let leaf = tile.checked_shl(HEIGHT * (u32::from(level) + 1));
    let leaf = leaf.unwrap_or(u64::MAX);
    AuditCause::Altered { leaf }.into()
}

pub(super) fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

pub(super) fn hashes(bytes: &[u8]) -> Vec<Hash> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().copied().map(Hash::from_bytes).collect()
}

/// The root of a complete subtree.
pub(super) fn root(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    hashes.iter().for_each(|hash| frontier.push(*hash, |_| {}));
    frontier.root()
}

/// Tiles that have been read, and those that were asked for and have not.
#[derive(Debug)]
pub(super) struct Tiles {
    size: u64,
    source: Source,
    /// The complete subtrees of the tree, where they are known to be those signed.
    signed: Vec<(NodeId, Hash)>,
    read: BTreeMap<(u8, u64), Vec<Hash>>,
    missing: Mutex<Vec<(u8, u64)>>,
}

impl Tiles {
    /// Tiles of a tree of that size.
    pub(super) fn new(size: u64, source: Source) -> Self {
        Self {
            size,
            source,
            signed: Vec::new(),
            read: BTreeMap::new(),
            missing: Mutex::default(),
        }
    }

    /// Tiles of the tree with that frontier, whose roots need not be read.
    pub(super) fn of(frontier: &Frontier, source: Source) -> Self {
        let size = frontier.size();
        let mut roots = frontier.roots().iter();
        let (mut signed, mut below) = (Vec::new(), 0);
        for level in (0..64).rev().filter(|level| size >> level & 1 == 1) {
            let index = below >> level;
            signed.extend(roots.next().map(|root| (NodeId { level, index }, *root)));
            below += 1 << level;
        }
        Self {
            signed,
            ..Self::new(size, source)
        }
    }

    /// Reads what was asked for, and says whether there was anything.
    pub(super) async fn fetch(
        &mut self,
        store: &dyn Store,
        places: &Places,
    ) -> Result<bool, Error> {
        let missing = self
            .missing
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let mut missing = std::mem::take(missing);
        missing.sort_unstable();
        missing.dedup();
        for (level, tile) in &missing {
            let there = self
                .size
                .checked_shr(HEIGHT * u32::from(*level))
                .unwrap_or(0);
            let count = there.saturating_sub(tile * WIDTH).min(WIDTH);
            let hashes = before(store, places, (*level, *tile), count, self.source).await?;
            self.read.insert((*level, *tile), hashes);
        }
        Ok(!missing.is_empty())
    }
}

impl Nodes for Tiles {
    fn node(&self, node: NodeId) -> Result<Hash, Error> {
        if let Some((_, root)) = self.signed.iter().find(|(signed, _)| *signed == node) {
            return Ok(*root);
        }
        let level = node.level / HEIGHT;
        let first = node.index << (node.level % HEIGHT);
        let count = 1_usize << (node.level % HEIGHT);
        let key = (level as u8, first / WIDTH);
        let Some(hashes) = self.read.get(&key) else {
            let missing = self.missing.lock();
            missing.unwrap_or_else(PoisonError::into_inner).push(key);
            // Whatever is made of it is thrown away.
            return Ok(Hash::empty());
        };
        let within = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        let below = hashes.get(within..).and_then(|hashes| hashes.get(..count));
        let below = below.ok_or_else(|| Error::config("tree has no such node yet"))?;
        Ok(root(below))
    }
}
