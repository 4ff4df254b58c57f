//! Tables with a header that names the columns: CSV, TSV, Markdown, and the output of
//! database clients.

use super::Extent;
use super::rows::{FIRST, Rows, Sort};
use crate::redact::text::{NAME, QUOTE, SPACE, Text, class};

/// The greatest length of a line in bytes.
const MOST_LINE: usize = 2048;
/// How far before a name its header may begin.
const MOST_BEFORE: usize = 1024;
/// The greatest length of a row that is skipped because it is too long to be read.
const MOST_SKIPPED: usize = 8192;
/// The greatest number of line ends in a field.
const MOST_BREAKS: usize = 8;
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
        (None | Some(b'\n' | b'\r'), Some(b'\n' | b'\r')) => {
            return single(text, after, found);
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
    // Of a single column, the rule below the header is evidence enough.
    if mark != b'|' && !titles(line) && !titles(text.slice(after, rest)) {
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
        misfits: 0,
    };
    Rows::new(at, column, sort).some(text, FIRST, found)
}

/// Passes the lines below the only title of a table, whose line ends at `at`, to `found`,
/// as a client of a database prints them. Returns where the rows continue.
fn single(text: &Text<'_>, at: usize, found: &mut impl FnMut(Extent)) -> Option<Rows> {
    let line = next_line(text, at);
    let rule = text.run_of(line, MOST_PADDING, |byte| byte == b'-');
    let below = rule >= line + 4 && matches!(text.at(rule), Some(b'\n' | b'\r'));
    let sort = Sort::Marked {
        mark: b'|',
        count: 0,
        misfits: 0,
    };
    below.then(|| Rows::new(next_line(text, rule), 0, sort).some(text, FIRST, found))?
}

/// Returns whether the line at `at` is empty.
pub(super) fn is_empty(text: &Text<'_>, at: usize) -> bool {
    let end = text.run(at, MOST_INDENT, SPACE);
    matches!(text.at(end), None | Some(b'\n' | b'\r'))
}

/// Returns the start of the line after the one at `at`, which is too long to be read.
pub(super) fn behind_line(text: &Text<'_>, at: usize) -> Option<usize> {
    let end = text.run_until(at, MOST_SKIPPED, *b"\n\n");
    text.read_to(end);
    (text.at(end) == Some(b'\n')).then_some(end + 1)
}

/// Reads a field in quotation marks from `start` on. Marks inside it are doubled, and it
/// may have several lines (RFC 4180, section 2). `mark` follows it, or the line ends.
fn field(text: &Text<'_>, start: usize, mark: u8) -> Option<Extent> {
    let (mut end, mut breaks) = (start, 0);
    loop {
        let most = (start + MOST_LINE).saturating_sub(end);
        end = text.run_of(end, most, |byte| byte != b'"' && byte != b'\n');
        match (text.at(end), text.at(end + 1)) {
            (Some(b'"'), Some(b'"')) => end += 2,
            (Some(b'"'), next) => {
                let ends = next.is_none_or(|byte| byte == mark || matches!(byte, b'\n' | b'\r'));
                return Extent::new(start, end, true).filter(|_| ends || breaks == 0);
            }
            (Some(b'\n'), _) if breaks < MOST_BREAKS => (end, breaks) = (end + 1, breaks + 1),
            _ => return None,
        }
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
        let value = if quoted {
            field(text, start + 1, mark)
        } else {
            None
        };
        let behind = value.map_or(start, |value| value.end);
        let rest = |at: usize| {
            text.run_of(at, limit.saturating_sub(at), |byte| {
                byte != mark && byte != b'\n' && byte != b'\r'
            })
        };
        let mut end = rest(behind);
        // A bar behind a backslash is a part of the cell.
        while mark == b'|' && text.at(end) == Some(mark) && text.before(end) == Some(b'\\') {
            end = rest(end + 1);
        }
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
            ("user,x,pw\nann,\"a\nb\",V\nbob,y,W\n", &["V", "W"]),
            ("user,pw\n\nann,V\n", &["V"]),
            ("user,x,pw\nann\nbob,y,V\n", &["V"]),
            (
                "| user | pw |\n|---|---|\n| a\\|b | V |\n| x |\n| c | W |\n",
                &["V", "W"],
            ),
            ("| pw |\n|---|\n| V |\n", &["V"]),
            (" pw\n----------\n V\n(1 row)\n", &["V", "(1 row)"]),
            ("||user||pw||\n|ann|V|\n|bob|W|\n", &["V", "W"]),
            ("|| pw || user ||\n| V | ann |\n", &["V"]),
            ("f(user, pw)\nann, V\n", &[]),
            ("user,pw\nann\n", &[]),
            ("pw\nV\n", &[]),
            ("user,pw\nann,V\n\nsome text\nbob,W\n", &["V"]),
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
