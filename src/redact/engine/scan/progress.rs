//! How far the driver has come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::redact::engine::decode::Done;
use crate::redact::engine::hit::Hit;
use crate::redact::finding::Encoding;
use crate::redact::text::Text;

/// How many assignments are read whose names lie in the value of another one:
/// text that is all names must not be read over and over.
const MOST_INNER: u8 = 4;

/// How far the driver has come, beyond the place: what is hidden or was read
/// needs no second look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// Up to here a hit covers everything.
    pub(in crate::redact::engine) by_any: usize,
    /// Up to here a hit that no other matcher could better.
    pub(in crate::redact::engine) by_sure: usize,
    /// Hits that start further on than the driver has come, the next one on top:
    /// start, end, sure.
    ahead: BinaryHeap<Reverse<(usize, usize, bool)>>,
    pub(in crate::redact::engine) trail: Trail,
    /// Up to where the text was decoded, and up to where it was before the look
    /// at this place.
    pub(in crate::redact::engine) done: Done,
    pub(in crate::redact::engine) was_done: Option<Done>,
}

/// What a look at a place leaves behind beside its hits.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::redact::engine) struct Trail {
    /// Up to here values were read, and how many times before this.
    read: (usize, u8),
    /// The end of the last word that means secret.
    pub(in crate::redact::engine) word: usize,
}

impl Trail {
    /// Whether `at` lies where enough was read already.
    pub(in crate::redact::engine) fn is_tired(&mut self, at: usize) -> bool {
        if at >= self.read.0 {
            self.read.1 = 0;
        }
        self.read.1 >= MOST_INNER
    }

    /// Notes how far a value was read.
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

    /// Notes up to where the text was decoded.
    pub(in crate::redact::engine) fn note_done(&mut self, encoding: Encoding, done: usize) {
        self.was_done.get_or_insert(self.done);
        self.done.note(encoding, done);
    }

    /// The driver has come to `place`.
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

    /// The same for a text whose first `count` bytes are gone.
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
