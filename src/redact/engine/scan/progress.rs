//! The progress of the driver.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::redact::engine::decode::Done;
use crate::redact::engine::hit::Hit;
use crate::redact::finding::Encoding;
use crate::redact::text::Text;

/// How many assignments are read whose names are inside the value of another one. A
/// text that consists of names must not be read repeatedly.
const MOST_INNER: u8 = 4;

/// Scan state carried between places: what is covered, decoded or already read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// The end of the text covered by any hit.
    pub(in crate::redact::engine) by_any: usize,
    /// The end of the text covered by a hit that no other matcher could improve.
    pub(in crate::redact::engine) by_sure: usize,
    /// Hits that start after the current place, the next one on top: start, end, and
    /// whether it is certain.
    ahead: BinaryHeap<Reverse<(usize, usize, bool)>>,
    pub(in crate::redact::engine) trail: Trail,
    /// The end of the decoded text, and its value before the current place was
    /// scanned.
    pub(in crate::redact::engine) done: Done,
    pub(in crate::redact::engine) was_done: Option<Done>,
}

/// State that a place leaves behind in addition to its hits.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::redact::engine) struct Trail {
    /// The end of the values read, and how many values before it were read.
    read: (usize, u8),
    /// The end of the last word that means secret.
    pub(in crate::redact::engine) word: usize,
}

impl Trail {
    /// Returns whether the text at `at` was read often enough.
    pub(in crate::redact::engine) fn is_exhausted(&mut self, at: usize) -> bool {
        if at >= self.read.0 {
            self.read.1 = 0;
        }
        self.read.1 >= MOST_INNER
    }

    /// Records how far a value was read.
    pub(in crate::redact::engine) fn note_read(&mut self, text: &Text<'_>) {
        if let Some(end) = text.take_far() {
            self.read = (end.max(self.read.0), self.read.1 + 1);
        }
    }
}

impl Progress {
    pub(in crate::redact::engine) fn note(&mut self, hit: &Hit) {
        self.ahead
            .push(Reverse((hit.start, hit.end, hit.confidence >= 95)));
    }

    /// Records how far the text was decoded.
    pub(in crate::redact::engine) fn note_done(&mut self, encoding: Encoding, done: usize) {
        self.was_done.get_or_insert(self.done);
        self.done.note(encoding, done);
    }

    /// Advances to `place`.
    #[inline]
    pub(in crate::redact::engine) fn reach(&mut self, place: usize, text: &Text<'_>) {
        while let Some(&Reverse((start, end, sure))) = self.ahead.peek()
            && start <= place
        {
            self.ahead.pop();
            self.by_any = end.max(self.by_any);
            if sure {
                self.by_sure = end.max(self.by_sure);
            }
            text.hide(self.by_any);
        }
    }

    /// Adjusts the state after the first `count` bytes of the text were dropped.
    pub(crate) fn shift(&mut self, count: usize) {
        let shift = |at: &mut usize| *at = at.saturating_sub(count);
        shift(&mut self.by_any);
        shift(&mut self.by_sure);
        shift(&mut self.trail.read.0);
        shift(&mut self.trail.word);
        self.done.shift(count);
        let ahead = std::mem::take(&mut self.ahead).into_iter();
        self.ahead = ahead
            .map(|Reverse((mut start, mut end, sure))| {
                shift(&mut start);
                shift(&mut end);
                Reverse((start, end, sure))
            })
            .collect();
    }
}
