//! Values as tools print them and as languages quote them in brackets.

use super::{Extent, MOST, gap};
use crate::redact::text::{NAME, QUOTE, SPACE, Text, class};

/// Returns the end of what debuggers and dumps write before a literal: its type, its
/// length or its address. Returns `at` if no such literal follows.
///
/// `(string) (len=16) "x"` of Go, `string(16) "x"` and `s:16:"x"` of PHP, `0x55a0 "x"` of
/// GDB, `<<"x"` of Erlang.
#[inline(never)]
pub(in crate::redact::engine) fn behind_type(text: &Text<'_>, at: usize) -> usize {
    let mut start = gap(text, at, 64);
    for open in [
        &b"string("[..],
        b"(string)",
        b"(len=",
        b"(cap=",
        b"s:",
        b"0x",
        b"<<",
    ] {
        if !text.is(start, open) {
            continue;
        }
        let end = text.run_of(start + open.len(), 18, |byte| {
            byte.is_ascii_hexdigit() || matches!(byte, b')' | b':')
        });
        start = text.run(end, 4, SPACE);
    }
    let quoted = text.at(start).is_some_and(|byte| class(byte) & QUOTE != 0);
    let typed = start > gap(text, at, 64);
    if quoted && typed { start } else { at }
}

/// Returns the end of the visibility that PHP prints behind the name of a member that ends
/// at `at`: `:protected]`, `:"Config":private]`. The bracket belongs to it.
pub(in crate::redact::engine) fn behind_visibility(text: &Text<'_>, at: usize) -> Option<usize> {
    if text.at(at) != Some(b':') {
        return None;
    }
    let end = text.run_of(at, 80, |byte| {
        class(byte) & (NAME | QUOTE) != 0 || matches!(byte, b':' | b'\\')
    });
    let word = text.slice(at, end);
    let known = word.ends_with(b":protected") || word.ends_with(b":private");
    (known && text.at(end) == Some(b']')).then_some(end + 1)
}

/// Reads the line of a here-document whose operator is at `at`: `<<EOT`, a line, `EOT`.
#[inline(never)]
pub(in crate::redact::engine) fn here_document(text: &Text<'_>, at: usize) -> Option<Extent> {
    if !text.is(at, b"<<") {
        return None;
    }
    let word = text.run_of(at + 2, 3, |byte| matches!(byte, b'-' | b'~' | b'"' | b'\''));
    let word_end = text.run_of(word, 24, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_'
    });
    let close = text.run_of(word_end, 2, |byte| class(byte) & QUOTE != 0);
    if word_end == word || !matches!(text.at(close), Some(b'\n' | b'\r')) {
        return None;
    }
    let start = gap(text, close, 64);
    let end = text.run_until(start, MOST, *b"\n\r");
    text.read_to(end);
    let last = gap(text, end, 64);
    let closed = text.is(last, text.slice(word, word_end));
    let value = text.slice(start, end).trim_ascii_end();
    Extent::new(start, start + value.len(), true).filter(|_| closed)
}

/// Reads a literal in brackets at `at`: `[[x]]` of Lua, `q{x}` of Perl. A value has no
/// blanks.
#[inline(never)]
pub(in crate::redact::engine) fn bracketed(text: &Text<'_>, at: usize) -> Option<Extent> {
    const BRACKETS: [(&[u8], &[u8]); 8] = [
        (b"[[", b"]]"),
        (b"[=[", b"]=]"),
        (b"q{", b"}"),
        (b"q(", b")"),
        (b"q[", b"]"),
        (b"qq{", b"}"),
        (b"%q{", b"}"),
        (b"%q(", b")"),
    ];
    let (open, close) = BRACKETS.iter().find(|(open, _)| text.is(at, open))?;
    let start = at + open.len();
    let word = text.run_of(start, MOST, |byte| byte > b' ' && byte != 127);
    text.read_to(word);
    let value = text.slice(start, word);
    let mut ends = value.windows(close.len()).enumerate();
    let (end, _) = ends.rfind(|(end, mark)| {
        let behind = value.get(end + close.len()..).unwrap_or_default();
        mark == close
            && behind
                .iter()
                .all(|byte| matches!(byte, b';' | b',' | b')' | b'}'))
    })?;
    Extent::new(start, start + end, true)
}

