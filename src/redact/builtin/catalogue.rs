//! The built-in rules, for those who list them.

use std::fmt;

use super::families::{FAMILIES, TITLES};
use super::rule::Rule;
use crate::redact::finding::Kind;

/// What a built-in rule is about: for catalogues, reports and documentation.
#[derive(Clone, Copy)]
pub struct BuiltInRule {
    rule: &'static Rule,
    family: usize,
}

impl BuiltInRule {
    /// Every built-in rule, whether or not a preset has it on.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..)
            .zip(FAMILIES)
            .flat_map(|(family, rules)| rules.iter().map(move |rule| Self { rule, family }))
    }

    /// The rule's id, as findings carry it: `github-pat`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.rule.id
    }

    /// What the rules are about among which it stands: `Payments`.
    #[must_use]
    pub fn family(self) -> &'static str {
        TITLES.get(self.family).copied().unwrap_or_default()
    }

    /// Whose credential it finds; `any` where that is nobody's in particular.
    #[must_use]
    pub const fn provider(self) -> &'static str {
        self.rule.provider
    }

    /// What sort of value it finds.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.rule.kind
    }

    /// The address of the documentation of the format or of the credential.
    #[must_use]
    pub const fn source(self) -> &'static str {
        self.rule.source
    }

    /// How the values look that it finds, as classes of bytes and repeats, behind
    /// their prefix, the name before them or their host; nothing for structure.
    #[must_use]
    pub fn shape(self) -> String {
        self.rule.spec()
    }

    /// Texts in which it finds what stands between `«` and `»`.
    #[must_use]
    pub fn examples(self) -> Vec<String> {
        self.rule.examples()
    }

    /// Texts that resemble its examples and in which it finds nothing.
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
