//! The search for the values of a map in a text.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::ops::Range;

#[cfg(feature = "guard")]
use super::mapped::Search;
use super::placeholder_map::Entry;
use crate::redact::custom::KnownValues;
use crate::redact::engine::{Sink, is_ordinary};
use crate::redact::finding::{Category, Kind};
use crate::redact::operator::Key;
use crate::redact::text::{part, part_of_str};

/// The least length of a value that is searched for.
const MIN_LEN: usize = 4;

/// The length from which on even ordinary words are no ordinary word together.
const PHRASE_LEN: usize = 16;

/// The values of a map that are searched for, each under its first placeholder.
pub(super) struct Values {
    hasher: RandomState,
    /// The tags of the values, by keyed hashes of the values.
    tags: HashMap<u64, u64>,
    /// The values of [`KnownValues::MIN_LEN`] bytes and more that may stand inside of
    /// a word.
    anywhere: KnownValues,
    /// Those that may not.
    bounded: KnownValues,
    /// The lengths of shorter values, by their first bytes.
    short: HashMap<[u8; MIN_LEN], Vec<usize>>,
    /// The length of the longest value that may not stand inside of a word.
    longest: usize,
}

impl Values {
    pub(super) fn new(key: &Key) -> Self {
        let set = |number: u8| {
            let own = key.mac(&[b"values of a placeholder map", &[number]]);
            KnownValues::new(Key::from_bytes(own))
        };
        Self {
            hasher: RandomState::new(),
            tags: HashMap::new(),
            anywhere: set(0),
            bounded: set(1),
            short: HashMap::new(),
            longest: 0,
        }
    }

    /// Adds a value, unless it is one that texts contain by chance.
    pub(super) fn insert(&mut self, kind: Kind, value: &str, tag: u64) {
        if kind == Kind::Literal || value.len() < MIN_LEN || is_common(value) {
            return;
        }
        let hash = self.hasher.hash_one(value);
        if self.tags.contains_key(&hash) {
            return;
        }
        if value.len() >= KnownValues::MIN_LEN {
            let set = if needs_bounds(kind, value) {
                &self.bounded
            } else {
                &self.anywhere
            };
            // A value that the set cannot take is not searched for.
            if set.insert(value).is_err() {
                return;
            }
        } else if let Some(head) = value.as_bytes().first_chunk() {
            let lens = self.short.entry(*head).or_default();
            if !lens.contains(&value.len()) {
                lens.push(value.len());
                lens.sort_unstable_by(|one, other| other.cmp(one));
            }
        }
        if needs_bounds(kind, value) {
            self.longest = self.longest.max(value.len());
        }
        self.tags.insert(hash, tag);
    }

    /// Returns the places of values in `text` that are free, in order and without
    /// overlaps, with the tags of the values. Of values that begin at one place, the
    /// longest counts.
    pub(super) fn find(
        &self,
        entries: &HashMap<u64, Entry>,
        text: &str,
        is_free: impl Fn(&Range<usize>) -> bool,
    ) -> Vec<(Range<usize>, u64)> {
        if self.tags.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut sink = Sink::default();
        self.anywhere
            .find_exact(text.as_bytes(), &is_free, &mut sink);
        let stands = |span: &Range<usize>| is_free(span) && is_apart(text, span);
        self.bounded.find_exact(text.as_bytes(), &stands, &mut sink);
        found.extend(sink.hits.iter().map(|hit| hit.start..hit.end));
        if !self.short.is_empty() {
            for (at, head) in text.as_bytes().windows(MIN_LEN).enumerate() {
                let lens = head.first_chunk().and_then(|head| self.short.get(head));
                for len in lens.into_iter().flatten() {
                    let span = at..at + len;
                    if is_free(&span) && self.check(entries, text, &span).is_some() {
                        found.push(span);
                    }
                }
            }
        }
        found.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let mut end = 0;
        // Only values that do not overlap are hashed, so that each byte is hashed once.
        let found = found.into_iter().filter_map(|span| {
            let found = (span.start >= end).then(|| self.check(entries, text, &span))?;
            if found.is_some() {
                end = span.end;
            }
            Some((span, found?))
        });
        found.collect()
    }

