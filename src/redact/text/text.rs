//! The text under the engine, which knows where it ends for good.

use std::cell::Cell;

use memchr::memchr2;

use crate::redact::text::placeholder_len;

/// Classes of bytes, as bits of [`class`].
pub(crate) const TOKEN: u8 = 1;
pub(crate) const ALNUM: u8 = 2;
pub(crate) const DIGIT: u8 = 4;
pub(crate) const SPACE: u8 = 8;
pub(crate) const QUOTE: u8 = 16;
/// What ends a value that stands without quotes.
pub(crate) const STOP: u8 = 32;
/// Letters, digits and the marks that names are made of.
pub(crate) const NAME: u8 = 64;
pub(crate) const UPPER: u8 = 128;

const CLASSES: [u8; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 255")]
        let this = byte as u8;
        let mut bits = 0;
        if this.is_ascii_alphanumeric() {
            bits |= TOKEN | ALNUM | NAME;
        }
        if this.is_ascii_digit() {
            bits |= DIGIT;
        }
        if this.is_ascii_uppercase() {
            bits |= UPPER;
        }
        if matches!(this, b'_' | b'-') {
            bits |= TOKEN | NAME;
        }
        if this == b'.' {
            bits |= NAME;
        }
        if matches!(this, b' ' | b'\t') {
            bits |= SPACE;
        }
        if matches!(this, b'"' | b'\'' | b'`') {
            bits |= QUOTE;
        }
        if this <= b' ' || this == 127 || matches!(this, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\')
        {
            bits |= STOP;
        }
        table[byte] = bits;
        byte += 1;
    }
    table
}

/// The classes of a byte.
#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "the table has an entry for every byte"
)]
pub(crate) const fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

/// No placeholder or label is longer: two brackets, a dash, ten letters, eight more.
const LONGEST_PLACEHOLDER: usize = 21;

/// A text, or a window of one whose rest is still to come.
///
/// Whoever reads ahead does so through it: reading past the end of a window is
/// noted, since what follows may change the answer.
#[derive(Debug)]
pub(crate) struct Text<'t> {
    bytes: &'t [u8],
    complete: bool,
    short: Cell<bool>,
    /// Up to here the text is hidden already: who looks back sees the end of a
    /// placeholder there, as in the text that will take the place of this one.
    floor: Cell<usize>,
    /// Up to where values were read.
    far: Cell<usize>,
}

impl<'t> Text<'t> {
    pub(crate) const fn new(bytes: &'t [u8], complete: bool) -> Self {
        Self {
            bytes,
            complete,
            short: Cell::new(false),
            floor: Cell::new(0),
            far: Cell::new(0),
        }
    }

    pub(crate) const fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The byte at `at`.
    #[inline]
    pub(crate) fn at(&self, at: usize) -> Option<u8> {
        let byte = self.bytes.get(at).copied();
        if byte.is_none() {
            self.miss();
        }
        byte
    }

    /// The byte before `at`; what lies before a window is kept with it.
    #[inline]
    pub(crate) fn before(&self, at: usize) -> Option<u8> {
        let before = at.checked_sub(1)?;
        if at <= self.floor.get() {
            Some(b']')
        } else {
            self.bytes.get(before).copied()
        }
    }

    /// Up to where the text is hidden already.
    #[inline]
    pub(crate) fn floor(&self) -> usize {
        self.floor.get()
    }

    /// Notes that everything before `at` is hidden.
    #[inline]
    pub(crate) fn hide(&self, at: usize) {
        self.floor.set(at);
    }

    /// Where the run of bytes of `classes` that starts at `at` ends; it is not
    /// followed for more than `most` bytes.
    #[inline(never)]
    pub(crate) fn run(&self, at: usize, most: usize, classes: u8) -> usize {
        self.run_of(at, most, |byte| class(byte) & classes != 0)
    }

    /// Like [`run`](Self::run) for what is likely to be long: followed eight bytes at a
    /// time.
    pub(crate) fn run_far(&self, at: usize, most: usize, classes: u8) -> usize {
        let is_all = |piece: &&[u8; 8]| {
            let is = |byte: &u8| class(*byte) & classes != 0;
            piece.iter().fold(true, |all, byte| all & is(byte))
        };
        let (pieces, _) = self.slice(at, self.bytes.len().min(at + most)).as_chunks();
        let known = pieces.iter().take_while(is_all).count() * 8;
        self.run(at + known, most - known, classes)
    }

    /// Like [`run`](Self::run) for any set of bytes.
    #[inline]
    pub(crate) fn run_of(&self, at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let run = rest.iter().take(most).take_while(|&&byte| is(byte)).count();
        if run == rest.len() && run < most {
            self.miss();
        }
        at + run
    }

