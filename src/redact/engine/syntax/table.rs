//! Tables with a header that names the columns: CSV, TSV, Markdown, and the output of
//! database clients.

use super::Extent;
use super::rows::{FIRST, Rows, Sort};
use crate::redact::text::{NAME, QUOTE, SPACE, Text, class};

/// The greatest length of a line in bytes.
const MOST_LINE: usize = 2048;
/// How far before a name its header may begin.
const MOST_BEFORE: usize = 120;
/// The greatest number of blanks before and after a title.
const MOST_INDENT: usize = 64;
const MOST_PADDING: usize = 256;

/// Passes to `found` the cells below the title that contains the name from `start` to
/// `end`. Returns where the rows continue.
#[inline(never)]
pub(in crate::redact::engine) fn cells(
    text: &Text<'_>,
    (start, end): (usize, usize),
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    let is_title = |byte: u8| class(byte) & (NAME | SPACE | QUOTE) != 0 || byte == b'*';
    // A title has few words. A client of a database pads it.
    let after = text.run_of(end, 20, |byte| is_title(byte) && byte != b'\t');
    let after = text.run_of(after, MOST_PADDING, |byte| byte == b' ');
    if !matches!(
        text.at(after),
        Some(b',' | b';' | b'\t' | b'|' | b'\n' | b'\r')
    ) {
        return None;
    }
    let before = text.run_back_of(start, 24, |byte| is_title(byte) && byte != b'\t');
    let before = text.run_back_of(before, MOST_INDENT, |byte| byte == b' ');
    let mark = match (text.before(before), text.at(after)) {
        (None | Some(b'\n' | b'\r'), Some(mark @ (b',' | b';' | b'\t' | b'|'))) => mark,
        (Some(mark @ (b',' | b';' | b'\t' | b'|')), Some(next))
            if next == mark || matches!(next, b'\n' | b'\r') =>
        {
            mark
        }
        _ => return None,
    };
    let from = text.back_to(before, MOST_BEFORE);
    let line = text.slice(from, before);
    let begin = line.iter().rposition(|byte| *byte == b'\n');
    if begin.is_none() && from > 0 {
        return None;
    }
    let line = line
        .get(begin.map_or(0, |begin| begin + 1)..)
        .unwrap_or_default();
    // Each title is a name.
    let named = |byte: &u8| is_title(*byte) || *byte == mark;
    let rest = text.run_of(after, MOST_LINE, |byte| named(&byte) && byte != b'\n');
    if !line.iter().all(named) || !matches!(text.at(rest), Some(b'\n' | b'\r')) {
        return None;
    }
    let count = |part: &[u8]| part.iter().filter(|byte| **byte == mark).count();
    let titles = |part: &[u8]| part.iter().any(|byte| class(*byte) & NAME != 0);
    if !titles(line) && !titles(text.slice(after, rest)) {
        return None;
    }
    let mut column = count(line);
    let mut columns = column + count(text.slice(after, rest));
    let mut at = next_line(text, rest);
    if line.starts_with(b"||") {
        // In Jira, two marks stand around each title.
        (column, columns) = (column / 2, columns / 2);
    } else if mark == b'|' {
        // The line below the header of a table in Markdown, or of a client.
        let rule = text.run_of(at, MOST_LINE, |byte| {
            matches!(byte, b'|' | b'-' | b'+' | b':' | b' ' | b'\t')
        });
        let line = text.slice(at, rule);
        let marks = line.iter().filter(|byte| matches!(byte, b'|' | b'+'));
        if marks.count() != columns || !line.contains(&b'-') {
            return None;
        }
        at = next_line(text, rule);
    }
    let sort = Sort::Marked {
        mark,
        count: columns,
    };
    Rows::new(at, column, sort).some(text, FIRST, found)
}

/// Reads a field in quotation marks from `start` on. Marks inside it are doubled (RFC
/// 4180, section 2).
fn field(text: &Text<'_>, start: usize) -> Option<Extent> {
    let mut end = start;
    loop {
        let most = (start + MOST_LINE).saturating_sub(end);
        end = text.run_of(end, most, |byte| byte != b'"' && byte != b'\n');
        if text.at(end) != Some(b'"') {
            return None;
        }
        if text.at(end + 1) != Some(b'"') {
            return Extent::new(start, end, true);
        }
        end += 2;
    }
}

/// Returns the start of the line after the line end at `at`.
fn next_line(text: &Text<'_>, at: usize) -> usize {
    let end = text.run_of(at, 1, |byte| byte == b'\r');
    text.run_of(end, 1, |byte| byte == b'\n')
}

/// Reads the row at `at`: its cell in `column`, the start of the next row, and the
/// number of marks in it.
pub(super) fn row(
    text: &Text<'_>,
    mut at: usize,
    mark: u8,
    column: usize,
) -> Option<(Option<Extent>, usize, usize)> {
    let limit = at + MOST_LINE;
    let mut count = 0;
    let mut cell = None;
    loop {
        let start = text.run_of(at, 64, |byte| matches!(byte, b' ' | b'\t') && byte != mark);
        let quoted = mark != b'|' && text.at(start) == Some(b'"');
        let value = if quoted { field(text, start + 1) } else { None };
        let behind = value.map_or(start, |value| value.end);
        let end = text.run_of(behind, limit.saturating_sub(behind), |byte| {
            byte != mark && byte != b'\n' && byte != b'\r'
        });
        if count == column {
            cell = value.or_else(|| {
                let mut value = text.slice(start, end).trim_ascii_end();
                let mut start = start;
                // Code in a cell of Markdown.
                if mark == b'|'
                    && let Some(inner) = value
                        .strip_prefix(b"`")
                        .and_then(|it| it.strip_suffix(b"`"))
                {
                    (start, value) = (start + 1, inner);
                }
                Extent::new(start, start + value.len(), false)
            });
        }
        match text.at(end) {
            Some(byte) if byte == mark => (at, count) = (end + 1, count + 1),
            None if at == end && count == 0 => return None,
            None => return Some((cell, end, count)),
            Some(b'\n' | b'\r') => return Some((cell, next_line(text, end), count)),
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_below_a_header() {
        for (text, expected) in [
            ("user,pw\nann,V\nbob,W\n", &["V", "W"][..]),
            ("pw,user\nV,ann\n", &["V"]),
            ("user;db pw;x\nann;\"a;b\"\"c\";1", &["a;b\"\"c"]),
            ("user\tpw\r\nann\tV\r\n", &["V"]),
            (
                "| user | pw |\n|---|:--|\n| ann | V |\n| bob | `W` |\n",
                &["V", "W"],
            ),
            (
                " id |  pw  | x\n----+------+---\n  1 | V | t\n(1 row)\n",
                &["V"],
            ),
            (
                "+---+----+\n| a | pw |\n+---+----+\n| 1 | V  |\n+---+----+\n",
                &["V"],
            ),
            (
                " id |  pw                                   | x\n----+---------------------------------------+---\n  1 | V                                     | t\n",
                &["V"],
            ),
            ("||user||pw||\n|ann|V|\n|bob|W|\n", &["V", "W"]),
            ("|| pw || user ||\n| V | ann |\n", &["V"]),
            ("f(user, pw)\nann, V\n", &[]),
            ("user,pw\nann\n", &[]),
            ("pw\nV\n", &[]),
            ("| user | pw |\n| ann | V |\n", &[]),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let mut cells_of = Vec::new();
            cells(&whole, (name, name + 2), &mut |it| {
                cells_of.push(&text[it.start..it.end])
            });
            assert_eq!(cells_of, expected, "{text}");
        }
    }
}
