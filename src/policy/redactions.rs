//! Redaction on the way to each sink.

use std::collections::BTreeMap;

use super::document::{RedactionMode, Sink};
use crate::decision::{ClauseId, Decision, Reason};
use crate::redact::{Category, Finding, Kind, Redactor, RedactorBuilder, Validation};

/// The redaction of each sink. A sink without a clause may receive nothing.
#[derive(Clone, Debug, Default)]
pub struct Redactions {
    pub(super) by_sink: BTreeMap<Sink, SinkRule>,
}

/// The redaction on the way to one sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkRule {
    pub(super) clause: ClauseId,
    pub(super) mode: RedactionMode,
    pub(super) kinds: Vec<Kind>,
    pub(super) categories: Vec<Category>,
    pub(super) known_values: bool,
    pub(super) advice: Option<Box<str>>,
}

impl Redactions {
    /// Returns the rule of a sink.
    #[must_use]
    pub fn get(&self, sink: Sink) -> Option<&SinkRule> {
        self.by_sink.get(&sink)
    }

    /// Decides whether a text may go to a sink, given what a redactor that looks for
    /// everything the rule asks for [found](Redactor::scan) in it, and whether those
    /// places were replaced.
    pub fn admit(&self, sink: Sink, findings: &[Finding], replaced: bool) -> Decision {
        let Some(rule) = self.by_sink.get(&sink) else {
            return Decision::deny(Reason::without_clause("sink has no redaction clause"));
        };
        let reason = |why| Reason::new(rule.clause.clone(), why);
        let mut hits = findings.iter().filter(|finding| rule.asks_for(finding));
        match (rule.mode, hits.next().is_some()) {
            (RedactionMode::Off, _) => {
                Decision::allow(reason("redaction is off, for a stated reason"))
            }
            (_, false) => Decision::allow(reason("nothing was found that the clause asks for")),
            (RedactionMode::Block, true) => {
                Decision::deny(reason("text holds what is never let through"))
            }
            (RedactionMode::Waive, true) => {
                Decision::deny(reason("findings are not waived by the owner"))
            }
            (RedactionMode::Redact, true) if replaced => {
                Decision::allow(reason("what was found was replaced"))
            }
            (RedactionMode::Redact, true) => {
                Decision::deny(reason("what was found was not replaced"))
            }
        }
    }
}

impl SinkRule {
    /// Returns the clause.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns what happens with what is found.
    #[must_use]
    pub const fn mode(&self) -> RedactionMode {
        self.mode
    }

    /// Returns whether the values of the vault are looked for, each exactly.
    #[must_use]
    pub const fn needs_known_values(&self) -> bool {
        self.known_values
    }

    /// Returns what users are told when something is found.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// Returns whether the rule asks for a finding: one of its detectors, or a value of
    /// the vault where it [needs them](Self::needs_known_values).
    #[must_use]
    pub fn asks_for(&self, finding: &Finding) -> bool {
        let is_known = finding.validation() == Validation::Known;
        self.kinds.contains(&finding.kind())
            || self.categories.contains(&finding.category())
            || (self.known_values && is_known)
    }

    /// Makes a redactor that looks for everything the rule asks for, on top of all
    /// built-in rules for secrets. Where the rule
    /// [needs known values](Self::needs_known_values), the caller adds them.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        self.builder().assemble()
    }

    /// Begins a redactor that looks for everything the rule asks for, to which known values
    /// can be added.
    #[must_use]
    pub fn builder(&self) -> RedactorBuilder {
        let mut builder = Redactor::builder();
        for category in &self.categories {
            builder = builder.category(*category);
        }
        for kind in &self.kinds {
            builder = builder.kind(*kind);
        }
        builder
    }
}
