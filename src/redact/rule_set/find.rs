//! Matching: one pass for the anchors, then each rule around its own.
//!
//! A match of a pattern counts if it holds one of the rule's keywords and takes
//! up to the rule's length. For a keyword it is the one that begins first.
//!
//! Every keyword is looked at by itself, so an answer depends on the bytes near
//! it alone. A text of nothing but keywords would make that dear, so a rule
//! leaves a trail: what it knows of the starts that it has tried. The trail is
//! a memory of facts, except for two shortcuts which change the answer where
//! matches overlap: a keyword inside a match that is reported is passed over,
//! and when too much has been read twice, the search goes on behind a match
//! instead of at its second byte. Both are forgotten at the border of a cell,
//! and cells are counted from the start of the whole text, so a stream meets
//! them at the same places however it is cut.

use std::sync::Arc;

use super::super::detector::{WIDEST, widen};
use super::super::encoding::Layers;
use super::super::engine::{Hit, Sink};
use super::super::finding::Validation;
use super::pattern::Pattern;
use super::rule::{ANCHOR_LEN, UserForm, UserRule};
use super::runs::Runs;
use super::set::RuleSet;
use crate::redact::shape::Shape;

/// How many bytes around a match a pattern or a widened span may look at.
const MARGIN: usize = 4;

/// One keyword or prefix of a rule in the text.
#[derive(Clone, Copy)]
struct Anchor {
    start: usize,
    end: usize,
    cell: usize,
}

/// What one rule knows of the text behind.
#[derive(Clone, Default)]
struct Trail {
    cell: usize,
    /// The end of the last match that was reported.
    done: usize,
    /// No start before this one can lead to another match.
    frontier: usize,
    /// How many bytes may still be read twice.
    spare: usize,
    /// The end of the last keyword.
    last: usize,
    /// What a token's body has read.
    runs: Runs,
}

impl RuleSet {
    /// Reports what the rules find at the places of `text` from `from` on,
    /// numbered from `base` on; a place is where a keyword or prefix begins.
    ///
    /// `origin` is the number of bytes of the whole text before `text`, and
    /// `complete` says whether it ends with `text`. Unless `from` is its start,
    /// [`look_back`](Self::look_back) bytes stand before it. Returns how many
    /// bytes the rules were given to read.
    pub(crate) fn find(
        &self,
        text: &[u8],
        from: usize,
        origin: usize,
        complete: bool,
        base: u32,
        sink: &mut Sink,
    ) -> usize {
        let start = from.saturating_sub(self.look_back());
        let Some(anchors) = self.anchors().find(text, start) else {
            return 0;
        };
        if !complete && let Some(place) = self.anchors().unread(text) {
            sink.open(place.max(from));
        }
        let mut read = 0;
        let mut trails = Vec::new();
        for found in anchors {
            for &number in self.anchors().owners(found.pattern().as_usize()) {
                let Some(rule) = self.active(number) else {
                    continue;
                };
                if trails.is_empty() {
                    trails.resize(self.len(), Trail::default());
                }
                let Some(trail) = trails.get_mut(number as usize) else {
                    continue;
                };
                let anchor = Anchor {
                    start: found.start(),
                    end: found.end(),
                    cell: 1 + (origin + found.end()) / cell_len(rule),
                };
                let mut search = Search {
                    rule,
                    number: base + number,
                    text,
                    place: anchor.start,
                    settled: anchor.start < from,
                    complete,
                    trail,
                    sink,
                    read: 0,
                };
                match &rule.form {
                    UserForm::Token { prefixes, body } => search.token(anchor, prefixes, body),
                    UserForm::Pattern { pattern, .. } => search.pattern(anchor, pattern),
                }
                read += search.read;
            }
        }
        read
    }

    /// How many bytes before `from` [`find`](Self::find) looks at to answer as
    /// it would for the whole text.
    pub(crate) const fn look_back(&self) -> usize {
        self.look_back
    }

    /// How many bytes before its place a hit may start.
    pub(crate) const fn most_back(&self) -> usize {
        self.most_back
    }
}

/// [`RuleSet::look_back`] of these rules.
pub(super) fn look_back(rules: &[Arc<UserRule>]) -> usize {
    let rules = rules.iter();
    let back = rules.map(|rule| cell_len(rule) + rule.lead() + rule.len());
    back.max().map_or(0, |back| back + ANCHOR_LEN + 2 * MARGIN)
}

/// [`RuleSet::most_back`] of these rules.
pub(super) fn most_back(rules: &[Arc<UserRule>]) -> usize {
    let lead = rules.iter().map(|rule| rule.lead()).max();
    lead.map_or(0, |lead| lead + WIDEST)
}

