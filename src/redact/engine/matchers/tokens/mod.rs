//! Tokens in their documented formats, found from the runs that contain them.
//!
//! A token that begins with enough bytes of the token alphabet is looked up by the
//! first three bytes of its run. A token whose run starts after a mark (`SG.`,
//! `hvs.`) is looked up by the three bytes before that run. All other tokens get an
//! anchor in the first stage.

mod index;
mod route;
mod stock;

use super::checksum::{Outcome, check};
use crate::redact::builtin::{Check, Form, Rule};
use crate::redact::engine::hit::{Hit, Sink};
use crate::redact::engine::judge;
use crate::redact::engine::prefilter::{Anchor, frequency};
use crate::redact::finding::{Layers, RuleRef, Validation};
use crate::redact::text::{ALNUM, ByteSet, Shape, Text, class};

use index::{Index, KEY};
use route::{Route, fixed_bytes};
pub(in crate::redact::engine) use stock::is_stock;

/// The least length of a run of the token alphabet that is examined.
pub(in crate::redact::engine) const RUN: usize = 16;

/// How many bytes before the place that leads to a token the token may begin.
pub(in crate::redact::engine) const MOST_BACK: usize = 64;

/// One prefix of one rule.
struct Prefix {
    rule: RuleRef,
    text: &'static str,
    body: &'static Shape,
    check: Check,
}

/// Returns whether the text after a prefix is a dummy. After a prefix that is rare by
/// chance, more texts count as tokens.
pub(in crate::redact::engine) fn is_dummy(check: Check, prefix: &str, body: &[u8]) -> bool {
    if check == Check::None && prefix.len() >= CERTAIN {
        is_stock(body)
    } else {
        judge::is_dummy(body)
    }
}

/// Returns the four bytes of a token that serve as its anchor, and their offset. They
/// are the rarest bytes of its prefix, which has `len` bytes.
fn rarest(bytes: &[ByteSet], len: usize) -> (usize, Anchor) {
    let anchor = |from: usize| {
        let set = |at: usize| bytes.get(from + at).copied().unwrap_or(ByteSet::ANY);
        [set(0), set(1), set(2), set(3)]
    };
    let places = (0..=len.saturating_sub(4)).map(|at| (at, anchor(at)));
    let rarest = places.min_by_key(|(_, anchor)| frequency(anchor));
    rarest.unwrap_or_else(|| (0, anchor(0)))
}

/// The length of a prefix that is rare by chance.
const CERTAIN: usize = 4;

/// All token rules that are on.
#[derive(Default)]
pub(in crate::redact::engine) struct Tokens {
    prefixes: Vec<Prefix>,
    /// For each first byte of the entries of `at_run`, the second ones.
    pairs: Vec<ByteSet>,
    at_run: Index<512>,
    before_run: Index<64>,
    /// The entries of `before_run`, by their first bytes.
    at_value: Index<32>,
    at_anchor: Index<64>,
    anchors: Vec<Anchor>,
}

