//! Proofs: that an entry is in a tree, and that one tree goes on where another
//! ended. Made and verified as in RFC 9162, sections 2.1.3 and 2.1.4.

use std::ops::Range;

use super::hash::{Hash, leaf_hash, node_hash};
use super::nodes::{NodeId, Nodes};
use crate::Error;
use crate::error::ErrorKind;

/// The path from a leaf to the root of a tree of a certain size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    index: u64,
    size: u64,
    path: Vec<Hash>,
}

/// The nodes that lead from the root of one tree to that of a larger one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    old: u64,
    new: u64,
    path: Vec<Hash>,
}

/// The most hashes of a proof: one for each level of the largest tree.
pub(crate) const MAX_PATH: usize = 64;

impl InclusionProof {
    pub(crate) fn new(index: u64, size: u64, path: Vec<Hash>) -> Self {
        Self { index, size, path }
    }

    /// Takes a received proof. Only [`verify`](Self::verify) tells whether it holds; it
    /// never does for an `index` beyond the `size`.
    #[must_use]
    pub fn from_path(index: u64, size: u64, path: Vec<Hash>) -> Self {
        Self::new(index, size, path)
    }

    /// Returns the index of the entry, counted from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Returns the size of the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the hashes, from the leaf's sibling up.
    #[must_use]
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// Verifies that `entry` is the leaf at its index of the tree with that root.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where it is not.
    pub fn verify(&self, entry: &[u8], root: &Hash) -> Result<(), Error> {
        self.verify_leaf(&leaf_hash(entry), root)
    }

    /// Verifies as [`verify`](Self::verify) does, with the hash of the leaf.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the leaf is not in the tree.
    pub fn verify_leaf(&self, leaf: &Hash, root: &Hash) -> Result<(), Error> {
        match self.root(leaf) {
            Some(computed) if computed == *root => Ok(()),
            _ => Err(refused("inclusion proof does not lead to the root")),
        }
    }

    /// The root to which the path leads, if it has the length that it must have.
    fn root(&self, leaf: &Hash) -> Option<Hash> {
        let mut node = self.index;
        let mut last = self.size.checked_sub(1).filter(|last| node <= *last)?;
        let mut root = *leaf;
        for hash in &self.path {
            if last == 0 {
                return None;
            }
            if node & 1 == 1 || node == last {
                root = node_hash(hash, &root);
                // A node without a sibling is its own parent.
                while node & 1 == 0 && node != 0 {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                root = node_hash(&root, hash);
            }
            node >>= 1;
            last >>= 1;
        }
        (last == 0).then_some(root)
    }
}

impl ConsistencyProof {
    pub(crate) fn new(old: u64, new: u64, path: Vec<Hash>) -> Self {
        Self { old, new, path }
    }

    /// Takes a received proof between trees of these sizes, the smaller one first. Only
    /// [`verify`](Self::verify) tells whether it holds.
    #[must_use]
    pub fn from_path(sizes: Range<u64>, path: Vec<Hash>) -> Self {
        Self::new(sizes.start, sizes.end, path)
    }

    /// Returns the size of the smaller tree.
    #[must_use]
    pub fn old_size(&self) -> u64 {
        self.old
    }

    /// Returns the size of the larger tree.
    #[must_use]
    pub fn new_size(&self) -> u64 {
        self.new
    }

    /// Returns the hashes, in the order of RFC 6962.
    #[must_use]
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// Verifies that the tree with the root `new` begins with all of the tree with
    /// the root `old`.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where it does not.
    pub fn verify(&self, old: &Hash, new: &Hash) -> Result<(), Error> {
        let holds = if self.old == self.new {
            self.path.is_empty() && old == new
        } else if self.old == 0 {
            self.path.is_empty() && *old == Hash::empty()
        } else {
            self.roots(old) == Some((*old, *new))
        };
        if holds {
            Ok(())
        } else {
            Err(refused("consistency proof does not join the two roots"))
        }
    }

