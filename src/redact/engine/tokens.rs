//! Tokens by their documented formats, found from the runs that hold them.
//!
//! A token that begins with enough bytes of the token alphabet is looked up by
//! the first three bytes of its run. One whose run starts behind a mark (`SG.`,
//! `hvs.`) is looked up by the three bytes before that run. What fits neither
//! is an anchor of the first stage.

use super::check::{Outcome, check};
use super::hit::{Hit, Sink};
use super::judge;
use super::prefilter::{Anchor, TOKEN_SET};
use super::text::{ALNUM, Text, class};
use crate::redact::finding::Validation;
use crate::redact::rule::{Check, Form, Rule};
use crate::redact::shape::{ByteSet, Shape};

/// How long a run of the token alphabet must be to deserve a look.
pub(super) const RUN: usize = 16;

/// How many bytes before the place that leads to a token the token may begin.
pub(super) const MOST_BACK: usize = 64;

/// One prefix of one rule.
struct Entry {
    /// The three bytes by which the token is looked up.
    key: [u8; 3],
    rule: u32,
    prefix: &'static str,
    body: &'static Shape,
    check: Check,
    /// How far behind the token's start the place lies that leads to it.
    back: usize,
}

/// Entries by their key, behind a small filter.
#[derive(Default)]
struct Index {
    filter: Vec<u64>,
    entries: Vec<Entry>,
}

/// With some thousand keys one place in a hundred passes the filter by chance.
const FILTER_BITS: u32 = 16;

impl Index {
    fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|one, other| {
            one.key
                .cmp(&other.key)
                .then(other.prefix.len().cmp(&one.prefix.len()))
        });
        let mut filter = vec![0; 1 << (FILTER_BITS - 6)];
        for entry in &entries {
            let (word, bit) = slot(entry.key);
            if let Some(word) = filter.get_mut(word) {
                *word |= 1 << bit;
            }
        }
        Self { filter, entries }
    }

    #[inline]
    fn may_hold(&self, key: [u8; 3]) -> bool {
        let (word, bit) = slot(key);
        self.filter
            .get(word)
            .is_some_and(|word| word >> bit & 1 == 1)
    }

    fn get(&self, key: [u8; 3]) -> &[Entry] {
        let from = self.entries.partition_point(|entry| entry.key < key);
        let rest = self.entries.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|entry| entry.key == key))
            .unwrap_or_default()
    }
}

#[inline]
fn slot([first, second, third]: [u8; 3]) -> (usize, u32) {
    let key = u32::from_le_bytes([first, second, third, 0]);
    let hash = key.wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS);
    ((hash >> 6) as usize, hash & 63)
}

/// All token rules that are on.
#[derive(Default)]
pub(super) struct Tokens {
    at_run: Index,
    before_run: Index,
    /// The entries of `before_run`, by their first bytes.
    at_value: Index,
    at_anchor: Index,
    anchors: Vec<Anchor>,
}

