//! Runs of the token alphabet: where they start and end, and what is in them.

use super::prefilter::Masks;
use super::tokens::RUN;
use crate::redact::text::{TOKEN, Text};

/// How far a run of the token alphabet is searched for tokens that begin inside.
const MOST_RUN: usize = 4096;

/// A run of the token alphabet of at least [`RUN`] bytes.
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether a digit is in it, or may be.
    pub(super) has_digit: bool,
}

impl Run {
    /// The run that starts at bit `bit` of `this`, which is at `start`.
    #[inline]
    pub(super) fn of(this: Masks, next: Masks, bit: u32, start: usize, text: &Text<'_>) -> Self {
        let join = |this: u64, next: u64| (u128::from(this) | u128::from(next) << 64) >> bit;
        let ones = join(this.token, next.token).trailing_ones();
        let digits = join(this.digit, next.digit);
        if bit + ones < 2 * u64::BITS {
            // What the masks see of it is all of it.
            let end = start + ones as usize;
            if end >= text.bytes().len() {
                text.miss();
            }
            let has_digit = digits.trailing_zeros() < ones;
            return Self {
                start,
                end: end.min(text.bytes().len()),
                has_digit,
            };
        }
        let end = text.run(start + ones as usize, MOST_RUN, TOKEN);
        Self {
            start,
            end,
            has_digit: true,
        }
    }
}

/// Where runs of at least [`RUN`] bytes start in the low of two blocks; `carry`
/// says whether the byte before them is of the alphabet.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is asked for"
)]
pub(super) const fn run_starts(this: u64, next: u64, carry: bool) -> u64 {
    let run = this as u128 | (next as u128) << 64;
    let run = run & (run >> 1);
    let run = run & (run >> 2);
    let run = run & (run >> 4);
    let run = run & (run >> 8);
    const { assert!(RUN == 16, "four doublings make sixteen") };
    run as u64 & !(this << 1 | carry as u64)
}

/// Calls `each` with the places of `_` and `-` among the first `count` bytes of a
/// run, which is at least eight bytes longer than that.
#[inline]
pub(super) fn each_joint(run: &[u8], count: usize, mut each: impl FnMut(usize)) {
    const fn equal(bytes: u64, byte: u8) -> u64 {
        const LOW: u64 = u64::from_le_bytes([127; 8]);
        let other = bytes ^ u64::from_le_bytes([byte; 8]);
        !(((other & LOW) + LOW) | other | LOW)
    }
    let (eights, _) = run.as_chunks::<8>();
    for (from, eight) in (0..count).step_by(8).zip(eights) {
        let bytes = u64::from_le_bytes(*eight);
        let mut marks = equal(bytes, b'_') | equal(bytes, b'-');
        while marks != 0 {
            let at = from + marks.trailing_zeros() as usize / 8;
            marks &= marks - 1;
            if at < count {
                each(at);
            }
        }
    }
}

/// Where the text of a run begins that starts with the rest of an escape, such
/// as the `n` of `\n`, or with marks.
pub(super) fn behind_escape(text: &Text<'_>, at: usize) -> usize {
    let hex = |from: usize, count: usize| {
        let digits = text.slice(from, from + count);
        digits.len() == count && digits.iter().all(u8::is_ascii_hexdigit)
    };
    let mut start = match (text.before(at), text.bytes().get(at)) {
        (Some(b'\\'), Some(b'u')) if hex(at + 1, 4) => at + 5,
        (Some(b'\\'), Some(b'x')) if hex(at + 1, 2) => at + 3,
        (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f' | b'0')) => at + 1,
        (Some(b'%'), _) if hex(at, 2) => at + 2,
        _ => at,
    };
    while text
        .bytes()
        .get(start)
        .is_some_and(|byte| matches!(byte, b'-' | b'_'))
    {
        start += 1;
    }
    start
}
