//! Rebuilding nodes and offsets that were lost or changed, from all segments.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, PoisonError};

use super::disk::{Disk, unread};
use super::scan::{self, Begin, Event};
use super::segment::{self, Derived};
use crate::Error;
use crate::audit::tree::{Frontier, Hash, NodeId, Nodes, stored_index};

/// How many entries' nodes are in memory at a time.
const AT_A_TIME: usize = 1 << 14;

/// Reads all entries before `end` in their order, and shows each with its hash and
/// where its frame begins. Says whether they were there, and make a tree with that
/// frontier at its end.
pub(super) fn entries(
    disk: &dyn Disk,
    bases: &[u64],
    end: u64,
    mut each: impl FnMut(&mut Frontier, Hash, u64) -> io::Result<()>,
) -> Result<Frontier, Error> {
    let mut frontier = Frontier::new();
    for base in bases.iter().take_while(|base| **base < end) {
        if *base != frontier.size() {
            break;
        }
        let file = disk.open_to_read(&segment::name(*base)).map_err(unread)?;
        let Begin::Header(_, at) = scan::header(&*file).map_err(unread)? else {
            break;
        };
        let scanned = scan::frames(&*file, at as u64, *base, |event| {
            if let Event::Entry(_, leaf, at) = event
                && frontier.size() < end
            {
                each(&mut frontier, leaf, at)?;
            }
            Ok::<_, io::Error>(())
        });
        scanned.map_err(unread)?;
    }
    Ok(frontier)
}

/// Makes the derived files again for all entries before `end`, unless the segments do
/// not make the tree of that root. Says whether they do.
pub(super) fn derive_again(
    disk: &dyn Disk,
    derived: &Derived,
    bases: &[u64],
    (end, root): (u64, &Hash),
) -> Result<bool, Error> {
    let found = entries(disk, bases, end, |frontier, leaf, _| {
        frontier.push(leaf, |_| {});
        Ok(())
    })?;
    if found.size() != end || found.root() != *root {
        return Ok(false);
    }
    let mut first = 0;
    let (mut nodes, mut offsets) = (Vec::new(), Vec::new());
    entries(disk, bases, end, |frontier, leaf, at| {
        frontier.push(leaf, |node| nodes.push(node));
        offsets.push(at as u32);
        if offsets.len() == AT_A_TIME {
            derived.write(first, &nodes, &offsets)?;
            first += AT_A_TIME as u64;
            nodes.clear();
            offsets.clear();
        }
        Ok(())
    })?;
    derived.write(first, &nodes, &offsets).map_err(unread)?;
    Ok(true)
}

/// Nodes that are computed from the segments: those that were asked for.
#[derive(Debug, Default)]
pub(super) struct Computed {
    known: BTreeMap<u64, Hash>,
    wanted: Mutex<BTreeSet<u64>>,
}

impl Computed {
    /// Computes what was asked for and is not yet known. Says whether there was
    /// anything; then it must be asked again.
    pub(super) fn compute(
        &mut self,
        disk: &dyn Disk,
        bases: &[u64],
        (end, root): (u64, &Hash),
    ) -> Result<Progress, Error> {
        let wanted = self.wanted.get_mut();
        let wanted = std::mem::take(wanted.unwrap_or_else(PoisonError::into_inner));
        if wanted.is_empty() {
            return Ok(Progress::Complete);
        }
        let mut stored = 0;
        let known = &mut self.known;
        let found = entries(disk, bases, end, |frontier, leaf, _| {
            frontier.push(leaf, |node| {
                if wanted.contains(&stored) {
                    known.insert(stored, node);
                }
                stored += 1;
            });
            Ok(())
        })?;
        if found.size() != end || found.root() != *root {
            return Ok(Progress::OtherTree);
        }
        Ok(Progress::More)
    }
}

/// How far the computing has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// All that was asked for was known.
    Complete,
    /// More is known now.
    More,
    /// The segments do not make the tree that was signed.
    OtherTree,
}

impl Nodes for Computed {
    fn node(&self, node: NodeId) -> Result<Hash, Error> {
        let at = stored_index(node);
        if let Some(hash) = self.known.get(&at) {
            return Ok(*hash);
        }
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.insert(at);
        // Whatever is made of it is thrown away.
        Ok(Hash::empty())
    }
}