/// Returns the start of what an interactive program printed as the value of the name
/// from `name` to `end`: the name stands at the end of a line behind a prompt, and the
/// value alone on the next line.
///
/// `>>> password`, `(gdb) p password`, `$password` and `[1] "x"` of R, `CONFIG GET
/// requirepass` and `2) "x"` of Redis, `/app/db/password` of a store of keys.
#[inline(never)]
pub(in crate::redact::engine) fn printed(
    text: &Text<'_>,
    name: usize,
    end: usize,
) -> Option<usize> {
    if !matches!(text.at(end), Some(b'\n' | b'\r')) {
        return None;
    }
    let before = text.slice(text.back_to(name, 64), name);
    let line = before.rsplit(|byte| *byte == b'\n').next()?;
    let next = gap(text, end, 4);
    let start = behind_number(text, next);
    let prompted = [
        &b">>> "[..],
        b"(Pdb) p",
        b"ipdb> p",
        b"(gdb) p",
        b"(lldb) p",
        b"In [",
    ]
    .iter()
    .any(|prompt| line.starts_with(prompt));
    let path = line.first() == Some(&b'/')
        && line
            .iter()
            .all(|byte| class(*byte) & NAME != 0 || *byte == b'/');
    // A definition: the value is indented below its term.
    let defined = line.is_empty() && text.slice(end, next).ends_with(b"  ");
    let known = prompted || path || defined || start > next || text.is(next, b"0x");
    let start = behind_type(text, start);
    // Nothing else stands on its line.
    let stop = text.run_until(start, 256, *b"\n\r");
    let value = text.slice(start, stop);
    let literal = value
        .first()
        .is_some_and(|first| class(*first) & QUOTE != 0);
    let alone = literal || !value.iter().any(|byte| *byte <= b' ');
    (known && alone && !value.is_empty()).then_some(start)
}

/// Returns the end of the number that a program prints before a value: `[1] `, `2) `,
/// `$1 = `.
fn behind_number(text: &Text<'_>, at: usize) -> usize {
    let open = text.run_of(at, 1, |byte| matches!(byte, b'[' | b'$'));
    let end = text.run_of(open, 4, |byte| byte.is_ascii_digit());
    if end == open {
        return at;
    }
    let marks: [&[u8]; 3] = [b"] ", b") ", b" = "];
    let mark = marks.iter().find(|mark| text.is(end, mark));
    mark.map_or(at, |mark| end + mark.len())
}

/// Returns the start of the value on the line below a rule of dashes, as `kubectl
/// describe` prints it: `NAME:`, `----`, the value.
pub(in crate::redact::engine) fn below_rule(text: &Text<'_>, at: usize) -> usize {
    let rule = gap(text, at, 4);
    let end = text.run_of(rule, 8, |byte| byte == b'-');
    let below = end >= rule + 4 && rule > at && matches!(text.at(end), Some(b'\n' | b'\r'));
    if below { gap(text, end, 2) } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(found: usize, text: &str) -> &str {
        &text[found..]
    }

    #[test]
    fn types_before_a_literal_are_passed() {
        for (text, expected) in [
            ("(string) (len=16) \"V\"", "\"V\""),
            ("\n  string(16) \"V\"", "\"V\""),
            ("s:16:\"V\";", "\"V\";"),
            ("0x5555a0 \"V\"", "\"V\""),
            ("<<\"V\">>", "\"V\">>"),
            ("\"V\"", "\"V\""),
            ("string(x)", "string(x)"),
            ("0x5555a0", "0x5555a0"),
            ("\n\"V\"", "\n\"V\""),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            assert_eq!(rest(behind_type(&whole, 0), text), expected, "{text}");
        }
    }

    #[test]
    fn literals_in_brackets_and_here_documents_are_read() {
        let read = |text: &str, reader: fn(&Text<'_>, usize) -> Option<Extent>| {
            let whole = Text::new(text.as_bytes(), true);
            reader(&whole, 0).map(|it| text[it.start..it.end].to_owned())
        };
        for (text, expected) in [
            ("[[a]b]]\n", Some("a]b")),
            ("q{a}b};", Some("a}b")),
            ("q(x)", Some("x")),
            ("[[a b]]", None),
            ("q{x}y", None),
        ] {
            assert_eq!(read(text, bracketed).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("<<EOT\n a b\nEOT\n", Some("a b")),
            ("<<-'E'\nx\n  E\n", Some("x")),
            ("<<EOT\na\nb\nEOT\n", None),
            ("<<3", None),
        ] {
            assert_eq!(read(text, here_document).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_a_program_prints_is_read() {
        for (text, expected) in [
            (">>> pw\n'V'\n", Some("'V'\n")),
            ("(gdb) p pw\n$1 = 0x55 \"V\"\n", Some("\"V\"\n")),
            ("$pw\n[1] \"V\"\n", Some("\"V\"\n")),
            ("1) \"x\"\npw\n2) \"V\"\n", Some("\"V\"\n")),
            ("/app/pw\nV\n/app/user\n", Some("V\n/app/user\n")),
            ("the pw\nV\n", None),
            ("pw\n  V\n", Some("V\n")),
            ("pw\n  V a\n", None),
            (">>> pw\nso it is\n", None),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let found = printed(&whole, name, name + 2).map(|at| &text[at..]);
            assert_eq!(found, expected, "{text}");
        }
    }
}
