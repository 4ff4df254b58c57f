//! The classifier: boosted trees over the features of a value.

use super::features::{COUNT, Evidence};
use super::trees::{BIAS, TREES};

/// The depth of a tree.
pub(super) const DEPTH: usize = 4;

/// A complete tree. A node tests whether a feature is above a threshold. The children
/// of node `n` are `2n + 1` (no) and `2n + 2` (yes).
pub(super) struct Tree {
    pub(super) features: [u8; (1 << DEPTH) - 1],
    pub(super) thresholds: [i16; (1 << DEPTH) - 1],
    /// The contribution of each leaf, in thousandths of the log-odds.
    pub(super) leaves: [i16; 1 << DEPTH],
}

impl Tree {
    #[inline]
    #[expect(
        clippy::indexing_slicing,
        reason = "nodes above the leaves have children; features are below their number"
    )]
    fn value(&self, features: &[i16; COUNT]) -> i32 {
        let mut node = 0;
        for _ in 0..DEPTH {
            let feature = usize::from(self.features[node]);
            let above = features[feature] > self.thresholds[node];
            node = 2 * node + 1 + usize::from(above);
        }
        i32::from(self.leaves[node - ((1 << DEPTH) - 1)])
    }
}

/// Returns the log-odds that a value is a secret, in thousandths.
pub(super) fn score(features: &[i16; COUNT]) -> i32 {
    BIAS + TREES.iter().map(|tree| tree.value(features)).sum::<i32>()
}

/// Returns the confidence that a value is a secret, from 51 to 79, which is lower
/// than for any format. Returns `None` if it is not a secret.
#[inline(never)]
pub(in crate::redact::engine) fn weigh(evidence: &Evidence<'_>) -> Option<u8> {
    let score = score(&evidence.features());
    let sure = (score.clamp(0, 6_000) * 28 / 6_000) as u8;
    (score > 0).then_some(51 + sure)
}
