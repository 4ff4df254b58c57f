//! The search of a rule set: one pass for all anchors, then each rule around its own.
//!
//! A match of a pattern counts if it contains one of the rule's keywords and is no
//! longer than the rule allows. For each keyword, the match that begins first counts.
//!
//! Every keyword is examined independently, so the result depends only on nearby
//! bytes. A text full of keywords would make that expensive. Each rule therefore
//! keeps a trail: what it already knows about the starts that it has tried. The trail
//! only remembers facts, except for two shortcuts that change the result where
//! matches overlap. A keyword inside a reported match is skipped. When too much has
//! been read twice, the search continues after a match instead of at its second byte.
//! Both are reset at the border of a cell. Cells are counted from the start of the
//! whole text, so a stream resets them at the same places, however it is cut.

use std::ops::Range;
use std::sync::Arc;

use super::conditions::Candidate;
use super::near::{Links, NEAR, Near};
use super::pattern::Pattern;
use super::rule::{ANCHOR_LEN, UserForm, UserRule};
use super::runs::Runs;
use super::set::RuleSet;
use crate::redact::custom::allow_list::AllowList;
use crate::redact::engine::{Hit, Sink};
use crate::redact::finding::{Layers, RuleRef, Validation};
use crate::redact::text::{Shape, Text, WIDEST, Window, part, widen};

/// How many bytes around a match a pattern or a widened span may read.
const MARGIN: usize = 4;

/// A keyword or prefix of a rule in the text.
#[derive(Clone, Copy)]
struct Anchor {
    start: usize,
    end: usize,
    cell: usize,
}

/// What a rule knows about the text already searched.
#[derive(Clone, Default)]
struct Trail {
    cell: usize,
    /// The end of the last reported match.
    done: usize,
    /// No start before this one can lead to another match.
    frontier: usize,
    /// How many bytes may still be read twice.
    spare: usize,
    /// The end of the last keyword in this cell.
    last: Option<usize>,
    /// The bytes that a token's body has read.
    runs: Runs,
    /// Whether the rule finds nothing in this file, if already known.
    off: Option<bool>,
}

impl RuleSet {
    /// Reports the matches of the rules at the places of the window from its `from`, as
    /// rules of the set at the place `number` among all sets. A place is the start of a keyword or prefix, or of the
    /// match for a rule that has neither.
    ///
    /// Unless `from` is the start of the text, the window must include
    /// [`look_back`](Self::look_back) bytes before it. Returns how many bytes the
    /// rules read.
    pub(crate) fn find(&self, window: &Window<'_>, number: u8, sink: &mut Sink) -> usize {
        let mut pass = Pass {
            set: self,
            window,
            text: &Text::new(window.text, window.complete),
            number,
            trails: vec![],
            near: Near::default(),
            sink,
            read: 0,
        };
        pass.anchored();
        for &number in self.anchors().unanchored() {
            pass.swept(number);
        }
        pass.near.settle(self, window, pass.sink);
        pass.read
    }

    /// Returns how many bytes before `from` [`find`](Self::find) needs to return the
    /// same result as for the whole text.
    pub(crate) const fn look_back(&self) -> usize {
        self.look_back
    }

    /// Returns the start of the first keyword that matters: in the cell of the first
    /// new place, or near it.
    fn first_anchor(&self, window: &Window<'_>) -> usize {
        let cells = self.rules().iter().zip(0..).map(|(rule, number)| {
            let first = window.from.saturating_sub(self.before(number));
            let len = cell_len(rule);
            ((window.origin + first) / len * len).saturating_sub(window.origin)
        });
        let first = cells.min().unwrap_or(window.from);
        let near = if self.links.any { self.near() } else { 0 };
        let first = first.min(window.from.saturating_sub(near));
        first.saturating_sub(ANCHOR_LEN)
    }

    /// Returns how far before the first new place matches of this rule still matter.
    fn before(&self, number: u16) -> usize {
        if self.links.serves(number) {
            self.near()
        } else {
            0
        }
    }

    /// Returns how far before its place something counts as near a match.
    const fn near(&self) -> usize {
        NEAR + self.most_back
    }

    /// Returns how many bytes before its place a hit may start.
    pub(crate) const fn most_back(&self) -> usize {
        self.most_back
    }
}

/// Returns [`RuleSet::look_back`] for these rules.
pub(super) fn look_back(rules: &[Arc<UserRule>], links: &Links) -> usize {
    let back = rules.iter().map(|rule| {
        let line = rule.conditions.as_ref().map_or(0, |_| AllowList::LINE);
        cell_len(rule) + rule.lead() + rule.len() + line
    });
    // A match near another one is searched, and then the column in its line.
    let near = if links.any {
        2 * NEAR + most_back(rules)
    } else {
        0
    };
    let back = back.max();
    back.map_or(0, |back| back + near + ANCHOR_LEN + 2 * MARGIN)
}

