//! The words near a number that name it.

use crate::redact::text::{ALNUM, Text, UPPER, class, placeholder_len};

/// How far from a value its words may stand.
const NEAR: usize = 48;

/// An upper bound for the length of a placeholder.
const PLACEHOLDER: usize = 32;

/// The greatest number of word groups.
const GROUPS: usize = 256;

/// The words of all rules that need some, by their first bytes.
pub(super) struct Context {
    words: Vec<(&'static [u8], u16)>,
    /// The start of the words of each [`slot`], and the end of the last one.
    starts: Vec<u16>,
    /// The low bits of the third bytes, for each [`slot`].
    thirds: Vec<u32>,
}

/// The number of slots.
const SLOTS: usize = 1 << 10;

/// Returns the slot for words that begin with two bytes, in either letter case.
const fn slot(first: u8, second: u8) -> usize {
    (first as usize & 31) << 5 | second as usize & 31
}

/// The groups that have a word near a place.
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
        let slot_of = |word: &[u8]| match word {
            [first, second, ..] => slot(*first, *second),
            _ => SLOTS,
        };
        words.sort_unstable_by_key(|(word, group)| (slot_of(word), *word, *group));
        let mut rest = words.iter().peekable();
        let mut at = 0;
        let starts = (0..=SLOTS).map(|slot| {
            while rest.next_if(|(word, _)| slot_of(word) < slot).is_some() {
                at += 1;
            }
            at
        });
        let starts = starts.collect();
        let mut thirds = vec![0; SLOTS];
        for (word, _) in &words {
            if let Some(thirds) = thirds.get_mut(slot_of(word)) {
                *thirds |= word.get(2).map_or(u32::MAX, |third| 1_u32 << (third & 31));
            }
        }
        Self {
            words,
            starts,
            thirds,
        }
    }

    /// Returns the groups that have a word shortly before `start`.
    ///
    /// Words before a placeholder belong to that placeholder. A text that is redacted
    /// again therefore has no additional words.
    pub(super) fn before(&self, text: &Text<'_>, start: usize) -> Groups {
        let from = start.saturating_sub(NEAR + PLACEHOLDER);
        let lead = text.slice(from, start);
        let mut near = start.saturating_sub(NEAR);
        if lead.contains(&b'[') {
            for (at, byte) in lead.iter().enumerate() {
                if *byte == b'['
                    && let Some(len) = text.bytes().get(from + at..).and_then(placeholder_len)
                {
                    near = near.max(from + at + len);
                }
            }
        }
        self.inside(text, near, start)
    }

    /// Returns the groups that have a word shortly after `end`, on the same line.
    pub(super) fn after(&self, text: &Text<'_>, end: usize) -> Groups {
        let line = text.run_of(end, NEAR + 1, |byte| byte != b'\n' && byte != b'[');
        let to = line.min(end + NEAR);
        self.inside(text, end, to)
    }

    fn inside(&self, text: &Text<'_>, from: usize, to: usize) -> Groups {
        let mut found = Groups::default();
        // Nothing, if a placeholder extends over the value.
        let bytes = text.slice(from, to);
        let mut last = from
            .checked_sub(1)
            .and_then(|at| text.bytes().get(at))
            .copied()
            .unwrap_or(b' ');
        let thirds = bytes.iter().skip(2).chain([&0]);
        for (at, (pair, third)) in bytes.windows(2).zip(thirds).enumerate() {
            let &[byte, next] = pair else { continue };
            let mut earlier = std::mem::replace(&mut last, byte);
            if from + at == text.floor() {
                earlier = b']';
            }
            let slot = slot(byte, next);
            let known = self.thirds.get(slot).copied().unwrap_or(0);
            if known >> (third & 31) & 1 == 0
                || (class(earlier) & ALNUM != 0
                    && !(class(byte) & UPPER != 0 && class(earlier) & UPPER == 0))
            {
                continue;
            }
            let bound = |at: usize| self.starts.get(at).copied().map_or(0, usize::from);
            let words = self.words.get(bound(slot)..bound(slot + 1));
            for (word, group) in words.unwrap_or_default() {
                if is_word(text, from + at, to, word) {
                    found.add(usize::from(*group));
                }
            }
        }
        found
    }
}

/// Returns whether `word` stands at `at` and before `to` as a whole word, possibly
/// with an additional `s`.
fn is_word(text: &Text<'_>, at: usize, to: usize, word: &[u8]) -> bool {
    let end = at + word.len();
    if end > to || !text.slice(at, end).eq_ignore_ascii_case(word) {
        return false;
    }
    // Scripts without blanks between words.
    if word.last().is_some_and(|byte| *byte >= 128) {
        return true;
    }
    // `userSsn` counts. Three letters in the middle of a word do not.
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
