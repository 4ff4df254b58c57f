//! Rows of tables and of statements of SQL, and values of lists, read a few at a time: an
//! export may have any number of them.

use super::cells::{self, Mark};
use super::{Extent, fixed, html_table, insert, list};
use crate::redact::text::Text;

/// How many rows after their header are read, and how many bytes. Few, so that many headers
/// do not use up what may be read again.
pub(super) const FIRST: (usize, usize) = NEXT;
/// How many rows and bytes each further step reads.
const NEXT: (usize, usize) = (8, 1024);

/// How many rows in a row may have another number of cells than the header. An empty one
/// counts twice.
const MOST_MISFITS: usize = 2;

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
    /// Lines with a column between two places.
    Fixed(fixed::Place),
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
        mark: Mark,
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
                Sort::Fixed(place) => fixed::row(text, self.at, *place, found)?,
                Sort::Marked {
                    mark,
                    count,
                    misfits,
                } => {
                    let shape = (*mark, *count, misfits);
                    marked(text, self.at, self.column, shape, found)?
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

/// Reads the line at `at` of a table with as many marks on each line as `shape` says. Passes
/// its cell in `column` to `found`. Returns the start of the next line.
///
/// A few odd lines do not end a table.
fn marked(
    text: &Text<'_>,
    at: usize,
    column: usize,
    (mark, count, misfits): (Mark, usize, &mut usize),
    found: &mut impl FnMut(Extent),
) -> Option<usize> {
    // The end of the data of `COPY`.
    if text.is(at, b"\\.") {
        return None;
    }
    let mut cell = None;
    let mut read = |escaped| {
        cells::row(text, at, (mark, escaped), &mut |number, value| {
            if number == column {
                cell = Some(value);
            }
        })
    };
    let mut row = read(false);
    // Marks behind backslashes may be parts of cells.
    if row.is_some_and(|(_, marks)| marks > count) && !mark.is_bar() {
        row = read(true).filter(|(_, marks)| *marks == count).or(row);
    }
    let next = match row {
        Some((next, marks)) if marks == count => {
            *misfits = 0;
            if let Some(cell) = cell.filter(|cell| cell.end > cell.start) {
                found(cell);
            }
            next
        }
        row => {
            let empty = cells::is_empty(text, at);
            *misfits += 1 + usize::from(empty);
            // An empty line ends a table in Markdown.
            if mark.is_bar() && empty || *misfits > MOST_MISFITS {
                return None;
            }
            let next = row.map(|(next, _)| next);
            next.or_else(|| cells::behind_line(text, at))?
        }
    };
    text.read_to(next);
    Some(next)
}
