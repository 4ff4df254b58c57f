//! Merkle trees as RFC 6962 defines them, over SHA-256, and their proofs.

mod frontier;
mod hash;
mod nodes;
mod proof;
mod range;

#[cfg(test)]
mod tests;

pub use frontier::Frontier;
pub use hash::Hash;
#[cfg(test)]
use hash::node_hash;
pub(crate) use nodes::{NodeId, NodeStack, Nodes, stored_count, stored_index};
pub use proof::{ConsistencyProof, InclusionProof};
pub(crate) use proof::{Edge, MAX_PATH, prove_consistency, prove_inclusion};
pub(crate) use range::{frontier_at, root_over};
