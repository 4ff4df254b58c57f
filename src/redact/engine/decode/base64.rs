//! Base 64 (RFC 4648, sections 4 and 5).

use super::Decoded;
use super::digits::{Digits, NONE, may_be_text, sort_of};
use crate::redact::text::Text;

/// How far before a run of letters and digits its region may start, because `+` and
/// `/` are base-64 digits too.
const MOST_BACK: usize = 48;

static VALUES: [u8; 256] = values();

pub(super) static BASE64: Digits<4, 3> = Digits {
    bits: 6,
    values: &VALUES,
    least: 16,
};

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn values() -> [u8; 256] {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 64 {
        table[digits[value as usize] as usize] = value;
        value += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
}

/// The possible sorts of the bytes of a group, by its first three digits.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
static SORTS: [[u8; 256]; 3] = {
    let mut tables = [[0; 256]; 3];
    let mut byte = 0;
    while byte < 256 {
        let value = VALUES[byte];
        if value != NONE {
            tables[0][byte] = sort_of(value >> 2);
            tables[1][byte] = sort_of(value & 15);
            // Two bits of the byte are known.
            let high = (value & 3) << 2;
            tables[2][byte] = sort_of(high) | sort_of(high | 3);
        }
        byte += 1;
    }
    tables
};

/// For each digit, the digits behind it with which text may begin.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
static PAIRS: [u128; 128] = {
    let mut pairs = [0; 128];
    let mut at = 0;
    while at < 128 * 128 {
        let (first, second) = (at / 128, at % 128);
        let [one, two, _] = &SORTS;
        if may_be_text([one[first], two[second]]) {
            pairs[first] |= 1 << second;
        }
        at += 1;
    }
    pairs
};

/// Returns whether a run that begins with these bytes, after `before`, should be tested
/// with [`may_begin`]. Rejects most runs.
#[inline]
pub(in crate::redact::engine) fn leads(before: Option<u8>, first: &[u8; 8]) -> bool {
    let &[first, second, ..] = first;
    let seconds = PAIRS.get(usize::from(first)).copied().unwrap_or(0);
    second < 128 && seconds >> second & 1 == 1 || continues(before)
}

/// Returns whether a run of letters and digits that begins with these eight bytes,
/// after `before`, may encode text. Rejects nearly all other runs.
#[inline]
pub(in crate::redact::engine) fn may_begin(before: Option<u8>, first: &[u8; 8]) -> bool {
    let [one, two, three] = &SORTS;
    let sort = |table: &[u8; 256], digit: u8| table.get(usize::from(digit)).copied().unwrap_or(0);
    let &[a, b, c, _, e, f, g, _] = first;
    may_be_text([
        sort(one, a),
        sort(two, b),
        sort(three, c),
        sort(one, e),
        sort(two, f),
        sort(three, g),
    ]) | continues(before)
}

/// Returns whether the digits may begin before the run.
#[inline]
const fn continues(before: Option<u8>) -> bool {
    matches!(before, Some(b'+' | b'/'))
}

/// Decodes the region around the run of letters and digits that starts at `at`. The
/// text of the run begins at `start`, after the rest of an escape.
pub(in crate::redact::engine) fn decode(
    text: &Text<'_>,
    at: usize,
    start: usize,
) -> Option<Decoded> {
    if continues(text.before(at))
        && let Some(decoded) = BASE64.decode(text, first(text, at))
    {
        return Some(decoded);
    }
    // After a slash, the run may be part of a path.
    BASE64.decode(text, start)
}

/// Returns the start of the digits that continue at `at`.
fn first(text: &Text<'_>, at: usize) -> usize {
    let before = text.slice(at.saturating_sub(MOST_BACK).max(text.floor()), at);
    let digits = before.iter().rev();
    at - digits.take_while(|byte| BASE64.is_digit(**byte)).count()
}
