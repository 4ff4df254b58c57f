//! The built-in rules, for those who list them.

use std::fmt;

use super::finding::Kind;
use super::rule::Rule;
use super::rules::FAMILIES;

/// What a built-in rule is about: for catalogues, reports and documentation.
#[derive(Clone, Copy)]
pub struct BuiltInRule {
    rule: &'static Rule,
}

impl BuiltInRule {
    /// Every built-in rule, whether or not a preset has it on.
    pub fn all() -> impl Iterator<Item = Self> {
        FAMILIES.iter().copied().flatten().map(|rule| Self { rule })
    }

    /// The rule's id, as findings carry it: `github-pat`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.rule.id
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

    /// Texts in which it finds what stands between `«` and `»`.
    #[must_use]
    pub const fn examples(self) -> &'static [&'static str] {
        self.rule.found
    }

    /// Texts that resemble its examples and in which it finds nothing.
    #[must_use]
    pub const fn counter_examples(self) -> &'static [&'static str] {
        self.rule.passed
    }
}

impl fmt::Debug for BuiltInRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BuiltInRule").field(&self.id()).finish()
    }
}
