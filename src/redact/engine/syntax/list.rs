//! Lists and maps of values after a name.

use super::{Extent, MOST, gap, literal, quote};
use crate::redact::text::{ALNUM, NAME, QUOTE, SPACE, Text, class};

/// The greatest number of values read in one list.
const MOST_ITEMS: usize = 64;

/// Passes the values of the list or map at `at` to `found`. It may have brackets, as in
/// programs and JSON, or consist of lines of YAML or INI that begin after `at`.
///
/// Maps count only if `maps` is set: a name describes the values of a list, but not
/// every member of a map.
#[inline(never)]
pub(in crate::redact::engine) fn items(
    text: &Text<'_>,
    at: usize,
    maps: bool,
    found: &mut impl FnMut(Extent),
) {
    if matches!(text.at(at), None | Some(b'\n' | b'\r')) {
        return lines(text, at, 1, maps, found);
    }
    // `&[`, `vec![`, `array(`, `new[] {`
    let head = text.run_of(at, 16, |byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b'&' | b'!' | b':' | b' ')
    });
    let close = match text.at(head) {
        Some(b'[') => b']',
        Some(b'{') if maps || head == at => b'}',
        Some(b'(') if head == at || text.slice(at, head).eq_ignore_ascii_case(b"array") => b')',
        _ => return,
    };
    inside(text, head + 1, close, maps, found);
}

/// Passes to `found` the values at `at` that commas and blanks separate on a line, if
/// there are several: `x, y, z`.
#[inline(never)]
pub(in crate::redact::engine) fn series(
    text: &Text<'_>,
    at: usize,
    found: &mut impl FnMut(Extent),
) {
    let mut at = text.run(at, 16, SPACE);
    // A list in brackets is read as such.
    if text.at(at).is_none_or(|byte| b"[({<&|>*$".contains(&byte)) {
        return;
    }
    let mut is_first = true;
    for _ in 0..MOST_ITEMS {
        let (value, end) = match literal(text, at) {
            Some(value) => (Some(value), value.end + 1),
            None => {
                let end = text.run_of(at, 256, |byte| byte > b' ' && byte != 127);
                let comma = matches!(text.before(end), Some(b',' | b';'));
                let end = end - usize::from(comma && end > at);
                (Extent::new(at, end, false), end)
            }
        };
        let Some(value) = value else { return };
        let comma = matches!(text.at(end), Some(b',' | b';'));
        let next = text.run(end + 1, 16, SPACE);
        let goes_on = comma && next > end + 1 && text.at(next).is_some_and(|byte| byte > b' ');
        if is_first && !goes_on {
            return;
        }
        is_first = false;
        text.read_to(end);
        found(value);
        if !goes_on {
            return;
        }
        at = next;
    }
}

/// Passes the values of the settings below the title of a section to `found`. The
/// title ended before `at`.
#[inline(never)]
pub(in crate::redact::engine) fn section(
    text: &Text<'_>,
    at: usize,
    found: &mut impl FnMut(Extent),
) {
    lines(text, at, 0, true, found);
}

/// Reads the values in brackets from `at` up to `close`.
fn inside(text: &Text<'_>, mut at: usize, close: u8, maps: bool, found: &mut impl FnMut(Extent)) {
    let limit = at + MOST;
    let mut is_member = false;
    for _ in 0..2 * MOST_ITEMS {
        at = text.run_of(at, 256, |byte| byte.is_ascii_whitespace() || byte == b',');
        let Some(byte) = text.at(at) else { return };
        if byte == close || at >= limit {
            return;
        }
        let value = if quote(text, at).is_some() {
            let Some(value) = literal(text, at) else {
                return;
            };
            value
        } else {
            let end = text.run_of(at, 256, |byte| {
                byte > b' ' && !b",]}\"'[{(<:!".contains(&byte)
            });
            if close == b')' {
                // A cast, or a condition.
                return;
            }
            // Neither a call nor a path.
            match Extent::new(at, end, false) {
                Some(value) if !matches!(text.at(end), Some(b'(' | b'!' | b'<' | b'\'' | b'"')) => {
                    value
                }
                _ => return,
            }
        };
        let marks = text.run_of(value.end, 17, |byte| {
            byte == b'\\' || class(byte) & QUOTE != 0
        });
        let behind = if value.quoted { marks } else { value.end };
        let sign = gap(text, behind, 32);
        if text.is(sign, b"::") {
            return;
        }
        let assigned = text.run_of(sign, 2, |byte| matches!(byte, b':' | b'=' | b'>'));
        text.read_to(behind);
        if assigned > sign && !is_member {
            if !maps && close == b'}' {
                return;
            }
            is_member = true;
            at = gap(text, assigned, 64);
            if matches!(text.at(at), Some(b'[' | b'{')) {
                at += 1;
                is_member = false;
            }
            continue;
        }
        if is_member || close != b'}' {
            found(value);
        }
        is_member = false;
        at = behind;
    }
}

