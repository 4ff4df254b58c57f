//! Base 64 (RFC 4648, sections 4 and 5).

use super::Decoded;
use super::digits::{Digits, NONE};
use crate::redact::text::Text;

/// How far before a run of letters and digits its region may start, since `+`
/// and `/` are digits too.
const MOST_BACK: usize = 48;

static VALUES: [u8; 256] = values();

static BASE64: Digits<4, 3> = Digits {
    bits: 6,
    values: &VALUES,
    head: 16,
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

/// What the run of letters and digits stands for that starts at `at`; its text
/// begins at `start`, behind the rest of an escape.
pub(super) fn decode(text: &Text<'_>, at: usize, start: usize) -> Option<Decoded> {
    let before = text.slice(at.saturating_sub(MOST_BACK).max(text.floor()), at);
    let digits = before.iter().rev();
    let back = digits.take_while(|byte| BASE64.is_digit(**byte)).count();
    // Behind a slash it may be the part of a path.
    let first = if back > 0 { Some(at - back) } else { None };
    first
        .into_iter()
        .chain([start])
        .find_map(|start| BASE64.decode(text, start))
}
