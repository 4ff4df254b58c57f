//! Tiles: the hashes of a tree, 256 to a record.
//!
//! They are those of C2SP tlog-tiles, but that of level 0 there are full ones only:
//! the hashes of the last entries follow from the entries.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::record::Places;
use crate::Error;
use crate::audit::batch::Batch;
use crate::audit::tree::{Frontier, Hash, NodeId, Nodes};
use crate::error::AuditCause;
use crate::store::{self, Store};

/// How many hashes a full tile has, and how many levels it spans.
const WIDTH: u64 = 256;
const HEIGHT: u32 = 8;

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
        let mut hashes = before(store, places, level, tile, within).await?;
        let mut above = Vec::new();
        let next = tile;
        for hash in added {
            hashes.push(hash);
            if hashes.len() as u64 == WIDTH {
                above.push(root(&hashes));
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

/// The first `count` hashes of a tile.
async fn before(
    store: &dyn Store,
    places: &Places,
    level: u8,
    tile: u64,
    count: u64,
) -> Result<Vec<Hash>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if level == 0 {
        let first = tile * WIDTH;
        let entries = places.read(store, first..first + count).await?;
        let hashes: Vec<_> = entries
            .iter()
            .map(|(entry, _)| Hash::of_leaf(entry))
            .collect();
        if hashes.len() as u64 == count {
            return Ok(hashes);
        }
    } else if let Some(record) = store.get(&places.tile(level, tile)?).await? {
        let mut hashes = hashes(&record.value);
        hashes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        if hashes.len() as u64 == count {
            return Ok(hashes);
        }
    }
    let leaf = tile
        .checked_shl(HEIGHT * (u32::from(level) + 1))
        .unwrap_or(u64::MAX);
    Err(AuditCause::Altered { leaf }.into())
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

pub(super) fn hashes(bytes: &[u8]) -> Vec<Hash> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().copied().map(Hash::from_bytes).collect()
}

/// The root of a complete subtree.
fn root(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    hashes.iter().for_each(|hash| frontier.push(*hash, |_| {}));
    frontier.root()
}

/// Tiles that have been read, and those that were asked for and have not.
#[derive(Debug)]
pub(super) struct Tiles {
    size: u64,
    read: BTreeMap<(u8, u64), Vec<Hash>>,
    missing: Mutex<Vec<(u8, u64)>>,
}

impl Tiles {
    /// Tiles of the tree of that size.
    pub(super) fn new(size: u64) -> Self {
        Self {
            size,
            read: BTreeMap::new(),
            missing: Mutex::default(),
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
            let hashes = match level {
                0 if count == WIDTH => match store.get(&places.tile(0, *tile)?).await? {
                    Some(record) => hashes(&record.value),
                    None => Vec::new(),
                },
                _ => before(store, places, *level, *tile, count).await?,
            };
            if (hashes.len() as u64) < count {
                return Err(AuditCause::Altered { leaf: tile * WIDTH }.into());
            }
            self.read.insert((*level, *tile), hashes);
        }
        Ok(!missing.is_empty())
    }
}

impl Nodes for Tiles {
    fn node(&self, node: NodeId) -> Result<Hash, Error> {
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
