//! Values without a format of their own, told by their provider's name nearby.
//!
//! The value leads to the name and not the other way round: values that could
//! be keys are rare, names of services are not, and so the cost does not grow
//! with the number of providers.

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
use crate::redact::finding::{Layers, Validation};
use crate::redact::text::{ALNUM, Shape, Text, class, placeholder_len};

use context::{aside, bare_line_start, is_value_start, key_start, line_start};
use head::Head;
use places::{MOST_LEAD, Places, sorts_before};
use words::{KEY, first_letters, last_letters, letters, name_end, starts_with_key_word};

/// How far before a value its provider's name may begin, on its line.
const MOST_BACK: usize = 80;

/// The same where no word near them says that the value is a secret.
const MOST_BACK_BARE: usize = 48;

/// The same for a name on a line before that of the value.
const MOST_BACK_LINES: usize = 240;

const _: () = assert!(MOST_BACK_LINES <= MOST_LEAD, "all of a lead is looked at");

/// The longest name, in bytes.
const MOST_NAME: usize = 40;

/// How much may stand between a name and the value on one line.
const MOST_BETWEEN: usize = 64;

/// How far behind a name a value may begin that is written onto it.
const MOST_JOINED: usize = 40;

#[derive(Clone, Copy)]
struct Entry {
    head: Head,
    name: &'static [u8],
    /// Whether a word such as `key` must stand right behind the name.
    keyed: bool,
    rule: u32,
    value: &'static Shape,
}

impl Entry {
    /// How much the name says: its length, and a byte more for the word behind it.
    const fn rank(&self) -> usize {
        self.name.len() + self.keyed as usize
    }
}

/// Marks the last letters before a word such as `id` with which a name ends.
const BEFORE_ASIDE: u32 = u32::from_le_bytes([128; KEY]);

/// All rules that go by a name.
#[derive(Default)]
pub(in crate::redact::engine) struct Named {
    /// The letters by which names are looked up; what stands before a mark that
    /// comes earlier; and what is marked with [`BEFORE_ASIDE`].
    filter: Filter<512>,
    /// The heads of names, up to six letters of each.
    heads: Filter<512>,
    entries: Buckets<Entry>,
}

/// A value whose provider is looked for.
struct Lead<'t> {
    /// The text that may hold the name.
    bytes: &'t [u8],
    /// Up to where in `bytes` what is written says that the value is no secret.
    aside: Option<usize>,
}

impl Named {
    pub(in crate::redact::engine) fn new(rules: &[(u32, &'static Rule)]) -> Self {
        let mut this = Self::default();
        let mut entries = Vec::new();
        for &(number, rule) in rules {
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
                    rule: number,
                    value,
                };
                entries.push((key, entry));
            }
        }
        // Of names that begin alike the longest speaks first.
        this.entries = Buckets::new(&entries, |entry| Reverse(entry.rank()));
        this
    }

