//! Runs of the token alphabet: where they start and end, and what is in them.

use super::prefilter::{BLOCK, Masks};
use super::tokens::RUN;
use crate::redact::text::{TOKEN, Text};

/// How far a run of the token alphabet is searched for tokens that begin inside.
const MOST_RUN: usize = 4096 + BLOCK;

/// A run of the token alphabet of at least [`RUN`] bytes.
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether a digit is in it.
    pub(super) has_digit: bool,
    /// Which of its first 64 bytes are `_` or `-`.
    pub(super) joints: u64,
}

impl Run {
    /// The run that starts at bit `bit` of `this`, which is at `start`.
    #[inline]
    pub(super) fn of(this: &Masks, next: &Masks, bit: u32, start: usize, text: &Text<'_>) -> Self {
        let len = behind(bit, this.token, next.token).trailing_ones();
        let joints = behind(bit, this.joint, next.joint);
        if len < u64::BITS {
            let inside = (1 << len) - 1;
            let end = start + len as usize;
            if end >= text.bytes().len() {
                text.miss();
            }
            return Self {
                start,
                end: end.min(text.bytes().len()),
                has_digit: behind(bit, this.digit, next.digit) & inside != 0,
                joints: joints & inside,
            };
        }
        let end = text.run(start + BLOCK, MOST_RUN, TOKEN);
        let has_digit = text.slice(start, end).iter().any(u8::is_ascii_digit);
        Self {
            start,
            end,
            has_digit,
            joints,
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

/// The 64 bits of two blocks from bit `bit` of the low one on.
#[inline]
pub(super) const fn behind(bit: u32, this: u64, next: u64) -> u64 {
    this >> bit | (next << 1) << (63 - bit)
}

/// Where the text of a run begins that starts with the rest of an escape, such
/// as the `n` of `\n`, or with marks.
#[inline]
pub(super) fn behind_escape(text: &Text<'_>, at: usize) -> usize {
    let escaped = matches!(text.before(at), Some(b'\\' | b'%'));
    if escaped || matches!(text.bytes().get(at), Some(b'-' | b'_')) {
        behind_marks(text, at)
    } else {
        at
    }
}

fn behind_marks(text: &Text<'_>, at: usize) -> usize {
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
