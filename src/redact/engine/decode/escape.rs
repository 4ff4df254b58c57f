//! Backslash escapes of programs, JSON and shells.

use super::walk::{Escapes, Piece, hex};
use crate::redact::text::Text;

pub(in crate::redact::engine) static ESCAPE: Escapes = Escapes {
    mark: b'\\',
    ends: |byte| byte < b' ' && byte != b'\t',
    unit,
};

fn unit(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    if text.at(at) != Some(b'\\') {
        return None;
    }
    let byte = |byte| Some((at + 2, Piece::byte(byte)));
    match text.at(at + 1)? {
        b'u' | b'U' if text.at(at + 2) == Some(b'{') => braced(text, at + 3),
        b'u' => utf16(text, at),
        b'x' => {
            let byte = u8::try_from(hex(text, at + 2, at + 4)?).ok()?;
            Some((at + 4, Piece::byte(byte)))
        }
        b'n' => byte(b'\n'),
        b'r' => byte(b'\r'),
        b't' => byte(b'\t'),
        b'b' => byte(8),
        b'f' => byte(12),
        // The escape of a terminal.
        b'e' if text.at(at + 2) == Some(b'[') => byte(0x1b),
        b'0'..=b'3' => octal(text, at),
        mark if mark.is_ascii_punctuation() => byte(mark),
        _ => None,
    }
}

/// Reads `\u0041`, or both halves of a character beyond the first 65,536.
fn utf16(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    let high = hex(text, at + 2, at + 6)?;
    if let Some(char) = char::from_u32(high) {
        return Some((at + 6, Piece::char(char)));
    }
    if !text.is(at + 6, b"\\u") {
        return None;
    }
    let low = hex(text, at + 8, at + 12)?;
    let pair = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let char = char::decode_utf16(pair).next()?.ok()?;
    Some((at + 12, Piece::char(char)))
}

/// Reads `\u{41}` from `at`, after the brace.
fn braced(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    let end = text.run_of(at, 6, |byte| byte.is_ascii_hexdigit());
    let char = char::from_u32(hex(text, at, end)?)?;
    (end > at && text.at(end) == Some(b'}')).then(|| (end + 1, Piece::char(char)))
}

/// Reads `\101`.
fn octal(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    let mut number = 0;
    for at in at + 1..at + 4 {
        number = number << 3 | char::from(text.at(at)?).to_digit(8)?;
    }
    Some((at + 4, Piece::byte(u8::try_from(number).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_json_programs_and_shells() {
        for (text, expected) in [
            ("\\u0041", Some((6, Piece::byte(b'A')))),
            ("\\u00e9", Some((6, Piece::char('é')))),
            ("\\uD83D\\uDD11", Some((12, Piece::char('\u{1F511}')))),
            ("\\u{1F511}", Some((9, Piece::char('\u{1F511}')))),
            ("\\x3d", Some((4, Piece::byte(b'=')))),
            ("\\075", Some((4, Piece::byte(b'=')))),
            ("\\n", Some((2, Piece::byte(b'\n')))),
            ("\\/", Some((2, Piece::byte(b'/')))),
            ("\\\\", Some((2, Piece::byte(b'\\')))),
            ("\\uD83D", None),
            ("\\u004", None),
            ("\\u{}", None),
            ("\\x3", None),
            ("\\400", None),
            ("\\q", None),
            ("\\", None),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            assert_eq!(unit(&whole, 0), expected, "{text}");
        }
    }
}
