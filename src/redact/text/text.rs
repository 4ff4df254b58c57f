//! Matcher input: a whole text, or a window whose end may still move.

use std::cell::Cell;

use memchr::{memchr_iter, memchr2, memrchr};

use crate::redact::text::{Hidden, Seen, placeholder_len};

/// Byte classes, as bits returned by [`class`].
pub(crate) const TOKEN: u8 = 1;
pub(crate) const ALNUM: u8 = 2;
pub(crate) const DIGIT: u8 = 4;
pub(crate) const SPACE: u8 = 8;
pub(crate) const QUOTE: u8 = 16;
/// Bytes that end an unquoted value.
pub(crate) const STOP: u8 = 32;
/// Letters, digits and the punctuation of names.
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

/// Returns the classes of a byte.
#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "the table has an entry for every byte"
)]
pub(crate) const fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

/// The greatest length of a label or placeholder: two brackets, a dash, ten letters
/// and eight more characters.
const LONGEST_PLACEHOLDER: usize = 30;

/// How far into a placeholder its kind may reach: `[REDACTED-` and 12 letters.
const LONGEST_HEAD: usize = 22;

#[cfg(test)]
thread_local! {
    /// How many bytes this thread has read through [`Text`].
    static READ: Cell<u64> = const { Cell::new(0) };
}

/// Returns how many bytes this thread has read since the last call.
#[cfg(test)]
pub(crate) fn take_read() -> u64 {
    READ.take()
}

/// Counts bytes that are read, for the tests.
#[inline]
fn count(bytes: usize) {
    #[cfg(test)]
    READ.set(READ.get() + bytes as u64);
    #[cfg(not(test))]
    let _ = bytes;
}

/// A text, or a window of a text that continues.
///
/// Everything that matchers and decoders read ahead, they read through this type. It
/// records a read past the end of a window, because the missing bytes may change the
/// result. Readers do not return that they need more text: their caller asks
/// [`take_short`](Self::take_short), and discards the result if a byte was missing.
#[derive(Debug)]
pub(crate) struct Text<'t> {
    bytes: &'t [u8],
    complete: bool,
    /// Whether it is a part of a line, whose beginning is not known.
    inner: bool,
    short: Cell<bool>,
    /// The values already found. A matcher that looks back sees the end of a
    /// placeholder at the end of the last one, as it would in the redacted text.
    hidden: Cell<Hidden>,
    /// The end of the last of them.
    floor: Cell<usize>,
    /// The end of the farthest value that was read.
    far: Cell<usize>,
}

impl<'t> Text<'t> {
    pub(crate) const fn new(bytes: &'t [u8], complete: bool) -> Self {
        Self {
            bytes,
            complete,
            inner: false,
            short: Cell::new(false),
            hidden: Cell::new(Hidden::NONE),
            floor: Cell::new(0),
            far: Cell::new(0),
        }
    }

    /// Creates a whole text that was decoded from a part of another one. If `inner` says
    /// so, it begins within a line.
    pub(crate) const fn decoded(bytes: &'t [u8], inner: bool) -> Self {
        let mut this = Self::new(bytes, true);
        this.inner = inner;
        this
    }

    /// Returns whether the text begins within a line, whose beginning is not known.
    pub(crate) const fn is_inner(&self) -> bool {
        self.inner
    }

