//! Where values and names begin, seen from a value.

use super::MOST_NAME;
use super::words::ASIDE;
use crate::redact::engine::tokens::is_escape;
use crate::redact::text::{ALNUM, DIGIT, NAME, QUOTE, SPACE, Text, UPPER, class};

/// Whether a word starts at a byte of the classes `this` behind one of `last`.
#[inline]
pub(super) const fn is_word_start(last: u8, this: u8) -> bool {
    this & ALNUM != 0
        && (last & ALNUM == 0
            || (this & UPPER != 0 && last & UPPER == 0)
            || (last & DIGIT != 0 && this & DIGIT == 0))
}

/// Whether what stands at `at` begins behind an escape such as `\n`.
#[inline]
pub(super) fn is_escape_end(lead: &[u8], at: usize) -> bool {
    at.checked_sub(2).and_then(|at| lead.get(at)) == Some(&b'\\')
}

/// Where the line of `at` begins, or `from` if it begins before that.
pub(super) fn line_start(text: &Text<'_>, from: usize, at: usize) -> usize {
    let lead = text.slice(from, at);
    let end = lead.iter().rposition(|&byte| byte == b'\n');
    end.map_or(from, |end| from + end + 1)
}

/// Where the name begins to which the value at `start` is assigned.
pub(super) fn key_start(text: &Text<'_>, start: usize) -> Option<usize> {
    let from = start.saturating_sub(8).max(text.floor());
    let lead = text.slice(from, start);
    let is_mark = |byte: &&u8| {
        class(**byte) & (QUOTE | SPACE) != 0 || matches!(**byte, b'=' | b':' | b'>' | b'\\' | b'(')
    };
    let marks = lead.iter().rev().take_while(is_mark).count();
    let assigned = lead
        .iter()
        .rev()
        .take(marks)
        .any(|byte| matches!(byte, b'=' | b':'));
    let end = start - marks;
    assigned.then(|| text.run_back(end, MOST_NAME, NAME))
}

/// Whether what stands before `start` could lead to a value: a quote, an
/// operator, an opening mark or a word and a space.
pub(super) fn is_value_start(text: &Text<'_>, start: usize) -> bool {
    match text.before(start) {
        Some(b' ') => text
            .before(start - 1)
            .is_some_and(|byte| !byte.is_ascii_digit()),
        Some(byte) => {
            matches!(
                byte,
                b'"' | b'\'' | b'`' | b'=' | b':' | b'>' | b'(' | b'[' | b',' | b'\t' | b'|' | b'@'
            ) || is_escape(text, start)
                || matches!(byte, b'-' | b'_')
        }
        None => false,
    }
}

/// Where the word right before the value at `start` begins and ends, if it says
/// that the value is no secret.
#[inline]
pub(super) fn aside(text: &Text<'_>, start: usize) -> Option<(usize, usize)> {
    let bytes = text.bytes();
    let end = back(bytes, start, 16, |byte| class(byte) & ALNUM == 0);
    let is_small = |byte: u8| class(byte) & (ALNUM | UPPER) == ALNUM;
    let mut word = back(bytes, end, 24, is_small);
    if word == end {
        word = back(bytes, end, 24, |byte| class(byte) & (UPPER | DIGIT) != 0);
    } else if bytes
        .get(word.wrapping_sub(1))
        .is_some_and(u8::is_ascii_uppercase)
    {
        word -= 1;
    }
    ASIDE.contains(bytes.get(word..end)?).then_some((word, end))
}

/// Where the bytes before `at` begin, `most` at most, that are all of one sort.
#[inline]
fn back(bytes: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    let before = bytes.get(at.saturating_sub(most)..at).unwrap_or_default();
    at - before.iter().rev().take_while(|byte| is(**byte)).count()
}
