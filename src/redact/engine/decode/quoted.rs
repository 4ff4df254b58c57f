//! Quoted-printable (RFC 2045, section 6.7).

use super::walk::{Escapes, Piece, hex};
use crate::redact::text::Text;

/// The least length of a line broken by a soft line break.
const LEAST_LINE: usize = 56;

pub(in crate::redact::engine) static QUOTED: Escapes = Escapes {
    mark: b'=',
    ends: |byte| byte == 0,
    unit,
};

fn unit(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    if text.at(at) != Some(b'=') {
        return None;
    }
    match text.at(at + 1)? {
        b'\n' => Some((at + 2, Piece::NOTHING)),
        b'\r' => text.is(at + 2, b"\n").then_some((at + 3, Piece::NOTHING)),
        _ => {
            let byte = u8::try_from(hex(text, at + 1, at + 3)?).ok()?;
            is_encoded(text, at, byte).then(|| (at + 3, Piece::byte(byte)))
        }
    }
}

/// Returns whether encoders write `byte` in this way: `=` itself, bytes beyond ASCII,
/// and blanks at the end of a line. Field values often begin with two digits.
fn is_encoded(text: &Text<'_>, at: usize, byte: u8) -> bool {
    match byte {
        b'=' => true,
        b' ' | b'\t' => matches!(text.at(at + 3), Some(b'\r' | b'\n' | b'=')),
        128.. => text
            .slice(at + 1, at + 3)
            .iter()
            .all(|digit| !digit.is_ascii_lowercase()),
        _ => false,
    }
}

/// Returns whether the `=` at `at` may break a word or separate a value from its
/// name. It must end a line of the length that encoders produce.
pub(in crate::redact::engine) fn breaks_word(text: &Text<'_>, at: usize) -> bool {
    let line = text.slice(at.saturating_sub(LEAST_LINE), at);
    let &[.., before, last] = line else {
        return false;
    };
    line.len() == LEAST_LINE
        && !line.contains(&b'\n')
        && last != b'='
        && (last > b' ' || matches!(before, b':' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_words_and_assignments() {
        for (end, expected) in [
            ("tok", true),
            ("key:", true),
            ("key: ", true),
            ("key = ", true),
            ("a word ", false),
            ("x=", false),
            ("x\ny", false),
        ] {
            let line = format!("{}{end}=\nx", "a".repeat(60));
            let at = line.len() - 3;
            let text = Text::new(line.as_bytes(), true);
            assert_eq!(breaks_word(&text, at), expected, "{end}");
        }
        let short = Text::new(b"key: =\nx", true);
        assert!(!breaks_word(&short, 5));
    }

    #[test]
    fn bytes_and_soft_breaks() {
        for (text, expected) in [
            ("=3D", Some((3, Piece::byte(b'=')))),
            ("=3d", Some((3, Piece::byte(b'=')))),
            ("=C3", Some((3, Piece::byte(0xc3)))),
            ("=20\n", Some((3, Piece::byte(b' ')))),
            ("=200", None),
            ("=c3", None),
            ("=41", None),
            ("=\r\nx", Some((3, Piece::NOTHING))),
            ("=\nx", Some((2, Piece::NOTHING))),
            ("=\rx", None),
            ("=x3", None),
            ("=", None),
        ] {
            let text = Text::new(text.as_bytes(), true);
            assert_eq!(unit(&text, 0), expected, "{text:?}");
        }
    }
}
