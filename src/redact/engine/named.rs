//! Values without a format of their own, told by their provider's name nearby.
//!
//! The value leads to the name and not the other way round: values that could
//! be keys are rare, names of services are not, and so the cost does not grow
//! with the number of providers.

use super::hit::Hit;
use super::judge;
use super::tokens::is_escape;
use super::words::WordSet;
use crate::redact::encoding::Layers;
use crate::redact::finding::Validation;
use crate::redact::placeholder_len;
use crate::redact::rule::{Form, Rule};
use crate::redact::shape::Shape;
use crate::redact::text::{ALNUM, DIGIT, NAME, QUOTE, SPACE, Text, UPPER, class};

/// How far before a value its provider's name may begin.
const MOST_BACK: usize = 80;

/// The longest name, in bytes.
const MOST_NAME: usize = 40;

/// Words right before a value which say that it is no secret.
static ASIDE: WordSet = WordSet::new(&[
    b"blob",
    b"build",
    b"checksum",
    b"commit",
    b"digest",
    b"etag",
    b"fingerprint",
    b"guid",
    b"hash",
    b"id",
    b"ids",
    b"integrity",
    b"md5",
    b"nonce",
    b"ref",
    b"rev",
    b"revision",
    b"sha",
    b"sha1",
    b"sha256",
    b"sha512",
    b"span",
    b"trace",
    b"tree",
    b"uuid",
    b"version",
]);

/// Words of which one must stand between the name and the value, or `=` or `:`.
const KEY_WORDS: &[&[u8]] = &[
    b"auth", b"cred", b"key", b"pass", b"pat", b"pwd", b"secret", b"token",
];

/// How many letters or digits of a name it is looked up by.
const KEY: usize = 4;

const FILTER_BITS: u32 = 15;
/// Buckets go by the high bits of a filter's slot.
const BUCKET_SHIFT: u32 = 5;

struct Entry {
    key: [u8; KEY],
    name: &'static [u8],
    rule: u32,
    value: &'static Shape,
}

/// All rules that go by a name.
#[derive(Default)]
pub(super) struct Named {
    filter: Vec<u64>,
    /// In the order of their buckets.
    entries: Vec<Entry>,
    /// Where each bucket starts, and after the last one where it ends.
    buckets: Vec<u16>,
    /// The last letters before the word of [`ASIDE`] with which a name ends, for
    /// those that do.
    aside: Vec<[u8; KEY]>,
}

