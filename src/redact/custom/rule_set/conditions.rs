//! The conditions of an imported rule beyond its pattern.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;

use super::pattern::AllowPattern;
use crate::redact::custom::allow_list as allow;
use crate::redact::text::Text;

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

    /// Returns whether a match is exempt.
    pub(super) fn are_exempting(&self, candidate: &Candidate<'_>) -> bool {
        self.allow.iter().any(|list| list.covers(candidate))
    }
}

/// A match before it becomes a hit.
pub(super) struct Candidate<'t> {
    pub(super) text: &'t Text<'t>,
    pub(super) path: Option<&'t str>,
    /// The whole match.
    pub(super) matched: Range<usize>,
    /// The secret inside it.
    pub(super) value: Range<usize>,
}

impl<'t> Candidate<'t> {
    fn value(&self) -> &'t [u8] {
        self.text.slice(self.value.start, self.value.end)
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

    /// Returns whether a match is exempt.
    pub(super) fn covers(&self, candidate: &Candidate<'_>) -> bool {
        let path = self.paths.as_ref();
        let path = path.map(|own| is_in(own, candidate.path));
        let stopped = self.stopwords.as_ref().map(|words| {
            let value = candidate.value();
            value.len() <= MOST_STOPPED && words.is_match(value)
        });
        let commits = self.commits.then_some(false);
        let mut known = [path, stopped, commits].into_iter().flatten();
        // The patterns come last, because the line may not have arrived whole.
        let matched = || {
            Some(is_in_target(
                self.patterns.as_ref()?,
                self.target,
                candidate,
            ))
        };
        if self.all {
            known.all(|part| part) && matched().unwrap_or(true)
        } else {
            known.any(|part| part) || matched().unwrap_or(false)
        }
    }
}

impl fmt::Debug for Exemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exemption").finish_non_exhaustive()
    }
}

/// Returns whether the target is known and matches.
fn is_in_target(patterns: &AllowPattern, target: Target, candidate: &Candidate<'_>) -> bool {
    let Range { start, end } = candidate.matched;
    let target = match target {
        Target::Line => allow::line(candidate.text, start..end),
        Target::Match => Some(candidate.text.slice(start, end)),
        Target::Value => Some(candidate.value()),
    };
    target.is_some_and(|target| patterns.is_match(target))
}

/// Returns whether the path is known and matches.
fn is_in(pattern: &AllowPattern, path: Option<&str>) -> bool {
    path.is_some_and(|path| pattern.is_match(path.as_bytes()))
}