    pub(crate) const fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns the `N` bytes from `at` on.
    #[inline]
    pub(crate) fn chunk<const N: usize>(&self, at: usize) -> Option<&'t [u8; N]> {
        count(N);
        let chunk = self.bytes.get(at..).and_then(<[u8]>::first_chunk);
        if chunk.is_none() {
            self.miss();
        }
        chunk
    }

    /// Returns the `len` bytes from `at` on.
    #[inline]
    pub(crate) fn take(&self, at: usize, len: usize) -> Option<&'t [u8]> {
        count(len);
        let part = self.bytes.get(at..at + len);
        if part.is_none() {
            self.miss();
        }
        part
    }

    /// Records that a result depends on whether a byte is at `at`.
    #[inline]
    pub(crate) fn need(&self, at: usize) {
        if at >= self.bytes.len() {
            self.miss();
        }
    }

    /// Returns the byte at `at`.
    #[inline]
    pub(crate) fn at(&self, at: usize) -> Option<u8> {
        count(1);
        let byte = self.bytes.get(at).copied();
        if byte.is_none() {
            self.miss();
        }
        byte
    }

    /// Returns the byte before `at`. A window includes the bytes before it that rules
    /// need.
    #[inline]
    pub(crate) fn before(&self, at: usize) -> Option<u8> {
        count(1);
        let before = at.checked_sub(1)?;
        if at <= self.floor.get() {
            Some(b']')
        } else {
            self.bytes.get(before).copied()
        }
    }

    /// Returns the end of the text already replaced.
    #[inline]
    pub(crate) fn floor(&self) -> usize {
        self.floor.get()
    }

    /// Marks values as found.
    #[inline]
    pub(crate) fn hide(&self, hidden: &Hidden) {
        self.hidden.set(*hidden);
        self.floor.set(hidden.end());
    }

    /// Returns the end of the last secret found. Personal data does not part a name
    /// from its value.
    pub(crate) fn secret_floor(&self) -> usize {
        self.hidden.get().secret_end()
    }

    /// Returns the text before `at` without the values found there, in this pass or
    /// before: at most `most` bytes, back to the last byte for which `ends` holds.
    pub(crate) fn seen_back(&self, at: usize, most: usize, ends: fn(u8) -> bool) -> Seen<'t> {
        let hidden = self.hidden.get();
        let least = at.saturating_sub(most).max(hidden.least());
        let mut seen = Seen::default();
        let mut end = at;
        while end > least && seen.count < seen.pieces.len() {
            let mut from = least;
            if let Some((start, close)) = hidden.last_before(end) {
                if close >= end {
                    end = start;
                    continue;
                }
                from = close.max(least);
            }
            let start = self.visible_from(from, end);
            let piece = self.slice(start, end);
            let close = piece.iter().rposition(|byte| ends(*byte));
            seen.add(start, piece, close);
            if close.is_some() {
                break;
            }
            end = start - self.placeholder_before(from, start);
        }
        seen
    }

    /// Returns the end of the run of bytes of `classes` that starts at `at`. The run
    /// is followed for at most `most` bytes.
    #[inline]
    pub(crate) fn run(&self, at: usize, most: usize, classes: u8) -> usize {
        // Most runs are empty.
        match self.bytes.get(at) {
            Some(byte) if class(*byte) & classes == 0 => {
                count(1);
                at
            }
            _ => self.run_on(at, most, classes),
        }
    }

    #[inline(never)]
    fn run_on(&self, at: usize, most: usize, classes: u8) -> usize {
        self.run_of(at, most, |byte| class(byte) & classes != 0)
    }

    /// Like [`run`](Self::run), but eight bytes at a time, for runs that are likely
    /// to be long.
    pub(crate) fn run_far(&self, at: usize, most: usize, classes: u8) -> usize {
        let is_all = |piece: &&[u8; 8]| {
            let is = |byte: &u8| class(*byte) & classes != 0;
            piece.iter().fold(true, |all, byte| all & is(byte))
        };
        let (pieces, _) = self.slice(at, self.bytes.len().min(at + most)).as_chunks();
        let known = pieces.iter().take_while(is_all).count() * 8;
        self.run(at + known, most - known, classes)
    }

    /// Like [`run`](Self::run), for any set of bytes.
    #[inline]
    pub(crate) fn run_of(&self, at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let run = rest.iter().take(most).take_while(|&&byte| is(byte)).count();
        count(run + 1);
        if run == rest.len() && run < most {
            self.miss();
        }
        at + run
    }

    /// Like [`run_of`](Self::run_of), for all bytes except two. Long runs are
    /// followed many bytes at a time.
    #[inline]
    pub(crate) fn run_until(&self, at: usize, most: usize, [one, other]: [u8; 2]) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let near = rest.get(..most).unwrap_or(rest);
        let end = memchr2(one, other, near);
        count(end.unwrap_or(near.len()) + 1);
        if end.is_none() && near.len() < most {
            self.miss();
        }
        at + end.unwrap_or(near.len())
    }

    /// Returns the start of the run of bytes of `classes` that ends at `at`.
    #[inline]
    pub(crate) fn run_back(&self, at: usize, most: usize, classes: u8) -> usize {
        // Most runs are empty.
        let last = at.checked_sub(1).and_then(|last| self.bytes.get(last));
        match last {
            Some(byte) if class(*byte) & classes == 0 => {
                count(1);
                at
            }
            _ => self.run_on_back(at, most, classes),
        }
    }

    #[inline(never)]
    fn run_on_back(&self, at: usize, most: usize, classes: u8) -> usize {
        self.run_back_of(at, most, |byte| class(byte) & classes != 0)
    }

    /// Like [`run_back`](Self::run_back), for any set of bytes.
    #[inline]
    pub(crate) fn run_back_of(&self, at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
        let before = self.bytes.get(self.floor.get()..at).unwrap_or_default();
        let run = before.iter().rev().take(most).take_while(|&&byte| is(byte));
        let run = run.count();
        count(run + 1);
        at - run
    }

    /// Returns whether `word` stands at `at`.
    #[inline]
    pub(crate) fn is(&self, at: usize, word: &[u8]) -> bool {
        // Most texts differ in the first byte.
        match (self.bytes.get(at), word.first()) {
            (Some(byte), Some(first)) if byte != first => {
                count(1);
                false
            }
            _ => self.is_all(at, word),
        }
    }

    #[inline(never)]
    fn is_all(&self, at: usize, word: &[u8]) -> bool {
        count(word.len());
        let rest = self.bytes.get(at..).unwrap_or_default();
        if rest.len() < word.len() && word.starts_with(rest) {
            self.miss();
        }
        rest.starts_with(word)
    }

    /// Returns whether `word`, which is in lower case, stands at `at` in any letter
    /// case.
    #[inline]
    pub(crate) fn is_word(&self, at: usize, word: &[u8]) -> bool {
        match (self.bytes.get(at), word.first()) {
            (Some(byte), Some(first)) if byte.to_ascii_lowercase() != *first => {
                count(1);
                false
            }
            _ => self.is_all_of_word(at, word),
        }
    }

    #[inline(never)]
    fn is_all_of_word(&self, at: usize, word: &[u8]) -> bool {
        count(word.len());
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

    /// Returns the bytes from `from` to `to`, or an empty slice if the text is
    /// shorter.
    #[inline]
    pub(crate) fn slice(&self, from: usize, to: usize) -> &'t [u8] {
        // From the start of the text, only the end of the slice is read.
        count(if from == 0 {
            1
        } else {
            to.saturating_sub(from)
        });
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Returns the end of the label or placeholder that begins at `at`.
    pub(crate) fn placeholder_end(&self, at: usize) -> Option<usize> {
        if self.bytes.get(at) != Some(&b'[') {
            return None;
        }
        let end = self.run_of(at, 40, |byte| byte != b']');
        placeholder_len(self.slice(at, end + 1)).map(|len| at + len)
    }

    /// Returns the end of the label or placeholder in which the value from `start` to
    /// `end` ends, or at whose last bracket it ends.
    pub(crate) fn placeholder_over(&self, start: usize, end: usize) -> Option<usize> {
        let from = self
            .behind_bracket(start)
            .max(end.saturating_sub(LONGEST_PLACEHOLDER));
        let open = memrchr(b'[', self.slice(from, end))?;
        self.placeholder_end(from + open)
            .filter(|close| *close >= end)
    }

    /// Returns the place of the bracket before `start`, or `start`.
    fn behind_bracket(&self, start: usize) -> usize {
        start - usize::from(self.before(start) == Some(b'['))
    }

    /// Returns the parts of the value from `start` to `end` outside of labels and
    /// placeholders. One of these may begin with the bracket before the value, and one
    /// may reach beyond it.
    pub(crate) fn outside(
        &self,
        start: usize,
        end: usize,
    ) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut at = self
            .placeholder_end(self.behind_bracket(start))
            .unwrap_or(start);
        std::iter::from_fn(move || {
            while at < end {
                let from = at;
                let mut opens = memchr_iter(b'[', self.slice(from, end));
                let next = opens.find_map(|open| {
                    let open = from + open;
                    self.placeholder_end(open).map(|close| (open, close))
                });
                let (open, close) = next.unwrap_or((end, end));
                at = close;
                if open > from {
                    return Some((from, open));
                }
            }
            None
        })
    }

    /// Returns the start of the labels and placeholders that end at `at`, or `at`.
    pub(crate) fn before_placeholders(&self, mut at: usize) -> usize {
        loop {
            match self.placeholder_before(self.floor(), at) {
                0 => return at,
                len => at -= len,
            }
        }
    }

    /// Returns whether a placeholder follows the value that ends at `at`, possibly
    /// after one punctuation mark. Such a value was skipped before the placeholder
    /// was made.
    pub(crate) fn is_before_placeholder(&self, at: usize) -> bool {
        let mark = self
            .at(at)
            .is_some_and(|byte| matches!(byte, b'.' | b':' | b'-'));
        let start = at + usize::from(mark);
        self.need(start);
        self.placeholder_end(start).is_some()
    }

    /// Returns whether the word at `at` is the kind in a placeholder.
    #[inline]
    pub(crate) fn is_in_placeholder(&self, at: usize) -> bool {
        let before = self.slice(at.saturating_sub(LONGEST_HEAD), at).iter().rev();
        let is_part = |byte: &&u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-');
        let start = at.checked_sub(before.take_while(is_part).count() + 1);
        start.is_some_and(|start| {
            let len = self.bytes.get(start..).and_then(placeholder_len);
            len.is_some_and(|len| at < start + len)
        })
    }

    /// Returns the start of the value found, in this pass or before, that ends at `at`.
    pub(crate) fn value_before(&self, at: usize) -> Option<usize> {
        let hidden = self.hidden.get().last_before(at);
        if let Some((start, _)) = hidden.filter(|(_, end)| *end == at) {
            return Some(start);
        }
        let len = self.placeholder_before(self.floor(), at);
        (len > 0).then(|| at - len)
    }

    /// Returns how far back a matcher at `at` may look: `most` bytes, but not into a
    /// value that was replaced, whether in this pass or before.
    pub(crate) fn back_to(&self, at: usize, most: usize) -> usize {
        let from = at.saturating_sub(most).max(self.floor());
        self.visible_from(from, at)
    }

    /// Returns the end of the last placeholder between `from` and `to`, or `from`.
    fn visible_from(&self, from: usize, to: usize) -> usize {
        let Some(last) = memrchr(b']', self.slice(from, to)) else {
            return from;
        };
        let is_hidden = |end: &usize| self.placeholder_before(from, *end) > 0;
        let ends = (from + 1..=from + last + 1).rev();
        let mut ends = ends.filter(|end| self.bytes.get(end - 1) == Some(&b']'));
        ends.find(is_hidden).unwrap_or(from)
    }

    /// Returns the length of the placeholder that ends at `end` and does not begin
    /// before `from`, or zero.
    fn placeholder_before(&self, from: usize, end: usize) -> usize {
        let start = end.saturating_sub(LONGEST_PLACEHOLDER).max(from);
        let lead = self.slice(start, end);
        let open = lead.iter().rposition(|&byte| byte == b'[');
        let token = open.and_then(|open| lead.get(open..)).unwrap_or_default();
        placeholder_len(token)
            .filter(|len| *len == token.len())
            .unwrap_or(0)
    }

    /// Records that a value was read up to `at`.
    #[inline]
    pub(crate) fn read_to(&self, at: usize) {
        self.far.set(at.max(self.far.get()));
    }

    /// Returns the end of the value read since the last call, if any, and forgets it.
    #[inline]
    pub(crate) fn take_far(&self) -> Option<usize> {
        Some(self.far.replace(0)).filter(|&at| at > 0)
    }

    /// Records that a byte past the end was needed.
    #[inline]
    fn miss(&self) {
        if !self.complete {
            self.short.set(true);
        }
    }

    /// Returns whether a byte past the end was needed, so that a reader can skip work
    /// whose result does not count.
    #[inline]
    pub(crate) fn is_short(&self) -> bool {
        self.short.get()
    }

    /// Returns whether a byte past the end was needed since the last call, and
    /// forgets it.
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
