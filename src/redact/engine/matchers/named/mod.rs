//! Values without a distinctive format, recognized by the name of their provider
//! nearby.
//!
//! The search goes from the value to the name. Values that could be keys are rare and
//! names of services are not, so the cost does not depend on the number of providers.

mod context;
mod head;
mod places;
mod words;

use std::cmp::Reverse;

use memchr::memrchr;

use crate::redact::builtin::{Form, Rule};
use crate::redact::engine::hit::Hit;
use crate::redact::engine::judge;
use crate::redact::engine::prefilter::Prefilter;
use crate::redact::engine::tables::index::{Buckets, Filter};
use crate::redact::finding::{Layers, RuleRef, Validation};
use crate::redact::text::{ALNUM, Shape, Text, class, placeholder_len};

use context::{aside, bare_line_start, is_value_start, key_start, line_start};
use head::Head;
use places::{MOST_LEAD, Places, sorts_before};
use words::{KEY, first_letters, last_letters, letters, name_end, starts_with_key_word};

/// How far before a value its provider's name may begin on the same line.
const MOST_BACK: usize = 80;

/// The same, if no nearby word marks the value as a secret.
const MOST_BACK_BARE: usize = 48;

/// The same, for a name on a line before the value's line.
const MOST_BACK_LINES: usize = 240;

const _: () = assert!(MOST_BACK_LINES <= MOST_LEAD, "all of a lead is looked at");

/// The greatest length of a name in bytes.
const MOST_NAME: usize = 40;

/// The greatest distance between a name and the value on one line.
const MOST_BETWEEN: usize = 64;

/// How far after its start a name may be joined to the value.
const MOST_JOINED: usize = 40;

#[derive(Clone, Copy)]
struct Entry {
    head: Head,
    name: &'static [u8],
    /// Whether a word such as `key` must follow the name.
    keyed: bool,
    rule: RuleRef,
    value: &'static Shape,
}

impl Entry {
    /// Returns the rank of the name: its length, plus one if a word must follow it.
    const fn rank(&self) -> usize {
        self.name.len() + self.keyed as usize
    }
}

/// Marks the last letters before a word such as `id` at the end of a name.
const BEFORE_ASIDE: u32 = u32::from_le_bytes([128; KEY]);

/// All rules that depend on a name.
#[derive(Default)]
pub(in crate::redact::engine) struct Named {
    /// The letters by which names are looked up, the letters before an earlier
    /// punctuation mark, and letters marked with [`BEFORE_ASIDE`].
    filter: Filter<512>,
    /// The heads of names, up to six letters each.
    heads: Filter<512>,
    entries: Buckets<Entry>,
}

/// The text before a value, in which the provider is searched.
struct Lead<'t> {
    /// The text that may contain the name.
    bytes: &'t [u8],
    /// The end of the part of `bytes` that marks the value as no secret.
    aside: Option<usize>,
}

