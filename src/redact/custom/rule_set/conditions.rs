//! The conditions of an imported rule beyond its pattern.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;

use super::pattern::AllowPattern;
use crate::redact::custom::allow_list as allow;
use crate::redact::custom::allow_list::Verdict;

/// The greatest length of a value that a stopword exempts. Long random text contains
/// short words by chance.
const MOST_STOPPED: usize = 256;

/// The conditions of one rule.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    /// The files in which the rule applies. All files if `None`.
    pub(super) path: Option<AllowPattern>,
    pub(super) allow: Vec<Arc<Exemption>>,
    /// Words of which one must stand near a match, unless there are none.
    pub(super) keywords: Vec<Vec<u8>>,
    /// Rules that must match nearby.
    pub(super) required: Vec<Required>,
    /// Whether matches are used only by other rules.
    pub(super) silent: bool,
}

/// A rule that must match near the match of another rule.
#[derive(Debug)]
pub(super) struct Required {
    pub(super) id: Arc<str>,
    pub(super) lines: Option<usize>,
    pub(super) columns: Option<usize>,
}

impl Conditions {
    /// Returns whether the rule finds nothing in the file at this path.
    pub(super) fn is_off(&self, path: Option<&str>) -> bool {
        let elsewhere = self.path.as_ref().is_some_and(|own| !is_in(own, path));
        elsewhere || self.allow.iter().any(|list| list.is_for_path(path))
    }

    pub(super) fn verdict(&self, candidate: &Candidate<'_>) -> Verdict {
        let verdicts = self.allow.iter().map(|list| list.verdict(candidate));
        verdicts.fold(Verdict::Kept, Verdict::or)
    }
}

/// A match before it becomes a hit.
pub(super) struct Candidate<'t> {
    pub(super) text: &'t [u8],
    pub(super) complete: bool,
    pub(super) path: Option<&'t str>,
    /// The whole match.
    pub(super) matched: Range<usize>,
    /// The secret inside it.
    pub(super) value: Range<usize>,
}

impl<'t> Candidate<'t> {
    fn value(&self) -> &'t [u8] {
        self.text.get(self.value.clone()).unwrap_or_default()
    }
}

/// The text that the expressions of an exemption match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Line,
    Match,
    Value,
}

/// Exempt matches: an allow-list of an imported configuration.
pub(super) struct Exemption {
    /// Whether all of its parts must match, not just one.
    pub(super) all: bool,
    /// Whether it names commits, which texts do not have.
    pub(super) commits: bool,
    pub(super) paths: Option<AllowPattern>,
    pub(super) target: Target,
    pub(super) patterns: Option<AllowPattern>,
    pub(super) stopwords: Option<AhoCorasick>,
}

impl Exemption {
    /// Returns whether the whole file at this path is exempt.
    fn is_for_path(&self, path: Option<&str>) -> bool {
        let fits = self.paths.as_ref().is_some_and(|own| is_in(own, path));
        let alone = !self.commits && self.patterns.is_none() && self.stopwords.is_none();
        fits && (!self.all || alone)
    }

    pub(super) fn verdict(&self, candidate: &Candidate<'_>) -> Verdict {
        let path = self.paths.as_ref();
        let path = path.map(|own| Verdict::from(is_in(own, candidate.path)));
        let stopped = self.stopwords.as_ref().map(|words| {
            let value = candidate.value();
            Verdict::from(value.len() <= MOST_STOPPED && words.is_match(value))
        });
        let matched = self.patterns.as_ref().map(|patterns| {
            let target = match self.target {
                Target::Line => allow::line(
                    candidate.text,
                    candidate.matched.clone(),
                    candidate.complete,
                ),
                Target::Match => candidate.text.get(candidate.matched.clone()),
                Target::Value => Some(candidate.value()),
            };
            target.map_or(Verdict::Open, |target| patterns.is_match(target).into())
        });
        let commits = self.commits.then_some(Verdict::Kept);
        let parts = [path, stopped, commits, matched].into_iter().flatten();
        if self.all {
            parts.fold(Verdict::Allowed, Verdict::and)
        } else {
            parts.fold(Verdict::Kept, Verdict::or)
        }
    }
}

impl fmt::Debug for Exemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exemption").finish_non_exhaustive()
    }
}

/// Returns whether the path is known and matches.
fn is_in(pattern: &AllowPattern, path: Option<&str>) -> bool {
    path.is_some_and(|path| pattern.is_match(path.as_bytes()))
}
