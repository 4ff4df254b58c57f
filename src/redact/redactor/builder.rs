//! Building a redactor.

use std::sync::Arc;

use super::redactor::{Inner, Redactor};
use crate::redact::builtin::Selection;
#[cfg(feature = "rules")]
use crate::redact::custom::RuleSet;
use crate::redact::custom::{AllowList, Detector, Given, KnownValues};
use crate::redact::engine::Engine;
#[cfg(doc)]
use crate::redact::finding::Finding;
use crate::redact::finding::{Category, Kind};
use crate::redact::operator::{Key, Operator};

/// Makes a [`Redactor`].
#[derive(Clone, Debug)]
pub struct RedactorBuilder {
    selection: Selection,
    given: Given,
    operators: Vec<(Kind, Operator)>,
    operator: Operator,
    fingerprint_key: Option<Key>,
}

impl Default for RedactorBuilder {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            given: Given::default(),
            operators: Vec::new(),
            operator: Operator::Label,
            fingerprint_key: None,
        }
    }
}

impl RedactorBuilder {
    /// Adds the built-in rules of a category, but for the few that must be asked
    /// for by their ids: see [`enable`](Self::enable).
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.selection.category(category);
        self
    }

    /// Adds the built-in rules of one kind, whatever its category.
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.selection.kind(kind, true);
        self
    }

    /// Leaves out the built-in rules of one kind. Of this and
    /// [`kind`](Self::kind) the last word on a kind counts.
    #[must_use]
    pub fn without_kind(mut self, kind: Kind) -> Self {
        self.selection.kind(kind, false);
        self
    }

    /// Switches a built-in rule on by its id, also one that is in no preset since
    /// it would change much ordinary text: [the manual](crate::manual::presets)
    /// lists those. An id that no rule has changes nothing, and
    /// [`disable`](Self::disable) has the last word.
    #[must_use]
    pub fn enable(mut self, id: impl Into<String>) -> Self {
        self.selection.enable(id.into());
        self
    }

    /// Adds rules of one's own, with their allow-lists and what they disable.
    ///
    /// Called again, it adds the next set, which is searched for in a pass of
    /// its own; a rule takes the place of an earlier one of its id.
    #[cfg(feature = "rules")]
    #[must_use]
    pub fn rules(mut self, rules: RuleSet) -> Self {
        self.given.rules(rules);
        self
    }

    /// Adds a finder from outside. It sees whole texts, so a
    /// [`StreamRedactor`](crate::redact::StreamRedactor) then holds all of its stream
    /// back until the end.
    #[must_use]
    pub fn detector(mut self, detector: Arc<dyn Detector>) -> Self {
        self.given.detector(detector);
        self
    }

    /// Looks for values that are known to be secret too, in whatever text they
    /// stand. Called again, it adds another set.
    ///
    /// No allow-list, [`disable`](Self::disable) or
    /// [`min_confidence`](Self::min_confidence) lets them through.
    #[must_use]
    pub fn known_values(mut self, values: KnownValues) -> Self {
        self.given.known_values(values);
        self
    }

    /// Lets the values of an allow-list through.
    #[must_use]
    pub fn allow(mut self, list: AllowList) -> Self {
        self.given.allow(list);
        self
    }

    /// Switches a rule off, whether it is built in, one's own or a detector. An
    /// id that no rule has changes nothing.
    #[must_use]
    pub fn disable(mut self, id: impl Into<String>) -> Self {
        self.given.disable(id.into());
        self
    }

    /// Leaves alone what is found with less confidence, from 0 (the default,
    /// which leaves nothing alone) to 100.
    #[must_use]
    pub fn min_confidence(mut self, confidence: u8) -> Self {
        self.given.min_confidence = confidence.min(100);
        self
    }

    /// What takes the place of every kind that has no operator of its own.
    #[must_use]
    pub fn operator(mut self, operator: Operator) -> Self {
        self.operator = operator;
        self
    }

    /// What takes the place of values of one kind.
    #[must_use]
    pub fn operator_for(mut self, kind: Kind, operator: Operator) -> Self {
        self.operators.retain(|(own, _)| *own != kind);
        self.operators.push((kind, operator));
        self
    }

    /// The key for [fingerprints](Finding::fingerprint), which findings carry
    /// only when one is given.
    #[must_use]
    pub fn fingerprint_key(mut self, key: Key) -> Self {
        self.fingerprint_key = Some(key);
        self
    }

    /// The redactor.
    #[must_use]
    pub fn build(self) -> Redactor {
        Redactor::new(Inner {
            engine: Engine::new(&self.selection, |id| self.given.is_off(id)),
            given: self.given,
            operators: self.operators,
            operator: self.operator,
            fingerprint_key: self.fingerprint_key,
        })
    }
}
