//! The frontier of a tree: the hashes needed to append to it and to compute its root.

use super::hash::{Hash, leaf_hash, node_hash};
use crate::Error;

/// The frontier of a tree: the roots of the complete subtrees that it is made of, the
/// largest first. It is all that is needed to go on with a tree and to know its root,
/// so whoever follows a log need keep no more.
///
/// # Example
/// ```
/// use confidant::audit::{Frontier, Hash};
///
/// let mut tree = Frontier::new();
/// assert_eq!(tree.root(), Hash::empty());
/// tree.append(b"an entry");
/// assert_eq!((tree.size(), tree.root()), (1, Hash::of_leaf(b"an entry")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// Creates the frontier of a tree without a leaf.
    #[must_use]
    pub const fn new() -> Self {
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

    /// Returns how many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn append(&mut self, entry: &[u8]) {
        self.push(leaf_hash(entry), |_| {});
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

    /// Takes in a complete subtree of `1 << level` leaves, of which the tree so far is
    /// a multiple.
    pub(crate) fn push_subtree(&mut self, level: u32, root: Hash) {
        let mut node = root;
        let mut left = self.size >> level;
        while left & 1 == 1 {
            let Some(root) = self.roots.pop() else {
                break;
            };
            node = node_hash(&root, &node);
            left >>= 1;
        }
        self.roots.push(node);
        self.size += 1 << level;
    }

    /// Returns the root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else {
            return Hash::empty();
        };
        roots.fold(*last, |right, left| node_hash(left, &right))
    }
}