impl Tokens {
    pub(in crate::redact::engine) fn new(rules: &[(RuleRef, &'static Rule)]) -> Self {
        let mut this = Self::default();
        for &(reference, rule) in rules {
            let Form::Token { prefixes, body } = &rule.form else {
                continue;
            };
            for text in *prefixes {
                let number = u16::try_from(this.prefixes.len());
                debug_assert!(number.is_ok(), "each prefix has a number");
                let number = number.unwrap_or(u16::MAX);
                this.prefixes.push(Prefix {
                    rule: reference,
                    text,
                    body,
                    check: rule.check,
                });
                let bytes = fixed_bytes(text, body);
                match Route::of(&bytes) {
                    Route::Run => {
                        this.at_run.add(&bytes, 0, 0, number);
                        this.pair(&bytes);
                    }
                    Route::Behind(at) => {
                        let from = at.saturating_sub(KEY);
                        this.before_run.add(&bytes, from, at, number);
                        this.at_value.add(&bytes, 0, 0, number);
                    }
                    Route::Anchor => {
                        let (at, anchor) = rarest(&bytes, text.len());
                        this.anchors.push(anchor);
                        this.at_anchor.add(&bytes, at, at, number);
                    }
                }
            }
        }
        let len = |number: u16| {
            let prefix = this.prefixes.get(usize::from(number));
            prefix.map_or(0, |prefix| prefix.text.len())
        };
        this.at_run.sort(len);
        this.before_run.sort(len);
        this.at_value.sort(len);
        this.at_anchor.sort(len);
        this
    }

    /// Returns the anchors of tokens that runs do not lead to.
    pub(in crate::redact::engine) fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// Reports tokens that begin at `at`, in a run of the token alphabet.
    #[inline]
    pub(in crate::redact::engine) fn find_at(&self, text: &Text<'_>, at: usize, sink: &mut Sink) {
        // Most runs begin with other bytes.
        if let Some([first, second, ..]) = text.bytes().get(at..)
            && !self.may_begin_with(*first, *second)
        {
            return;
        }
        self.find(&self.at_run, text, at, at, sink);
    }

    /// Records the first two bytes of a token.
    fn pair(&mut self, bytes: &[ByteSet]) {
        let [first, second, ..] = bytes else { return };
        self.pairs.resize(128, ByteSet::EMPTY);
        for byte in first.bytes() {
            if let Some(seconds) = self.pairs.get_mut(usize::from(byte)) {
                *seconds = seconds.union(*second);
            }
        }
    }

    /// Returns whether a token may begin in a run with these two bytes.
    #[inline]
    fn may_begin_with(&self, first: u8, second: u8) -> bool {
        let seconds = self.pairs.get(usize::from(first));
        seconds.is_some_and(|seconds| seconds.contains(second))
    }

    /// Returns whether a token may begin in a run with these bytes.
    #[inline]
    pub(in crate::redact::engine) fn may_begin(&self, bytes: [u8; KEY + 1]) -> bool {
        self.at_run.may_hold(bytes)
    }

    /// Returns whether a token may continue with these bytes, the last of which
    /// starts its run.
    #[inline]
    pub(in crate::redact::engine) fn may_go_on(&self, bytes: [u8; KEY + 1]) -> bool {
        self.before_run.may_hold(bytes)
    }

    /// Reports tokens in which a run starts at `at`.
    #[inline]
    pub(in crate::redact::engine) fn find_before(
        &self,
        text: &Text<'_>,
        at: usize,
        sink: &mut Sink,
    ) {
        if let Some(key) = at.checked_sub(KEY) {
            self.find(&self.before_run, text, key, at, sink);
        }
    }

    /// Reports tokens that begin where a value does and whose run comes later.
    ///
    /// If the whole value was replaced, its run no longer leads to its start.
    #[inline]
    pub(in crate::redact::engine) fn find_at_value(
        &self,
        text: &Text<'_>,
        at: usize,
        sink: &mut Sink,
    ) {
        self.find(&self.at_value, text, at, at, sink);
    }

    /// Reports tokens that begin at an anchor.
    #[inline]
    pub(in crate::redact::engine) fn find_anchored(
        &self,
        text: &Text<'_>,
        at: usize,
        sink: &mut Sink,
    ) {
        self.find(&self.at_anchor, text, at, at, sink);
    }

    #[inline]
    fn find<const WORDS: usize>(
        &self,
        index: &Index<WORDS>,
        text: &Text<'_>,
        key: usize,
        at: usize,
        sink: &mut Sink,
    ) {
        if let Some(&bytes) = text.chunk(key)
            && index.may_hold(bytes)
        {
            self.look_up(index, bytes, text, at, sink);
        }
    }

    #[inline(never)]
    fn look_up<const WORDS: usize>(
        &self,
        index: &Index<WORDS>,
        bytes: [u8; KEY + 1],
        text: &Text<'_>,
        at: usize,
        sink: &mut Sink,
    ) {
        for entry in index.get(bytes) {
            let Some(start) = at.checked_sub(usize::from(entry.back)) else {
                continue;
            };
            let boundary = text
                .before(start)
                .is_none_or(|byte| class(byte) & ALNUM == 0);
            if boundary || is_escape(text, start) {
                self.chain(entry.prefix, text, start, MOST_CHAIN, sink);
            }
        }
    }

    /// Reports the token that starts at `start`. If another token follows
    /// immediately, the first one counts only if that one does.
    fn chain(
        &self,
        prefix: u16,
        text: &Text<'_>,
        start: usize,
        most: usize,
        sink: &mut Sink,
    ) -> bool {
        let prefix = self.prefixes.get(usize::from(prefix));
        debug_assert!(prefix.is_some(), "an entry refers to a prefix");
        let Some(hit) = prefix.and_then(|prefix| token(prefix, text, start)) else {
            return false;
        };
        if text
            .at(hit.end)
            .is_some_and(|next| class(next) & ALNUM != 0)
        {
            let Some(&bytes) = text.chunk(hit.end) else {
                return false;
            };
            let mut next = self.at_run.get(bytes);
            if most == 0
                || !next.any(|entry| self.chain(entry.prefix, text, hit.end, most - 1, sink))
            {
                return false;
            }
        }
        // A token that ends with a mark at a placeholder continued before the
        // placeholder was made. `NAME=` is an assignment that was already settled.
        let joined = |last: u8| class(last) & ALNUM == 0;
        if text.before(hit.end).is_some_and(joined) && text.is_before_placeholder(hit.end) {
            return false;
        }
        sink.hit(hit);
        true
    }
}

/// The greatest number of tokens that follow each other immediately.
const MOST_CHAIN: usize = 8;

/// Returns the token that starts at `start`, whatever follows it.
fn token(prefix: &Prefix, text: &Text<'_>, start: usize) -> Option<Hit> {
    if !text.is(start, prefix.text.as_bytes()) {
        return None;
    }
    let body = start + prefix.text.len();
    let mut end = prefix.body.end_in(text, body)?;
    // A full stop at the end of a sentence is not part of a token.
    while prefix.body.can_shrink() && text.before(end) == Some(b'.') {
        end -= 1;
    }
    let (token, body) = (text.slice(start, end), text.slice(body, end));
    if body.len() < prefix.body.min_len() || is_dummy(prefix.check, prefix.text, body) {
        return None;
    }
    let (confidence, validation) = match check(prefix.check, token, prefix.text.len()) {
        Outcome::Proven => (99, Validation::Checked),
        Outcome::Open => (95, Validation::Format),
        Outcome::Doubtful => (85, Validation::Format),
        Outcome::Refuted => return None,
    };
    Some(Hit {
        start,
        end,
        rule: prefix.rule,
        confidence,
        validation,
        layers: Layers::NONE,
        place: 0,
    })
}

/// Returns whether the byte before `at` is the last byte of an escape such as `\n`,
/// `\u003d` or `%3D`, and not a letter or digit of the text.
pub(in crate::redact::engine) fn is_escape(text: &Text<'_>, at: usize) -> bool {
    let back = |count: usize| at.checked_sub(count);
    let hex = |from: usize| text.slice(from, at).iter().all(u8::is_ascii_hexdigit);
    let letter = |byte: u8| matches!(byte, b'n' | b'r' | b't' | b'b' | b'f' | b'0');
    back(2).is_some_and(|from| {
        text.slice(from, from + 1) == b"\\" && text.before(at).is_some_and(letter)
    }) || back(3).is_some_and(|from| text.slice(from, from + 1) == b"%" && hex(from + 1))
        || back(4).is_some_and(|from| text.slice(from, from + 2) == b"\\x" && hex(from + 2))
        || back(6).is_some_and(|from| text.slice(from, from + 2) == b"\\u" && hex(from + 2))
}
