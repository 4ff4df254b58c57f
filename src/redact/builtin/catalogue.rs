//! The catalogue of built-in rules.

use std::fmt;

use super::evidence::{RuleEvidence, evidence};
use super::families::{FAMILIES, TITLES};
use super::rule::Rule;
use crate::redact::finding::Kind;

/// The description of a built-in rule, for catalogues, reports and documentation.
///
/// # Example
/// ```
/// use confidant::redact::{BuiltInRule, Kind};
///
/// let rule = BuiltInRule::all().find(|rule| rule.id() == "github-pat").unwrap();
/// assert_eq!(rule.provider(), "GitHub");
/// assert_eq!(rule.kind(), Kind::Token);
/// assert!(rule.shape().starts_with("ghp_"));
/// ```
#[derive(Clone, Copy)]
pub struct BuiltInRule {
    rule: &'static Rule,
    family: usize,
}

impl BuiltInRule {
    /// Returns every built-in rule, whether or not a preset includes it.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..)
            .zip(FAMILIES)
            .flat_map(|(family, rules)| rules.iter().map(move |rule| Self { rule, family }))
    }

    /// Returns the rule's id as findings carry it, such as `github-pat`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.rule.id
    }

    /// Returns the title of the rule's family, such as `Payments`.
    #[must_use]
    pub fn family(self) -> &'static str {
        TITLES.get(self.family).copied().unwrap_or_default()
    }

    /// Returns the provider whose credential the rule finds, or `any`.
    #[must_use]
    pub const fn provider(self) -> &'static str {
        self.rule.provider
    }

    /// Returns the kind of value that the rule finds.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.rule.kind
    }

    /// Returns what is known of the values that the rule looks for.
    #[must_use]
    pub fn evidence(self) -> RuleEvidence {
        evidence(self.rule)
    }

    /// Returns the address of the documentation of the format or credential, or of its
    /// provider where the rule is [assumed](RuleEvidence::Assumed).
    #[must_use]
    pub const fn source(self) -> &'static str {
        self.rule.source
    }

    /// Returns the shape of the values as byte classes and repetitions, after their
    /// prefix, name or host. Empty for rules that the engine implements as structure.
    #[must_use]
    pub fn shape(self) -> String {
        self.rule.spec()
    }

    /// Returns texts in which the rule finds the part between `«` and `»`.
    #[must_use]
    pub fn examples(self) -> Vec<String> {
        self.rule.examples()
    }

    /// Returns texts that resemble the examples and in which the rule finds nothing.
    #[must_use]
    pub fn counter_examples(self) -> Vec<String> {
        self.rule.counter_examples()
    }
}

impl fmt::Debug for BuiltInRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BuiltInRule").field(&self.id()).finish()
    }
}
