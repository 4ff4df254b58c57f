//! How far the log has been followed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::time::Moment;

/// For how long entries may be missing that could be those of this process.
const PATIENCE: Duration = Duration::from_secs(1);

/// Which entries of the log are known: all up to a frontier, and some beyond it that
/// this process has written itself.
///
/// An append of this process gets an index that is not below what was known when it
/// began. So an entry that is missing either belongs to an append that is under way
/// since before, or is somebody else's and has to be read.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    /// Everything before it is known.
    next: u64,
    /// What is known beyond it.
    ahead: BTreeSet<u64>,
    /// One past the greatest index that is known.
    end: u64,
    /// The appends under way, by what `end` was when they began.
    under_way: BTreeMap<u64, u64>,
    /// Where the known entries ended when one was missed that may be this process's
    /// own, and when that was.
    gap: Option<(u64, Moment)>,
}

impl Frontier {
    /// The first entry that is not known.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// An append begins; what this returns ends it.
    pub(super) fn begin(&mut self) -> u64 {
        *self.under_way.entry(self.end).or_default() += 1;
        self.end
    }

    /// An append that began at `begun` is over.
    pub(super) fn finish(&mut self, begun: u64) {
        if let Some(count) = self.under_way.get_mut(&begun) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(&begun);
            }
        }
    }

    /// Whether an entry is known.
    pub(super) fn knows(&self, index: u64) -> bool {
        index < self.next || self.ahead.contains(&index)
    }

    /// An entry is known from now on.
    pub(super) fn add(&mut self, index: u64) {
        if index >= self.next {
            self.ahead.insert(index);
        }
        self.end = self.end.max(index.saturating_add(1));
        self.settle();
    }

    /// All entries before `end` are known from now on.
    pub(super) fn reach(&mut self, end: u64) {
        self.next = self.next.max(end);
        self.end = self.end.max(end);
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

    /// Whether entries before `until` have to be read.
    pub(super) fn lacks(&mut self, until: u64, now: Moment) -> bool {
        if until <= self.next {
            self.gap = None;
            return false;
        }
        // Nothing that is missing before this can be an append of this process.
        let own = self.under_way.keys().next().copied().unwrap_or(u64::MAX);
        let own = own.clamp(self.next, until);
        if self.missing(self.next, own) > 0 {
            return true;
        }
        let missing = self.missing(own, until);
        let under_way: u64 = self.under_way.range(..until).map(|(_, count)| count).sum();
        if missing == 0 || missing > under_way {
            return missing > 0;
        }
        match self.gap {
            Some((next, since)) if next == self.next => {
                now.since(since).is_none_or(|since| since >= PATIENCE)
            }
            _ => {
                self.gap = Some((self.next, now));
                false
            }
        }
    }

    fn missing(&self, from: u64, until: u64) -> u64 {
        let known = self.ahead.range(from..until).count() as u64;
        (until - from).saturating_sub(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_unix_seconds(seconds).unwrap()
    }

    #[test]
    fn what_others_wrote_is_missed_at_once() {
        let mut frontier = Frontier::default();
        assert!(!frontier.lacks(0, at(0)));
        assert!(frontier.lacks(3, at(0)));
        frontier.reach(3);
        let begun = frontier.begin();
        frontier.add(3);
        frontier.finish(begun);
        assert!(!frontier.lacks(4, at(0)));
        // Somebody else writes 4, and this process 5.
        let begun = frontier.begin();
        frontier.add(5);
        frontier.finish(begun);
        assert!(frontier.lacks(5, at(0)));
        frontier.reach(5);
        assert_eq!(frontier.next(), 6);
        assert!(!frontier.lacks(6, at(0)));
    }

    #[test]
    fn appends_under_way_are_waited_for_and_hide_no_more_than_themselves() {
        let mut frontier = Frontier::default();
        let first = frontier.begin();
        let second = frontier.begin();
        frontier.add(1);
        frontier.finish(second);
        // Index 0 may be the first append, which is not over yet.
        assert!(!frontier.lacks(1, at(0)));
        assert!(!frontier.lacks(1, at(0)));
        // Of 0 and 2, one at most is.
        let third = frontier.begin();
        frontier.add(3);
        frontier.finish(third);
        assert!(frontier.lacks(3, at(0)));
        frontier.finish(first);
        frontier.reach(4);
        assert!(!frontier.lacks(4, at(0)));
    }

    #[test]
    fn an_append_that_began_later_hides_nothing() {
        let mut frontier = Frontier::default();
        let first = frontier.begin();
        frontier.add(1);
        frontier.finish(first);
        // It will stand behind 1, so 0 is somebody else's.
        let later = frontier.begin();
        assert_eq!(later, 2);
        assert!(frontier.lacks(1, at(0)));
    }

    #[test]
    fn an_append_that_never_ends_hides_an_entry_for_a_second() {
        let mut frontier = Frontier::default();
        let _stuck = frontier.begin();
        let other = frontier.begin();
        frontier.add(1);
        frontier.finish(other);
        assert!(!frontier.lacks(1, at(10)));
        assert!(frontier.lacks(1, at(11)));
        // A clock that went back says nothing.
        frontier.gap = Some((0, at(20)));
        assert!(frontier.lacks(1, at(12)));
    }
}
