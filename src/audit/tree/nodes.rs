//! Where the nodes of a tree are stored.
//!
//! Complete nodes are stored in the order in which they come to be: each leaf,
//! then the nodes that it completes, from below. So what is stored is only ever
//! appended to, and the place of a node follows from its level and index.

use super::hash::Hash;
use crate::Error;

/// A complete node: it stands above the leaves from `index << level` on, of which
/// there are `1 << level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId {
    pub(crate) level: u32,
    pub(crate) index: u64,
}

/// How many nodes are stored of a tree of `size` leaves.
pub(crate) const fn stored_count(size: u64) -> u64 {
    (2 * size).saturating_sub(size.count_ones() as u64)
}

/// Where a node is stored.
pub(crate) const fn stored_index(node: NodeId) -> u64 {
    let last_leaf = ((node.index + 1) << node.level) - 1;
    stored_count(last_leaf) + node.level as u64
}

/// What can tell the complete nodes of a tree.
pub(crate) trait Nodes {
    fn node(&self, node: NodeId) -> Result<Hash, Error>;
}

/// All complete nodes in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeStack {
    hashes: Vec<Hash>,
}

impl NodeStack {
    #[inline]
    pub(crate) fn push(&mut self, node: Hash) {
        self.hashes.push(node);
    }
}

impl Nodes for NodeStack {
    #[inline]
    fn node(&self, node: NodeId) -> Result<Hash, Error> {
        let at = usize::try_from(stored_index(node)).ok();
        let hash = at.and_then(|at| self.hashes.get(at)).copied();
        hash.ok_or_else(|| Error::config("tree has no such node yet"))
    }
}