fn cell_len(rule: &UserRule) -> usize {
    2 * rule.len().max(32)
}

struct Search<'a> {
    rule: &'a UserRule,
    number: u32,
    text: &'a [u8],
    place: usize,
    /// Whether the answer for this place was given before.
    settled: bool,
    complete: bool,
    trail: &'a mut Trail,
    sink: &'a mut Sink,
    read: usize,
}

impl Search<'_> {
    fn enter(&mut self, anchor: Anchor) {
        if self.trail.cell != anchor.cell {
            self.trail.cell = anchor.cell;
            self.trail.done = 0;
            self.trail.frontier = 0;
            self.trail.spare = 2 * cell_len(self.rule);
        }
    }

    /// Says that more text may change the answer.
    fn open(&mut self) {
        if !self.complete && !self.settled {
            self.sink.open(self.place);
        }
    }

    fn token(&mut self, anchor: Anchor, prefixes: &[Vec<u8>], body: &Shape) {
        let text = self.text;
        let word = text.get(anchor.start..anchor.end).unwrap_or_default();
        let before = anchor.start.checked_sub(1).and_then(|at| text.get(at));
        if !prefixes.iter().any(|prefix| prefix == word)
            || before.is_some_and(u8::is_ascii_alphanumeric)
        {
            return;
        }
        self.enter(anchor);
        if anchor.start < self.trail.done {
            return;
        }
        let end = self.trail.runs.end(body, text, anchor.end, &mut self.read);
        let settled = match end {
            Some(end) => end < text.len(),
            None => anchor.end + body.max_len() < text.len(),
        };
        if !settled {
            self.open();
        }
        let Some(end) = end else {
            return;
        };
        let after = text.get(end).copied().unwrap_or(b' ');
        if after.is_ascii_alphanumeric() || body.last_set().contains(after) {
            return;
        }
        if self.report(anchor.start, end) {
            self.trail.done = end;
        }
    }

    fn pattern(&mut self, anchor: Anchor, pattern: &Pattern) {
        self.enter(anchor);
        let window = anchor.end.saturating_sub(pattern.reach);
        if anchor.start + pattern.len + MARGIN > self.text.len() {
            self.open();
        }
        // With keywords close together the search looks ahead, so that one
        // answer of "nothing" serves several of them.
        let near = self.trail.last + pattern.len > anchor.end;
        let ahead = if near { pattern.len } else { 0 };
        let limit = self.text.len().min(anchor.end + pattern.len + ahead);
        self.trail.last = anchor.end;
        if anchor.end <= self.trail.done {
            return;
        }
        let mut at = window.max(self.trail.frontier);
        while at <= anchor.start {
            let Some((start, end)) = pattern.first(self.text, at, limit) else {
                self.read += limit - at;
                // Nothing begins before `limit` that ends before it, so no
                // match of the full length begins before this:
                let tried = if limit == self.text.len() {
                    limit
                } else {
                    limit - pattern.len + 1
                };
                self.trail.frontier = self.trail.frontier.max(tried);
                return;
            };
            self.read += end - at;
            if start > anchor.start {
                self.trail.frontier = self.trail.frontier.max(start);
                return;
            }
            let end = if end - start <= pattern.len {
                Some(end)
            } else {
                self.read += pattern.len;
                pattern.end(self.text, start)
            };
            let holds = end.is_some_and(|end| end >= anchor.end);
            if let Some(end) = end.filter(|_| holds) {
                let (from, to) = pattern.value(self.text, start, end);
                if self.report(from, to) {
                    self.trail.done = end;
                }
            }
            at = self.after(start, end.unwrap_or(start + pattern.len));
            self.trail.frontier = at;
            if holds {
                return;
            }
        }
    }

    /// Where to go on after a match: at its second byte as long as reading it
    /// again can be afforded.
    fn after(&mut self, start: usize, end: usize) -> usize {
        match self.trail.spare.checked_sub(end - start) {
            Some(spare) => {
                self.trail.spare = spare;
                start + 1
            }
            None => end,
        }
    }

    fn report(&mut self, start: usize, end: usize) -> bool {
        let span = widen(self.text, start..end);
        let value = self.text.get(span.clone()).unwrap_or_default();
        if value.is_empty() || !self.rule.is_random_enough(value) {
            return false;
        }
        if self.settled {
            return true;
        }
        let judged = self.rule.entropy.is_some();
        self.sink.hit(Hit {
            start: span.start,
            end: span.end,
            rule: self.number,
            confidence: self.rule.confidence,
            validation: if judged {
                Validation::Judged
            } else {
                Validation::Format
            },
            layers: Layers::NONE,
            place: self.place,
        });
        true
    }
}
