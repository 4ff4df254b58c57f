//! Where values and names begin, seen from a value.

use super::words::ASIDE;
use super::{MOST_BACK_LINES, MOST_NAME};
use crate::redact::engine::tokens::is_escape;
use crate::redact::text::{ALNUM, DIGIT, NAME, QUOTE, SPACE, Text, UPPER, class};

/// How many bytes of a lead are done at a time.
const STEP: usize = 16;

/// The longest lead, rounded up to whole steps.
const MOST_LEAD: usize = MOST_BACK_LINES.next_multiple_of(STEP);

/// The places in a lead where a name or a placeholder may begin.
pub(super) struct Places {
    places: [u8; MOST_LEAD],
    len: usize,
    /// Up to here they were read, and what is left of the last eight.
    read: usize,
    rest: u64,
}

impl Places {
    /// A word starts here, or what follows an escape such as `\n`.
    pub(super) const WORD: u8 = 1;
    /// `[` stands here.
    pub(super) const BRACKET: u8 = 2;

    /// The places in `lead`, before which `before` stands.
    ///
    /// Written without a branch, so that it takes many bytes at a time.
    #[inline]
    pub(super) fn of(lead: &[u8], before: Option<u8>) -> Self {
        let mut bytes = [0; MOST_LEAD + 2];
        let [_, first, rest @ ..] = &mut bytes;
        // An escape is one only where all of it is seen.
        *first = before.filter(|byte| *byte != b'\\').unwrap_or(0);
        if let Some(place) = rest.get_mut(..lead.len()) {
            place.copy_from_slice(lead);
        }
        let mut this = Self {
            places: [0; MOST_LEAD],
            len: lead.len(),
            read: 0,
            rest: 0,
        };
        let [earlier, last, byte] = [0, 1, 2].map(|from| {
            let bytes = bytes.get(from..).unwrap_or_default();
            bytes.as_chunks::<STEP>().0
        });
        let pieces = this.places.as_chunks_mut::<STEP>().0.iter_mut();
        let steps = pieces.zip(earlier).zip(last).zip(byte);
        for (((places, earlier), last), bytes) in steps.take(lead.len().div_ceil(STEP)) {
            let bytes = earlier.iter().zip(last).zip(bytes);
            for (place, ((earlier, last), byte)) in places.iter_mut().zip(bytes) {
                let word = is_word_start(*last, *byte) | (*earlier == b'\\');
                let bracket = *byte == b'[';
                *place = (u8::from(word) * Self::WORD) | (u8::from(bracket) * Self::BRACKET);
            }
        }
        this
    }
}

impl Iterator for Places {
    type Item = (usize, u8);

    /// The next of them upwards, and what may begin there.
    #[inline]
    fn next(&mut self) -> Option<(usize, u8)> {
        while self.rest == 0 {
            if self.read >= self.len {
                return None;
            }
            let (eights, _) = self.places.as_chunks();
            self.rest = u64::from_le_bytes(*eights.get(self.read / 8)?);
            self.read += 8;
        }
        let byte = self.rest.trailing_zeros() / 8;
        let place = self.rest >> (8 * byte) & 255;
        self.rest ^= place << (8 * byte);
        let at = self.read - 8 + byte as usize;
        // The last step goes on behind the lead.
        (at < self.len).then_some((at, u8::try_from(place).unwrap_or(0)))
    }
}

/// Whether a word starts at `this` behind `last`.
#[inline]
const fn is_word_start(last: u8, this: u8) -> bool {
    const fn digit(byte: u8) -> bool {
        byte.wrapping_sub(b'0') < 10
    }
    const fn capital(byte: u8) -> bool {
        byte.wrapping_sub(b'A') < 26
    }
    const fn alnum(byte: u8) -> bool {
        (byte | 0x20).wrapping_sub(b'a') < 26 || digit(byte)
    }
    alnum(this) & (!alnum(last) | (capital(this) & !capital(last)) | (digit(last) & !digit(this)))
}

/// Where the line of `at` begins, or `from` if it begins before that.
pub(super) fn line_start(text: &Text<'_>, from: usize, at: usize) -> usize {
    let lead = text.slice(from, at);
    // Most often there is none, which is seen many bytes at a time.
    if !lead.contains(&b'\n') {
        return from;
    }
    let end = lead.iter().rposition(|&byte| byte == b'\n');
    end.map_or(from, |end| from + end + 1)
}

/// Where the line of `at` begins, or `from` if it begins before that; `None` if
/// a letter or digit stands between.
pub(super) fn bare_line_start(text: &Text<'_>, from: usize, at: usize) -> Option<usize> {
    let lead = text.slice(from, at);
    let is_bare = |byte: &&u8| class(**byte) & ALNUM == 0 && **byte != b'\n';
    let start = lead.len() - lead.iter().rev().take_while(is_bare).count();
    let last = start.checked_sub(1).and_then(|last| lead.get(last));
    last.is_none_or(|&last| last == b'\n')
        .then_some(from + start)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The places by the classes of bytes, one after the other.
    fn places(lead: &[u8], before: Option<u8>) -> Vec<(usize, u8)> {
        let mut last = before.map_or(0, class);
        let mut places = Vec::new();
        for (at, &byte) in lead.iter().enumerate() {
            let this = class(byte);
            let starts = this & ALNUM != 0
                && (last & ALNUM == 0
                    || (this & UPPER != 0 && last & UPPER == 0)
                    || (last & DIGIT != 0 && this & DIGIT == 0));
            let escaped = at >= 2 && lead[at - 2] == b'\\';
            let word = u8::from(starts || escaped) * Places::WORD;
            let place = word | (u8::from(byte == b'[') * Places::BRACKET);
            if place != 0 {
                places.push((at, place));
            }
            last = this;
        }
        places
    }

    #[test]
    fn places_are_those_of_single_steps() {
        let text: Vec<u8> = (0..4000_u32)
            .map(|at| b"aZ0_\\[ n9.]B-z\xc3\n"[(at.wrapping_mul(0x9E37_79B1) >> 28) as usize])
            .collect();
        for from in 0..text.len() - MOST_LEAD {
            let lead = &text[from..from + from % (MOST_LEAD + 1)];
            for before in [None, Some(b'\\'), Some(b']'), Some(b'a')] {
                let found: Vec<_> = Places::of(lead, before).collect();
                assert_eq!(found, places(lead, before), "{lead:?}");
            }
        }
    }
}
