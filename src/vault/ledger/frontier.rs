//! How far the log has been followed.

use std::collections::BTreeSet;

/// Which entries of the log are known: all up to a frontier, and some beyond it that
/// this process has written itself.
///
/// An entry that is missing between the two may be of an append of this process that is
/// not over yet, or somebody else's. Nothing here tells the two apart, so whoever needs it
/// reads the log.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    /// Everything before it is known, and it is not.
    next: u64,
    /// What is known beyond it.
    ahead: BTreeSet<u64>,
}

impl Frontier {
    /// Returns the first entry that is not known.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Returns whether an entry is known.
    pub(super) fn knows(&self, index: u64) -> bool {
        index < self.next || self.ahead.contains(&index)
    }

    /// Notes that an entry is known.
    pub(super) fn add(&mut self, index: u64) {
        if index >= self.next {
            self.ahead.insert(index);
        }
        self.settle();
    }

    /// Notes that all entries before `end` are known.
    pub(super) fn reach(&mut self, end: u64) {
        self.next = self.next.max(end);
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(first) = self.ahead.first().copied() {
            if first > self.next {
                break;
            }
            self.ahead.pop_first();
            self.next = self.next.max(first.saturating_add(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frontier_stops_at_the_first_entry_that_is_missing() {
        let mut frontier = Frontier::default();
        for index in [1, 3, 4] {
            frontier.add(index);
        }
        assert_eq!(frontier.next(), 0);
        assert!(!frontier.knows(0) && frontier.knows(1) && !frontier.knows(2));
        frontier.add(0);
        assert_eq!(frontier.next(), 2);
        frontier.reach(3);
        assert_eq!(frontier.next(), 5);
        frontier.add(2);
        frontier.reach(1);
        assert_eq!(frontier.next(), 5);
    }
}
