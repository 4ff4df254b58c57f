//! The starts of values and names, as seen from a value.

use memchr::memrchr;

use super::MOST_NAME;
use super::words::ASIDE;
use crate::redact::engine::matchers::tokens::is_escape;
use crate::redact::engine::prefilter::Sorts;
use crate::redact::text::{ALNUM, ByteSet, NAME, QUOTE, SPACE, Text, class};

/// Returns the start of the line of `at`, or `from` if the line begins before it.
pub(super) fn line_start(text: &Text<'_>, from: usize, at: usize) -> usize {
    let end = memrchr(b'\n', text.slice(from, at));
    end.map_or(from, |end| from + end + 1)
}

/// Returns the start of the line of `at`, or `from` if the line begins before it.
/// Returns `None` if a letter or digit stands in between.
pub(super) fn bare_line_start(text: &Text<'_>, from: usize, at: usize) -> Option<usize> {
    let lead = text.slice(from, at);
    let is_bare = |byte: &&u8| class(**byte) & ALNUM == 0 && **byte != b'\n';
    let start = lead.len() - lead.iter().rev().take_while(is_bare).count();
    let last = start.checked_sub(1).and_then(|last| lead.get(last));
    last.is_none_or(|&last| last == b'\n')
        .then_some(from + start)
}

/// Returns the start of the name to which the value at `start` is assigned.
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

/// Returns whether the text before `start` could lead to a value: a quote, an
/// operator, an opening bracket, or a word and a space.
pub(super) fn is_value_start(text: &Text<'_>, start: usize) -> bool {
    const MARKS: ByteSet = ByteSet::parse("\"'`=:>([,\t|@\\-_");
    let Some(before) = text.before(start) else {
        return false;
    };
    let spaced = text
        .before(start - 1)
        .is_some_and(|byte| !byte.is_ascii_digit());
    // Evaluate both: which of them holds is unpredictable.
    if MARKS.contains(before) | ((before == b' ') & spaced) {
        return true;
    }
    class(before) & ALNUM != 0 && is_escape(text, start)
}

/// Returns the bounds of the word immediately before the value at `start`, if it
/// marks the value as no secret. `near` has the byte classes of the block before the
/// value.
#[inline]
pub(super) fn aside(text: &Text<'_>, start: usize, near: Sorts) -> Option<(usize, usize)> {
    let marks = near.alnum.leading_zeros();
    if marks > MOST_MARKS {
        return None;
    }
    let run = |bits: u64| (!(bits << marks)).leading_zeros();
    let small = run(near.alnum & !near.capital);
    let len = if small == 0 {
        run(near.capital | near.digit)
    } else {
        // A capital may begin it.
        let before = near.capital.checked_shl(marks + small).unwrap_or(0);
        small + u32::from(before >> 63 == 1)
    };
    let end = start - marks as usize;
    let mut word = end.checked_sub(len as usize)?;
    if text.before(word) == Some(b'\\') {
        // The rest of an escape, such as the `n` of `\n`, is not one of its letters.
        word += 1;
    }
    ASIDE.contains(text.slice(word, end)).then_some((word, end))
}

/// The greatest number of punctuation marks between a value and the word before it.
const MOST_MARKS: u32 = 16;
