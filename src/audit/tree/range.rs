//! Verifying a run of leaves against the root of the whole tree.

use super::frontier::Frontier;
use super::hash::Hash;
use super::nodes::{NodeId, Nodes};
use crate::Error;

/// The root of the tree of `size` leaves whose leaves from `first` on are `leaves`, and
/// whose other nodes `nodes` tells. Where it is the signed root, the leaves are those
/// that were signed, whatever the source of the nodes is worth.
pub(crate) fn root_over(
    first: u64,
    leaves: &[Hash],
    size: u64,
    nodes: &(impl Nodes + ?Sized),
) -> Result<Hash, Error> {
    let mut tree = frontier_at(first, nodes)?;
    leaves.iter().for_each(|leaf| tree.push(*leaf, |_| {}));
    if tree.size() > size {
        return Err(Error::config("log is not yet of that size"));
    }
    while tree.size() < size {
        let at = tree.size();
        let level = at.trailing_zeros().min((size - at).ilog2());
        let index = at >> level;
        tree.push_subtree(level, nodes.node(NodeId { level, index })?);
    }
    Ok(tree.root())
}

/// The frontier of the first `size` leaves.
pub(crate) fn frontier_at(size: u64, nodes: &(impl Nodes + ?Sized)) -> Result<Frontier, Error> {
    let mut roots = Vec::new();
    let mut below = 0;
    for level in (0..64).rev().filter(|level| size >> level & 1 == 1) {
        let index = below >> level;
        roots.push(nodes.node(NodeId { level, index })?);
        below += 1 << level;
    }
    Frontier::from_roots(size, roots)
}