impl Named {
    pub(super) fn new(rules: &[(u32, &'static Rule)]) -> Self {
        let mut entries = Vec::new();
        for &(number, rule) in rules {
            let Form::Named { names, value } = &rule.form else {
                continue;
            };
            for name in *names {
                let Some(key) = letters(name.as_bytes(), 0) else {
                    continue;
                };
                entries.push(Entry {
                    key,
                    name: name.as_bytes(),
                    rule: number,
                    value,
                });
            }
        }
        // Of names that begin alike the longest speaks first.
        entries.sort_by(|one: &Entry, other| {
            let order = |entry: &Entry| (slot(entry.key) >> BUCKET_SHIFT, entry.key);
            order(one)
                .cmp(&order(other))
                .then(other.name.len().cmp(&one.name.len()))
        });
        let mut count = 0;
        let buckets = (0..=1 << (FILTER_BITS - BUCKET_SHIFT))
            .map(|number| {
                let rest = entries.get(count..).unwrap_or_default().iter();
                count += rest
                    .take_while(|entry| slot(entry.key) >> BUCKET_SHIFT < number)
                    .count();
                u16::try_from(count).unwrap_or(u16::MAX)
            })
            .collect();
        let mut filter = vec![0_u64; 1 << (FILTER_BITS - 6)];
        for entry in &entries {
            let slot = slot(entry.key);
            if let Some(word) = filter.get_mut(slot >> 6) {
                *word |= 1 << (slot & 63);
            }
        }
        let aside = entries
            .iter()
            .filter_map(|entry| last_letters(aside_start(entry.name)?))
            .collect();
        Self {
            filter,
            entries,
            buckets,
            aside,
        }
    }

    /// Looks for the name of a provider whose values have the shape of the one
    /// that starts at `start`; the name stands before it on its line. What lies
    /// between `start` and `end` belongs to the value; `word` is where the last
    /// word that means secret stands.
    pub(super) fn find(
        &self,
        text: &Text<'_>,
        start: usize,
        end: usize,
        word: usize,
    ) -> Option<Hit> {
        if self.entries.is_empty() {
            return None;
        }
        // Names in programs are runs too; few of them have digits.
        let value = text.slice(start, end);
        if !is_value_start(text, start) || !value.iter().any(u8::is_ascii_digit) {
            return None;
        }
        // `trace_id=` is no secret, unless the provider's own name has the word.
        let aside = aside(text, start);
        if aside.is_some_and(|(word, _)| !self.names_lead_to(text, word)) {
            return None;
        }
        // Near a word that means secret the name may stand anywhere before the
        // value; elsewhere the value must be assigned to it.
        let wide = start.saturating_sub(MOST_BACK).max(text.floor());
        let near = word > wide && !judge::has_placeholder(text.slice(word, start));
        let mut from = if !near {
            key_start(text, start)?
        } else if judge::is_uuid(value)
            || judge::is_random(value)
            || is_first_part(text, value, end)
        {
            wide
        } else {
            return None;
        };
        if let Some((word, _)) = aside {
            from = from.max(word.saturating_sub(MOST_NAME));
        }
        let lead = text.slice(from, start);
        let mut best: Option<(usize, Hit)> = None;
        let (mut last, mut earlier) = (text.before(from).map_or(0, class), 0);
        let mut hidden = 0;
        for (at, &byte) in lead.iter().enumerate() {
            let this = class(byte);
            if (is_word_start(last, this) || earlier == b'\\') && at >= hidden {
                for entry in self.that_begin(lead, at) {
                    let Some(end) = name_end(lead, at, entry.name) else {
                        continue;
                    };
                    let stands = is_joined(lead.get(at..).unwrap_or_default(), end - at)
                        && aside.is_none_or(|(word, _)| from + end > word);
                    // The nearest name speaks; of names at one place the longest.
                    let rank = at + entry.name.len();
                    if stands
                        && best.is_none_or(|(known, _)| rank > known)
                        && let Some(hit) = whole(text, start, entry)
                    {
                        best = Some((rank, hit));
                    }
                }
            } else if byte == b'\n' {
                best = None;
            } else if byte == b'['
                && let Some(len) = lead.get(at..).and_then(placeholder_len)
            {
                // A name says nothing of what stands behind another value.
                best = None;
                hidden = at + len;
            }
            last = this;
            earlier = at
                .checked_sub(1)
                .and_then(|at| lead.get(at))
                .copied()
                .unwrap_or(0);
        }
        best.map(|(_, hit)| hit)
    }

    /// The entries whose names begin with what stands at `at`.
    #[inline]
    fn that_begin<'e>(&'e self, lead: &[u8], at: usize) -> impl Iterator<Item = &'e Entry> {
        let key = letters(lead, at).unwrap_or_default();
        let slot = slot(key);
        let known = self
            .filter
            .get(slot >> 6)
            .is_some_and(|word| word >> (slot & 63) & 1 == 1);
        let entries = if known {
            self.bucket(slot >> BUCKET_SHIFT)
        } else {
            &[]
        };
        entries.iter().filter(move |entry| entry.key == key)
    }

    fn bucket(&self, number: usize) -> &[Entry] {
        let at = |number: usize| self.buckets.get(number).copied().map_or(0, usize::from);
        self.entries
            .get(at(number)..at(number + 1))
            .unwrap_or_default()
    }

    /// Whether a name that ends with one of the words of [`ASIDE`] may end with
    /// the one at `word`.
    fn names_lead_to(&self, text: &Text<'_>, word: usize) -> bool {
        let lead = text.slice(word.saturating_sub(KEY + 3), word);
        last_letters(lead).is_some_and(|letters| self.aside.contains(&letters))
    }
}

