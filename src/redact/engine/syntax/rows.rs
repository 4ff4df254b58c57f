//! Rows of tables and of statements of SQL, and values of lists, read a few at a time: an
//! export may have any number of them.

use super::{Extent, html_table, insert, list, table};
use crate::redact::text::Text;

/// How many rows after their header are read, and how many bytes.
pub(super) const FIRST: (usize, usize) = (64, 16 * 1024);
/// How many rows and bytes each further step reads.
const NEXT: (usize, usize) = (8, 1024);

/// How many rows in a row may have another number of cells than the header.
const MOST_MISFITS: usize = 1;

/// The rows that were not read yet.
#[derive(Clone, Copy, Debug)]
pub(in crate::redact::engine) struct Rows {
    /// The start of the next row.
    at: usize,
    /// The number of the column, from 0.
    column: usize,
    sort: Sort,
}

/// How rows are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sort {
    /// Rows of a table in HTML.
    Html,
    /// Values in brackets, with commas between the rows.
    Inserted,
    /// Lines of a list or of a map, indented alike.
    Lines(list::Lines),
    /// Values of a list or of a map in brackets.
    Listed(list::Listed),
    /// Lines of cells, with as many marks on each. So many lines before the next one had
    /// another number of marks.
    Marked {
        mark: u8,
        count: usize,
        misfits: usize,
    },
}

impl Rows {
    pub(super) const fn new(at: usize, column: usize, sort: Sort) -> Self {
        Self { at, column, sort }
    }

    /// Returns the start of the next row.
    pub(in crate::redact::engine) const fn at(&self) -> usize {
        self.at
    }

    /// Returns whether both are rows of the same column that begin at the same place.
    pub(in crate::redact::engine) const fn is_same(&self, other: &Self) -> bool {
        self.at == other.at && self.column == other.column
    }

    /// Passes the values of the column in the next few rows to `found`. Returns the rows
    /// that follow, or `None` if the table ends.
    pub(in crate::redact::engine) fn read(
        self,
        text: &Text<'_>,
        found: &mut impl FnMut(Extent),
    ) -> Option<Self> {
        self.some(text, NEXT, found)
    }

    /// Reads at most as many rows as `most` says, and as many bytes.
    pub(super) fn some(
        mut self,
        text: &Text<'_>,
        most: (usize, usize),
        found: &mut impl FnMut(Extent),
    ) -> Option<Self> {
        let from = self.at;
        for _ in 0..most.0 {
            let next = match &mut self.sort {
                Sort::Html => html_table::row(text, self.at, self.column, found)?,
                Sort::Lines(lines) => lines.next(text, self.at, found)?,
                Sort::Listed(listed) => listed.next(text, self.at, found)?,
                Sort::Marked {
                    mark,
                    count,
                    misfits,
                } => {
                    let row = table::row(text, self.at, *mark, self.column);
                    let (cell, next) = match row {
                        Some((cell, next, marks)) if marks == *count => {
                            *misfits = 0;
                            (cell, next)
                        }
                        // One odd row does not end a table, but an empty line in Markdown.
                        row => {
                            *misfits += 1;
                            let ends = *mark == b'|' && table::is_empty(text, self.at);
                            if ends || *misfits > MOST_MISFITS {
                                return None;
                            }
                            let next = row.map(|(_, next, _)| next);
                            (None, next.or_else(|| table::behind_line(text, self.at))?)
                        }
                    };
                    text.read_to(next);
                    if let Some(cell) = cell {
                        found(cell);
                    }
                    next
                }
                Sort::Inserted => insert::row(text, self.at, self.column, found)?,
            };
            if next <= self.at {
                return None;
            }
            self.at = next;
            if next - from >= most.1 {
                break;
            }
        }
        Some(self)
    }

    /// Adjusts the place after the first `count` bytes of the text were dropped.
    pub(in crate::redact::engine) const fn shift(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
    }
}
