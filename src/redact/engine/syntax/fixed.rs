//! Tables with columns of a fixed width and a rule below their titles: simple tables of
//! reStructuredText, and the output of clients and shells.

use super::Extent;
use super::cells::{is_empty, next_line};
use super::rows::{FIRST, Rows, Sort};
use crate::redact::text::{SPACE, Text};

/// The greatest length of a line in bytes.
const MOST_LINE: usize = 2048;
/// The least length of the rule below the only column.
const LEAST_RULE: usize = 4;

/// A column, by the numbers of its first character and of the one behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    from: usize,
    to: Option<usize>,
}

/// Passes to `found` the cells below the title at `start`, on the line that begins at
/// `line` and ends at `end`. Returns where the rows continue.
pub(super) fn columns(
    text: &Text<'_>,
    (line, start, end): (usize, usize, usize),
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    let below = next_line(text, end);
    let mark = text.at(below).filter(|byte| matches!(byte, b'-' | b'='))?;
    let rule = text.run_of(below, MOST_LINE, |byte| byte == mark || byte == b' ');
    if !matches!(text.at(rule), Some(b'\n' | b'\r')) {
        return None;
    }
    let place = characters(text.slice(line, start)).count();
    let marks = text.slice(below, rule);
    let is_start = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| marks.get(before));
        marks.get(*at) == Some(&mark) && before != Some(&mark)
    };
    let mut starts = (0..marks.len()).filter(is_start);
    let mut from = starts.next()?;
    let mut to = None;
    let mut single = true;
    for next in starts {
        single = false;
        if next > place {
            to = Some(next);
            break;
        }
        from = next;
    }
    // The heading of a text has such a line, too.
    let titled = single && text.slice(line, end).trim_ascii().len() > MOST_TITLE;
    if titled || marks.len() < LEAST_RULE {
        return None;
    }
    let sort = Sort::Fixed(Place { from, to });
    Rows::new(next_line(text, rule), 0, sort).some(text, FIRST, found)
}

/// The greatest length of the only title.
const MOST_TITLE: usize = 44;

/// Passes the cell of the row at `at` to `found`. Returns the start of the next row.
pub(super) fn row(
    text: &Text<'_>,
    at: usize,
    place: Place,
    found: &mut impl FnMut(Extent),
) -> Option<usize> {
    let end = text.run_of(at, MOST_LINE, |byte| byte != b'\n' && byte != b'\r');
    let line = text.slice(at, end);
    let ruled = line.starts_with(b"==") || line.starts_with(b"--");
    if is_empty(text, at) || ruled || text.at(end).is_some_and(|byte| byte >= b' ') {
        return None;
    }
    text.read_to(end);
    let byte_of = |number: usize| characters(line).nth(number);
    if let Some(start) = byte_of(place.from) {
        let stop = place.to.and_then(byte_of).unwrap_or(line.len());
        let parted = start == 0 || text.before(at + start) == Some(b' ');
        let cell = text.slice(at + start, at + stop);
        let value = cell.trim_ascii();
        let start = text.run(at + start, cell.len(), SPACE);
        // `(3 rows)` below the table.
        let counted = value.starts_with(b"(") && value.ends_with(b")");
        if let Some(value) = Extent::new(start, start + value.len(), false)
            && parted
            && !counted
        {
            found(value);
        }
    }
    Some(next_line(text, end)).filter(|next| *next > end)
}

/// Returns the place of each character of a line in UTF-8.
fn characters(line: &[u8]) -> impl Iterator<Item = usize> {
    let places = line.iter().enumerate();
    places
        .filter(|(_, byte)| **byte & 0xC0 != 0x80)
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_of_a_fixed_column_are_found() {
        for (text, expected) in [
            ("pw\n----\nV\nW\n\nX\n", &["V", "W"][..]),
            (
                "a    pw\n---  ----\nann  V\nbob  W\n(2 rows)\n",
                &["V", "W"],
            ),
            (
                "a    pw     b\n===  ====   ==\nann  V      1\n===  ===\nx    y\n",
                &["V"],
            ),
            ("á    pw     b\n---  ----   --\nänn  V      1\n", &["V"]),
            ("a    pw\n---  ----\nann  V\nnothing here at all\n", &["V"]),
            ("pw\n--\nV\n", &[]),
            (
                "Choose your own new password and keep the pw safe\n----\nV\n",
                &[],
            ),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let line = text.find('\n').unwrap();
            let name = text[..line].find("pw").unwrap();
            let mut cells = Vec::new();
            columns(&whole, (0, name, line), &mut |it| {
                cells.push(&text[it.start..it.end]);
            });
            assert_eq!(cells, expected, "{text}");
        }
    }
}
