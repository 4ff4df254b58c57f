//! The progress of the driver.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::redact::engine::decode::Done;
use crate::redact::engine::hit::Hit;
use crate::redact::engine::matchers::assignment::Column;
use crate::redact::engine::prefilter::BLOCK;
use crate::redact::finding::Encoding;
use crate::redact::text::{Hidden, Text};

/// How many bytes may be read again per byte of text, for names inside a value that was
/// read already.
const MOST_AGAIN: usize = 64;

/// How many bytes may be read again in advance.
const MOST_OWED: usize = 64 * 1024;

/// How many columns are followed at a time beyond their first rows.
const MOST_COLUMNS: usize = 8;

/// Scan state carried between places: what is covered, decoded or already read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// The end of the text covered by any hit.
    pub(in crate::redact::engine) by_any: usize,
    /// The end of the text covered by a hit that no other matcher could improve.
    pub(in crate::redact::engine) by_sure: usize,
    /// The last values found that start at or before the current place.
    pub(in crate::redact::engine) hidden: Hidden,
    /// Hits that start after the current place, the next one on top.
    ahead: BinaryHeap<Reverse<Ahead>>,
    pub(in crate::redact::engine) trail: Trail,
    /// The end of the decoded text.
    done: Done,
    /// The columns of tables whose rows go on.
    columns: Vec<Column>,
    /// The start of the next row of these columns.
    next_row: usize,
    /// The state before the current place, if the place changed it.
    before: Option<Box<Before>>,
}

/// The state before a place. The trail is not part of it, because nearly every place
/// changes it.
#[derive(Clone, Debug)]
struct Before {
    done: Done,
    columns: Vec<Column>,
    next_row: usize,
}

/// A hit that starts after the current place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ahead {
    start: usize,
    end: usize,
    /// Whether it is certain.
    sure: bool,
    /// Whether it is personal data.
    personal: bool,
}

/// State that a place leaves behind in addition to its hits.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::redact::engine) struct Trail {
    /// The end of the values read.
    read: usize,
    /// How many bytes were read again, less what the text up to `at` allows.
    owed: usize,
    at: usize,
    /// The end of the last word that means secret.
    pub(in crate::redact::engine) word: usize,
}

impl Trail {
    /// Returns whether the text at `at` was read already, and the text before it allows
    /// no more reading again.
    pub(in crate::redact::engine) fn is_exhausted(&mut self, at: usize) -> bool {
        self.allow(at.saturating_sub(self.at));
        self.at = at.max(self.at);
        at < self.read && self.owed > MOST_OWED
    }

    /// Records how far the value of a name at `at` was read.
    pub(in crate::redact::engine) fn note_read(&mut self, at: usize, text: &Text<'_>) {
        if let Some(end) = text.take_far() {
            self.owed += end.min(self.read).saturating_sub(at);
            self.read = end.max(self.read);
        }
    }

    /// Allows what `count` bytes of text allow.
    const fn allow(&mut self, count: usize) {
        self.owed = self.owed.saturating_sub(count.saturating_mul(MOST_AGAIN));
    }

    /// Adjusts the state after the first `count` bytes of the text were dropped.
    fn shift(&mut self, count: usize) {
        self.allow(count.saturating_sub(self.at));
        for at in [&mut self.read, &mut self.at, &mut self.word] {
            *at = at.saturating_sub(count);
        }
    }
}

impl Progress {
    /// Remembers the state before the current place.
    #[cold]
    fn save(&mut self) {
        if self.before.is_none() {
            self.before = Some(Box::new(Before {
                done: self.done,
                columns: self.columns.clone(),
                next_row: self.next_row,
            }));
        }
    }

    /// Keeps what the current place changed.
    #[inline]
    pub(super) fn keep(&mut self) {
        if self.before.is_some() {
            self.before = None;
        }
    }

    /// Undoes what the current place changed. `trail` is the trail before it.
    pub(super) fn undo(&mut self, trail: Trail) {
        self.trail = trail;
        if let Some(before) = self.before.take() {
            (self.done, self.columns) = (before.done, before.columns);
            self.next_row = before.next_row;
        }
    }

