//! Lists of bytes, written as numbers.

use crate::redact::engine::syntax::MOST;
use crate::redact::text::{ALNUM, Text, class};

/// Returns whether a bracket close to `at` may open a list.
pub(super) fn may_be_list(text: &Text<'_>, at: usize) -> bool {
    let end = text.run_until(at, MOST_TYPE + 1, *b"[{");
    end <= at + MOST_TYPE || text.before(at) == Some(b'[')
}

/// The greatest length of the type before a list.
const MOST_TYPE: usize = 24;

/// Returns the place of the numbers in a list of bytes at `at`: `[]byte{12, 34, …}`,
/// `[0x0c, 0x22, …]`.
#[inline(never)]
pub(super) fn list(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let is_type = |byte: u8| {
        class(byte) & ALNUM != 0 || matches!(byte, b'[' | b']' | b'&' | b'!' | b'(' | b' ')
    };
    let open = text.run_of(at, MOST_TYPE, is_type);
    let open = match text.at(open) {
        Some(b'{') => open,
        _ if text.before(open) == Some(b'[') => open - 1,
        // The list's own bracket was read as part of its type.
        _ => {
            at + text
                .slice(at, open)
                .iter()
                .rposition(|byte| *byte == b'[')?
        }
    };
    let gap = |byte: u8| byte.is_ascii_whitespace() || byte == b',';
    let start = text.run_of(open + 1, MOST, |byte| byte.is_ascii_whitespace());
    let (mut at, mut end, mut count) = (start, start, 0);
    let (mut last, mut in_step) = (0, 0);
    let mut seen = [0_u64; 4];
    loop {
        let number = text.run_of(at, 5, |byte| class(byte) & ALNUM != 0);
        let Some(byte) = byte_number(text.slice(at, number)) else {
            break;
        };
        if let Some(word) = seen.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
        in_step += usize::from(u16::from(byte) == last + 1);
        last = u16::from(byte);
        (end, count) = (number, count + 1);
        at = text.run_of(number, 64, gap);
        if at == number || count == MOST / 8 {
            break;
        }
    }
    let distinct = seen.iter().map(|word| word.count_ones()).sum::<u32>();
    let drawn = distinct >= 8 && in_step * 2 < count;
    (count >= LEAST_LIST && drawn).then_some((start, end))
}

/// The least number of adjacent numbers in a list of bytes.
const LEAST_LIST: usize = 10;

/// Returns the byte that a decimal or hexadecimal number denotes.
fn byte_number(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}
