//! Members of objects: values that stand beside their name or below it.

use super::{Extent, bare, gap, literal, quote};
use crate::redact::text::{NAME, QUOTE, SPACE, Text, class};

/// The names of members that hold the value of their object, in lower case.
const VALUES: &[&[u8]] = &[
    b"value",
    b"val",
    b"default",
    b"defaultvalue",
    b"default_value",
    b"content",
    b"parametervalue",
    b"stringvalue",
    b"string_value",
    b"plaintext",
    b"s",
];

/// The names of members that hold the name of their object, in lower case.
const NAMES: &[&[u8]] = &[
    b"name",
    b"key",
    b"label",
    b"field",
    b"parameterkey",
    b"parametername",
    b"id",
    b"type",
    b"title",
    b"variable",
];

/// How many members may stand before the value.
const MOST_MEMBERS: usize = 16;
/// The greatest length of these members in bytes.
const MOST_BYTES: usize = 1024;

/// How far behind its type the password in a state of Terraform may be.
const MOST_STATE: usize = 1024;

/// Reads the member `value` of the object that a bracket before `at` opened:
/// `"db_password": {"sensitive": true, "value": "x"}`.
pub(in crate::redact::engine) fn member(text: &Text<'_>, at: usize) -> Option<Extent> {
    search(text, at)
}

/// Reads the member `value` of an object whose name is the literal that ended before
/// `at`: `{"name": "password", "type": "text", "value": "x"}`.
///
/// `closed` says that a quotation mark ended the name.
pub(in crate::redact::engine) fn sibling(
    text: &Text<'_>,
    name: usize,
    at: usize,
    closed: bool,
) -> Option<Extent> {
    if text.slice(name, at).starts_with(b"random_password") {
        return generated(text, at);
    }
    let next = text.run_of(at, 64, is_gap);
    let (key, end) = key(text, next)?;
    // Without a member in between, the name in quotes need not be marked as one.
    let beside = closed && VALUES.iter().any(|value| key.eq_ignore_ascii_case(value));
    if !beside && !is_named(text, name) {
        return None;
    }
    // The member must be one of the same object.
    let apart = text.slice(at, next);
    let joined = apart.contains(&b',') || apart.contains(&b'\n') || apart.contains(&b' ');
    (end > next && joined).then(|| search(text, at))?
}

/// Reads the member `result` of a password that Terraform made, in its state.
fn generated(text: &Text<'_>, at: usize) -> Option<Extent> {
    const RESULT: &[u8] = b"\"result\":";
    let end = text.run_of(at, MOST_STATE, |_| true);
    let rest = text.slice(at, end);
    let place = rest.windows(RESULT.len()).position(|part| part == RESULT)?;
    let value = literal(text, text.run(at + place + RESULT.len(), 8, SPACE))?;
    text.read_to(value.end);
    Some(value)
}

/// Reads the member `value` that stands before the member whose value is the name at
/// `name`: `{"value": "x", "name": "password"}`. It begins at most `most` bytes before.
#[inline(never)]
pub(in crate::redact::engine) fn sibling_before(
    text: &Text<'_>,
    name: usize,
    most: usize,
) -> Option<Extent> {
    if !is_named(text, name) {
        return None;
    }
    // The name of the member may stand somewhat further away than the value.
    let from = text.back_to(name, most + 24);
    let before = text.slice(from, name);
    let signs = before.iter().enumerate().rev();
    let is_mark = |byte: u8| matches!(byte, b'"' | b'\'' | b'\\') || class(byte) & SPACE != 0;
    for (at, _) in signs.filter(|(_, byte)| matches!(byte, b':' | b'=')) {
        let head = trim(before.get(..at).unwrap_or_default(), is_mark);
        let word = head
            .iter()
            .rev()
            .take_while(|byte| class(**byte) & NAME != 0);
        let word = head.get(head.len() - word.count()..).unwrap_or_default();
        if !VALUES.iter().any(|value| word.eq_ignore_ascii_case(value)) {
            continue;
        }
        let start = text.run(from + at + 1, 8, SPACE);
        let value = match literal(text, start) {
            Some(value) => value,
            None => {
                let end = text.run_until(start, most, *b"\n\r");
                Extent::new(start, end, false)?
            }
        };
        // Nothing between them begins or ends an object.
        let between = text.slice(value.end, name);
        let parted = between.iter().any(|byte| b"{}[]<>".contains(byte))
            || between.windows(2).any(|pair| pair == b"- ");
        let near = value.start + most >= name && value.end < name;
        return Some(value).filter(|_| near && !parted);
    }
    None
}

/// Returns whether the text at `name` is the value of a member such as `name`, or the end of
/// a path that is one: `"Name": "/prod/db/password"`.
pub(super) fn is_named(text: &Text<'_>, name: usize) -> bool {
    let name = text.run_back_of(name, 64, |byte| class(byte) & NAME != 0 || byte == b'/');
    ends_with_name(text.slice(text.back_to(name, 48), name))
}

