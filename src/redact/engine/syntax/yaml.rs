//! YAML: blocks of lines, and what may stand before a scalar.

use super::{Extent, MOST};
use crate::redact::text::{ALNUM, NAME, SPACE, Text, class};

/// Reads the block scalar whose indicator, `|` or `>`, is at `at`, if it has one line
/// (YAML 1.2, section 8.1).
#[inline(never)]
pub(in crate::redact::engine) fn block(text: &Text<'_>, at: usize) -> Option<Extent> {
    if !matches!(text.at(at), Some(b'|' | b'>')) {
        return None;
    }
    let head = text.run_of(at + 1, 2, |byte| matches!(byte, b'-' | b'+' | b'1'..=b'9'));
    let line = text.run(head, 32, SPACE);
    let start = text.run_of(line, 256, |byte| byte.is_ascii_whitespace());
    let broken = text.slice(line, start).contains(&b'\n');
    let end = text.run_of(start, MOST, |byte| byte >= b' ' && byte != 127);
    text.read_to(end);
    if !broken || !matches!(text.at(start - 1), Some(b' ' | b'\t')) {
        return None;
    }
    // The next line with text belongs to something else.
    let next = text.run_of(end, 256, |byte| byte.is_ascii_whitespace());
    let indent = text.run_back(start, 64, SPACE);
    let depth = text.run_back(next, 64, SPACE);
    let alone = text.at(next).is_none() || next - depth < start - indent;
    let value = text.slice(start, end).trim_ascii_end();
    Extent::new(start, start + value.len(), false).filter(|_| alone)
}

/// How many lines of a block are read, and how many bytes they have together.
const MOST_LINES: usize = 64;
const MOST_BYTES: usize = 4096;

/// Passes the lines of the block scalar whose indicator, `|` or `>`, is at `at`, to
/// `found`.
#[inline(never)]
pub(in crate::redact::engine) fn block_lines(
    text: &Text<'_>,
    at: usize,
    found: &mut impl FnMut(Extent),
) {
    let head = text.run_of(at + 1, 2, |byte| matches!(byte, b'-' | b'+' | b'1'..=b'9'));
    let mut line = text.run(head, 32, SPACE);
    let mut depth = None;
    for _ in 0..MOST_LINES {
        if line >= at + MOST_BYTES || !matches!(text.at(line), Some(b'\n' | b'\r')) {
            return;
        }
        let start = text.run_of(line, 256, |byte| byte.is_ascii_whitespace());
        let indent = start - text.run_back(start, 64, SPACE);
        if indent == 0 || indent < *depth.get_or_insert(indent) {
            return;
        }
        line = text.run_of(start, MOST, |byte| byte >= b' ' && byte != 127);
        text.read_to(line);
        let value = text.slice(start, line).trim_ascii_end();
        if let Some(extent) = Extent::new(start, start + value.len(), false) {
            found(extent);
        }
    }
}

/// Passes the passwords of a block of users to `found`, as in files of cloud-init, after
/// the name that ends at `at`: `chpasswd:`, `list: |`, `ann:x`.
pub(in crate::redact::engine) fn accounts(
    text: &Text<'_>,
    at: usize,
    found: &mut impl FnMut(Extent),
) {
    let list = text.run_of(at, 64, |byte| byte.is_ascii_whitespace() || byte == b':');
    if !text.is(list, b"list:") {
        return;
    }
    let mut line = text.run_of(list, 64, |byte| byte != b'\n');
    for _ in 0..64 {
        let user = text.run_of(line, 64, |byte| byte.is_ascii_whitespace() || byte == b'-');
        let colon = text.run_of(user, 64, |byte| class(byte) & NAME != 0);
        let end = text.run_of(colon + 1, 256, |byte| byte > b' ');
        // A blank after the colon makes it a key.
        if colon == user || text.at(colon) != Some(b':') || end <= colon + 1 {
            return;
        }
        text.read_to(end);
        if let Some(value) = Extent::new(colon + 1, end, false) {
            found(value);
        }
        line = end;
    }
}

/// Returns the start of the scalar at `at`, after its anchor and tag (YAML 1.2,
/// section 6.9).
#[inline(never)]
pub(in crate::redact::engine) fn item(text: &Text<'_>, mut at: usize) -> usize {
    for _ in 0..2 {
        if !matches!(text.at(at), Some(b'&' | b'!')) {
            return at;
        }
        let end = text.run_of(at + 1, 48, |byte| {
            class(byte) & ALNUM != 0 || matches!(byte, b'_' | b'-' | b'!' | b':' | b'.' | b'/')
        });
        let next = text.run(end, 8, SPACE);
        let follows = text
            .at(next)
            .is_some_and(|byte| byte > b' ' && byte != b'#');
        if next == end || !follows {
            return at;
        }
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_one_line_is_a_value() {
        for (text, value) in [
            ("|\n  abc\nb: 1", Some("abc")),
            (">-\n  a\"b \n", Some("a\"b")),
            ("|2-\n\n    abc\n  b: 1", Some("abc")),
            ("|\n  abc\n  def\n", None),
            ("|\nabc\n", None),
            ("|abc\n", None),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let found = block(&whole, 0).map(|it| &text[it.start..it.end]);
            assert_eq!(found, value, "{text}");
        }
    }

    #[test]
    fn a_block_of_several_lines_is_read_line_by_line() {
        for (text, lines) in [
            ("|\n  abc\n  def\nb: 1", &["abc", "def"][..]),
            (">-\n    a b \n\n      c\n  d\n", &["a b", "c"]),
            ("|\nabc\n", &[]),
            ("|abc\n", &[]),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let mut found = Vec::new();
            block_lines(&whole, 0, &mut |it| found.push(&text[it.start..it.end]));
            assert_eq!(found, lines, "{text}");
        }
    }

    #[test]
    fn users_in_a_block_have_passwords() {
        let text = ":\n  list: |\n    ann:V\n    bob:W\n  expire: false\n";
        let whole = Text::new(text.as_bytes(), true);
        let mut values = Vec::new();
        accounts(&whole, 0, &mut |it| values.push(&text[it.start..it.end]));
        assert_eq!(values, ["V", "W"]);
    }

    #[test]
    fn anchors_and_tags_precede_a_scalar() {
        for (text, at) in [
            ("&a x", 3),
            ("!!str x", 6),
            ("&a !t x", 6),
            ("&abc\n", 0),
            ("x", 0),
        ] {
            assert_eq!(item(&Text::new(text.as_bytes(), true), 0), at, "{text}");
        }
    }
}