/// Returns [`RuleSet::most_back`] for these rules.
pub(super) fn most_back(rules: &[Arc<UserRule>]) -> usize {
    let lead = rules.iter().map(|rule| rule.lead()).max();
    lead.map_or(0, |lead| lead + WIDEST)
}

/// A single search of a window.
struct Pass<'a> {
    set: &'a RuleSet,
    window: &'a Window<'a>,
    text: &'a Text<'a>,
    /// The place of the set among all sets.
    number: u8,
    trails: Vec<Trail>,
    near: Near,
    sink: &'a mut Sink,
    read: usize,
}

impl<'a> Pass<'a> {
    /// Searches around the keywords and prefixes in the window.
    fn anchored(&mut self) {
        let Self { set, window, .. } = *self;
        let start = set.first_anchor(window);
        let Some(found) = set.anchors().find(window.text, start) else {
            return;
        };
        if !window.complete
            && let Some(place) = set.anchors().unread(window.text)
        {
            self.sink.open(place.max(window.from));
        }
        for found in found {
            for owner in set.anchors().owners(found.pattern().as_usize()) {
                if owner.is_near {
                    self.near.word(owner.rule, found.start());
                }
                if !owner.is_anchor {
                    continue;
                }
                let Some(mut search) = self.search(owner.rule) else {
                    continue;
                };
                let len = cell_len(search.rule);
                let anchor = Anchor {
                    start: found.start(),
                    end: found.end(),
                    cell: 1 + (window.origin + found.end()) / len,
                };
                let first = window.from.saturating_sub(set.before(owner.rule));
                if anchor.cell <= (window.origin + first) / len {
                    // Nothing in its cell matters any more.
                    continue;
                }
                search.settled = anchor.start < window.from;
                search.place = anchor.start;
                search.unsettled = anchor.start;
                match &search.rule.form {
                    UserForm::Token { prefixes, body } => search.token(anchor, prefixes, body),
                    UserForm::Pattern { pattern, .. } => search.pattern(anchor, pattern),
                    UserForm::File => {}
                }
                self.read += search.read;
            }
        }
    }

    /// Runs the pattern of a rule without keywords over the whole window.
    fn swept(&mut self, number: u16) {
        let Self { set, window, .. } = *self;
        let Some(mut search) = self.search(number) else {
            return;
        };
        let UserForm::Pattern { pattern, .. } = &search.rule.form else {
            return;
        };
        let cell = cell_len(search.rule);
        let origin = window.origin;
        let first = (origin + window.from.saturating_sub(set.before(number))) / cell;
        let cells = (first..).map(|number| (number * cell).saturating_sub(origin));
        for start in cells.take_while(|&start| start < window.text.len()) {
            let end = (origin + start) / cell * cell + cell - origin;
            search.sweep(pattern, start, end);
        }
        if !window.complete {
            let settled = window.text.len().saturating_sub(pattern.len + MARGIN);
            search.sink.open(settled.max(window.from));
        }
        self.read += search.read;
    }

    /// Returns the search of one rule, unless the rule is off.
    fn search(&mut self, number: u16) -> Option<Search<'_>> {
        let Self { set, window, .. } = *self;
        let rule = set.rule(number)?;
        let serves = set.links.serves(number);
        let silent = !set.is_active(number);
        if silent && !serves {
            return None;
        }
        if self.trails.is_empty() {
            self.trails.resize(set.len(), Trail::default());
        }
        let trail = self.trails.get_mut(usize::from(number))?;
        if trail.off == Some(true) {
            return None;
        }
        Some(Search {
            set,
            rule,
            number,
            set_number: self.number,
            window,
            text: window.text,
            whole: self.text,
            place: 0,
            unsettled: 0,
            settled: false,
            serves,
            silent,
            trail,
            near: &mut self.near,
            sink: self.sink,
            read: 0,
        })
    }
}

fn cell_len(rule: &UserRule) -> usize {
    2 * rule.len().max(32)
}

struct Search<'a> {
    set: &'a RuleSet,
    rule: &'a UserRule,
    number: u16,
    set_number: u8,
    window: &'a Window<'a>,
    text: &'a [u8],
    /// The same text, for conditions.
    whole: &'a Text<'a>,
    place: usize,
    /// The first place that stays unsettled if this one cannot be decided.
    unsettled: usize,
    /// Whether this place was decided before.
    settled: bool,
    /// Whether other rules wait for the matches.
    serves: bool,
    /// Whether the matches are used only by other rules.
    silent: bool,
    trail: &'a mut Trail,
    near: &'a mut Near,
    sink: &'a mut Sink,
    read: usize,
}