impl Tokens {
    pub(super) fn new(rules: &[(u32, &'static Rule)]) -> Self {
        let (mut at_run, mut before_run, mut at_anchor) = (Vec::new(), Vec::new(), Vec::new());
        let mut at_value = Vec::new();
        let mut anchors = Vec::new();
        for &(number, rule) in rules {
            let Form::Token { prefixes, body } = &rule.form else {
                continue;
            };
            for prefix in *prefixes {
                let bytes = fixed_bytes(prefix, body);
                let entry = |key, back| Entry {
                    key,
                    rule: number,
                    prefix,
                    body,
                    check: rule.check,
                    back,
                };
                match Route::of(&bytes) {
                    Route::Run => {
                        at_run.extend(keys(&bytes, 0).into_iter().map(|key| entry(key, 0)));
                    }
                    Route::Behind(at) => {
                        let keys = keys(&bytes, at - 3).into_iter();
                        before_run.extend(keys.map(|key| entry(key, at)));
                        at_value.extend(self::keys(&bytes, 0).into_iter().map(|key| entry(key, 0)));
                    }
                    Route::Anchor => {
                        let set = |at: usize| bytes.get(at).copied().unwrap_or(ByteSet::ANY);
                        anchors.push([set(0), set(1), set(2), set(3)]);
                        at_anchor.extend(keys(&bytes, 0).into_iter().map(|key| entry(key, 0)));
                    }
                }
            }
        }
        Self {
            at_run: Index::new(at_run),
            before_run: Index::new(before_run),
            at_value: Index::new(at_value),
            at_anchor: Index::new(at_anchor),
            anchors,
        }
    }

    /// The anchors without which some tokens would not be found.
    pub(super) fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// Looks for tokens that begin at `at`, in a run of the token alphabet.
    #[inline]
    pub(super) fn find_at(&self, text: &Text<'_>, at: usize, sink: &mut Sink) {
        self.find(&self.at_run, text, at, at, sink);
    }

    /// Looks for tokens in which a run starts at `at`.
    #[inline]
    pub(super) fn find_before(&self, text: &Text<'_>, at: usize, sink: &mut Sink) {
        if let Some(key) = at.checked_sub(3) {
            self.find(&self.before_run, text, key, at, sink);
        }
    }

    /// Looks for tokens that begin where a value does and whose run comes later.
    ///
    /// A value that is hidden whole no longer leads from its run to its start.
    #[inline]
    pub(super) fn find_at_value(&self, text: &Text<'_>, at: usize, sink: &mut Sink) {
        self.find(&self.at_value, text, at, at, sink);
    }

    /// Looks for tokens that begin at an anchor.
    #[inline]
    pub(super) fn find_anchored(&self, text: &Text<'_>, at: usize, sink: &mut Sink) {
        self.find(&self.at_anchor, text, at, at, sink);
    }

    #[inline]
    fn find(&self, index: &Index, text: &Text<'_>, key: usize, at: usize, sink: &mut Sink) {
        let Some(&bytes) = text.bytes().get(key..).and_then(<[u8]>::first_chunk) else {
            return text.miss();
        };
        if !index.may_hold(bytes) {
            return;
        }
        for entry in index.get(bytes) {
            let Some(start) = at.checked_sub(entry.back) else {
                continue;
            };
            if text
                .before(start)
                .is_none_or(|byte| class(byte) & ALNUM == 0)
                || is_escape(text, start)
            {
                self.chain(entry, text, start, MOST_CHAIN, sink);
            }
        }
    }

    /// Reports the token that starts at `start`; one that another follows
    /// without anything between counts if that one does.
    fn chain(
        &self,
        entry: &Entry,
        text: &Text<'_>,
        start: usize,
        most: usize,
        sink: &mut Sink,
    ) -> bool {
        let Some(hit) = token(entry, text, start) else {
            return false;
        };
        if text
            .at(hit.end)
            .is_some_and(|next| class(next) & ALNUM != 0)
        {
            let Some(&bytes) = text.bytes().get(hit.end..).and_then(<[u8]>::first_chunk) else {
                text.miss();
                return false;
            };
            let next = if most > 0 {
                self.at_run.get(bytes)
            } else {
                &[]
            };
            if !next
                .iter()
                .any(|entry| self.chain(entry, text, hit.end, most - 1, sink))
            {
                return false;
            }
        }
        // `NAME=` before a placeholder is an assignment that was settled before.
        if text.before(hit.end) == Some(b'=') && text.is_before_placeholder(hit.end) {
            return false;
        }
        sink.hit(hit);
        true
    }
}

/// How many tokens may follow each other without anything between.
const MOST_CHAIN: usize = 8;

/// The token that starts at `start`, whatever follows it.
fn token(entry: &Entry, text: &Text<'_>, start: usize) -> Option<Hit> {
    if !text.is(start, entry.prefix.as_bytes()) {
        return None;
    }
    let body = start + entry.prefix.len();
    let mut end = entry.body.end_in(text, body)?;
    // The full stop of a sentence is no part of a token.
    while entry.body.can_shrink() && text.before(end) == Some(b'.') {
        end -= 1;
    }
    let (token, body) = (text.slice(start, end), text.slice(body, end));
    if body.len() < entry.body.min_len() || judge::is_dummy(body) {
        return None;
    }
    let (confidence, validation) = match check(entry.check, token, entry.prefix.len()) {
        Outcome::Proven => (99, Validation::Checked),
        Outcome::Open => (95, Validation::Format),
        Outcome::Doubtful => (85, Validation::Format),
        Outcome::Refuted => return None,
    };
    Some(Hit {
        start,
        end,
        rule: entry.rule,
        confidence,
        validation,
        place: 0,
    })
}

/// Whether the byte before `at` is the last of an escape such as `\n`, `\u003d`
/// or `%3D`, not a letter or digit of the text.
pub(super) fn is_escape(text: &Text<'_>, at: usize) -> bool {
    let back = |count: usize| at.checked_sub(count);
    let hex = |from: usize| text.slice(from, at).iter().all(u8::is_ascii_hexdigit);
    let letter = |byte: u8| matches!(byte, b'n' | b'r' | b't' | b'b' | b'f' | b'0');
    back(2).is_some_and(|from| {
        text.slice(from, from + 1) == b"\\" && text.before(at).is_some_and(letter)
    }) || back(3).is_some_and(|from| text.slice(from, from + 1) == b"%" && hex(from + 1))
        || back(4).is_some_and(|from| text.slice(from, from + 2) == b"\\x" && hex(from + 2))
        || back(6).is_some_and(|from| text.slice(from, from + 2) == b"\\u" && hex(from + 2))
}

/// Which bytes may stand at each place from the start of a token, as far as the
/// places are fixed.
fn fixed_bytes(prefix: &str, body: &Shape) -> Vec<ByteSet> {
    let mut bytes: Vec<ByteSet> = prefix.bytes().map(ByteSet::of).collect();
    for part in body.parts() {
        bytes.extend(std::iter::repeat_n(part.set, usize::from(part.min)));
        if part.min < part.max || bytes.len() > MOST_BACK + RUN {
            break;
        }
    }
    bytes
}

/// Which place of the text leads to a token.
enum Route {
    /// The start of a run, which is the token's start.
    Run,
    /// The start of a run that lies this many bytes behind the token's start.
    Behind(usize),
    /// The token's first bytes, as an anchor.
    Anchor,
}

impl Route {
    fn of(bytes: &[ByteSet]) -> Self {
        let is_run = |at: usize| {
            let run = bytes.get(at..at + RUN).unwrap_or_default();
            run.len() == RUN && run.iter().all(|set| set.is_subset(TOKEN_SET))
        };
        if is_run(0) {
            return Self::Run;
        }
        let starts = 3..=bytes.len().min(MOST_BACK);
        let mut starts = starts.filter(|&at| {
            let breaks = bytes
                .get(at - 1)
                .is_some_and(|set| set.intersection(TOKEN_SET).len() == 0);
            breaks && is_run(at) && keys(bytes, at - 3).len() <= 64
        });
        starts.next().map_or(Self::Anchor, Self::Behind)
    }
}

/// Every three bytes that may stand at `at`.
fn keys(bytes: &[ByteSet], at: usize) -> Vec<[u8; 3]> {
    let set = |at: usize| bytes.get(at).copied().unwrap_or(ByteSet::ANY);
    let mut keys = Vec::new();
    for first in set(at).bytes() {
        for second in set(at + 1).bytes() {
            keys.extend(set(at + 2).bytes().map(|third| [first, second, third]));
        }
    }
    keys
}