/// The last letters or digits of `lead`, small.
fn last_letters(lead: &[u8]) -> Option<[u8; KEY]> {
    let mut rest = lead.iter().rev().filter(|byte| class(**byte) & ALNUM != 0);
    let mut letters = [0; KEY];
    for letter in letters.iter_mut().rev() {
        *letter = rest.next()?.to_ascii_lowercase();
    }
    Some(letters)
}

/// What stands in a name before the word of [`ASIDE`] with which it ends.
fn aside_start(name: &[u8]) -> Option<&[u8]> {
    let mark = name.iter().rposition(|&byte| byte == b'_')?;
    let (head, word) = name.split_at_checked(mark)?;
    ASIDE.contains(word.get(1..)?).then_some(head)
}

/// The hit of a value that has the entry's shape from end to end.
fn whole(text: &Text<'_>, start: usize, entry: &Entry) -> Option<Hit> {
    let end = entry.value.end_in(text, start)?;
    let next = text.at(end);
    if next.is_some_and(|byte| {
        class(byte) & ALNUM != 0
            || byte == b'_'
            || (byte != b'.' && entry.value.last_set().contains(byte))
    }) {
        return None;
    }
    let value = text.slice(start, end);
    if text.is_before_placeholder(end)
        || judge::is_dummy(value)
        || !(judge::is_random(value) || judge::is_uuid(value))
    {
        return None;
    }
    Some(Hit {
        start,
        end,
        rule: entry.rule,
        confidence: 88,
        validation: Validation::Judged,
        layers: Layers::NONE,
        place: 0,
    })
}

fn slot(key: [u8; KEY]) -> usize {
    (u32::from_le_bytes(key).wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS)) as usize
}

/// Whether a word starts at a byte of the classes `this` behind one of `last`.
#[inline]
const fn is_word_start(last: u8, this: u8) -> bool {
    this & ALNUM != 0
        && (last & ALNUM == 0
            || (this & UPPER != 0 && last & UPPER == 0)
            || (last & DIGIT != 0 && this & DIGIT == 0))
}

/// The first letters or digits from `at` on, small; marks between them are
/// passed over.
#[inline]
fn letters(lead: &[u8], at: usize) -> Option<[u8; KEY]> {
    let near = lead.get(at..)?;
    if let Some(key) = near.first_chunk::<KEY>()
        && key.iter().all(|byte| class(*byte) & ALNUM != 0)
    {
        return Some(key.map(|byte| byte.to_ascii_lowercase()));
    }
    let near = near.get(..KEY + 2).unwrap_or(near);
    let mut letters = [0; KEY];
    let mut rest = near.iter().filter(|byte| class(**byte) & ALNUM != 0);
    for letter in &mut letters {
        *letter = rest.next()?.to_ascii_lowercase();
    }
    Some(letters)
}

/// Where `name` ends if it stands at `at`.
fn name_end(lead: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let mut at = at;
    for &letter in name {
        let byte = *lead.get(at)?;
        if letter == b'_' {
            at += usize::from(matches!(byte, b'_' | b'-' | b'.' | b' '));
        } else if byte.to_ascii_lowercase() == letter {
            at += 1;
        } else {
            return None;
        }
    }
    Some(at)
}

/// Whether what leads from a name, of `name` bytes, to the value joins them.
fn is_joined(lead: &[u8], name: usize) -> bool {
    let between = lead.get(name..).unwrap_or_default();
    between.len() <= 64
        && (between.iter().any(|byte| matches!(byte, b'=' | b':'))
            || KEY_WORDS.iter().any(|word| judge::contains(lead, word)))
}

/// Where the name begins to which the value at `start` is assigned.
fn key_start(text: &Text<'_>, start: usize) -> Option<usize> {
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

/// Whether a number that ends at `end` goes on in the value, as an account's
/// does before its key.
fn is_first_part(text: &Text<'_>, value: &[u8], end: usize) -> bool {
    matches!(text.at(end), Some(b'|' | b':' | b'.')) && value.iter().all(u8::is_ascii_digit)
}

/// Whether what stands before `start` could lead to a value: a quote, an
/// operator, an opening mark or a word and a space.
fn is_value_start(text: &Text<'_>, start: usize) -> bool {
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
fn aside(text: &Text<'_>, start: usize) -> Option<(usize, usize)> {
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
