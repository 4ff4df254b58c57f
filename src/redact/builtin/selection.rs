//! The selection of built-in rules that are on.

use std::collections::BTreeSet;

use super::families::{self, ONLY_WHEN_ASKED};
use super::rule::Rule;
use crate::Error;
use crate::redact::finding::{Category, Kind};

/// The categories, kinds and rules that the caller chose.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    categories: Vec<Category>,
    /// Kinds that were added or removed. The last entry for a kind counts.
    kinds: Vec<(Kind, bool)>,
    enabled: BTreeSet<String>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            categories: vec![Category::Secret],
            kinds: Vec::new(),
            enabled: BTreeSet::new(),
        }
    }
}

impl Selection {
    pub(crate) fn category(&mut self, category: Category) {
        self.categories.push(category);
    }

    pub(crate) fn kind(&mut self, kind: Kind, on: bool) {
        self.kinds.retain(|(known, _)| *known != kind);
        self.kinds.push((kind, on));
    }

    pub(crate) fn enable(&mut self, id: String) {
        self.enabled.insert(id);
    }

    /// Returns an error if a rule was switched on that does not exist.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let unknown = self
            .enabled
            .iter()
            .find(|id| families::with_id(id).is_none());
        unknown.map_or(Ok(()), |id| {
            Err(Error::config("no built-in rule has this id").with_id(id))
        })
    }

    /// Returns whether a rule is on.
    pub(crate) fn has(&self, rule: &Rule) -> bool {
        if self.enabled.contains(rule.id) {
            return true;
        }
        let asked = self.asked(rule.kind);
        asked.unwrap_or_else(|| {
            let beside_secrets = matches!(rule.kind, Kind::Card | Kind::Iban);
            beside_secrets || self.categories.contains(&rule.kind.category())
        }) && !ONLY_WHEN_ASKED.contains(&rule.id)
    }

    /// Returns whether payment cards are searched only as part of the secrets preset,
    /// and therefore only where they are unambiguous.
    pub(crate) fn is_strict(&self) -> bool {
        !self.categories.contains(&Category::Personal)
            && self.asked(Kind::Card).is_none()
            && !self.enabled.contains("payment-card")
    }

    fn asked(&self, kind: Kind) -> Option<bool> {
        let own = self.kinds.iter().find(|(known, _)| *known == kind);
        own.map(|(_, on)| *on)
    }
}
