//! Members of a row: `user=ann password=x host=db1`, `Config(user=ann, password=x)`.

use super::{MOST, next_member};
use crate::redact::text::{NAME, SPACE, Text, class};

/// How far before a name the member before it may begin.
const MOST_BEFORE: usize = 96;
/// The greatest length of the name of a member.
const MOST_NAME: usize = 48;

/// Returns the end of the value at `start` if it is a member of a row: the member
/// before or behind it has the same operator. The name is from `name` to `sign`.
#[inline(never)]
pub(in crate::redact::engine) fn row_end(
    text: &Text<'_>,
    (name, sign): (usize, usize),
    start: usize,
) -> Option<usize> {
    let [sign @ (b'=' | b':')] = text.slice(sign, start).trim_ascii() else {
        return None;
    };
    // A part of a connection string ends at the next semicolon.
    if text.before(name) == Some(b';') && *sign == b'=' && text.at(start) != Some(b'{') {
        let end = text.run_of(start, MOST, |byte| {
            byte > b' ' && byte != b';' && byte != 127
        });
        return (text.at(end) == Some(b';') && end > start).then_some(end);
    }
    // One of the options of a mount ends where the next one begins.
    if text.before(name) == Some(b',') && *sign == b'=' {
        let word = text.run_of(start, MOST, |byte| byte > b' ' && byte != 127);
        let end = start + next_member(text.slice(start, word));
        return (text.at(end) == Some(b',') && end > start && end < word).then_some(end);
    }
    if !matches!(
        text.before(name),
        Some(b' ' | b'\t' | b'{' | b'(' | b'[' | b'=')
    ) {
        return None;
    }
    let end = text.run_of(start, MOST, |byte| byte > b' ' && byte != 127);
    let parted = matches!(text.before(end), Some(b',' | b';'));
    let next = text.run(end, 8, SPACE);
    if next > end && begins_member(text, next, *sign) {
        return Some(end - usize::from(parted)).filter(|end| *end > start);
    }
    let ends = text.at(end).is_none_or(|byte| byte <= b' ');
    let before = text.slice(text.back_to(name, MOST_BEFORE), name);
    let line = before.rsplit(|byte| *byte == b'\n').next()?;
    if !ends || !ends_with_member(line, *sign) {
        return None;
    }
    Some(before_brackets(line, text.slice(start, end)) + start).filter(|end| *end > start)
}

/// Returns whether the name of a member and its operator are at `at`.
fn begins_member(text: &Text<'_>, at: usize, sign: u8) -> bool {
    let end = text.run_of(at, MOST_NAME, |byte| class(byte) & NAME != 0);
    let first = text.at(at).is_some_and(|byte| byte.is_ascii_alphabetic());
    let place = text.run(end, 1, SPACE);
    first && text.at(place) == Some(sign) && !text.is(place + 1, b"//")
}

/// Returns whether `line` ends with a member, possibly with a mark behind it.
fn ends_with_member(line: &[u8], sign: u8) -> bool {
    let line = line.trim_ascii_end();
    let line = line.strip_suffix(b",").unwrap_or(line).trim_ascii_end();
    let Some(place) = line.iter().rposition(|byte| *byte == sign) else {
        return false;
    };
    let (name, value) = line.split_at_checked(place).unwrap_or_default();
    let value = value.get(1..).unwrap_or_default().trim_ascii_start();
    let name = name.trim_ascii_end();
    let named = name
        .iter()
        .rev()
        .take_while(|byte| class(**byte) & NAME != 0);
    // One word, or a literal.
    let word = !value.iter().any(u8::is_ascii_whitespace)
        || matches!(value, [first @ (b'"' | b'\''), .., last] if first == last);
    named.count() > 0 && word && !value.is_empty()
}

/// Returns the length of the last value of a row without the brackets that were opened
/// on the line before it.
fn before_brackets(line: &[u8], value: &[u8]) -> usize {
    let is_open = |open: u8, close: u8| {
        let count = |mark: u8| line.iter().filter(|byte| **byte == mark).count();
        count(open) > count(close)
    };
    let mut value = value;
    while let [head @ .., last] = value {
        let closes = match last {
            b')' => is_open(b'(', b')'),
            b']' => is_open(b'[', b']'),
            b'}' => is_open(b'{', b'}'),
            _ => false,
        };
        if !closes {
            break;
        }
        value = head;
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_of_a_row_ends_where_the_next_one_begins() {
        for (text, expected) in [
            ("user=ann pw=a(b|c; host=db1", Some("a(b|c")),
            ("user=ann pw=a(b|c.\n", Some("a(b|c.")),
            ("{User:ann Pw:x pw:a{b Port:1}", Some("a{b")),
            ("f(user=ann, pw=a]b, port=1)", Some("a]b")),
            ("f(user=ann, pw=a]b)", Some("a]b")),
            ("{user: ann, pw: a]b, port: 1}", Some("a]b")),
            ("C { User = ann, pw = a]b, Port = 1 }", Some("a]b")),
            ("Environment=pw=a|b LOG=1", Some("a|b")),
            ("A=b;pw=a\"(b;C=d", Some("a\"(b")),
            ("user=ann,pw=a(b,uid=1 0", Some("a(b")),
            ("pw=a|b LOG=1", None),
            ("see pw=a|b or not", None),
            ("(pw=a|b)", None),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let sign = name + 2;
            let rest = text[sign..].trim_start_matches([' ', '=', ':']);
            let start = text.len() - rest.len();
            let found = row_end(&whole, (name, sign), start).map(|end| &text[start..end]);
            assert_eq!(found, expected, "{text}");
        }
    }
}
