//! Which versions of a secret were shredded.

use crate::Error;

/// Numbers of versions as runs from a first to a last one, in order, with at least one
/// number between two runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::vault) struct Gaps(Vec<(u64, u64)>);

impl Gaps {
    /// The most runs, which take 64 KiB of a record.
    pub(in crate::vault) const MAX: usize = 4096;

    /// Takes runs that are in order, and none but such.
    pub(super) fn new(runs: Vec<(u64, u64)>) -> Option<Self> {
        let mut free_from = 1;
        for &(first, last) in &runs {
            if first < free_from || last < first {
                return None;
            }
            free_from = last.checked_add(2)?;
        }
        (runs.len() <= Self::MAX).then_some(Self(runs))
    }

    pub(super) fn runs(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// The greatest number.
    pub(super) fn last(&self) -> Option<u64> {
        self.0.last().map(|(_, last)| *last)
    }

    pub(in crate::vault) fn contains(&self, number: u64) -> bool {
        let behind = self.0.partition_point(|(first, _)| *first <= number);
        let run = behind.checked_sub(1).and_then(|at| self.0.get(at));
        run.is_some_and(|(_, last)| number <= *last)
    }

    /// How many numbers there are.
    pub(in crate::vault) fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Adds the numbers from `first` to `last`, behind all that there are.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) for more than 4,096 runs.
    pub(super) fn append(&mut self, first: u64, last: u64) -> Result<(), Error> {
        self.insert(first)?;
        if let Some(run) = self.0.last_mut() {
            run.1 = run.1.max(last);
        }
        Ok(())
    }

    /// Adds a number.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) for more than 4,096 runs.
    pub(in crate::vault) fn insert(&mut self, number: u64) -> Result<(), Error> {
        if self.contains(number) {
            return Ok(());
        }
        let at = self.0.partition_point(|(first, _)| *first <= number);
        let joins_before = at
            .checked_sub(1)
            .filter(|at| self.0.get(*at).is_some_and(|(_, last)| last + 1 == number));
        let joins_behind = self
            .0
            .get(at)
            .is_some_and(|(first, _)| number + 1 == *first);
        match joins_before {
            Some(before) => {
                let last = if joins_behind {
                    self.0.remove(at).1
                } else {
                    number
                };
                if let Some(run) = self.0.get_mut(before) {
                    run.1 = last;
                }
            }
            None if joins_behind => {
                if let Some(run) = self.0.get_mut(at) {
                    run.0 = number;
                }
            }
            None if self.0.len() >= Self::MAX => {
                let what = "runs of shredded versions of a secret";
                return Err(Error::limit(what, Self::MAX as u64));
            }
            None => self.0.insert(at, (number, number)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_a_set(numbers in prop::collection::vec(1_u64..40, 0..40)) {
            let mut gaps = Gaps::default();
            let mut set = BTreeSet::new();
            for number in numbers {
                gaps.insert(number).unwrap();
                set.insert(number);
                prop_assert_eq!(&Gaps::new(gaps.runs().to_vec()).unwrap(), &gaps);
            }
            for number in 0..42 {
                prop_assert_eq!(gaps.contains(number), set.contains(&number));
            }
            prop_assert_eq!(gaps.count(), set.len() as u64);
            prop_assert_eq!(gaps.last(), set.last().copied());
        }
    }

    #[test]
    fn runs_are_appended() {
        let mut gaps = Gaps::new(vec![(1, 2)]).unwrap();
        gaps.append(5, 9).unwrap();
        gaps.append(10, 12).unwrap();
        assert_eq!(gaps.runs(), [(1, 2), (5, 12)]);
    }

    #[test]
    fn runs_stand_in_order_and_apart() {
        for runs in [
            vec![(0, 1)],
            vec![(2, 1)],
            vec![(1, 2), (3, 4)],
            vec![(5, 6), (1, 2)],
            vec![(1, u64::MAX), (1, 1)],
        ] {
            assert!(Gaps::new(runs).is_none());
        }
        let mut many = Gaps::new((0..4096).map(|at| (2 * at + 1, 2 * at + 1)).collect()).unwrap();
        assert!(many.insert(8195).is_err());
        many.insert(2).unwrap();
        many.insert(8195).unwrap();
    }
}
