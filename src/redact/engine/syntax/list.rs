//! Lists and maps of values after a name.

use super::rows::{FIRST, Rows, Sort};
use super::{Extent, gap, literal, quote};
use crate::redact::text::{ALNUM, NAME, QUOTE, SPACE, Text, class};

/// Whether the members of a map are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::redact::engine) enum Maps {
    /// They are, and so are lines without a name.
    Also,
    /// Only they are.
    Alone,
    Never,
}

/// The greatest number of values read in a list without brackets.
const MOST_ITEMS: usize = 64;

/// Passes the values of the list or map at `at` to `found`. It may have brackets, as in
/// programs and JSON, or consist of lines of YAML or INI that begin after `at`.
///
/// Maps count only if `maps` says so: a name describes the values of a list, but not
/// every member of a map. With [`Maps::Alone`], lines count only if they are members.
/// Returns where further values are.
#[inline(never)]
pub(in crate::redact::engine) fn items(
    text: &Text<'_>,
    at: usize,
    maps: Maps,
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    if matches!(text.at(at), None | Some(b'\n' | b'\r')) {
        let lines = Sort::Lines(Lines::new(1, maps));
        return Rows::new(at, 0, lines).some(text, FIRST, found);
    }
    let maps = maps != Maps::Never;
    // `&[`, `vec![`, `array(`, `new[] {`
    let head = text.run_of(at, 16, |byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b'&' | b'!' | b':' | b' ')
    });
    let close = match text.at(head) {
        Some(b'[') => b']',
        Some(b'{') if maps || head == at => b'}',
        Some(b'(') if head == at || text.slice(at, head).eq_ignore_ascii_case(b"array") => b')',
        _ => return None,
    };
    let listed = Listed {
        close,
        maps,
        is_member: false,
        described: false,
    };
    Rows::new(head + 1, 0, Sort::Listed(listed)).some(text, FIRST, found)
}

/// Returns whether a member with this name describes a value instead of holding one.
fn describes(key: &[u8]) -> bool {
    const NAMES: [&[u8]; 8] = [
        b"$ref",
        b"checksum",
        b"description",
        b"fingerprint",
        b"format",
        b"pattern",
        b"regex",
        b"regexp",
    ];
    let quote = |byte: &u8| class(*byte) & QUOTE != 0 || *byte == b'\\';
    let from = key.iter().position(|byte| !quote(byte)).unwrap_or_default();
    let key = key.get(from..).unwrap_or_default();
    let len = key.iter().position(quote).unwrap_or(key.len());
    NAMES.contains(&key.get(..len).unwrap_or_default())
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
/// title ended before `at`. Returns where further settings are.
#[inline(never)]
pub(in crate::redact::engine) fn section(
    text: &Text<'_>,
    at: usize,
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    let lines = Sort::Lines(Lines::new(0, Maps::Also));
    Rows::new(at, 0, lines).some(text, FIRST, found)
}

/// A list or a map in brackets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    /// The bracket at its end.
    close: u8,
    maps: bool,
    /// Whether a name was read and its value comes next.
    is_member: bool,
    /// Whether this value is no secret, since its name describes one.
    described: bool,
}

impl Listed {
    /// Reads the value or the name of one from `at` on. Returns the place behind it.
    pub(super) fn next(
        &mut self,
        text: &Text<'_>,
        at: usize,
        found: &mut impl FnMut(Extent),
    ) -> Option<usize> {
        let close = self.close;
        let at = text.run_of(at, 256, |byte| byte.is_ascii_whitespace() || byte == b',');
        if text.at(at)? == close {
            return None;
        }
        let value = if quote(text, at).is_some() {
            literal(text, at)?
        } else {
            let end = text.run_of(at, 256, |byte| {
                byte > b' ' && !b",]}\"'[{(<:!".contains(&byte)
            });
            if close == b')' {
                // A cast, or a condition.
                return None;
            }
            // Neither a call nor a path.
            let is_called = matches!(text.at(end), Some(b'(' | b'!' | b'<' | b'\'' | b'"'));
            Extent::new(at, end, false).filter(|_| !is_called)?
        };
        let marks = text.run_of(value.end, 17, |byte| {
            byte == b'\\' || class(byte) & QUOTE != 0
        });
        let behind = if value.quoted { marks } else { value.end };
        let sign = gap(text, behind, 32);
        if text.is(sign, b"::") {
            return None;
        }
        let assigned = text.run_of(sign, 2, |byte| matches!(byte, b':' | b'=' | b'>'));
        text.read_to(behind);
        if assigned > sign && !self.is_member {
            if !self.maps && close == b'}' {
                return None;
            }
            let at = gap(text, assigned, 64);
            let opens = matches!(text.at(at), Some(b'[' | b'{'));
            self.is_member = !opens;
            self.described = !opens && describes(text.slice(value.start, value.end));
            return Some(at + usize::from(opens));
        }
        if (self.is_member || close != b'}') && !self.described {
            found(value);
        }
        (self.is_member, self.described) = (false, false);
        Some(behind)
    }
}

