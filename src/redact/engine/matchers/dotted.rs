//! Keys in two parts without a distinctive prefix: `<id>.<secret>`.

use crate::redact::engine::judge;
use crate::redact::text::{ALNUM, NAME, Text, class};

/// The length of the first part in hexadecimal digits, and that of the second part.
pub(in crate::redact::engine) const HEAD: usize = 32;
const TAIL: usize = 16;

/// Returns the place of the key whose first part begins at `at`.
#[inline(never)]
pub(in crate::redact::engine) fn key(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let dot = at + HEAD;
    if text.at(dot) != Some(b'.') {
        return None;
    }
    let end = text.run(dot + 1, TAIL + 1, ALNUM);
    let (head, tail) = (text.slice(at, dot), text.slice(dot + 1, end));
    let continues = text
        .at(end)
        .is_some_and(|byte| class(byte) & NAME != 0 && byte != b'.');
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let has = |is: fn(&u8) -> bool| tail.iter().any(is);
    let drawn = head.iter().all(is_hex)
        && judge::is_random(head)
        && tail.len() == TAIL
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && judge::is_random(tail);
    (drawn && !continues && !judge::is_dummy(head)).then_some((at, end))
}
