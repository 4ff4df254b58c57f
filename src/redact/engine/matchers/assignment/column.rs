//! The columns of long tables.

use std::fmt;

use super::value::Value;
use super::{LEAST_DISTANT, Meaning, Name, Operator, STRONG, is_plain_number};
use crate::redact::engine::judge::{self, Evidence};
use crate::redact::engine::syntax::Rows;
use crate::redact::text::Text;

/// How much of a title is kept, in bytes.
const MOST: usize = 64;

/// The column of a table below a title that denotes a secret, with the rows that were
/// not read yet. It keeps a copy of the title, which may be far away.
#[derive(Clone, Copy)]
pub(in crate::redact::engine) struct Column {
    rows: Rows,
    pub(in crate::redact::engine) meaning: Meaning,
    title: [u8; MOST],
    len: usize,
    /// The start and the length of the word in the title that means secret.
    word: (usize, usize),
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column")
            .field("at", &self.at())
            .finish_non_exhaustive()
    }
}

impl Column {
    pub(super) fn new(text: &Text<'_>, name: &Name, rows: Rows) -> Self {
        let mut title = [0; MOST];
        let from = name.end.saturating_sub(MOST).max(name.start);
        let kept = text.slice(from, name.end);
        for (place, byte) in title.iter_mut().zip(kept) {
            *place = *byte;
        }
        let (start, end) = name.word;
        Self {
            rows,
            meaning: name.meaning,
            title,
            len: kept.len(),
            word: (start.saturating_sub(from), end - start),
        }
    }

    /// Returns the start of the next row.
    pub(in crate::redact::engine) const fn at(&self) -> usize {
        self.rows.at()
    }

    /// Returns whether both are the same column of the same table.
    pub(in crate::redact::engine) fn is_same(&self, other: &Self) -> bool {
        self.rows.is_same(&other.rows)
    }

    /// Passes the values in the next few rows to `found`, each with its confidence if it
    /// is a secret. Returns the column with the rows after them, or `None` if the table
    /// ends.
    pub(in crate::redact::engine) fn read(
        self,
        text: &Text<'_>,
        found: &mut impl FnMut((usize, usize), Option<u8>),
    ) -> Option<Self> {
        let rows = self.rows.read(text, &mut |extent| {
            let value = Value::of(text, extent);
            for (start, end) in text.outside(value.start, value.end) {
                found((start, end), self.judge(text, start, end));
            }
        })?;
        Some(Self { rows, ..self })
    }

    /// Judges a value as one at some distance from its name.
    fn judge(&self, text: &Text<'_>, start: usize, end: usize) -> Option<u8> {
        let behind = text.run_of(end, 1, |_| true);
        let value = text.slice(start, end);
        if self.meaning != Meaning::Key && judge::is_strong(value, true) {
            return Some(STRONG);
        }
        let title = self.title.get(..self.len).unwrap_or_default();
        let ends = self.word.0 + self.word.1 == self.len;
        if self.meaning.is_chosen() && ends && judge::is_made(value) && !judge::is_for_show(title) {
            return Some(STRONG - 4);
        }
        let random = value.len() >= LEAST_DISTANT
            && judge::is_random(value)
            && value.iter().any(u8::is_ascii_digit)
            && !judge::is_dummy(value)
            && !judge::is_reference(value, false)
            && !is_plain_number(value);
        let evidence = Evidence {
            value,
            name: title,
            word: self.word,
            meaning: self.meaning as u8,
            operator: Operator::Argument as u8,
            quote: None,
            wrapped: false,
            before: b"",
            after: text.slice(end, behind),
        };
        (random && judge::weigh(&evidence).is_some()).then_some(STRONG - 4)
    }

    /// Adjusts the places after the first `count` bytes of the text were dropped.
    pub(in crate::redact::engine) const fn shift(&mut self, count: usize) {
        self.rows.shift(count);
    }
}
