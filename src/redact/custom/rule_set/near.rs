//! Conditions on the text near a match: a keyword of its rule, or a match of another
//! rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rule::{ANCHOR_LEN, UserRule};
use super::set::RuleSet;
use crate::redact::engine::{Hit, Sink};
use crate::redact::text::Window;

/// How many bytes before and after a match count as near.
pub(super) const NEAR: usize = 4096;
/// How many matches of another rule are checked on either side.
const LOOKED_AT: usize = 64;

/// The rules of a set that depend on other rules.
pub(super) struct Links {
    required: Vec<Vec<Link>>,
    serves: Vec<bool>,
    pub(super) any: bool,
}

struct Link {
    rule: u16,
    lines: Option<usize>,
    columns: Option<usize>,
}

impl Links {
    pub(super) fn new(rules: &[Arc<UserRule>]) -> Self {
        let ids = rules.iter().map(|rule| &rule.id).zip(0..);
        let numbers: BTreeMap<&Arc<str>, u16> = ids.collect();
        let mut serves = vec![false; rules.len()];
        let mut any = false;
        let mut links = |rule: &Arc<UserRule>| {
            let conditions = rule.conditions.as_ref();
            any |= conditions.is_some_and(|own| !own.keywords.is_empty());
            let required = conditions.map_or(&[][..], |own| &own.required);
            let link = required.iter().filter_map(|required| {
                let number = *numbers.get(&required.id)?;
                *serves.get_mut(usize::from(number))? = true;
                any = true;
                Some(Link {
                    rule: number,
                    lines: required.lines,
                    columns: required.columns,
                })
            });
            link.collect()
        };
        Self {
            required: rules.iter().map(&mut links).collect(),
            serves,
            any,
        }
    }

    /// Returns whether another rule waits for the matches of this one.
    pub(super) fn serves(&self, rule: u16) -> bool {
        let serves = self.serves.get(usize::from(rule));
        debug_assert!(serves.is_some(), "the set has a rule with this number");
        serves.is_some_and(|serves| *serves)
    }

    fn required(&self, rule: u16) -> &[Link] {
        let required = self.required.get(usize::from(rule));
        debug_assert!(required.is_some(), "the set has a rule with this number");
        required.map_or(&[], Vec::as_slice)
    }
}

/// The words and matches in a window, and the hits that wait for them.
#[derive(Default)]
pub(super) struct Near {
    words: BTreeMap<u16, Vec<usize>>,
    /// The starts of matches, and the places that led to them.
    matches: BTreeMap<u16, Vec<(usize, usize)>>,
    waiting: Vec<Waiting>,
}

struct Waiting {
    hit: Hit,
    rule: u16,
    start: usize,
    end: usize,
}

impl Near {
    /// Records a keyword that the rule requires.
    pub(super) fn word(&mut self, rule: u16, at: usize) {
        self.words.entry(rule).or_default().push(at);
    }

    /// Records a match of the rule.
    pub(super) fn matched(&mut self, rule: u16, start: usize, place: usize) {
        self.matches.entry(rule).or_default().push((start, place));
    }

    /// Records a hit that counts if the requirements of its rule are met nearby.
    pub(super) fn wait(&mut self, rule: u16, hit: Hit, start: usize, end: usize) {
        self.waiting.push(Waiting {
            hit,
            rule,
            start,
            end,
        });
    }

    /// Reports the hits whose requirements are met.
    pub(super) fn settle(mut self, set: &RuleSet, window: &Window<'_>, sink: &mut Sink) {
        if self.waiting.is_empty() {
            return;
        }
        for matches in self.matches.values_mut() {
            matches.sort_unstable();
        }
        for words in self.words.values_mut() {
            words.sort_unstable();
        }
        let len = window.text.len();
        let open = match window.complete {
            true => usize::MAX,
            false => sink.first_open().unwrap_or(len),
        };
        // Everything that begins before this is known.
        let known = match window.complete {
            true => usize::MAX,
            false => open
                .min(len.saturating_sub(ANCHOR_LEN))
                .saturating_sub(set.most_back),
        };
        let mut lines = None;
        for waiting in std::mem::take(&mut self.waiting) {
            let lines = lines.get_or_insert_with(|| Lines::new(window.text));
            let met = self.has_word(set, &waiting)
                && set
                    .links
                    .required(waiting.rule)
                    .iter()
                    .all(|link| self.has_match(link, &waiting, lines, open));
            if met {
                sink.hit(waiting.hit);
            } else if waiting.end + NEAR >= known {
                sink.open(waiting.hit.place);
            }
        }
    }

    fn has_word(&self, set: &RuleSet, waiting: &Waiting) -> bool {
        if set.keywords_near(waiting.rule).is_empty() {
            return true;
        }
        let words = self.words.get(&waiting.rule).map_or(&[][..], Vec::as_slice);
        let from = waiting.start.saturating_sub(NEAR);
        let next = words.partition_point(|&at| at < from);
        words.get(next).is_some_and(|&at| at < waiting.end + NEAR)
    }

    fn has_match(&self, link: &Link, waiting: &Waiting, lines: &Lines, open: usize) -> bool {
        let matches = self.matches.get(&link.rule).map_or(&[][..], Vec::as_slice);
        let from = waiting.start;
        let (before, after) = matches.split_at(matches.partition_point(|&(at, _)| at < from));
        let fits = |at: usize| {
            at.abs_diff(from) <= NEAR
                && link.lines.is_none_or(|most| lines.apart(at, from) <= most)
                && link
                    .columns
                    .is_none_or(|most| lines.column(at).abs_diff(lines.column(from)) <= most)
        };
        // An unsettled match may turn out not to be one.
        let settled = |&&(_, place): &&(usize, usize)| place < open;
        let mut before = before.iter().rev().take(LOOKED_AT).take_while(settled);
        let mut after = after.iter().take(LOOKED_AT).take_while(settled);
        before.any(|&(at, _)| fits(at)) || after.any(|&(at, _)| fits(at))
    }
}

/// The line ends of a window.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &[u8]) -> Self {
        let bytes = text.iter().zip(0..);
        Self(
            bytes
                .filter(|(byte, _)| **byte == b'\n')
                .map(|(_, at)| at)
                .collect(),
        )
    }

    fn number(&self, at: usize) -> usize {
        self.0.partition_point(|&end| end < at)
    }

    fn apart(&self, one: usize, other: usize) -> usize {
        self.number(one).abs_diff(self.number(other))
    }

    /// Returns the distance from the start of the line, as far as the line is
    /// visible.
    fn column(&self, at: usize) -> usize {
        let line = self
            .number(at)
            .checked_sub(1)
            .and_then(|line| self.0.get(line));
        line.map_or(at, |end| at - end - 1).min(NEAR)
    }
}
