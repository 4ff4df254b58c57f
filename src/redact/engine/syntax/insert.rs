//! Rows that a statement of SQL inserts: a list of columns and the values of each.

use super::rows::{FIRST, Rows, Sort};
use super::{Extent, MOST};
use crate::redact::text::{NAME, QUOTE, SPACE, Text, class};

/// How far before a name its statement may begin.
const MOST_BEFORE: usize = 240;

/// Passes to `found` the values of the column whose name is from `start` to `end`:
/// `INSERT INTO users (name, password) VALUES ('ann', 'x')`. Returns where the rows
/// continue.
pub(in crate::redact::engine) fn inserted(
    text: &Text<'_>,
    (start, end): (usize, usize),
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    let is_title = |byte: u8| {
        class(byte) & (NAME | SPACE | QUOTE) != 0
            || matches!(byte, b',' | b'[' | b']' | b'\n' | b'\r')
    };
    let open = text.run_back_of(start, MOST_BEFORE, is_title);
    if text.before(open) != Some(b'(') {
        return None;
    }
    let close = text.run_of(end, MOST_BEFORE, is_title);
    if text.at(close) != Some(b')') {
        return None;
    }
    let head = text.slice(open.saturating_sub(MOST_BEFORE / 2), open);
    let inserts = head
        .windows(5)
        .any(|word| word.eq_ignore_ascii_case(b"into "));
    let values = blanks(text, close + 1);
    if !inserts || !text.is_word(values, b"values") {
        return None;
    }
    let column = text.slice(open, start).iter();
    let column = column.filter(|byte| **byte == b',').count();
    let at = values + b"values".len();
    Rows::new(at, column, Sort::Inserted).some(text, FIRST, found)
}

/// Reads the row whose bracket follows blanks at `at`. Returns the end of the comma
/// after it.
pub(super) fn row(
    text: &Text<'_>,
    at: usize,
    column: usize,
    found: &mut impl FnMut(Extent),
) -> Option<usize> {
    let end = values(text, blanks(text, at), column, found)?;
    text.read_to(end);
    let comma = blanks(text, end);
    (text.at(comma) == Some(b',')).then_some(comma + 1)
}

/// Reads the values of the row whose bracket is at `at`. Returns their end.
fn values(
    text: &Text<'_>,
    at: usize,
    column: usize,
    found: &mut impl FnMut(Extent),
) -> Option<usize> {
    let mut at = Some(at).filter(|at| text.at(*at) == Some(b'('))? + 1;
    let limit = at + MOST;
    let mut count = 0;
    loop {
        let start = blanks(text, at);
        // `N'…'` and `E'…'` are literals as well.
        let letter = matches!(text.at(start), Some(b'N' | b'n' | b'E' | b'e'));
        let quote = start + usize::from(letter && text.at(start + 1) == Some(b'\''));
        let value = match text.at(quote)? {
            mark @ (b'\'' | b'"') => field(text, quote + 1, mark)?,
            _ => Extent {
                start,
                end: expression(text, start)?,
                quoted: false,
            },
        };
        if count == column && value.quoted && value.end > value.start {
            found(value);
        }
        let behind = value.end + usize::from(value.quoted);
        let end = text.run_of(behind, 64, |byte| !matches!(byte, b',' | b')'));
        match text.at(end)? {
            b',' if end < limit => (at, count) = (end + 1, count + 1),
            b')' => return Some(end + 1),
            _ => return None,
        }
    }
}

/// Returns the end of the expression at `start`, in which calls have brackets, and literals
/// quotation marks, of their own.
fn expression(text: &Text<'_>, start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    while at < start + MOST {
        at = text.run_of(at, (start + MOST).saturating_sub(at), |byte| {
            !matches!(byte, b',' | b'(' | b')' | b'\'' | b'"' | b'\n')
        });
        match text.at(at)? {
            b',' | b')' if depth == 0 => return Some(at),
            b'(' => depth += 1,
            b')' => depth -= 1,
            mark @ (b'\'' | b'"') => at = field(text, at + 1, mark)?.end,
            b'\n' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Reads a literal whose mark ended before `start`. A doubled or escaped mark is a
/// part of it.
fn field(text: &Text<'_>, start: usize, mark: u8) -> Option<Extent> {
    let mut end = start;
    loop {
        let most = (start + MOST).saturating_sub(end);
        end = text.run_until(end, most, [mark, b'\n']);
        text.at(end).filter(|byte| *byte == mark)?;
        if text.at(end + 1) == Some(mark) {
            end += 2;
        } else if text.before(end) == Some(b'\\') && end > start {
            end += 1;
        } else {
            return Some(Extent {
                start,
                end,
                quoted: true,
            });
        }
    }
}

fn blanks(text: &Text<'_>, at: usize) -> usize {
    text.run_of(at, 64, |byte| byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_column_are_found_row_by_row() {
        for (text, expected) in [
            (
                "INSERT INTO users (id, name, pw) VALUES (1, 'ann', 'V')",
                &["V"][..],
            ),
            (
                "insert into u (`pw`, n)\nvalues ('V', now()), (N'W''x', 2);",
                &["V", "W''x"],
            ),
            ("INSERT INTO u (pw) VALUES (?)", &[]),
            (
                "INSERT INTO u (t, pw) VALUES (CAST('x' AS date), 'V')",
                &["V"],
            ),
            (
                "INSERT INTO u (n, pw) VALUES (f(1, g(2)), 'V'), (NOW(), 'W')",
                &["V", "W"],
            ),
            ("INSERT INTO u (pw, n) VALUES ('V'", &["V"]),
            ("f(id, pw) VALUES (1, 'V')", &[]),
            ("INSERT INTO u (id, pw) SELECT 1, 'V'", &[]),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let mut values = Vec::new();
            inserted(&whole, (name, name + 2), &mut |it| {
                values.push(&text[it.start..it.end])
            });
            assert_eq!(values, expected, "{text}");
        }
    }
}