    /// Looks for the name of a provider whose values have the shape of the one
    /// that starts at `start`; the name stands before it. What lies between
    /// `start` and `end` belongs to the value; `word` is where the last word that
    /// means secret stands.
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
        // Names in programs are runs too; few of them have digits.
        let value = text.slice(start, end);
        if !is_value_start(text, start) || is_number(value) || !value.iter().any(u8::is_ascii_digit)
        {
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
        // Names further off are those of earlier lines.
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

    /// How far back the name may stand; `None` where the value is none.
    ///
    /// Near a word that means secret it may stand anywhere before the value. On
    /// an earlier line it counts if such a word stands on the value's own, or if
    /// the value stands alone on its own. Elsewhere the value must look random,
    /// or be assigned to the name.
    fn reach(&self, text: &Text<'_>, start: usize, end: usize, word: usize) -> Option<usize> {
        let back = |most: usize| start.saturating_sub(most).max(text.floor());
        let value = text.slice(start, end);
        let near = word > back(MOST_BACK) && !judge::has_placeholder(text.slice(word, start));
        let far = back(MOST_BACK_LINES);
        let alone = bare_line_start(text, far, start).filter(|line| *line > 0);
        // What costs least comes first: most runs are neither.
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

    /// The hit of the nearest name before the value at `start`; of names at one
    /// place the longest speaks.
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
                    // A name says nothing of what stands behind another value.
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

    /// Looks for a value that is written onto its provider's name, in the run
    /// between `start` and `end`: `acme-secret-key-0a1b2c`.
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
            // The value starts behind the key words, or behind a mark before.
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

    /// Whether a name may begin what stands in `lead`, four letters in a row.
    #[inline]
    fn may_hold(&self, lead: &[u8]) -> bool {
        let Some(four) = first_letters(lead) else {
            return false;
        };
        // Many words begin as a name does, few go on like it. Asked all at once:
        // which of them says no is not to be foreseen.
        let goes_on = lead
            .first_chunk()
            .is_none_or(|eight| self.heads.may_hold(four) | self.heads.may_hold(head::key(*eight)));
        self.filter.may_hold(four) & goes_on
    }

    /// Whether a name may stand at `at`, where `count` letters stand in a row:
    /// nothing but what few names begin with is read on past a mark.
    #[inline]
    fn may_hold_short(&self, lead: &[u8], at: usize, count: u64) -> bool {
        let head = |letters: u32| letters & ((1 << (8 * count)) - 1);
        let first = lead.get(at..).and_then(first_letters).map(head);
        first.is_some_and(|head| self.filter.may_hold(head))
            && letters(lead, at).is_some_and(|key| self.filter.may_hold(key))
    }

    /// Whether a name that ends with a word such as `id` may end with
    /// the one at `word`.
    #[inline]
    fn names_lead_to(&self, text: &Text<'_>, word: usize) -> bool {
        let lead = text.slice(word.saturating_sub(KEY + 3), word);
        last_letters(lead).is_some_and(|letters| self.filter.may_hold(letters | BEFORE_ASIDE))
    }
}

impl Lead<'_> {
    /// Whether the name of `entry` stands at `at` and speaks for the value.
    fn is_named(&self, at: usize, entry: &Entry) -> bool {
        let Some(end) = name_end(self.bytes, at, entry.name) else {
            return false;
        };
        let behind = self.bytes.get(end..).unwrap_or_default();
        (!entry.keyed || starts_with_key_word(behind))
            && self.aside.is_none_or(|word| end > word)
            && (self.is_joined(at, end) || self.is_told_by_its_line(end))
    }

    /// Whether what leads from a name to the value joins them: an operator, a
    /// word such as `key`, or nothing but a blank and marks.
    fn is_joined(&self, name: usize, end: usize) -> bool {
        let between = self.bytes.get(end..).unwrap_or_default();
        let named = self.bytes.get(name..).unwrap_or_default();
        between.len() <= MOST_BETWEEN
            && (between.iter().any(|byte| matches!(byte, b'=' | b':'))
                || words::holds_key_word(named)
                || between.len() <= 4 && between.iter().all(|byte| class(*byte) & ALNUM == 0))
    }

    /// Whether the name that ends at `end` stands on an earlier line and a word
    /// on the value's own says that it is a secret.
    fn is_told_by_its_line(&self, end: usize) -> bool {
        let behind = self.bytes.get(end..).unwrap_or_default();
        let line = behind.rsplit(|&byte| byte == b'\n').next();
        line.is_some_and(|line| line.len() < behind.len() && words::holds_key_word(line))
    }
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
    if text.is_before_placeholder(end) || judge::is_dummy(value) || !looks_issued(value) {
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

/// Whether a value is a number of up to 64 bits as programs write it.
#[inline]
const fn is_number(value: &[u8]) -> bool {
    matches!(value, [b'0', b'x', ..]) && value.len() <= 2 + 16
}

/// Whether a value, or a long part of it, looks drawn at random.
fn looks_issued(value: &[u8]) -> bool {
    let is_mark = |byte: &u8| matches!(byte, b'-' | b'_' | b'.' | b':' | b'|' | b'/');
    let is_long_part = |part: &[u8]| part.len() >= 16 && judge::is_random(part);
    judge::is_random(value)
        || judge::is_uuid(value)
        || value.split(is_mark).any(is_long_part)
        || is_grouped(value)
}

/// Whether a value is written in groups, as `7QX2-99AB-…`, and without the marks
/// looks drawn at random.
fn is_grouped(value: &[u8]) -> bool {
    let mut joined = [0_u8; 64];
    let mut len = 0;
    for byte in value.iter().filter(|byte| **byte != b'-') {
        let Some(place) = joined.get_mut(len) else {
            return false;
        };
        // Groups are of capitals or small letters: what is written so is no name.
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

/// Whether a number that ends at `end` goes on in the value, as an account's
/// does before its key.
fn is_first_part(text: &Text<'_>, value: &[u8], end: usize) -> bool {
    matches!(text.at(end), Some(b'|' | b':' | b'.')) && value.iter().all(u8::is_ascii_digit)
}