    /// Records a hit at a settled place.
    pub(in crate::redact::engine) fn note(&mut self, hit: &Hit, personal: bool) {
        self.ahead.push(Reverse(Ahead {
            start: hit.start,
            end: hit.end,
            sure: hit.confidence >= 95,
            personal,
        }));
    }

    /// Follows the rows of a column. If many are followed already, its further rows are
    /// not read.
    pub(in crate::redact::engine) fn follow(&mut self, column: Column) {
        let known = self.columns.iter().any(|known| known.is_same(&column));
        if !known && self.columns.len() < MOST_COLUMNS {
            self.save();
            self.columns.push(column);
            self.find_next_row();
        }
    }

    /// Returns whether the rows of any column are followed.
    #[inline]
    pub(in crate::redact::engine) fn has_rows(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Returns whether a row that is not read yet begins at `place`.
    #[inline]
    pub(in crate::redact::engine) fn is_row(&self, place: usize) -> bool {
        place == self.next_row && !self.columns.is_empty()
    }

    /// Returns the start of the next row, as a bit of the block at `at`.
    #[inline]
    pub(in crate::redact::engine) fn row_in(&self, at: usize) -> u64 {
        let offset = self.next_row.wrapping_sub(at);
        if offset < BLOCK && !self.columns.is_empty() {
            1 << offset
        } else {
            0
        }
    }

    /// Passes the columns whose next row is at `at` to `read`, which returns where their
    /// rows go on.
    pub(in crate::redact::engine) fn read_rows(
        &mut self,
        at: usize,
        mut read: impl FnMut(Column) -> Option<Column>,
    ) {
        let columns = self.columns.iter().copied();
        let behind = columns
            .filter_map(|column| {
                if column.at() <= at {
                    read(column)
                } else {
                    Some(column)
                }
            })
            .collect();
        self.save();
        self.columns = behind;
        self.find_next_row();
    }

    fn find_next_row(&mut self) {
        let rows = self.columns.iter().map(Column::at);
        self.next_row = rows.min().unwrap_or_default();
    }

    /// Returns whether the text at `at` was decoded from this encoding.
    #[inline]
    pub(in crate::redact::engine) fn is_done(&self, encoding: Encoding, at: usize) -> bool {
        self.done.is_done(encoding, at)
    }

    /// Records how far the text was decoded.
    pub(in crate::redact::engine) fn note_done(&mut self, encoding: Encoding, done: usize) {
        self.save();
        self.done.note(encoding, done);
    }

    /// Advances to `place`.
    #[inline(always)]
    pub(in crate::redact::engine) fn reach(&mut self, place: usize, text: &Text<'_>) {
        if !self.ahead.is_empty() {
            self.reach_hits(place, text);
        }
    }

    /// Covers the hits that start at or before `place`.
    #[inline(never)]
    fn reach_hits(&mut self, place: usize, text: &Text<'_>) {
        while let Some(&Reverse(hit)) = self.ahead.peek()
            && hit.start <= place
        {
            self.ahead.pop();
            self.by_any = hit.end.max(self.by_any);
            if hit.sure {
                self.by_sure = hit.end.max(self.by_sure);
            }
            self.hidden.add(hit.start, hit.end, hit.personal);
            text.hide(&self.hidden);
        }
    }

    /// Adjusts the state after the first `count` bytes of the text were dropped.
    pub(crate) fn shift(&mut self, count: usize) {
        let shift = |at: &mut usize| *at = at.saturating_sub(count);
        shift(&mut self.by_any);
        shift(&mut self.by_sure);
        self.trail.shift(count);
        for column in &mut self.columns {
            column.shift(count);
        }
        shift(&mut self.next_row);
        self.hidden.shift(count);
        self.done.shift(count);
        let ahead = std::mem::take(&mut self.ahead).into_iter();
        self.ahead = ahead
            .map(|Reverse(mut hit)| {
                shift(&mut hit.start);
                shift(&mut hit.end);
                Reverse(hit)
            })
            .collect();
    }
}
