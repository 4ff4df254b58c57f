//! String literals: quotes, escapes, doubled quotes, and literals over several lines.

use super::{Extent, MOST, gap};
use crate::redact::text::{QUOTE, Text, class};

/// Reads the string literal whose quotation mark is at `at`, possibly after
/// backslashes. The extent is that of its content.
pub(in crate::redact::engine) fn literal(text: &Text<'_>, at: usize) -> Option<Extent> {
    let quote = text.run_of(at, 16, |byte| byte == b'\\');
    let mark = text.at(quote)?;
    if class(mark) & QUOTE == 0 {
        return None;
    }
    let (start, escapes) = (quote + 1, quote - at);
    let mut from = start;
    if escapes == 0 && text.is(start, &[mark, mark]) {
        let long = lines(text, start + 2, &[mark, mark, mark]);
        if long.is_some() {
            return long;
        }
        // The value begins with the mark itself, which is doubled.
        from = start + 2;
    }
    if matches!(text.at(start), Some(b'\n' | b'\r')) {
        return lines(text, start, &[mark]);
    }
    let end = end(text, from, mark, escapes)?;
    Extent::new(start, end, true)
}

/// Reads the text between typographic quotation marks at `at`, on one line: `“x”`,
/// `„x“`, `«x»`.
#[inline(never)]
pub(in crate::redact::engine) fn typographic(text: &Text<'_>, at: usize) -> Option<Extent> {
    const MARKS: [(&str, &[&str]); 8] = [
        ("\u{201c}", &["\u{201d}", "\u{201c}"]),
        ("\u{201d}", &["\u{201d}"]),
        ("\u{201e}", &["\u{201c}", "\u{201d}"]),
        ("\u{2018}", &["\u{2019}"]),
        ("\u{201a}", &["\u{2018}"]),
        ("\u{ab}", &["\u{bb}"]),
        ("\u{bb}", &["\u{ab}"]),
        ("\u{300c}", &["\u{300d}"]),
    ];
    text.at(at).filter(|byte| *byte >= 128)?;
    let (open, close) = MARKS
        .iter()
        .find(|(open, _)| text.is(at, open.as_bytes()))?;
    let start = at + open.len();
    let mut end = start;
    while end < start + MOST {
        end = text.run_of(end, start + MOST - end, |byte| (b' '..127).contains(&byte));
        let closed = close.iter().any(|mark| text.is(end, mark.as_bytes()));
        if closed {
            text.read_to(end);
            return Extent::new(start, end, true);
        }
        text.at(end).filter(|byte| *byte >= 128)?;
        end += 1;
    }
    None
}

/// The greatest number of literals that a shell joins into one word.
const MOST_PIECES: usize = 16;

/// Passes to `found` the literals that a shell joins into one word. The first one has
/// its quotation mark at `at`: `"it's "'$5'`.
pub(in crate::redact::engine) fn pieces(
    text: &Text<'_>,
    at: usize,
    found: &mut impl FnMut(Extent),
) {
    let Some(mut piece) = literal(text, at) else {
        return;
    };
    for _ in 1..MOST_PIECES {
        found(piece);
        let next = match behind(text, piece) {
            Some(at) => literal(text, at),
            None => return,
        };
        let Some(next) = next else { return };
        piece = next;
    }
    found(piece);
}

/// Reads the literals that a shell joins into one word, the first of which is `first`.
/// Returns the end of the last one.
pub(in crate::redact::engine) fn joined_end(text: &Text<'_>, first: Extent) -> usize {
    let mut last = first;
    for _ in 1..MOST_PIECES {
        match behind(text, last).and_then(|at| literal(text, at)) {
            Some(next) => last = next,
            None => break,
        }
    }
    last.end
}

/// Returns the start of the literal that a shell joins to `piece`.
fn behind(text: &Text<'_>, piece: Extent) -> Option<usize> {
    let at = piece.end + 1;
    let goes_on = matches!(
        (text.at(piece.end), text.at(at)),
        (Some(b'"'), Some(b'\'')) | (Some(b'\''), Some(b'"'))
    );
    goes_on.then_some(at)
}

