//! Runs of hexadecimal digits (RFC 4648, section 8).

use super::Decoded;
use super::digits::{Digits, NONE, may_be_text, sort_of};
use crate::redact::text::Text;

static VALUES: [u8; 256] = values();

pub(super) static HEX: Digits<2, 1> = Digits {
    bits: 4,
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

/// The possible sorts of a byte, by its first digit.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
static SORTS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        if VALUES[byte] != NONE {
            table[byte] = sort_of(VALUES[byte]);
        }
        byte += 1;
    }
    table
};

/// Returns whether a run that begins with these eight bytes should be read as
/// hexadecimal digits, possibly after `0x`.
#[inline]
pub(in crate::redact::engine) fn leads(first: &[u8; 8]) -> bool {
    let digits = first.iter().fold(0, |all, &byte| all | HEX.value(byte));
    (digits != NONE) | matches!(first, [b'0', b'x' | b'X', ..])
}

/// Returns whether a run of `len` bytes that [`leads`] may encode text. Rejects
/// nearly all other runs.
#[inline]
pub(in crate::redact::engine) fn may_begin(first: &[u8; 8], len: usize) -> bool {
    let sort = |digit: u8| SORTS.get(usize::from(digit)).copied().unwrap_or(0);
    let &[a, b, c, _, e, _, g, _] = first;
    let is_text = may_be_text([sort(a), sort(c), sort(e), sort(g)]);
    // Evaluate all: which of them fails is unpredictable.
    (len >= HEX.least) & (is_text | matches!(b, b'x' | b'X'))
}

/// Returns whether a run that [`leads`] consists of hexadecimal digits alone, possibly
/// after `0x`.
pub(in crate::redact::engine) fn is_whole(run: &[u8]) -> bool {
    let rest = run.get(2..).unwrap_or_default();
    rest.iter().all(|&byte| HEX.is_digit(byte))
}

/// Decodes the run of letters and digits whose digits begin at `start`, possibly
/// after `0x`.
pub(in crate::redact::engine) fn decode(text: &Text<'_>, start: usize) -> Option<Decoded> {
    let prefix = text.slice(start, start + 2);
    let behind = if prefix == b"0x" || prefix == b"0X" {
        2
    } else {
        0
    };
    HEX.decode(text, start + behind)
}
