//! Counts of groups, released only if a group is large enough.

use std::collections::BTreeSet;
use std::fmt;

use super::Pseudonym;
use crate::Error;
use crate::error::PseudonymCause;

/// Releases how many members groups have, where groups are large and not too close.
///
/// Three rules hold for every count:
/// * **Size.** A group of fewer than `minimum` members has no count.
/// * **Difference.** A group is withheld where it differs from one that was released
///   before in fewer than `minimum` members, but does differ. Otherwise the two counts
///   together would be about those few: "all" less "all but Jo".
/// * **Rounding.** Counts are rounded down to a multiple, `minimum` unless said
///   otherwise.
///
/// Keep one for all that the same reader gets to see of the same data, for as long as
/// its readers remember. It holds the members of every group that it released.
///
/// # What it does not do
/// It compares groups in pairs. Whoever may choose many groups can combine three or more
/// of them (a tracker), and whoever knows some members already can subtract them; both
/// take noise, or a fixed list of groups, to prevent.
///
/// Whether a group is withheld is an answer as well. After "all with X" was released, "all
/// with X but Jo" is [`TooClose`](Withheld::TooClose) if Jo is among them, and released if
/// not: one question, and no count needed. So fix the groups before anything is known of
/// the data, or do not tell whoever chooses them which ones were withheld.
///
/// Members are compared by their pseudonyms, so all of them must come from the same key
/// and purpose.
///
/// # Example
/// ```
/// use confidant::pseudonym::{Aggregates, PseudonymKey, Withheld};
/// use confidant::taxonomy::Purpose;
///
/// let (key, purpose) = (PseudonymKey::generate()?, Purpose::new("trends")?);
/// let group = |len: u8| (0..len).map(|n| key.value("user", &purpose, &[n])).collect::<Vec<_>>();
/// let mut aggregates = Aggregates::builder(10).build()?;
/// assert_eq!(aggregates.release(group(9)), Err(Withheld::TooSmall));
/// assert_eq!(aggregates.release(group(34)), Ok(30));
/// assert_eq!(aggregates.release(group(35)), Err(Withheld::TooClose));
/// assert_eq!(aggregates.release(group(34)), Ok(30));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Aggregates {
    minimum: usize,
    rounding: u64,
    released: Vec<BTreeSet<Pseudonym>>,
    capacity: usize,
}

/// How [`Aggregates`] are set up.
#[derive(Clone, Copy, Debug)]
pub struct AggregatesBuilder {
    minimum: u64,
    rounding: u64,
    capacity: usize,
}

/// Why a count is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Withheld {
    /// As many groups as are remembered were released; another could not be compared
    /// with later ones.
    Exhausted,
    /// It differs from a group that was released in too few members.
    TooClose,
    /// It has too few members.
    TooSmall,
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exhausted => "too many groups were released",
            Self::TooClose => "group differs from a released one in too few members",
            Self::TooSmall => "group has too few members",
        })
    }
}

impl AggregatesBuilder {
    /// Rounds counts down to multiples of `multiple`; of 1 for exact counts.
    #[must_use]
    pub const fn rounding(mut self, multiple: u64) -> Self {
        self.rounding = multiple;
        self
    }

    /// Remembers that many different groups, 1,000 unless said otherwise; after that,
    /// new groups are withheld.
    #[must_use]
    pub const fn capacity(mut self, groups: usize) -> Self {
        self.capacity = groups;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// `Config` where the minimum is less than 2, which protects nobody.
    pub fn build(self) -> Result<Aggregates, Error> {
        let size = self.minimum;
        let minimum = usize::try_from(size).unwrap_or(usize::MAX);
        if minimum < 2 {
            return Err(PseudonymCause::GroupSize { size }.into());
        }
        Ok(Aggregates {
            minimum,
            rounding: self.rounding.max(1),
            released: Vec::new(),
            capacity: self.capacity,
        })
    }
}

impl Aggregates {
    /// Begins with the least number of members that a group may have.
    #[must_use]
    pub const fn builder(minimum: u64) -> AggregatesBuilder {
        AggregatesBuilder {
            minimum,
            rounding: minimum,
            capacity: 1_000,
        }
    }

    /// Returns how many different members a group has, rounded down, and remembers the
    /// group.
    ///
    /// # Errors
    /// A [`Withheld`], and then nothing is remembered.
    pub fn release(
        &mut self,
        members: impl IntoIterator<Item = Pseudonym>,
    ) -> Result<u64, Withheld> {
        let members: BTreeSet<_> = members.into_iter().collect();
        if members.len() < self.minimum {
            return Err(Withheld::TooSmall);
        }
        let mut known = false;
        for released in &self.released {
            let difference = released.symmetric_difference(&members).take(self.minimum);
            match difference.count() {
                0 => known = true,
                few if few < self.minimum => return Err(Withheld::TooClose),
                _ => {}
            }
        }
        let count = members.len() as u64;
        if !known {
            if self.released.len() >= self.capacity {
                return Err(Withheld::Exhausted);
            }
            self.released.push(members);
        }
        Ok(count - count % self.rounding)
    }
}

impl fmt::Debug for Aggregates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aggregates")
            .field("minimum", &self.minimum)
            .field("rounding", &self.rounding)
            .field("released", &self.released.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    fn member(number: u8) -> Pseudonym {
        Pseudonym::from_bytes([number; 32])
    }

    #[test]
    fn a_minimum_of_one_is_none() {
        for minimum in [0, 1] {
            let error = Aggregates::builder(minimum).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn members_count_once_and_capacity_holds() {
        let mut aggregates = Aggregates::builder(3)
            .rounding(0)
            .capacity(1)
            .build()
            .unwrap();
        let twice = [1, 1, 2].map(member);
        assert_eq!(aggregates.release(twice), Err(Withheld::TooSmall));
        assert_eq!(aggregates.release([1, 2, 3].map(member)), Ok(3));
        assert_eq!(
            aggregates.release([4, 5, 6].map(member)),
            Err(Withheld::Exhausted)
        );
        assert_eq!(aggregates.release([3, 2, 1].map(member)), Ok(3));
    }

    proptest! {
        /// Of all that was released, no two groups lie closer together than the minimum,
        /// in whichever order they were asked for.
        #[test]
        fn no_two_counts_are_about_a_few(
            groups in prop::collection::vec(prop::collection::btree_set(0u8..16, 0..16), 0..24),
            minimum in 2usize..6,
        ) {
            let mut aggregates = Aggregates::builder(minimum as u64).rounding(1).build().unwrap();
            let mut released: Vec<BTreeSet<u8>> = Vec::new();
            for group in groups {
                let answer = aggregates.release(group.iter().map(|n| member(*n)));
                let close = released.iter().any(|known| {
                    (1..minimum).contains(&known.symmetric_difference(&group).count())
                });
                match answer {
                    Ok(count) => {
                        prop_assert_eq!(count, group.len() as u64);
                        prop_assert!(group.len() >= minimum && !close);
                        released.push(group);
                    }
                    Err(Withheld::TooSmall) => prop_assert!(group.len() < minimum),
                    Err(_) => prop_assert!(close),
                }
            }
        }
    }
}
