//! Search for known values: one pass of probes, then a check of each place they lead
//! to.

use std::ops::Range;

use super::filter::Filter;
use super::keys::Keys;
use super::state::{Entry, State};
use super::sums::Sums;
use super::window::{Class, GRAM, number};
use crate::redact::engine::{Hit, Sink};
use crate::redact::finding::{Layers, RuleRef, Validation};
use crate::redact::text::{WIDEST, widen};

/// The distance between probes for long windows. Probes for short windows lie between
/// them.
const STEP: usize = Class::Long.stride();
const HALF: usize = Class::Short.stride();

/// The number of steps processed together.
const BATCH: usize = 16;

/// Reports the values that begin in `text` at or after `from` and of which `stands` says
/// that they may stand there. Of those that begin at one place and have one window, only
/// the longest is reported. The place of a hit is the start of the value.
///
/// `complete` says whether the text ends with `text`. Bytes before `from` are read
/// only to find the first byte of a character that begins there.
pub(super) fn find(
    keys: &Keys,
    state: &State,
    text: &[u8],
    from: usize,
    complete: bool,
    stands: &dyn Fn(&Range<usize>) -> bool,
    sink: &mut Sink,
) {
    if state.len() == 0 {
        return;
    }
    if !complete {
        let unread = text.len().saturating_sub(state.reach() - 1);
        sink.open(unread.max(from));
    }
    let mut search = Search {
        keys,
        state,
        text,
        from,
        complete,
        stands,
        sink,
        longest: Vec::new(),
        sums: Sums::new(keys.polynomial(), text, state.back() + 2 * STEP),
    };
    if state.has(Class::Short) {
        search.pass::<true>();
    } else {
        search.pass::<false>();
    }
}

struct Search<'a> {
    keys: &'a Keys,
    state: &'a State,
    text: &'a [u8],
    from: usize,
    complete: bool,
    stands: &'a dyn Fn(&Range<usize>) -> bool,
    sink: &'a mut Sink,
    /// The longest values found with the window that is checked, one for each start.
    longest: Vec<Range<usize>>,
    sums: Sums<'a>,
}

impl Search<'_> {
    /// Probes the text for grams.
    fn pass<const SHORT: bool>(&mut self) {
        let (key, state, mut at) = (self.keys.gram(), self.state, self.from);
        let hashes =
            |chunks: &[[u8; STEP]; BATCH]| chunks.map(|chunk| key.hash(u64::from_le_bytes(chunk)));
        let text = self.text.get(at..).unwrap_or_default();
        let (evens, _) = text.as_chunks().0.as_chunks();
        let (odds, _) = text
            .get(HALF..)
            .unwrap_or_default()
            .as_chunks()
            .0
            .as_chunks();
        for (even, odd) in evens.iter().zip(odds) {
            let even = state.all().which(hashes(even));
            let odd = if SHORT {
                state.short().which(hashes(odd))
            } else {
                0
            };
            if even | odd != 0 {
                self.check_steps(at, even, odd);
            }
            at += BATCH * STEP;
        }
        while at + GRAM <= self.text.len() {
            let even = self.holds(state.all(), at);
            let odd = SHORT && self.holds(state.short(), at + HALF);
            self.check_steps(at, even.into(), odd.into());
            at += STEP;
        }
    }

    /// Checks the steps from `at` whose bits are set.
    fn check_steps(&mut self, at: usize, even: u32, odd: u32) {
        let mut steps = even | odd;
        while steps != 0 {
            let step = steps.trailing_zeros();
            steps &= steps - 1;
            let at = at + STEP * step as usize;
            if even >> step & 1 == 1 {
                self.at_gram(Class::Long, at);
                self.at_gram(Class::Short, at);
            }
            if odd >> step & 1 == 1 {
                self.at_gram(Class::Short, at + HALF);
            }
        }
    }

    /// Checks all windows of this class that may contain the gram at `at`.
    fn at_gram(&mut self, class: Class, at: usize) {
        if !self.state.has(class) {
            return;
        }
        let filter = match class {
            Class::Short => self.state.short(),
            Class::Long => self.state.all(),
        };
        let stride = class.stride();
        let passes = |at: &usize| self.holds(filter, *at);
        let after = (at..at + stride).take_while(passes).count();
        let first = at.saturating_sub(stride - 1).max(self.from);
        let before = (first..at).rev().take_while(passes).count();
        for start in at - before..(at + after + 1).saturating_sub(stride) {
            self.at_window(class, start);
        }
    }

    /// Returns whether the filter may contain the gram at `at`.
    #[inline]
    fn holds(&self, filter: &Filter, at: usize) -> bool {
        let gram = number(self.text.get(at..).unwrap_or_default());
        filter.holds(self.keys.gram().hash(gram))
    }

    /// Checks the window of this class at `at`.
    fn at_window(&mut self, class: Class, at: usize) {
        let Some(window) = self.text.get(at..at + class.window()) else {
            return;
        };
        let state = self.state;
        let entries = state.entries(self.keys.window(window)).iter();
        for entry in entries.filter(|entry| entry.class() == class) {
            let start = at.checked_sub(entry.offset.into());
            if let Some(start) = start.filter(|&start| start >= self.from) {
                self.at_value(start, entry);
            }
        }
        let mut longest = std::mem::take(&mut self.longest);
        for value in longest.drain(..) {
            self.report(value);
        }
        self.longest = longest;
    }

    fn report(&mut self, value: Range<usize>) {
        let place = value.start;
        let span = widen(self.text, value);
        self.sink.hit(Hit {
            start: span.start,
            end: span.end,
            rule: RuleRef::Known,
            confidence: 100,
            validation: Validation::Known,
            layers: Layers::NONE,
            place,
        });
    }

    /// Checks whether a value with the length of `entry` begins at `start`.
    fn at_value(&mut self, start: usize, entry: &Entry) {
        let len = usize::from(entry.len);
        let end = start + len;
        if !self.complete && end + WIDEST > self.text.len() {
            self.sink.open(start);
        }
        if end > self.text.len() {
            return;
        }
        let known = self.longest.iter().position(|known| known.start == start);
        let longest = known.and_then(|known| self.longest.get(known));
        if longest.is_some_and(|longest| longest.end >= end) {
            return;
        }
        let Some(sum) = self.sums.of(start, end) else {
            return;
        };
        if !self.state.leads(self.keys, sum, len, entry.offset) || !(self.stands)(&(start..end)) {
            return;
        }
        match known.and_then(|known| self.longest.get_mut(known)) {
            Some(longest) => longest.end = end,
            None => self.longest.push(start..end),
        }
    }
}