impl Named {
    pub(in crate::redact::engine) fn new(rules: &[(RuleRef, &'static Rule)]) -> Self {
        let mut this = Self::default();
        let mut entries = Vec::new();
        for &(reference, rule) in rules {
            let Form::Named { names, value } = &rule.form else {
                continue;
            };
            for name in *names {
                let bytes = name.as_bytes();
                let Some(key) = letters(bytes, 0) else {
                    continue;
                };
                this.filter.add(key);
                let head = Head::of(bytes);
                if head.is_short() {
                    for short in words::heads(bytes) {
                        this.filter.add(short);
                    }
                }
                this.heads.add(head.key().unwrap_or(key));
                if let Some(letters) = words::before_aside(bytes) {
                    this.filter.add(letters | BEFORE_ASIDE);
                }
                let entry = Entry {
                    head,
                    name: bytes.strip_suffix(b"_").unwrap_or(bytes),
                    keyed: bytes.last() == Some(&b'_'),
                    rule: reference,
                    value,
                };
                entries.push((key, entry));
            }
        }
        // Of names that begin alike, the longest comes first.
        this.entries = Buckets::new(&entries, |entry| Reverse(entry.rank()));
        this
    }

    /// Searches for the name of a provider whose values have the shape of the value
    /// at `start`. The name stands before the value. The bytes from `start` to `end`
    /// belong to the value, and `word` is the place of the last word that means
    /// secret.
    pub(in crate::redact::engine) fn find(
        &self,
        text: &Text<'_>,
        start: usize,
        end: usize,
        word: usize,
        prefilter: &Prefilter,
    ) -> Option<Hit> {
        if self.entries.is_empty() {
            return None;
        }
        // Names in programs are also runs, but few of them have digits.
        let value = text.slice(start, end);
        if !has_digit(value) || !is_value_start(text, start) || is_number(value) {
            return None;
        }
        // `trace_id=` is no secret, unless the provider's own name has the word.
        let near = sorts_before(text, start, prefilter);
        let aside = aside(text, start, near);
        if aside.is_some_and(|(word, _)| !self.names_lead_to(text, word)) {
            return None;
        }
        let mut from = self.reach(text, start, end, word)?;
        if let Some((word, _)) = aside {
            from = from.max(word.saturating_sub(MOST_NAME));
        }
        // Names further away are on earlier lines.
        let near_by = start.saturating_sub(MOST_NAME + MOST_BETWEEN);
        if from < near_by && memrchr(b'\n', text.slice(from, start)).is_none() {
            from = near_by;
        }
        let lead = Lead {
            bytes: text.slice(from, start),
            aside: aside.map(|(word, _)| word.saturating_sub(from)),
        };
        let places = Places::of(text, from, start, near, prefilter);
        self.nearest(text, start, &lead, places)
    }

    /// Returns how far back the name may stand. Returns `None` if the value is no
    /// secret.
    ///
    /// Near a word that means secret, it may stand anywhere before the value. On an
    /// earlier line it counts if such a word is on the value's own line, or if the
    /// value is alone on its line. Elsewhere the value must look random or be
    /// assigned to the name.
    fn reach(&self, text: &Text<'_>, start: usize, end: usize, word: usize) -> Option<usize> {
        let back = |most: usize| start.saturating_sub(most).max(text.secret_floor());
        let value = text.slice(start, end);
        let near = word > back(MOST_BACK)
            && !judge::has_placeholder(text.slice(word, text.before_placeholders(start)));
        let far = back(MOST_BACK_LINES);
        let alone = bare_line_start(text, far, start).filter(|line| *line > 0);
        // The cheapest test comes first: most runs are neither.
        let is_sure = !near && (judge::is_uuid(value) || is_first_part(text, value, end));
        if is_sure && alone.is_none() {
            return Some(line_start(text, back(MOST_BACK_BARE), start));
        }
        if !near && !judge::is_random(value) {
            return if is_sure {
                Some(line_start(text, back(MOST_BACK_BARE), start))
            } else {
                key_start(text, start)
            };
        }
        if near && !looks_issued(value) && !is_first_part(text, value, end) {
            return None;
        }
        if near && memrchr(b'\n', text.slice(word.saturating_sub(1), start)).is_none() {
            return Some(far);
        }
        Some(match alone {
            Some(line) => line_start(text, far, line - 1).max(back(MOST_BACK)),
            None if near => line_start(text, back(MOST_BACK), start),
            None => line_start(text, back(MOST_BACK_BARE), start),
        })
    }

    /// Returns the hit for the nearest name before the value at `start`. Of several
    /// names at one place, the longest counts.
    #[inline(never)]
    fn nearest(
        &self,
        text: &Text<'_>,
        start: usize,
        lead: &Lead<'_>,
        mut places: Places,
    ) -> Option<Hit> {
        let bytes = lead.bytes;
        let mut best: Option<(usize, Hit)> = None;
        let mut hidden = 0;
        places.keep(
            |at| self.may_hold(bytes.get(at..).unwrap_or_default()),
            |at, count| self.may_hold_short(bytes, at, count),
        );
        for at in places {
            if bytes.get(at) == Some(&b'[') || at < hidden {
                if let Some(len) = bytes.get(at..).and_then(placeholder_len) {
                    // A name says nothing about the text after another value.
                    best = None;
                    hidden = at + len;
                }
                continue;
            }
            let Some(key) = letters(bytes, at) else {
                continue;
            };
            for entry in self.entries.get(key) {
                let rank = at + entry.rank();
                if best.is_none_or(|(known, _)| rank > known)
                    && entry.head.may_stand(bytes, at)
                    && lead.is_named(at, entry)
                    && let Some(hit) = whole(text, start, entry)
                {
                    best = Some((rank, hit));
                }
            }
        }
        best.map(|(_, hit)| hit)
    }

    /// Searches for a value that is joined to its provider's name, in the run from
    /// `start` to `end`: `acme-secret-key-0a1b2c`.
    pub(in crate::redact::engine) fn find_joined(
        &self,
        text: &Text<'_>,
        start: usize,
        end: usize,
    ) -> Option<Hit> {
        let run = text.slice(start, end);
        let first = first_letters(run)?;
        if !self.filter.may_hold(first) && !words::has_joint(first) {
            return None;
        }
        let key = letters(run, 0)?;
        for entry in self.entries.get(key) {
            let Some(name) = name_end(run, 0, entry.name) else {
                continue;
            };
            let behind = run.get(name..).unwrap_or_default();
            let key_words = words::key_words(behind);
            if key_words == 0 && entry.keyed {
                continue;
            }
            // The value starts after the key words, or after an earlier dash or
            // underscore.
            let marks = (0..behind.len().min(MOST_JOINED))
                .filter(|at| matches!(behind.get(*at), Some(b'-' | b'_')))
                .take_while(|at| *at <= key_words);
            for mark in marks {
                if let Some(hit) = whole(text, start + name + mark + 1, entry) {
                    return Some(hit);
                }
            }
        }
        None
    }

    /// Returns whether a name may begin at the start of `lead`, which has four
    /// adjacent letters.
    #[inline]
    fn may_hold(&self, lead: &[u8]) -> bool {
        let Some(four) = first_letters(lead) else {
            return false;
        };
        // Many words begin like a name, but few continue like one. Evaluate all
        // lookups: which of them fails is unpredictable.
        let continues = lead
            .first_chunk()
            .is_none_or(|eight| self.heads.may_hold(four) | self.heads.may_hold(head::key(*eight)));
        self.filter.may_hold(four) & continues
    }

    /// Returns whether a name may stand at `at`, where `count` adjacent letters
    /// stand. Text after a punctuation mark is read only if a name begins with the
    /// letters before it.
    #[inline]
    fn may_hold_short(&self, lead: &[u8], at: usize, count: u64) -> bool {
        let head = |letters: u32| letters & ((1 << (8 * count)) - 1);
        let first = lead.get(at..).and_then(first_letters).map(head);
        first.is_some_and(|head| self.filter.may_hold(head))
            && letters(lead, at).is_some_and(|key| self.filter.may_hold(key))
    }

    /// Returns whether a name that ends with a word such as `id` may end with the one
    /// at `word`.
    #[inline]
    fn names_lead_to(&self, text: &Text<'_>, word: usize) -> bool {
        let lead = text.slice(word.saturating_sub(KEY + 3), word);
        last_letters(lead).is_some_and(|letters| self.filter.may_hold(letters | BEFORE_ASIDE))
    }
}

impl Lead<'_> {
    /// Returns whether the name of `entry` stands at `at` and applies to the value.
    fn is_named(&self, at: usize, entry: &Entry) -> bool {
        let Some(end) = name_end(self.bytes, at, entry.name) else {
            return false;
        };
        let behind = self.bytes.get(end..).unwrap_or_default();
        (!entry.keyed || starts_with_key_word(behind))
            && self.aside.is_none_or(|word| end > word)
            && (self.is_joined(at, end) || self.is_marked_by_its_line(end))
    }

    /// Returns whether a name is joined to the value by an operator, by a word such
    /// as `key`, or by nothing but a blank and punctuation.
    fn is_joined(&self, name: usize, end: usize) -> bool {
        let between = self.bytes.get(end..).unwrap_or_default();
        let named = self.bytes.get(name..).unwrap_or_default();
        between.len() <= MOST_BETWEEN
            && (between.iter().any(|byte| matches!(byte, b'=' | b':'))
                || words::holds_key_word(named)
                || between.len() <= 4 && between.iter().all(|byte| class(*byte) & ALNUM == 0))
    }

    /// Returns whether the name that ends at `end` is on an earlier line and a word
    /// on the value's own line marks it as a secret.
    fn is_marked_by_its_line(&self, end: usize) -> bool {
        let behind = self.bytes.get(end..).unwrap_or_default();
        let line = behind.rsplit(|&byte| byte == b'\n').next();
        line.is_some_and(|line| line.len() < behind.len() && words::holds_key_word(line))
    }
}

/// Returns the hit for a value if the whole value has the entry's shape.
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
    if judge::is_dummy(value) || !looks_issued(value) {
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

/// Returns whether a value has a digit. Of most values, the first bytes have one, and
/// where is unpredictable.
#[inline]
fn has_digit(value: &[u8]) -> bool {
    let head = value.first_chunk::<16>().is_some_and(|head| {
        head.iter()
            .fold(false, |any, byte| any | byte.is_ascii_digit())
    });
    head || value.iter().any(u8::is_ascii_digit)
}

/// Returns whether a value is a number of up to 64 bits in program notation.
#[inline]
const fn is_number(value: &[u8]) -> bool {
    matches!(value, [b'0', b'x', ..]) && value.len() <= 2 + 16
}

/// Returns whether a value, or a long part of it, looks random.
fn looks_issued(value: &[u8]) -> bool {
    let is_mark = |byte: &u8| matches!(byte, b'-' | b'_' | b'.' | b':' | b'|' | b'/');
    let is_long_part = |part: &[u8]| part.len() >= 16 && judge::is_random(part);
    judge::is_random(value)
        || judge::is_uuid(value)
        || value.split(is_mark).any(is_long_part)
        || is_grouped(value)
}

/// Returns whether a value is written in groups, as `7QX2-99AB-…`, and looks random
/// without the dashes.
fn is_grouped(value: &[u8]) -> bool {
    let mut joined = [0_u8; 64];
    let mut len = 0;
    for byte in value.iter().filter(|byte| **byte != b'-') {
        let Some(place) = joined.get_mut(len) else {
            return false;
        };
        // Lower-case letters beyond hexadecimal digits occur in names, not in groups.
        if byte.is_ascii_lowercase() && !byte.is_ascii_hexdigit() {
            return false;
        }
        *place = *byte;
        len += 1;
    }
    let joined = joined.get(..len).unwrap_or_default();
    joined.len() < value.len()
        && joined.iter().filter(|byte| byte.is_ascii_digit()).count() * 4 >= len
        && judge::is_random(joined)
}

/// Returns whether the number that ends at `end` continues in the value, as an
/// account number does before its key.
fn is_first_part(text: &Text<'_>, value: &[u8], end: usize) -> bool {
    matches!(text.at(end), Some(b'|' | b':' | b'.')) && value.iter().all(u8::is_ascii_digit)
}
