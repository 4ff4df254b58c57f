//! A reader of the fields in a line that a formatter has written.

use std::ops::Range;

/// A field of a line: its name, and its value without quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Returns the fields of a line as `tracing_subscriber::fmt` writes them:
/// `span{name=value name="value"}: target: message name=value`.
///
/// A name begins after a blank, a brace or a comma. A value in quotation marks has the
/// escapes of `Debug`. Another value ends at a blank outside of all its brackets, or
/// at the bracket that closes the span.
pub(super) fn pairs(line: &str) -> Vec<Pair> {
    let bytes = line.as_bytes();
    let mut pairs = Vec::new();
    let mut done = 0;
    for equals in memchr::memchr_iter(b'=', bytes) {
        let name = name_before(bytes, equals, done);
        if name.is_empty() {
            continue;
        }
        let start = equals + 1;
        let value = match bytes.get(start) {
            Some(b'"') => start + 1..quoted_end(bytes, start + 1),
            _ => start..bare_end(bytes, start),
        };
        done = value.end;
        if !value.is_empty() {
            pairs.push(Pair { name, value });
        }
    }
    pairs
}

fn name_before(line: &[u8], equals: usize, done: usize) -> Range<usize> {
    if equals < done {
        return equals..equals;
    }
    let before = line.get(done..equals).unwrap_or_default();
    let part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'#');
    let len = before.iter().rev().take_while(|byte| part(byte)).count();
    let start = equals - len;
    let bounded = start
        .checked_sub(1)
        .and_then(|at| line.get(at))
        .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'{' | b',' | b'm'));
    if bounded {
        start..equals
    } else {
        equals..equals
    }
}

fn quoted_end(line: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = line.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    line.len()
}

fn bare_end(line: &[u8], start: usize) -> usize {
    let mut open = 0_usize;
    let mut at = start;
    while let Some(&byte) = line.get(at) {
        match byte {
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' if open == 0 && ends_span(line, at) => return at,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            b'"' if open > 0 => at = quoted_end(line, at + 1),
            b' ' if open == 0 && line.get(at + 1) == Some(&b'{') && is_type(line, start, at) => {}
            b' ' | b'\t' | b'\n' | b'\r' if open == 0 => return at,
            b'\n' if line.get(at + 1).is_some_and(|next| !b" }])".contains(next)) => return at,
            0x1b => return at,
            _ => {}
        }
        at += 1;
    }
    line.len()
}

/// Returns whether a value begins with the name of a type, as structs do in `Debug`.
fn is_type(line: &[u8], start: usize, end: usize) -> bool {
    let name = line.get(start..end).unwrap_or_default();
    name.first().is_some_and(u8::is_ascii_uppercase) && name.iter().all(u8::is_ascii_alphanumeric)
}

/// Returns whether the bracket at `at` closes a span: a colon, another span or the
/// end follows.
fn ends_span(line: &[u8], at: usize) -> bool {
    line.get(at) == Some(&b'}')
        && line
            .get(at + 1)
            .is_none_or(|next| matches!(next, b':' | b' ' | b'\n' | b'\r' | 0x1b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Vec<(&str, &str)> {
        let pairs = pairs(line).into_iter();
        pairs
            .map(|pair| (&line[pair.name], &line[pair.value]))
            .collect()
    }

    #[test]
    fn fields_are_read_as_formatters_write_them() {
        for (line, expected) in [
            (
                "INFO a{secret=x}: b{user=\"ann\" n=1}: app: hi there password=p}q count=3\n",
                &[
                    ("secret", "x"),
                    ("user", "ann"),
                    ("n", "1"),
                    ("password", "p}q"),
                    ("count", "3"),
                ][..],
            ),
            (
                r#"m: v=Some("a b=c") w=["x y", "z"] q="a \" b=1" x=(1, 2)"#,
                &[
                    ("v", r#"Some("a b=c")"#),
                    ("w", r#"["x y", "z"]"#),
                    ("q", r#"a \" b=1"#),
                    ("x", "(1, 2)"),
                ],
            ),
            ("a=b=c 1+2=3 = x= \"k\"=1", &[("a", "b=c")]),
            (
                "x{a=Login { p: \"a}: b\" }}: m",
                &[("a", "Login { p: \"a}: b\" }")],
            ),
            ("", &[]),
            ("a=\"", &[]),
            ("a=\"x\\", &[("a", "x\\")]),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