/// Reads the values on lines that are indented more than the name's line, or that
/// begin with a dash.
fn lines(text: &Text<'_>, at: usize, least: usize, maps: bool, found: &mut impl FnMut(Extent)) {
    let mut line = at;
    let mut depth = None;
    for _ in 0..MOST_ITEMS {
        let start = text.run_of(line, 128, |byte| byte.is_ascii_whitespace());
        let from = text.run_back(start, 64, SPACE);
        if !matches!(text.before(from), Some(b'\n')) || start == line {
            return;
        }
        let dash = text.at(start) == Some(b'-') && text.at(start + 1) == Some(b' ');
        let indent = start - from;
        if *depth.get_or_insert(indent) != indent || !(dash || indent >= least && maps) {
            return;
        }
        let mut at = text.run(start + if dash { 2 } else { 0 }, 16, SPACE);
        let key = text.run_of(at, 64, |byte| class(byte) & (NAME | QUOTE) != 0);
        let colon = text.run(key, 16, SPACE);
        let sign = matches!(text.at(colon), Some(b':' | b'='));
        let member = sign && matches!(text.at(colon + 1), Some(b' ')) && key > at;
        if member {
            if !maps {
                return;
            }
            at = text.run(colon + 1, 16, SPACE);
        }
        let value = literal(text, at).or_else(|| {
            let end = text.run_of(at, 256, |byte| byte > b' ');
            // Not an expression in brackets.
            let bracket = matches!(text.at(at), Some(b'(' | b'[' | b'{' | b'<'));
            Extent::new(at, end, false).filter(|_| !bracket)
        });
        let Some(value) = value else { return };
        text.read_to(value.end);
        found(value);
        line = text.run_of(value.end, 256, |byte| byte != b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, maps: bool) -> Vec<&str> {
        let whole = Text::new(text.as_bytes(), true);
        let mut values = Vec::new();
        items(&whole, 0, maps, &mut |it| {
            values.push(&text[it.start..it.end])
        });
        values
    }

    #[test]
    fn values_between_commas_are_read_one_by_one() {
        for (text, expected) in [
            (" a, b, c\nd", &["a", "b", "c"][..]),
            ("\"a\", 'b'", &["a", "b"]),
            ("a; b and c", &["a", "b"]),
            ("a,b", &[]),
            ("[\"a\", \"b\"]", &[]),
            ("Arc<x>,\n  rate: y", &[]),
            ("a", &[]),
            ("", &[]),
            ("\n- a, b", &[]),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let mut values = Vec::new();
            series(&whole, 0, &mut |it| values.push(&text[it.start..it.end]));
            assert_eq!(values, expected, "{text}");
        }
    }

    #[test]
    fn lists_and_maps_are_read_value_by_value() {
        for (text, expected) in [
            ("[\"a\", 'b',\n c]", &["a", "b", "c"][..]),
            ("array('a', \"b\")", &["a", "b"]),
            ("vec![\"a\"]", &["a"]),
            ("[\\\"a\\\"]", &["a"]),
            ("\n  - a\n  - \"b\"\nc: d", &["a", "b"]),
            ("\n- a\n- b\n", &["a", "b"]),
            ("x", &[]),
            ("[", &[]),
        ] {
            assert_eq!(values(text, false), expected, "{text}");
        }
        for (text, expected) in [
            ("{\"a\": \"b\", \"c\": \"d\"}", &["b", "d"][..]),
            ("{'a' => 'b'}", &["b"]),
            ("\n  a: b\n  c: 'd'\ne: f", &["b", "d"]),
        ] {
            assert_eq!(values(text, true), expected, "{text}");
            assert!(values(text, false).is_empty(), "{text}");
        }
    }
}
