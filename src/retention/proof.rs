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
    /// Records that a verifier looked at the data at a moment, with the SHA-256 digest of
    /// its report. What it found is stated beside; until then the proof shows nothing.
    ///
    /// # Example
    /// ```
    /// use confidant::retention::AnonymityProof;
    /// use confidant::time::Moment;
    ///
    /// let proof = AnonymityProof::new(Moment::UNIX_EPOCH, [7; 32]);
    /// assert!(!proof.shows(5));
    /// let proof = proof.with_smallest_group(12).with_identifiers(0);
    /// assert!(proof.shows(5) && !proof.shows(13));
    /// ```
    #[must_use]
    pub const fn new(at: Moment, report: [u8; 32]) -> Self {
        Self {
            at,
            smallest_group: 0,
            identifiers: u32::MAX,
            report,
        }
    }

    /// States the smallest group in which a person cannot be told apart.
    #[must_use]
    pub const fn with_smallest_group(mut self, persons: u32) -> Self {
        self.smallest_group = persons;
        self
    }

    /// States how many identifiers were left.
    #[must_use]
    pub const fn with_identifiers(mut self, left: u32) -> Self {
        self.identifiers = left;
        self
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
