//! Session cookies.

use crate::redact::engine::judge;
use crate::redact::text::{STOP, Text};

/// The greatest number of cookies read in one header.
const MOST: usize = 64;

/// Returns the places of the random-looking values in the cookie header whose name
/// ends at `at` (RFC 6265, section 4).
#[inline(never)]
pub(in crate::redact::engine) fn values(text: &Text<'_>, at: usize) -> Vec<(usize, usize)> {
    let mut values = Vec::new();
    let colon = text.run_of(at, 4, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '));
    if text.at(colon) != Some(b':') {
        return values;
    }
    let mut at = text.run_of(colon + 1, 8, |byte| {
        matches!(byte, b'"' | b'\'' | b'\\' | b' ')
    });
    for _ in 0..MOST {
        let name_end = text.run_of(at, 64, |byte| {
            byte > b' ' && !matches!(byte, b'=' | b';' | b',' | b'"' | b'\\')
        });
        if name_end == at || text.at(name_end) != Some(b'=') {
            break;
        }
        let start = name_end + 1;
        let end = text.run_of(start, 4096, is_value);
        for part in text.outside(start, end) {
            let value = text.slice(part.0, part.1);
            if value.len() >= 16
                && judge::is_random(value)
                && !judge::is_dummy(value)
                && !judge::is_reference(value, true)
            {
                values.push(part);
            }
        }
        if text.at(end) != Some(b';') {
            break;
        }
        at = text.run_of(end + 1, 4, |byte| byte == b' ');
    }
    values
}

fn is_value(byte: u8) -> bool {
    crate::redact::text::class(byte) & STOP == 0 && byte != b';' && byte != b','
}
