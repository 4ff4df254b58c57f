//! A reader of the fields in a line that a formatter has written.

use std::ops::Range;

use crate::redact::text::{part, part_of_str};

/// A field of a line: its name, and its value without quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
    /// Whether the value ends there beyond doubt: at its quotation mark, or at the end of
    /// the span. A blank or bracket may be a part of a value that a message shows.
    pub(super) is_whole: bool,
    /// Whether the field stands in a span before the message.
    pub(super) in_span: bool,
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
    let mut spans = Spans::new(bytes);
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
        let in_span = spans.are_open_at(name.start);
        let closes = spans.end_at(value.end) && in_span;
        let is_whole = match bytes.get(start) {
            Some(b'"') => is_end(bytes, value.end + 1),
            _ => closes,
        };
        if !value.is_empty() {
            pairs.push(Pair {
                name,
                value,
                is_whole,
                in_span,
            });
        }
    }
    pairs
}

/// Returns the fields of a line in the form of a list, as the formatter `pretty` writes
/// them: `message, name: value, name: value`. A value goes on to the next name, to the
/// place in the source or the span that follows, or to the end of its line.
pub(super) fn listed(line: &str) -> Vec<Pair> {
    let bytes = line.as_bytes();
    let part_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-#".contains(byte);
    let mut names = Vec::new();
    let mut done = 0;
    for colon in memchr::memmem::find_iter(bytes, b": ") {
        let before = part(bytes, done..colon);
        let len = before
            .iter()
            .rev()
            .take_while(|byte| part_of_name(byte))
            .count();
        let start = colon - len;
        let head = part(bytes, ..start);
        if len > 0 && (head.ends_with(b", ") || head.ends_with(b" with ")) {
            names.push(start..colon);
        }
        done = colon + 2;
    }
    let mut pairs = Vec::with_capacity(names.len());
    let mut limit = line.len();
    for name in names.into_iter().rev() {
        let start = (name.end + 2).min(limit);
        let rest = part_of_str(line, start..limit);
        let ends = ["\n    at ", "\n    in "].map(|end| rest.find(end));
        let end = ends.into_iter().flatten().min().or_else(|| rest.find('\n'));
        let value = part_of_str(rest, ..end.unwrap_or(rest.len()));
        let value = value.trim_end().trim_end_matches(',');
        limit = name.start;
        if !value.is_empty() {
            pairs.push(Pair {
                name,
                value: start..start + value.len(),
                is_whole: true,
                in_span: false,
            });
        }
    }
    pairs.reverse();
    pairs
}

/// The spans at the start of a line, `outer{a=1}:inner{b=2}: `, which end before the
/// message.
struct Spans<'l> {
    line: &'l [u8],
    /// The end of the last field.
    from: usize,
    /// Whether a field may still stand in one.
    may_follow: bool,
    is_open: bool,
}

impl<'l> Spans<'l> {
    const fn new(line: &'l [u8]) -> Self {
        Self {
            line,
            from: 0,
            may_follow: true,
            is_open: false,
        }
    }

    /// Returns whether a field with a name at `start` stands in a span. Starts must ascend.
    fn are_open_at(&mut self, start: usize) -> bool {
        let before = part(self.line, self.from..start);
        // Behind a target there is a message, whoever has worded it.
        let is_over = |pair: &[u8]| matches!(pair, [b':', b' '] | [_, b'\n']);
        self.may_follow &= !before.windows(2).any(is_over);
        self.is_open |= memchr::memchr(b'{', before).is_some();
        self.may_follow && self.is_open
    }

    /// Returns whether a value that ends at `end` is the last one of its span.
    fn end_at(&mut self, end: usize) -> bool {
        let end = end + usize::from(self.line.get(end) == Some(&b'"'));
        self.from = end;
        let Some([b'}', rest @ ..]) = self.line.get(end..) else {
            return false;
        };
        match rest {
            [b':', rest @ ..] if opens_span(rest) => self.is_open = false,
            [] | [b' ' | b'\n' | b'\r' | 0x1b, ..] | [b':', b' ', ..] | [b':'] => {
                self.may_follow = false;
            }
            _ => return false,
        }
        true
    }
}

/// Returns whether the name of a span begins here, before its fields or the next colon.
fn opens_span(rest: &[u8]) -> bool {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let len = rest.iter().take_while(|byte| part(byte)).count();
    len > 0 && matches!(rest.get(len), Some(b'{' | b':'))
}

/// Returns whether nothing that joins a value stands at a place.
fn is_end(line: &[u8], at: usize) -> bool {
    let byte = line.get(at);
    byte.is_none_or(|byte| byte.is_ascii_whitespace() || b",;:}])\x1b".contains(byte))
}

fn name_before(line: &[u8], equals: usize, done: usize) -> Range<usize> {
    if equals < done {
        return equals..equals;
    }
    let before = part(line, done..equals);
    let part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'#');
    let len = before.iter().rev().take_while(|byte| part(byte)).count();
    let start = equals - len;
    // No field begins with a digit.
    if line.get(start).is_some_and(u8::is_ascii_digit) {
        return equals..equals;
    }
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
    let name = part(line, start..end);
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
    fn a_brace_ends_a_value_only_at_the_end_of_a_span() {
        for (line, expected) in [
            ("INFO a{password=x}: app: hi", &[true][..]),
            ("INFO a{password=x}:b{token=y}: hi", &[true, true]),
            ("INFO a{n=1 password=x}: app: hi", &[false, true]),
            ("INFO a{password=x}:b:c{token=y}: hi", &[true, true]),
            ("INFO a{password=x} app", &[true]),
            ("a{password=x}", &[true]),
            ("password=x}:y", &[false]),
            ("password=x}: y", &[false]),
            ("a{password=x}:y", &[false]),
            ("INFO app: login a{password=x}: y", &[false]),
            ("INFO a{n=1}: app: b{password=x}: y", &[true, false]),
            ("a{n=1}:b: password=x}: y", &[true, false]),
            ("one {\npassword=x}: y", &[false]),
            ("password=\"x\" y=\"z\"}: a", &[true, true]),
            ("password=\"x\"y", &[false]),
        ] {
            let whole: Vec<_> = pairs(line).iter().map(|pair| pair.is_whole).collect();
            assert_eq!(whole, expected, "{line}");
        }
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
