//! Proofs that data no longer relates to a person.

use crate::time::Moment;

/// What a verifier says of data that was anonymised: that it holds no identifier, and how
/// small the smallest group is in which a person cannot be told apart.
///
/// The crate does not look at the data. It holds the report to what the clause or the
/// schedule demands, and keeps its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AnonymityProof {
    at: Moment,
    smallest_group: u32,
    identifiers: u32,
    report: [u8; 32],
}

impl AnonymityProof {
    /// Records what a verifier found at a moment: the smallest group, how many
    /// identifiers were left, and the SHA-256 digest of its report.
    #[must_use]
    pub const fn new(at: Moment, smallest_group: u32, identifiers: u32, report: [u8; 32]) -> Self {
        Self {
            at,
            smallest_group,
            identifiers,
            report,
        }
    }

    /// Returns when the data was looked at.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }

    /// Returns the digest of the report.
    #[must_use]
    pub const fn report(&self) -> &[u8; 32] {
        &self.report
    }

    /// Returns the smallest group that was found.
    #[must_use]
    pub const fn smallest_group(&self) -> u32 {
        self.smallest_group
    }

    /// Returns how many identifiers were left.
    #[must_use]
    pub const fn identifiers(&self) -> u32 {
        self.identifiers
    }

    /// Returns whether it shows that no identifier is left and every group has at least
    /// `min_group` persons.
    #[must_use]
    pub const fn shows(&self, min_group: u32) -> bool {
        self.identifiers == 0 && self.smallest_group >= min_group
    }
}
