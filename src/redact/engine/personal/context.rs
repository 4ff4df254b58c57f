//! The words beside a number that say what it is.

use crate::redact::placeholder_len;
use crate::redact::text::{ALNUM, Text, UPPER, class};

/// How far from a value its words may stand.
const NEAR: usize = 48;

/// The longest placeholder is shorter.
const PLACEHOLDER: usize = 32;

/// Up to so many groups of words there are.
const GROUPS: usize = 256;

/// The words of all rules that need some, by their first bytes.
pub(super) struct Context {
    words: Vec<(&'static [u8], u16)>,
    /// Where the words that begin with each byte start, and where the last end.
    starts: Vec<u16>,
    /// For the low bits of each first byte, those of the second bytes.
    pairs: [u32; 32],
}

/// Which groups have a word near a place.
#[derive(Clone, Copy, Default)]
pub(super) struct Groups([u64; GROUPS / 64]);

impl Groups {
    pub(super) fn has(self, group: usize) -> bool {
        let word = self.0.get(group / 64);
        word.is_some_and(|word| word >> (group % 64) & 1 == 1)
    }

    fn add(&mut self, group: usize) {
        if let Some(word) = self.0.get_mut(group / 64) {
            *word |= 1 << (group % 64);
        }
    }
}

impl Context {
    pub(super) fn new<'g>(groups: impl Iterator<Item = &'g [&'static str]>) -> Self {
        let mut words: Vec<_> = groups
            .zip(0..)
            .flat_map(|(words, group)| words.iter().map(move |word| (word.as_bytes(), group)))
            .collect();
        words.sort_unstable();
        let first = |word: &[u8]| word.first().copied().map_or(0, usize::from);
        let starts = (0..=256)
            .map(|byte| words.partition_point(|(word, _)| first(word) < byte))
            .map(|at| u16::try_from(at).unwrap_or(u16::MAX))
            .collect();
        let mut pairs = [0; 32];
        for (word, _) in &words {
            if let [first, second, ..] = word
                && let Some(seconds) = pairs.get_mut(usize::from(first & 31))
            {
                *seconds |= 1_u32 << (second & 31);
            }
        }
        Self {
            words,
            starts,
            pairs,
        }
    }

    /// The groups that have a word close before `start`.
    ///
    /// What stands before a placeholder speaks of that: a text that is redacted
    /// again has no words that it did not have before.
    pub(super) fn before(&self, text: &Text<'_>, start: usize) -> Groups {
        let from = start.saturating_sub(NEAR + PLACEHOLDER);
        let lead = text.slice(from, start);
        let mut near = start.saturating_sub(NEAR);
        for (at, byte) in lead.iter().enumerate() {
            if *byte == b'['
                && let Some(len) = text.bytes().get(from + at..).and_then(placeholder_len)
            {
                near = near.max(from + at + len);
            }
        }
        self.inside(text, near, start)
    }

    /// The groups that have a word close behind `end`, on its line.
    pub(super) fn after(&self, text: &Text<'_>, end: usize) -> Groups {
        let line = text.run_of(end, NEAR + 1, |byte| byte != b'\n' && byte != b'[');
        let to = line.min(end + NEAR);
        self.inside(text, end, to)
    }

    fn inside(&self, text: &Text<'_>, from: usize, to: usize) -> Groups {
        let mut found = Groups::default();
        // Nothing, where a placeholder reaches over the value.
        let bytes = text.slice(from, to);
        let mut last = from
            .checked_sub(1)
            .and_then(|at| text.bytes().get(at))
            .copied()
            .unwrap_or(b' ');
        for (at, pair) in bytes.windows(2).enumerate() {
            let &[byte, next] = pair else { continue };
            let earlier = std::mem::replace(&mut last, byte);
            let seconds = self.pairs.get(usize::from(byte & 31)).copied();
            if seconds.unwrap_or(0) >> (next & 31) & 1 == 0
                || (class(earlier) & ALNUM != 0
                    && !(class(byte) & UPPER != 0 && class(earlier) & UPPER == 0))
            {
                continue;
            }
            let first = usize::from(byte.to_ascii_lowercase());
            let bound = |at: usize| self.starts.get(at).copied().map_or(0, usize::from);
            let words = self.words.get(bound(first)..bound(first + 1));
            for (word, group) in words.unwrap_or_default() {
                if is_word(text, from + at, to, word) {
                    found.add(usize::from(*group));
                }
            }
        }
        found
    }
}

/// Whether `word` stands at `at`, before `to`, from end to end; it may have an
/// `s` more.
fn is_word(text: &Text<'_>, at: usize, to: usize, word: &[u8]) -> bool {
    let end = at + word.len();
    if end > to || !text.slice(at, end).eq_ignore_ascii_case(word) {
        return false;
    }
    // Scripts without blanks between their words.
    if word.last().is_some_and(|byte| *byte >= 128) {
        return true;
    }
    // `userSsn`, not three letters amid others.
    let camel = word.len() > 3
        || text
            .before(at)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let letter = |at: usize| {
        text.bytes()
            .get(at)
            .copied()
            .filter(u8::is_ascii_alphabetic)
    };
    match letter(end) {
        None => true,
        Some(b's' | b'S') => letter(end + 1).is_none(),
        Some(next) => {
            camel
                && next.is_ascii_uppercase()
                && text
                    .before(end)
                    .is_some_and(|byte| byte.is_ascii_lowercase())
        }
    }
}
