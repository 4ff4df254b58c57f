//! The contents of JSON strings: escapes in both directions, and the way from a
//! place in the decoded text to its place in the JSON text.

use std::fmt::Write as _;
use std::ops::Range;

use crate::redact::text::part_of_str;

/// A walk over the contents of a string, one character or escape at a time. It tracks
/// the position both in the JSON text and in the decoded string.
#[derive(Clone, Debug)]
pub(super) struct Units<'t> {
    raw: &'t [u8],
    raw_at: usize,
    decoded_at: usize,
}

impl<'t> Units<'t> {
    const fn new(raw: &'t [u8]) -> Self {
        Self {
            raw,
            raw_at: 0,
            decoded_at: 0,
        }
    }

    /// Returns the next character, or the next byte of an unescaped character.
    fn next(&mut self) -> Option<([u8; 4], usize)> {
        let byte = *self.raw.get(self.raw_at)?;
        let (raw_len, char) = if byte == b'\\' {
            self.escape()
        } else {
            self.raw_at += 1;
            self.decoded_at += 1;
            return Some(([byte, 0, 0, 0], 1));
        };
        let mut bytes = [0; 4];
        let len = char.encode_utf8(&mut bytes).len();
        self.raw_at += raw_len;
        self.decoded_at += len;
        Some((bytes, len))
    }

    fn escape(&self) -> (usize, char) {
        let char = match self.raw.get(self.raw_at + 1).copied() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            Some(byte) => char::from(byte),
            None => return (1, '\\'),
        };
        (2, char)
    }

    fn unicode(&self) -> (usize, char) {
        let first = self.hex(self.raw_at);
        if let Some(high @ 0xd800..=0xdbff) = first
            && let Some(low @ 0xdc00..=0xdfff) = self.hex(self.raw_at + 6)
        {
            let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            return (
                12,
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
            );
        }
        let char = first.and_then(char::from_u32);
        (6, char.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let escape = self.raw.get(at..at + 6)?;
        let digits = str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    }
}

/// Returns the decoded contents of a string.
pub(super) fn decode(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut units = Units::new(raw.as_bytes());
    while let Some(rest) = raw.get(units.raw_at..).filter(|rest| !rest.is_empty()) {
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        out.push_str(part_of_str(rest, ..plain));
        units.raw_at += plain;
        if plain < rest.len() {
            let (len, char) = units.escape();
            out.push(char);
            units.raw_at += len;
        }
    }
    out
}

/// Converts ranges of a decoded string to ranges of its JSON text. The ranges must
/// come in order. A range that cuts an escape takes in all of it.
pub(super) struct ToRaw<'t> {
    units: Units<'t>,
}

impl<'t> ToRaw<'t> {
    pub(super) const fn new(raw: &'t str) -> Self {
        Self {
            units: Units::new(raw.as_bytes()),
        }
    }

    pub(super) fn range(&mut self, decoded: &Range<usize>) -> Range<usize> {
        let start = loop {
            let before = self.units.raw_at;
            if self.units.decoded_at >= decoded.start || self.units.next().is_none() {
                break self.units.raw_at;
            }
            if self.units.decoded_at > decoded.start {
                break before;
            }
        };
        while self.units.decoded_at < decoded.end && self.units.next().is_some() {}
        start..self.units.raw_at
    }
}

/// Converts a range of the JSON text of a string to a range of the decoded string.
pub(super) fn to_decoded(raw: &[u8], range: &Range<usize>) -> Range<usize> {
    let mut units = Units::new(raw);
    let mut start = None;
    loop {
        let at = units.decoded_at;
        if units.raw_at >= range.end || units.next().is_none() {
            let end = units.decoded_at;
            return start.unwrap_or(end)..end;
        }
        if start.is_none() && units.raw_at > range.start {
            start = Some(at);
        }
    }
}

/// Appends text as the contents of a JSON string.
pub(super) fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(plain) = rest.bytes().position(is_escaped) {
        out.push_str(part_of_str(rest, ..plain));
        match rest.as_bytes().get(plain) {
            Some(b'"') => out.push_str("\\\""),
            Some(b'\\') => out.push_str("\\\\"),
            Some(8) => out.push_str("\\b"),
            Some(12) => out.push_str("\\f"),
            Some(b'\n') => out.push_str("\\n"),
            Some(b'\r') => out.push_str("\\r"),
            Some(b'\t') => out.push_str("\\t"),
            byte => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{:04x}", byte.copied().unwrap_or_default());
            }
        }
        rest = part_of_str(rest, plain + 1..);
    }
    out.push_str(rest);
}

/// Returns whether text has an escape in JSON.
pub(super) fn needs_escape(text: &str) -> bool {
    text.bytes().any(is_escaped)
}

/// Returns whether a byte has an escape in JSON.
const fn is_escaped(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\')
}
