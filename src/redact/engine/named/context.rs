//! Where values and names begin, seen from a value.

use super::MOST_NAME;
use super::words::ASIDE;
use crate::redact::engine::tokens::is_escape;
use crate::redact::text::{ALNUM, DIGIT, NAME, QUOTE, SPACE, Text, UPPER, class};

/// The places in a lead where a name or a placeholder may begin.
pub(super) struct Places<'l> {
    rest: std::slice::Chunks<'l, u8>,
    /// Where in the lead the next eight bytes begin.
    next: usize,
    /// What the eight bytes before them were.
    last: Sorts,
    /// Which of those may begin something and are still to be told.
    open: u64,
}

/// Of which sort each of eight bytes is: the high bit of each.
#[derive(Clone, Copy, Default)]
struct Sorts {
    alnum: u64,
    capital: u64,
    digit: u64,
    bracket: u64,
    escape: u64,
}

impl Sorts {
    #[inline]
    fn of(bytes: u64) -> Self {
        const fn all(byte: u8) -> u64 {
            u64::from_le_bytes([byte; 8])
        }
        // No sum passes on to its neighbour: both parts are below 128.
        const fn range(bytes: u64, first: u8, last: u8) -> u64 {
            (bytes + all(128 - first)) & !(bytes + all(127 - last))
        }
        let ascii = !bytes & HIGH;
        let low = bytes & !HIGH;
        let digit = range(low, b'0', b'9') & ascii;
        Self {
            alnum: (range(low | all(0x20), b'a', b'z') & ascii) | digit,
            capital: range(low, b'A', b'Z') & ascii,
            digit,
            bracket: range(low, b'[', b'[') & ascii,
            escape: range(low, b'\\', b'\\') & ascii,
        }
    }
}

const HIGH: u64 = u64::from_le_bytes([128; 8]);

impl<'l> Places<'l> {
    /// The places in `lead`, before which `before` stands.
    #[inline]
    pub(super) fn of(lead: &'l [u8], before: Option<u8>) -> Self {
        // An escape is one only where all of it is seen.
        let before = before.filter(|byte| *byte != b'\\').unwrap_or(0);
        Self {
            rest: lead.chunks(8),
            next: 0,
            last: Sorts::of(u64::from(before) << 56),
            open: 0,
        }
    }

    /// Looks at eight bytes more; `None` where there are none.
    #[inline]
    fn step(&mut self) -> Option<()> {
        let chunk = self.rest.next()?;
        let bytes = match chunk.first_chunk() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => chunk
                .iter()
                .rev()
                .fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)),
        };
        let (this, last) = (Sorts::of(bytes), self.last);
        let behind = |this: u64, last: u64| this << 8 | last >> 56;
        let goes_on = behind(this.alnum, last.alnum)
            & !(this.capital & !behind(this.capital, last.capital))
            & !(behind(this.digit, last.digit) & !this.digit);
        let escaped = this.escape << 16 | last.escape >> 48;
        self.open = (this.alnum & !goes_on) | escaped | this.bracket;
        if chunk.len() < 8 {
            self.open &= (1 << (8 * chunk.len())) - 1;
        }
        self.last = this;
        self.next += 8;
        Some(())
    }
}

impl Iterator for Places<'_> {
    type Item = usize;

    /// The next of them upwards.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.open == 0 {
            self.step()?;
        }
        let byte = self.open.trailing_zeros() / 8;
        self.open &= self.open - 1;
        Some(self.next - 8 + byte as usize)
    }
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
    use super::super::MOST_BACK_LINES;
    use super::*;

    /// The places by the classes of bytes, one after the other.
    fn places(lead: &[u8], before: Option<u8>) -> Vec<usize> {
        let mut last = before.map_or(0, class);
        let mut places = Vec::new();
        for (at, &byte) in lead.iter().enumerate() {
            let this = class(byte);
            let starts = this & ALNUM != 0
                && (last & ALNUM == 0
                    || (this & UPPER != 0 && last & UPPER == 0)
                    || (last & DIGIT != 0 && this & DIGIT == 0));
            let escaped = at >= 2 && lead[at - 2] == b'\\';
            if starts || escaped || byte == b'[' {
                places.push(at);
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
        for from in 0..text.len() - MOST_BACK_LINES {
            let lead = &text[from..from + from % (MOST_BACK_LINES + 1)];
            for before in [None, Some(b'\\'), Some(b']'), Some(b'a'), Some(b'7')] {
                let found: Vec<_> = Places::of(lead, before).collect();
                assert_eq!(found, places(lead, before), "{lead:?}");
            }
        }
    }

    #[test]
    fn every_byte_is_of_its_sorts() {
        for byte in 0..=255_u8 {
            let this = Sorts::of(u64::from_le_bytes([
                b' ', byte, 255, 0, byte, b'~', 128, byte,
            ]));
            let expected = |is: bool| u64::from(is) * 0x80_00_00_80_00_00_80_00;
            assert_eq!(this.alnum, expected(byte.is_ascii_alphanumeric()), "{byte}");
            assert_eq!(this.capital, expected(byte.is_ascii_uppercase()), "{byte}");
            assert_eq!(this.digit, expected(byte.is_ascii_digit()), "{byte}");
            assert_eq!(this.bracket, expected(byte == b'['), "{byte}");
            assert_eq!(this.escape, expected(byte == b'\\'), "{byte}");
        }
    }
}