/// Reads a literal that may have several lines, after its opening mark. The extent
/// leaves out blanks and line ends at both ends.
fn lines(text: &Text<'_>, at: usize, mark: &[u8]) -> Option<Extent> {
    let start = gap(text, at, 64);
    let first = *mark.first()?;
    let mut end = start;
    loop {
        end = text.run_until(end, (start + MOST).saturating_sub(end), [first, first]);
        text.at(end).filter(|byte| *byte == first)?;
        let escaped = first == b'"' && text.before(end) == Some(b'\\') && end > start;
        if !escaped && text.is(end, mark) {
            break;
        }
        end += 1;
    }
    text.read_to(end);
    // Quotation marks before the closing ones belong to the content.
    while mark.len() > 1 && text.at(end + mark.len()) == Some(first) {
        end += 1;
    }
    let content = text.slice(start, end).trim_ascii_end();
    // A value is one line.
    let one = !content.contains(&b'\n');
    Extent::new(start, start + content.len(), true).filter(|_| one)
}

/// Returns the end of a literal on one line that began at `start`: the same mark,
/// with no more backslashes before it than before the opening one.
///
/// A doubled mark is a part of the value, as in SQL and YAML, and so are marks that a
/// shell joins to it.
fn end(text: &Text<'_>, start: usize, mark: u8, escapes: usize) -> Option<usize> {
    let mut backslashes = 0;
    let mut at = start;
    // Ends that a syntax in which backslashes are ordinary would have: before the
    // last mark, and before the first doubled one.
    let (mut ordinary, mut doubled) = (None, None);
    let most = start + MOST;
    loop {
        // Bytes that are neither marks nor backslashes nor line ends.
        let is_plain = |byte: u8| byte != mark && !matches!(byte, b'\\' | b'\n' | b'\r');
        let next = text.run_of(at, (most + 1).saturating_sub(at), is_plain);
        if next > at {
            (at, backslashes) = (next, 0);
        }
        text.read_to(at);
        let byte = match text.at(at) {
            Some(byte) if at <= most => byte,
            _ => return ordinary.or(doubled),
        };
        if byte == mark {
            if escapes > 0 {
                // Each level of escapes doubles the backslashes and adds one.
                if backslashes % (2 * escapes + 2) == escapes {
                    return Some(at - escapes);
                }
                if backslashes < escapes {
                    return Some(at - backslashes);
                }
            } else if backslashes % 2 == 0 {
                match joined(text, at, mark) {
                    Some(next) if at > start => {
                        doubled = doubled.or(Some(at));
                        (at, backslashes) = (next, 0);
                        continue;
                    }
                    _ => return Some(at),
                }
            } else if text.at(at + 1) == Some(mark) && !is_delimiter(text.at(at + 2)) {
                (at, backslashes) = (at + 2, 0);
                continue;
            } else if is_delimiter(text.at(at + 1)) {
                ordinary = Some(at);
            }
        }
        match byte {
            b'\n' | b'\r' => return ordinary.or(doubled),
            b'\\' => backslashes += 1,
            _ => backslashes = 0,
        }
        at += 1;
    }
}

/// Returns whether a byte may follow the end of a literal.
fn is_delimiter(byte: Option<u8>) -> bool {
    byte.is_none_or(|byte| byte <= b' ' || b",;)]}:>".contains(&byte))
}

/// Returns where a literal continues if the mark at `at` does not end it, because it is
/// doubled or is a shell's way to write the mark itself.
fn joined(text: &Text<'_>, at: usize, mark: u8) -> Option<usize> {
    if mark == b'\'' {
        for way in [&b"'\\''"[..], b"'\"'\"'"] {
            if text.is(at, way) {
                return Some(at + way.len());
            }
        }
    }
    let doubled = mark != b'`' && text.at(at + 1) == Some(mark);
    doubled.then_some(at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_a_literal_is_what_its_syntax_says() {
        for (text, content) in [
            ("\"abc\" x", Some("abc")),
            ("'it''s' x", Some("it''s")),
            ("\"a\\\"b\",", Some("a\\\"b")),
            ("\\\"abc\\\",", Some("abc")),
            (
                "\\\\\\\"a\\\\\\\\\\\\\\\"b\\\\\\\"",
                Some("a\\\\\\\\\\\\\\\"b"),
            ),
            ("'abc\\'\n", Some("abc\\")),
            ("'ab'\\''cd'", Some("ab'\\''cd")),
            ("'ab'\"'\"'cd'", Some("ab'\"'\"'cd")),
            ("\"\"\"abc\"\"\"", Some("abc")),
            ("'''\n  abc\n'''", Some("abc")),
            ("'\nabc\n'", Some("abc")),
            ("\"\"\"a\nb\"\"\"", None),
            ("\"\"", None),
            ("\"abc\n", None),
            ("abc", None),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let found = literal(&whole, 0).map(|it| &text[it.start..it.end]);
            assert_eq!(found, content, "{text}");
        }
    }
}
