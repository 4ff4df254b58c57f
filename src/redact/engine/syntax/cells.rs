//! Rows of cells with a mark between them: CSV, TSV, Markdown and boxes.

use super::Extent;
use crate::redact::text::Text;

/// The greatest length of a row in bytes.
pub(super) const MOST_LINE: usize = 8192;
/// The greatest length of a line that is skipped because it is too long to be read.
const MOST_SKIPPED: usize = 32 * 1024;
/// The greatest number of line ends in a field.
const MOST_BREAKS: usize = 64;
/// The greatest number of blanks before a cell.
const MOST_INDENT: usize = 64;

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A vertical line of a box, such as `│`.
    Box,
    Byte(u8),
}

impl Mark {
    /// Returns the end of the mark at `at`.
    pub(super) fn end(self, text: &Text<'_>, at: usize) -> Option<usize> {
        match self {
            Self::Byte(byte) => (text.at(at) == Some(byte)).then_some(at + 1),
            Self::Box => {
                let is_line = LINES.iter().any(|line| text.is(at, line));
                is_line.then_some(at + 3)
            }
        }
    }

    /// Returns whether the mark draws a table rather than parts fields of a file.
    pub(super) const fn is_bar(self) -> bool {
        matches!(self, Self::Byte(b'|') | Self::Box)
    }

    const fn first(self) -> u8 {
        match self {
            Self::Byte(byte) => byte,
            Self::Box => 0xE2,
        }
    }
}

/// The vertical lines of boxes: `│`, `┃` and `║`.
pub(super) const LINES: [&[u8]; 3] = [b"\xE2\x94\x82", b"\xE2\x94\x83", b"\xE2\x95\x91"];

/// Passes the number and the place of each cell of the row at `at` to `each`. Returns the
/// start of the next row, and the number of marks in this one.
///
/// `escaped` says that a mark behind a backslash is a part of its cell. In a table with
/// bars, it always is.
pub(super) fn row(
    text: &Text<'_>,
    mut at: usize,
    (mark, escaped): (Mark, bool),
    each: &mut impl FnMut(usize, Extent),
) -> Option<(usize, usize)> {
    let limit = at + MOST_LINE;
    let mut count = 0;
    loop {
        let start = text.run_of(at, MOST_INDENT, |byte| {
            byte == b' ' || byte == b'\t' && mark != Mark::Byte(b'\t')
        });
        let quote = text.at(start).filter(|byte| matches!(byte, b'"' | b'\''));
        // In Markdown, a quotation mark is a part of the cell.
        let quote = quote.filter(|_| start == at || !mark.is_bar());
        let value = quote.and_then(|quote| field(text, start + 1, (mark, escaped), quote));
        let behind = value.map_or(start, |value| value.end);
        let end = cell_end(text, behind, limit, (mark, escaped));
        each(count, value.unwrap_or_else(|| bare(text, start, end, mark)));
        match text.at(end) {
            None if at == end && count == 0 => return None,
            None => return Some((end, count)),
            Some(b'\n' | b'\r') => return Some((next_line(text, end), count)),
            Some(_) => (at, count) = (mark.end(text, end).filter(|_| end < limit)?, count + 1),
        }
    }
}

/// Returns the end of the cell that goes on at `at`: the place of the next mark, of the
/// line end, or `limit`.
fn cell_end(text: &Text<'_>, mut at: usize, limit: usize, (mark, escaped): (Mark, bool)) -> usize {
    let first = mark.first();
    loop {
        at = text.run_of(at, limit.saturating_sub(at), |byte| {
            byte != first && byte != b'\n' && byte != b'\r'
        });
        let ends = match text.at(at) {
            Some(byte) if byte == first && at < limit => {
                let behind = text.before(at) == Some(b'\\') && (escaped || mark.is_bar());
                mark.end(text, at).is_some() && !behind
            }
            _ => true,
        };
        if ends {
            return at;
        }
        at += 1;
    }
}

/// Returns the place of a cell without quotation marks, less the blanks at its end.
fn bare(text: &Text<'_>, mut start: usize, end: usize, mark: Mark) -> Extent {
    let mut value = text.slice(start, end).trim_ascii_end();
    // Code in a cell of Markdown.
    if mark.is_bar()
        && let Some(inner) = value.strip_prefix(b"`")
        && let Some(inner) = inner.strip_suffix(b"`")
    {
        (start, value) = (start + 1, inner);
    }
    Extent {
        start,
        end: start + value.len(),
        quoted: false,
    }
}