    /// Returns a value that is searched for, and its tag.
    pub(super) fn entry<'e>(
        &self,
        entries: &'e HashMap<u64, Entry>,
        value: &str,
    ) -> Option<(u64, &'e Entry)> {
        if self.tags.is_empty() {
            return None;
        }
        let tag = *self.tags.get(&self.hasher.hash_one(value))?;
        let entry = entries.get(&tag)?;
        (entry.value.expose_secret() == value).then_some((tag, entry))
    }

    /// Returns how the value with this tag is searched for, if it is.
    #[cfg(feature = "guard")]
    pub(super) fn search_of(&self, entries: &HashMap<u64, Entry>, tag: u64) -> Option<Search> {
        let entry = entries.get(&tag)?;
        let value = entry.value.expose_secret();
        if self.tags.get(&self.hasher.hash_one(value)) != Some(&tag) {
            return None;
        }
        Some(match needs_bounds(entry.kind, value) {
            true => Search::Plain,
            false => Search::Encoded,
        })
    }

    /// Returns the length of the longest value that only [`find`](Self::find) finds,
    /// or of `at_least` bytes.
    pub(super) fn longest(&self, at_least: usize) -> usize {
        self.longest.max(at_least)
    }

    /// Returns the values that are searched for in encodings, too.
    pub(super) const fn known(&self) -> &KnownValues {
        &self.anywhere
    }

    /// Returns a number that grows whenever a value is added that is searched for in
    /// encodings.
    pub(super) fn generation(&self) -> u64 {
        self.anywhere.generation()
    }

    /// Returns the tag of the value at a place, if one may stand there.
    fn check(&self, entries: &HashMap<u64, Entry>, text: &str, span: &Range<usize>) -> Option<u64> {
        let value = text.get(span.clone())?;
        let tag = *self.tags.get(&self.hasher.hash_one(value))?;
        let entry = entries.get(&tag)?;
        if entry.value.expose_secret() != value {
            return None;
        }
        let stands = !needs_bounds(entry.kind, value) || is_apart(text, span);
        stands.then_some(tag)
    }
}

/// Returns whether no letter or digit stands beside a place.
fn is_apart(text: &str, span: &Range<usize>) -> bool {
    let before = text
        .get(..span.start)
        .map(|before| without_color(before).chars().next_back());
    let after = text.get(span.end..).map(|after| after.chars().next());
    let beside = before.zip(after);
    beside.is_some_and(|(before, after)| {
        ![before, after]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric)
    })
}

/// The greatest length of a control sequence that is looked at, in bytes.
const MAX_COLOR: usize = 32;

/// Returns a text without the control sequence at its end: `\x1b[31m`, whose last letter
/// is none.
fn without_color(text: &str) -> &str {
    let tail = text.len().saturating_sub(MAX_COLOR);
    let Some(at) = memchr::memrchr(0x1b, part(text.as_bytes(), tail..)) else {
        return text;
    };
    let sequence = part(text.as_bytes(), tail + at..);
    let is_color = match sequence {
        [0x1b, b'[', parameters @ .., last] => {
            let part = |byte: &u8| (b' '..=b'?').contains(byte);
            last.is_ascii_alphabetic() && parameters.iter().all(part)
        }
        _ => false,
    };
    if is_color {
        part_of_str(text, ..tail + at)
    } else {
        text
    }
}

/// Returns whether texts contain a value by chance: an ordinary word, or a number of
/// up to five digits.
fn is_common(value: &str) -> bool {
    let letters = value.chars().all(char::is_alphabetic);
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    (letters || digits) && value.len() < PHRASE_LEN && is_ordinary(value.as_bytes())
}

/// Returns whether a value counts only where no letter or digit stands beside it.
fn needs_bounds(kind: Kind, value: &str) -> bool {
    value.len() < KnownValues::MIN_LEN
        || kind.category() == Category::Personal
        || value.bytes().all(|byte| byte.is_ascii_digit())
}
