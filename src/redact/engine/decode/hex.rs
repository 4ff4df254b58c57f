//! Hexadecimal digits in a row (RFC 4648, section 8).

use super::Decoded;
use super::digits::{Digits, NONE};
use crate::redact::shape::ByteSet;
use crate::redact::text::Text;

static VALUES: [u8; 256] = values();

static HEX: Digits<2, 1> = Digits {
    bits: 4,
    first: ByteSet::parse("02-7C-Fc-f"),
    values: &VALUES,
    least: 24,
};

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn values() -> [u8; 256] {
    let digits = b"0123456789abcdef";
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 16 {
        table[digits[value as usize] as usize] = value;
        table[digits[value as usize].to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    table
}

/// Whether a run of `len` bytes that begins with eight may stand for text.
#[inline]
pub(super) fn may_begin(first: &[u8; 8], len: usize) -> bool {
    len >= HEX.least && (HEX.may_begin(first) || matches!(first, [b'0', b'x' | b'X', ..]))
}

/// What the run of letters and digits stands for whose text begins at `start`,
/// behind `0x` perhaps.
pub(super) fn decode(text: &Text<'_>, start: usize) -> Option<Decoded> {
    let prefix = text.slice(start, start + 2);
    let behind = if prefix == b"0x" || prefix == b"0X" {
        2
    } else {
        0
    };
    HEX.decode(text, start + behind)
}