/// Reads a field in quotation marks from `start` on. Marks inside it are doubled, and it
/// may have several lines (RFC 4180, section 2). `mark` follows it, or the line ends.
fn field(
    text: &Text<'_>,
    start: usize,
    (mark, escaped): (Mark, bool),
    quote: u8,
) -> Option<Extent> {
    // An apostrophe may begin a word, and a quotation mark a title.
    let most_breaks = if quote == b'"' && !mark.is_bar() {
        MOST_BREAKS
    } else {
        0
    };
    let (mut end, mut breaks) = (start, 0);
    loop {
        let most = (start + MOST_LINE).saturating_sub(end);
        end = text.run_until(end, most, [quote, b'\n']);
        match (text.at(end), text.at(end + 1)) {
            (Some(byte), Some(next)) if byte == quote && next == quote => end += 2,
            (Some(byte), _)
                if byte == quote && escaped && end > start && text.before(end) == Some(b'\\') =>
            {
                end += 1;
            }
            (Some(byte), next) if byte == quote => {
                let ends = next.is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
                    || mark.end(text, end + 1).is_some();
                let value = Extent {
                    start,
                    end,
                    quoted: true,
                };
                return Some(value).filter(|_| ends || breaks == 0 && quote == b'"');
            }
            (Some(b'\n'), _) if breaks < most_breaks => (end, breaks) = (end + 1, breaks + 1),
            _ => return None,
        }
    }
}

/// Returns whether the line at `at` is empty.
pub(super) fn is_empty(text: &Text<'_>, at: usize) -> bool {
    let end = text.run_of(at, MOST_INDENT, |byte| matches!(byte, b' ' | b'\t'));
    matches!(text.at(end), None | Some(b'\n' | b'\r'))
}

/// Returns the start of the line after the line end at `at`.
pub(super) fn next_line(text: &Text<'_>, at: usize) -> usize {
    let end = text.run_of(at, 1, |byte| byte == b'\r');
    text.run_of(end, 1, |byte| byte == b'\n')
}

/// Returns the start of the line after the one at `at`, which is too long to be read.
pub(super) fn behind_line(text: &Text<'_>, at: usize) -> Option<usize> {
    let end = text.run_until(at, MOST_SKIPPED, *b"\n\n");
    text.read_to(end);
    (text.at(end) == Some(b'\n')).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_cells_of_their_dialect() {
        let comma = (Mark::Byte(b','), false);
        for (text, way, expected) in [
            ("a, b ,c\n", comma, &["a", "b", "c"][..]),
            ("\"a,\"\"b\",c\r\n", comma, &["a,\"\"b", "c"]),
            ("\"a\nb\",c", comma, &["a\nb", "c"]),
            ("'a,b','c'\n", comma, &["a,b", "c"]),
            ("'tis,c\n", comma, &["'tis", "c"]),
            ("a\\,b,c\n", comma, &["a\\", "b", "c"]),
            ("a\\,b,c\n", (Mark::Byte(b','), true), &["a\\,b", "c"]),
            ("\"a\\\",\",c\n", (Mark::Byte(b','), true), &["a\\\",", "c"]),
            (
                "|a\\|b| `c` |\n",
                (Mark::Byte(b'|'), false),
                &["", "a\\|b", "c", ""],
            ),
            ("\"a|b\"|c\n", (Mark::Byte(b'|'), false), &["a|b", "c"]),
            ("a\t\tb\n", (Mark::Byte(b'\t'), false), &["a", "", "b"]),
            ("│ a → │ b ┃\n", (Mark::Box, false), &["", "a →", "b", ""]),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let mut cells = Vec::new();
            let end = row(&whole, 0, way, &mut |number, it| {
                assert_eq!(number, cells.len());
                cells.push(&text[it.start..it.end]);
            });
            assert_eq!(cells, expected, "{text}");
            assert_eq!(end, Some((text.len(), expected.len() - 1)), "{text}");
        }
    }
}
