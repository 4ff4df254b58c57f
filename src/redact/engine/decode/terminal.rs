//! Control sequences of terminals, which colour a text (ECMA-48, section 5.4).

use super::walk::{Escapes, Piece};
use crate::redact::text::Text;

/// The greatest number of parameters of a sequence, in bytes.
const MOST: usize = 24;

pub(in crate::redact::engine) static TERMINAL: Escapes = Escapes {
    mark: 0x1b,
    ends: |byte| byte < b' ' && byte != b'\t' && byte != 0x1b,
    unit,
};

/// The same sequences as editors and pagers show them.
pub(in crate::redact::engine) static SHOWN: Escapes = Escapes {
    mark: b'^',
    ends: |byte| byte < b' ' && byte != b'\t',
    unit: |text, at| {
        if text.is(at, b"^[") {
            sequence(text, at + 2)
        } else {
            None
        }
    },
};

fn unit(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    if text.at(at) != Some(0x1b) {
        return None;
    }
    sequence(text, at + 1)
}

/// Reads the rest of a sequence whose escape ended at `at`.
fn sequence(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    let end = match text.at(at)? {
        b'[' => {
            let last = text.run_of(at + 1, MOST, |byte| matches!(byte, b' '..=b'?'));
            matches!(text.at(last)?, b'@'..=b'~').then_some(last + 1)?
        }
        // The choice of a character set.
        b'(' | b')' => {
            text.at(at + 1)?;
            at + 2
        }
        b'7' | b'8' | b'=' | b'>' | b'c' => at + 1,
        _ => return None,
    };
    Some((end, Piece::NOTHING))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_ends_with_its_letter() {
        for (text, end) in [
            ("\x1b[32mx", Some(5)),
            ("\x1b[1;31mx", Some(7)),
            ("\x1b[Kx", Some(3)),
            ("\x1b[?25lx", Some(6)),
            ("\x1b(Bx", Some(3)),
            ("\x1b7x", Some(2)),
            ("\x1b[32", None),
            ("\x1bx", None),
            ("x", None),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            assert_eq!(unit(&whole, 0).map(|unit| unit.0), end, "{text:?}");
        }
        let whole = Text::new(b"^[[32mx", true);
        assert_eq!((SHOWN.unit)(&whole, 0).map(|unit| unit.0), Some(6));
    }
}
