//! The frontier of a tree: what is needed to go on and to know the root.

use super::hash::{Hash, node_hash};
use crate::Error;

/// The roots of the complete subtrees that a tree is made of, the largest
/// first: as many as its size has bits set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    pub(crate) const fn new() -> Self {
        Self {
            size: 0,
            roots: Vec::new(),
        }
    }

    /// The frontier of a tree of that size, whose subtrees have these roots.
    pub(crate) fn from_roots(size: u64, roots: Vec<Hash>) -> Result<Self, Error> {
        if roots.len() != size.count_ones() as usize {
            return Err(Error::config(
                "frontier does not belong to a tree of its size",
            ));
        }
        Ok(Self { size, roots })
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Takes a leaf in, and tells of every node that this completes, the leaf
    /// first: the order in which nodes are stored.
    #[inline]
    pub(crate) fn push(&mut self, leaf: Hash, mut complete: impl FnMut(Hash)) {
        complete(leaf);
        let mut node = leaf;
        let mut left = self.size;
        while left & 1 == 1 {
            let Some(root) = self.roots.pop() else {
                break;
            };
            node = node_hash(&root, &node);
            complete(node);
            left >>= 1;
        }
        self.roots.push(node);
        self.size += 1;
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else {
            return Hash::empty();
        };
        roots.fold(*last, |right, left| node_hash(left, &right))
    }
}
