//! Percent-encoding (RFC 3986, section 2.1).

use super::walk::{Escapes, Piece, hex};
use crate::redact::text::{STOP, Text, class};

pub(in crate::redact::engine) static PERCENT: Escapes = Escapes {
    mark: b'%',
    ends: |byte| class(byte) & STOP != 0,
    unit,
};

fn unit(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    if text.at(at) != Some(b'%') {
        return None;
    }
    let byte = u8::try_from(hex(text, at + 1, at + 3)?).ok()?;
    Some((at + 3, Piece::byte(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_is_two_hexadecimal_digits() {
        for (text, byte) in [
            ("%3D", Some(b'=')),
            ("%3dx", Some(b'=')),
            ("%C3", Some(0xc3)),
            ("%3", None),
            ("%3g", None),
            ("%%3D", None),
            ("3D", None),
        ] {
            let text = Text::new(text.as_bytes(), true);
            let expected = byte.map(|byte| (3, Piece::byte(byte)));
            assert_eq!(unit(&text, 0), expected, "{text:?}");
        }
    }
}
