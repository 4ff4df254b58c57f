//! Tables of HTML with a header that names the columns.

use super::markup::content;
use super::rows::{FIRST, Rows, Sort};
use super::{Extent, gap};
use crate::redact::text::Text;

/// How far before a name its row may begin.
const MOST_BEFORE: usize = 2048;
/// The greatest number of elements inside a cell.
const MOST_INSIDE: usize = 3;
/// The greatest length of a row in bytes.
const MOST_ROW: usize = 2048;

/// Passes to `found` the cells below the header that contains the name from `start` to
/// `end`: `<th>Password</th></tr><tr><td>x</td>`. Returns where further rows are.
pub(in crate::redact::engine) fn columns(
    text: &Text<'_>,
    (start, end): (usize, usize),
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    // Elements inside, such as `<b>`, may end first.
    let mut close = gap(text, end, 64);
    for _ in 0..MOST_INSIDE {
        if text.is_word(close, b"</th>") || text.is_word(close, b"</td>") {
            break;
        }
        let tag = text.run_of(close + 2, 16, |byte| byte.is_ascii_alphanumeric());
        if !text.is(close, b"</") || text.at(tag) != Some(b'>') {
            return None;
        }
        close = gap(text, tag + 1, 64);
    }
    if !text.is_word(close, b"</th>") && !text.is_word(close, b"</td>") {
        return None;
    }
    let before = text.slice(text.back_to(start, MOST_BEFORE), start);
    let row = before.windows(3).rposition(|tag| is(tag, b"<tr"))?;
    let cells = before.get(row..).unwrap_or_default().windows(4);
    let column = cells.filter(|tag| is_cell(tag)).count();
    if column == 0 {
        return None;
    }
    Rows::new(end, column, Sort::Html).some(text, FIRST, found)
}

/// Passes the cell in `column`, from 1, of the next row from `at` on to `found`. Returns
/// the end of the row.
pub(super) fn row(
    text: &Text<'_>,
    at: usize,
    column: usize,
    found: &mut impl FnMut(Extent),
) -> Option<usize> {
    let row = next(text, at, b"<tr")?;
    let end = next(text, row + 1, b"</tr").unwrap_or(row + MOST_ROW);
    if let Some(cell) = nth_cell(text, row, end, column)
        && let Some(value) = content(text, cell)
        && value.end < end
    {
        found(value);
    }
    text.read_to(end);
    Some(end)
}

/// Returns the end of the tag of a cell in the row from `from` to `to`.
fn nth_cell(text: &Text<'_>, from: usize, to: usize, column: usize) -> Option<usize> {
    let row = text.slice(from, to.min(text.bytes().len()));
    let mut cells = row.windows(4).enumerate().filter(|(_, tag)| is_cell(tag));
    let (tag, _) = cells.nth(column - 1)?;
    let end = row.iter().skip(tag).position(|byte| *byte == b'>')?;
    let at = from + tag + end + 1;
    (gap(text, at, 64) < to).then_some(at)
}

/// Returns the place of the next tag from `at` on.
fn next(text: &Text<'_>, at: usize, tag: &[u8]) -> Option<usize> {
    let mut place = at;
    loop {
        place = text.run_until(place, (at + MOST_ROW).saturating_sub(place), [b'<', b'<']);
        text.at(place).filter(|byte| *byte == b'<')?;
        if text.is_word(place, tag) {
            return Some(place);
        }
        place += 1;
    }
}

fn is_cell(tag: &[u8]) -> bool {
    let [head @ .., last] = tag else { return false };
    (is(head, b"<td") || is(head, b"<th")) && (*last == b'>' || last.is_ascii_whitespace())
}

fn is(tag: &[u8], name: &[u8]) -> bool {
    tag.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_below_a_header_are_found() {
        for (text, expected) in [
            (
                "<tr><th>User</th><th>pw</th></tr><tr><td>a</td><td>V</td></tr>",
                &["V"][..],
            ),
            (
                "<tr>\n<th>pw</th></tr>\n<tr><td class=x>V</td></tr><tr><td>W</td></tr>",
                &["V", "W"],
            ),
            (
                "<tr><th> a </th><th> <b><i>pw</i></b> </th></tr><tr><td>1</td><td>V</td></tr>",
                &["V"],
            ),
            ("<tr><th>pw</th></tr><tr></tr>", &[]),
            ("<th>pw</th><td>V</td>", &[]),
            ("<tr><th>pw</th>", &[]),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let mut cells = Vec::new();
            columns(&whole, (name, name + 2), &mut |it| {
                cells.push(&text[it.start..it.end])
            });
            assert_eq!(cells, expected, "{text}");
        }
    }
}