    /// Both roots as the path gives them.
    fn roots(&self, old: &Hash) -> Option<(Hash, Hash)> {
        if self.old > self.new {
            return None;
        }
        let mut node = self.old - 1;
        let mut last = self.new - 1;
        let whole = node.trailing_ones();
        node >>= whole;
        last >>= whole;
        let mut path = self.path.iter();
        // Where the old tree is a complete subtree of the new one, its root stands
        // in the path only in thought.
        let first = if node == 0 { old } else { path.next()? };
        let (mut of_old, mut of_new) = (*first, *first);
        for hash in path {
            if last == 0 {
                return None;
            }
            if node & 1 == 1 || node == last {
                of_old = node_hash(hash, &of_old);
                of_new = node_hash(hash, &of_new);
                while node & 1 == 0 && node != 0 {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                of_new = node_hash(&of_new, hash);
            }
            node >>= 1;
            last >>= 1;
        }
        (last == 0).then_some((of_old, of_new))
    }
}

#[cold]
fn refused(what: &'static str) -> Error {
    Error::message(ErrorKind::Integrity, what)
}

/// The nodes on the right edge of a tree, from the last leaf to the root: what
/// every proof for one size needs, made once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    hashes: Vec<Hash>,
}

impl Edge {
    /// The right edge of the tree that has `size` leaves.
    pub(crate) fn new(size: u64, nodes: &(impl Nodes + ?Sized)) -> Result<Self, Error> {
        let mut hashes = Vec::with_capacity(MAX_PATH);
        if let Some(mut last) = size.checked_sub(1) {
            let mut hash = nodes.node(NodeId {
                level: 0,
                index: last,
            })?;
            hashes.push(hash);
            let mut level = 0;
            while last > 0 {
                if last & 1 == 1 {
                    let index = last - 1;
                    hash = node_hash(&nodes.node(NodeId { level, index })?, &hash);
                }
                hashes.push(hash);
                last >>= 1;
                level += 1;
            }
        }
        Ok(Self { size, hashes })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        self.hashes.last().copied().unwrap_or_else(Hash::empty)
    }

    /// The node at `level` and `index`: a complete one, or the last of its level.
    fn node(&self, level: u32, index: u64, nodes: &(impl Nodes + ?Sized)) -> Result<Hash, Error> {
        let last = self.size.saturating_sub(1) >> level;
        if index < last {
            return nodes.node(NodeId { level, index });
        }
        let hash = self.hashes.get(level as usize).copied();
        hash.ok_or_else(|| Error::config("tree has no such node yet"))
    }
}

/// Proves that the tree of the edge's size has its leaf `index`.
pub(crate) fn prove_inclusion(
    index: u64,
    edge: &Edge,
    nodes: &(impl Nodes + ?Sized),
) -> Result<InclusionProof, Error> {
    let size = edge.size();
    if index >= size {
        return Err(Error::not_found("log has no entry of that index"));
    }
    let mut path = Vec::with_capacity(size.ilog2() as usize + 1);
    climb(index, 0, edge, nodes, &mut path)?;
    Ok(InclusionProof::new(index, size, path))
}

/// Proves that the tree of the edge's size begins with its first `old` leaves.
pub(crate) fn prove_consistency(
    old: u64,
    edge: &Edge,
    nodes: &(impl Nodes + ?Sized),
) -> Result<ConsistencyProof, Error> {
    let new = edge.size();
    if old > new {
        return Err(Error::config("log is not yet of that size"));
    }
    let mut path = Vec::new();
    if old > 0 && old < new {
        path.reserve(MAX_PATH);
        let level = (old - 1).trailing_ones();
        let node = (old - 1) >> level;
        if node > 0 {
            path.push(nodes.node(NodeId { level, index: node })?);
        }
        climb(node, level, edge, nodes, &mut path)?;
    }
    Ok(ConsistencyProof::new(old, new, path))
}

/// The siblings of a node and of those above it, up to the root.
fn climb(
    mut node: u64,
    mut level: u32,
    edge: &Edge,
    nodes: &(impl Nodes + ?Sized),
    path: &mut Vec<Hash>,
) -> Result<(), Error> {
    let mut last = (edge.size() - 1) >> level;
    while last > 0 {
        let sibling = node ^ 1;
        if sibling <= last {
            path.push(edge.node(level, sibling, nodes)?);
        }
        node >>= 1;
        last >>= 1;
        level += 1;
    }
    Ok(())
}
