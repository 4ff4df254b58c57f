//! Calls around values: `new Password("x")`.

use crate::redact::engine::tables::words::WordSet;
use crate::redact::engine::{judge, syntax};
use crate::redact::text::{NAME, QUOTE, Text, class};

/// Returns the start of the quoted argument of a call at `at`: `new Password("x")`,
/// `Secret::from('x')`, `[]byte("x")`.
#[inline(never)]
pub(super) fn argument(text: &Text<'_>, at: usize) -> Option<usize> {
    let is_path = |byte: u8| {
        class(byte) & NAME != 0 && byte != b'-'
            || matches!(byte, b'_' | b':' | b'[' | b']' | b'<' | b'>' | b'!')
    };
    let path = if text.is(at, b"new ") { at + 4 } else { at };
    let end = text.run_of(path, 48, is_path);
    if end == path || text.at(end) != Some(b'(') {
        return None;
    }
    // As Rust prints a value inside another one.
    let start = text.run_of(end + 1, 64, |byte| byte.is_ascii_whitespace());
    let quoted = text.at(start).is_some_and(|byte| class(byte) & QUOTE != 0);
    let callee = text.slice(path, end);
    // The argument of a getter is a name, unless it looks like nothing but a password.
    let strong = || {
        let words = [&b"alue"[..], b"ext", b"arse", b"oad"];
        let literal = syntax::literal(text, start);
        words.iter().any(|word| callee.ends_with(word))
            && literal.is_some_and(|it| judge::is_strong(text.slice(it.start, it.end), true))
    };
    (quoted && (!is_getter(callee) || strong())).then_some(start)
}

/// Returns whether a call of this name takes a name and returns its value.
fn is_getter(callee: &[u8]) -> bool {
    static GETTERS: WordSet = WordSet::new(&[
        b"ask",
        b"by",
        b"config",
        b"css",
        b"data",
        b"element",
        b"env",
        b"environ",
        b"error",
        b"exec",
        b"fetch",
        b"field",
        b"file",
        b"find",
        b"format",
        b"get",
        b"gettext",
        b"getenv",
        b"has",
        b"i18n",
        b"input",
        b"join",
        b"key",
        b"label",
        b"load",
        b"locator",
        b"lookup",
        b"match",
        b"message",
        b"open",
        b"option",
        b"param",
        b"parse",
        b"path",
        b"pluck",
        b"print",
        b"printf",
        b"prompt",
        b"property",
        b"query",
        b"read",
        b"regex",
        b"require",
        b"resolve",
        b"search",
        b"select",
        b"selector",
        b"setting",
        b"split",
        b"sprintf",
        b"t",
        b"text",
        b"translate",
        b"url",
        b"value",
        b"var",
        b"variable",
        b"xpath",
    ]);
    let mut words = callee.split(|byte| !byte.is_ascii_alphanumeric());
    words.any(|word| {
        let capital = word.iter().skip(1).position(u8::is_ascii_uppercase);
        let (head, tail) = word
            .split_at_checked(capital.map_or(word.len(), |at| at + 1))
            .unwrap_or_default();
        let last = tail
            .iter()
            .rposition(u8::is_ascii_uppercase)
            .and_then(|at| tail.get(at..));
        GETTERS.contains(head) || last.is_some_and(|last| GETTERS.contains(last))
    })
}