/// Returns whether `before` ends with the name of a member such as `name` and its
/// operator.
pub(in crate::redact::engine) fn ends_with_name(before: &[u8]) -> bool {
    let head = trim(before, |byte| {
        matches!(byte, b'"' | b'\'' | b' ' | b'\\' | b'\t')
    });
    let Some(head) = head.strip_suffix(b":").or_else(|| head.strip_suffix(b"=")) else {
        return false;
    };
    let head = trim(head, |byte| {
        matches!(byte, b'"' | b'\'' | b' ' | b'\\' | b'\t')
    });
    let word = head.len()
        - head
            .iter()
            .rev()
            .take_while(|byte| class(**byte) & NAME != 0)
            .count();
    let word = head.get(word..).unwrap_or_default();
    // Without its namespace: `android:name`.
    NAMES.iter().any(|name| word.eq_ignore_ascii_case(name))
}

fn trim(mut bytes: &[u8], is: impl Fn(u8) -> bool) -> &[u8] {
    while let [head @ .., last] = bytes
        && is(*last)
    {
        bytes = head;
    }
    bytes
}

const fn is_gap(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b',' | b';'
    )
}

/// Reads the name of the member at `at`: its text, and the end of its operator.
fn key<'t>(text: &Text<'t>, at: usize) -> Option<(&'t [u8], usize)> {
    let end = text.run_of(at, 48, |byte| class(byte) & NAME != 0);
    let marks = text.run_of(end, 9, |byte| byte == b'\\' || class(byte) & QUOTE != 0);
    let sign = text.run(marks, 32, SPACE);
    let behind = text.run_of(sign, 2, |byte| matches!(byte, b':' | b'=' | b'>'));
    (end > at && behind > sign).then(|| (text.slice(at, end), behind))
}

/// Searches the members from `at` on for one that holds a value.
#[inline(never)]
fn search(text: &Text<'_>, at: usize) -> Option<Extent> {
    let limit = at + MOST_BYTES;
    let mut next = text.run_of(at, 64, is_gap);
    for _ in 0..=MOST_MEMBERS {
        let (key, behind) = key(text, next)?;
        let start = text.run_of(behind, 32, |byte| matches!(byte, b' ' | b'\t'));
        let quoted = quote(text, start).is_some();
        let value = if quoted {
            literal(text, start)
        } else {
            bare(text, next, start)
        };
        if VALUES.iter().any(|value| key.eq_ignore_ascii_case(value)) {
            return value;
        }
        let end = match value {
            Some(value) => text.run_of(value.end, 9, |byte| {
                byte == b'\\' || class(byte) & QUOTE != 0
            }),
            // An empty literal.
            None if quoted => {
                text.run_of(start, 18, |byte| byte == b'\\' || class(byte) & QUOTE != 0)
            }
            None => return None,
        };
        text.read_to(end);
        next = text.run_of(end, 64, is_gap);
        let line = gap(text, end, 64);
        if next == end || next >= limit || (line > end && text.at(line) == Some(b'-')) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beside_a_name() {
        for (text, value) in [
            ("{\"name\":\"pw\",\"value\":\"V\"}", Some("V")),
            (
                "{\"key\": \"pw\", \"type\": \"text\", \"value\": \"V\"}",
                Some("V"),
            ),
            (
                "{\\\"name\\\": \\\"pw\\\", \\\"value\\\": \\\"V\\\"}",
                Some("V"),
            ),
            ("- name: pw\n  value: V\n", Some("V")),
            ("name=pw value=V", Some("V")),
            (
                "{\"ParameterKey\": \"pw\", \"ParameterValue\": \"V\"}",
                Some("V"),
            ),
            (
                "{\"Name\":\"/a/b/pw\",\"Type\":\"x\",\"Value\":\"V\"}",
                Some("V"),
            ),
            ("{\"name\":\"pw\",\"type\":\"V\"}", None),
            ("{\"pw\": 1, \"type\": \"a\", \"value\": \"V\"}", None),
            ("- name: pw\n- name: b\n  value: V\n", None),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let found = sibling(
                &whole,
                name,
                name + 2,
                text[name + 2..].starts_with(['"', '\\']),
            )
            .map(|it| &text[it.start..it.end]);
            assert_eq!(found, value, "{text}");
        }
    }

    #[test]
    fn values_before_their_name() {
        for (text, value) in [
            ("{\"value\":\"V\",\"name\":\"pw\"}", Some("V")),
            (
                "{\\\"value\\\":\\\"V\\\",\\\"name\\\":\\\"pw\\\"}",
                Some("V"),
            ),
            ("{\"value\": \"V\", \"a\": 1, \"key\": \"pw\"}", Some("V")),
            ("- value: V\n  name: pw\n", Some("V")),
            ("<add value=\"V\" key=\"pw\"/>", Some("V")),
            ("{\"value\":\"V\"},{\"name\":\"pw\"}", None),
            ("- value: V\n- name: pw\n", None),
            ("{\"value\":\"V\",\"x\":\"pw\"}", None),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let found = sibling_before(&whole, name, 64).map(|it| &text[it.start..it.end]);
            assert_eq!(found, value, "{text}");
        }
    }

    #[test]
    fn values_inside_an_object() {
        for (text, value) in [
            (
                "\"sensitive\": true, \"type\": \"string\", \"value\": \"V\"}",
                Some("V"),
            ),
            ("\n  type = string\n  default = \"V\"\n}", Some("V")),
            ("\"S\": \"V\"}", Some("V")),
            (" value: \"V\" }", Some("V")),
            ("\"a\": {\"value\": \"V\"}", None),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let found = member(&whole, 0).map(|it| &text[it.start..it.end]);
            assert_eq!(found, value, "{text}");
        }
    }
}