impl Search<'_> {
    fn enter(&mut self, anchor: Anchor) {
        if self.trail.cell != anchor.cell {
            self.trail.cell = anchor.cell;
            self.trail.done = 0;
            self.trail.frontier = 0;
            self.trail.last = None;
            self.trail.spare = 2 * cell_len(self.rule);
        }
    }

    /// Records that more text may change the result.
    fn open(&mut self) {
        if !self.window.complete && !self.settled {
            self.sink.open(self.unsettled);
        }
    }

    fn token(&mut self, anchor: Anchor, prefixes: &[Vec<u8>], body: &Shape) {
        let text = self.text;
        let word = part(text, anchor.start..anchor.end);
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
        if self.report(anchor.start..end, anchor.start..end) {
            self.trail.done = end;
        }
    }

    fn pattern(&mut self, anchor: Anchor, pattern: &Pattern) {
        if !pattern.may_match(self.text, anchor.start, &mut self.read) {
            return;
        }
        self.enter(anchor);
        // A longer keyword that began before this one comes later in the order of
        // ends.
        self.unsettled = anchor.end.saturating_sub(pattern.longest).min(anchor.start);
        let window = anchor.end.saturating_sub(pattern.reach);
        if anchor.start + pattern.len + MARGIN > self.text.len() {
            self.open();
        }
        // If keywords are close together, search further ahead, so that one negative
        // result serves several of them.
        let last = self.trail.last.replace(anchor.end);
        let near = last.is_some_and(|last| last + pattern.len > anchor.end);
        let ahead = if near { pattern.len } else { 0 };
        let limit = self.text.len().min(anchor.end + pattern.len + ahead);
        if anchor.end <= self.trail.done {
            return;
        }
        let mut at = window.max(self.trail.frontier);
        while at <= anchor.start {
            let Some((start, end)) = pattern.first(self.text, at, limit) else {
                self.read += limit - at;
                // No match begins and ends before `limit`, so no match of the full
                // length begins before this:
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
                if self.report(start..end, from..to) {
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

    /// Returns the place where the search continues after a match. This is its second
    /// byte as long as reading again is affordable.
    fn after(&mut self, start: usize, end: usize) -> usize {
        match self.trail.spare.checked_sub(end - start) {
            Some(spare) => {
                self.trail.spare = spare;
                start + 1
            }
            None => end,
        }
    }

    /// Reports the matches that begin in one cell, without nested ones.
    fn sweep(&mut self, pattern: &Pattern, start: usize, end: usize) {
        let limit = self.text.len().min(end + pattern.len);
        self.trail.spare = 2 * cell_len(self.rule);
        let mut at = start;
        while at < end {
            let Some((start, long)) = pattern.first(self.text, at, limit) else {
                self.read += limit.saturating_sub(at);
                return;
            };
            self.read += long - at;
            if start >= end {
                return;
            }
            let to = if long - start <= pattern.len {
                Some(long)
            } else {
                self.read += pattern.len;
                pattern.end(self.text, start)
            };
            self.place = start;
            self.unsettled = start;
            self.settled = start < self.window.from;
            at = match to {
                Some(to) => {
                    let (value, value_end) = pattern.value(self.text, start, to);
                    self.report(start..to, value..value_end);
                    to
                }
                None => self.after(start, long),
            };
        }
    }

    /// Reports the value of a match, unless it is exempt.
    fn report(&mut self, matched: Range<usize>, value: Range<usize>) -> bool {
        let span = widen(self.text, value);
        let value = part(self.text, span.clone());
        if value.is_empty() || !self.rule.is_random_enough(value) {
            return false;
        }
        let conditions = self.rule.conditions.as_deref();
        if let Some(conditions) = conditions {
            let path = self.window.path;
            let off = self
                .trail
                .off
                .get_or_insert_with(|| conditions.is_off(path));
            if *off {
                return false;
            }
            let candidate = Candidate {
                text: self.whole,
                path,
                matched: matched.clone(),
                value: span.clone(),
            };
            let exempt = conditions.are_exempting(&candidate);
            if self.whole.take_short() && !exempt {
                self.open();
                return false;
            }
            if exempt {
                return false;
            }
        }
        if self.serves {
            self.near.matched(self.number, matched.start, self.place);
        }
        if self.settled || self.silent || conditions.is_some_and(|own| own.silent) {
            return true;
        }
        let judged = self.rule.entropy.is_some();
        let hit = Hit {
            start: span.start,
            end: span.end,
            rule: RuleRef::Custom {
                set: self.set_number,
                rule: self.number,
            },
            confidence: self.rule.confidence,
            validation: if judged {
                Validation::Judged
            } else {
                Validation::Format
            },
            layers: Layers::NONE,
            place: self.place,
        };
        if self.set.waits(self.number) {
            self.near.wait(self.number, hit, matched.start, matched.end);
        } else {
            self.sink.hit(hit);
        }
        true
    }
}