    /// Like [`run_of`](Self::run_of) for all bytes but two: a long run is followed
    /// many bytes at a time.
    #[inline]
    pub(crate) fn run_until(&self, at: usize, most: usize, [one, other]: [u8; 2]) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let near = rest.get(..most).unwrap_or(rest);
        let end = memchr2(one, other, near);
        if end.is_none() && near.len() < most {
            self.miss();
        }
        at + end.unwrap_or(near.len())
    }

    /// Where the run of bytes of `classes` that ends before `at` starts.
    #[inline(never)]
    pub(crate) fn run_back(&self, at: usize, most: usize, classes: u8) -> usize {
        self.run_back_of(at, most, |byte| class(byte) & classes != 0)
    }

    /// Like [`run_back`](Self::run_back) for any set of bytes.
    #[inline]
    pub(crate) fn run_back_of(&self, at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
        let before = self.bytes.get(self.floor.get()..at).unwrap_or_default();
        let run = before.iter().rev().take(most).take_while(|&&byte| is(byte));
        at - run.count()
    }

    /// Whether `word` stands at `at`.
    #[inline(never)]
    pub(crate) fn is(&self, at: usize, word: &[u8]) -> bool {
        let rest = self.bytes.get(at..).unwrap_or_default();
        if rest.len() < word.len() && word.starts_with(rest) {
            self.miss();
        }
        rest.starts_with(word)
    }

    /// Whether `word`, in small letters, stands at `at` in any case.
    #[inline(never)]
    pub(crate) fn is_word(&self, at: usize, word: &[u8]) -> bool {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let head = rest.get(..word.len()).unwrap_or(rest);
        if !head
            .iter()
            .zip(word)
            .all(|(byte, letter)| byte.to_ascii_lowercase() == *letter)
        {
            return false;
        }
        if head.len() < word.len() {
            self.miss();
            return false;
        }
        true
    }

    /// The bytes from `from` to `to`; nothing where the text has no such place.
    #[inline]
    pub(crate) fn slice(&self, from: usize, to: usize) -> &'t [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Whether a placeholder follows what ends at `at`, behind a mark perhaps:
    /// such a value was passed over before the placeholder was made.
    pub(crate) fn is_before_placeholder(&self, at: usize) -> bool {
        let mark = self
            .at(at)
            .is_some_and(|byte| matches!(byte, b'.' | b':' | b'-'));
        let start = at + usize::from(mark);
        if self.at(start) != Some(b'[') {
            return false;
        }
        let end = self.run_of(start, 40, |byte| byte != b']');
        placeholder_len(self.slice(start, end + 1)).is_some()
    }

    /// Where looking back from `at` ends: `most` bytes before it, or behind the last
    /// value that is hidden there, be it by a placeholder that was met.
    pub(crate) fn back_to(&self, at: usize, most: usize) -> usize {
        let from = at.saturating_sub(most).max(self.floor());
        let is_hidden = |end: &usize| {
            let start = end.saturating_sub(LONGEST_PLACEHOLDER).max(from);
            let lead = self.slice(start, *end);
            let open = lead.iter().rposition(|&byte| byte == b'[');
            let token = open.and_then(|open| lead.get(open..)).unwrap_or_default();
            placeholder_len(token) == Some(token.len())
        };
        let ends = (from + 1..=at).rev();
        let mut ends = ends.filter(|end| self.bytes.get(end - 1) == Some(&b']'));
        ends.find(is_hidden).unwrap_or(from)
    }

    /// Notes that a value was read up to `at`.
    #[inline]
    pub(crate) fn read_to(&self, at: usize) {
        self.far.set(at);
    }

    /// Up to where a value was read since this was last asked.
    #[inline]
    pub(crate) fn take_far(&self) -> Option<usize> {
        Some(self.far.replace(0)).filter(|&at| at > 0)
    }

    /// Notes that a byte past the end was wanted.
    #[inline]
    pub(crate) fn miss(&self) {
        if !self.complete {
            self.short.set(true);
        }
    }

    /// Whether a byte past the end was wanted, which stays noted.
    #[inline]
    pub(crate) fn is_short(&self) -> bool {
        self.short.get()
    }

    /// Whether a byte past the end was wanted since this was last asked.
    #[inline]
    pub(crate) fn take_short(&self) -> bool {
        self.short.replace(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_is_the_run_of_its_bytes() {
        for len in 0..40 {
            for end in 0..=len {
                let mut bytes = vec![b'x'; len];
                if let Some(byte) = bytes.get_mut(end) {
                    *byte = b' ';
                }
                for most in [0, 5, 8, 17, 64] {
                    let (one, other) = (Text::new(&bytes, false), Text::new(&bytes, false));
                    let (far, near) = (one.run_far(3, most, TOKEN), other.run(3, most, TOKEN));
                    assert_eq!(far, near, "{len} {end} {most}");
                    assert_eq!(one.take_short(), other.take_short());
                }
            }
        }
    }

    #[test]
    fn a_run_until_two_bytes_is_the_run_of_all_others() {
        for len in 0..70 {
            for end in 0..=len {
                let mut bytes = vec![b'x'; len];
                if let Some(byte) = bytes.get_mut(end) {
                    *byte = if end % 2 == 0 { b'"' } else { b'\n' };
                }
                for most in [0, 5, 16, 33, 64, 100] {
                    let (one, other) = (Text::new(&bytes, false), Text::new(&bytes, false));
                    let run = one.run_until(len / 9, most, *b"\"\n");
                    let all = other.run_of(len / 9, most, |byte| !matches!(byte, b'"' | b'\n'));
                    assert_eq!(run, all);
                    assert_eq!(one.take_short(), other.take_short());
                }
            }
        }
    }
}