/// Lines that are indented more than the line of their name, or that begin with a dash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// The indentation of the first line.
    depth: Option<usize>,
    /// The least indentation of a map.
    least: usize,
    maps: Maps,
}

impl Lines {
    const fn new(least: usize, maps: Maps) -> Self {
        Self {
            depth: None,
            least,
            maps,
        }
    }

    /// Reads the line after the line that ends at `line`. Returns its end.
    pub(super) fn next(
        &mut self,
        text: &Text<'_>,
        line: usize,
        found: &mut impl FnMut(Extent),
    ) -> Option<usize> {
        let start = text.run_of(line, 128, |byte| byte.is_ascii_whitespace());
        let from = text.run_back(start, 64, SPACE);
        if !matches!(text.before(from), Some(b'\n')) || start == line {
            return None;
        }
        let dash = text.at(start) == Some(b'-') && text.at(start + 1) == Some(b' ');
        let indent = start - from;
        let fits = *self.depth.get_or_insert(indent) == indent;
        let mapped = indent >= self.least && self.maps != Maps::Never;
        if !fits || !(dash || mapped) {
            return None;
        }
        if text.at(start) == Some(b'#') {
            return Some(text.run_of(start, 256, |byte| byte != b'\n'));
        }
        let mut at = text.run(start + if dash { 2 } else { 0 }, 16, SPACE);
        let key = text.run_of(at, 64, |byte| class(byte) & (NAME | QUOTE) != 0);
        let colon = text.run(key, 16, SPACE);
        let sign = matches!(text.at(colon), Some(b':' | b'='));
        let described = describes(text.slice(at, key));
        let member = sign && matches!(text.at(colon + 1), Some(b' ')) && key > at;
        if member {
            if self.maps == Maps::Never {
                return None;
            }
            at = text.run(colon + 1, 16, SPACE);
        }
        if self.maps == Maps::Alone && !(member && text.at(colon) == Some(b':')) {
            return None;
        }
        let value = literal(text, at).or_else(|| {
            let end = text.run_of(at, 256, |byte| byte > b' ');
            // Not an expression in brackets.
            let bracket = matches!(text.at(at), Some(b'(' | b'[' | b'{' | b'<'));
            Extent::new(at, end, false).filter(|_| !bracket)
        })?;
        text.read_to(value.end);
        if !(member && described) {
            found(value);
        }
        Some(text.run_of(value.end, 256, |byte| byte != b'\n'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, maps: Maps) -> Vec<&str> {
        let whole = Text::new(text.as_bytes(), true);
        let mut values = Vec::new();
        items(&whole, 0, maps, &mut |it| {
            values.push(&text[it.start..it.end])
        });
        values
    }

    #[test]
    fn long_lists_are_read_to_their_end() {
        let count = 500;
        let quoted: Vec<_> = (0..count).map(|number| format!("\"v{number}\"")).collect();
        let members: Vec<_> = (0..count)
            .map(|number| format!("k{number}: v{number}"))
            .collect();
        for text in [
            format!("[{}]", quoted.join(", ")),
            format!("\n  - {}\nend: x", quoted.join("\n  - ")),
            format!("\n  {}\nend: x", members.join("\n  ")),
            format!("{{{}}}", members.join(",\n  ")),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let mut read = Vec::new();
            let mut found = |it: Extent| read.push(text[it.start..it.end].to_owned());
            let mut rows = items(&whole, 0, Maps::Also, &mut found);
            let mut steps = 0;
            while let Some(next) = rows {
                rows = next.read(&whole, &mut found);
                steps += 1;
            }
            assert!(steps > 10, "{steps}");
            let expected: Vec<_> = (0..count).map(|number| format!("v{number}")).collect();
            assert_eq!(read, expected);
        }
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
            assert_eq!(values(text, Maps::Never), expected, "{text}");
        }
        for (text, expected) in [
            ("{\"a\": \"b\", \"c\": \"d\"}", &["b", "d"][..]),
            ("{'a' => 'b'}", &["b"]),
            ("\n  a: b\n  c: 'd'\ne: f", &["b", "d"]),
        ] {
            assert_eq!(values(text, Maps::Also), expected, "{text}");
            assert!(values(text, Maps::Never).is_empty(), "{text}");
        }
        for (text, expected) in [
            ("\n  # last week\n  a: b\n  c: 'd'\ne: f", &["b", "d"][..]),
            ("\n  pattern: b\n  c: d\n", &["d"]),
            ("{\"pattern\": \"b\", \"c\": \"d\"}", &["d"]),
            ("\n  mov a, b\n", &[]),
            ("\n  a = b\n", &[]),
        ] {
            assert_eq!(values(text, Maps::Alone), expected, "{text}");
        }
    }
}
