//! Consent, asked for before every call.

use std::fmt;

use super::caller::ModelCaller;
use crate::consent::{ConsentFacts, ConsentRules, Ledger};
use crate::decision::{Decision, Reason};
use crate::model::{ModelError, ModelErrorKind};
use crate::taxonomy::{DataCategory, Purpose};
use crate::time::Moment;

/// Refuses calls for a purpose that the person whose data it is has not consented to, has
/// withdrawn from or objects to, or that no rule permits.
///
/// It asks the ledger before every call, so a withdrawal counts from the next call on. A
/// [`ModelCaller`] that names no [subject](ModelCaller::subject) is refused, and so is every call
/// while the ledger cannot be read.
///
/// # Example
/// ```
/// use confidant::consent::{Ledger, ConsentRules};
/// use confidant::guard::{ConsentGate, Services};
/// use confidant::taxonomy::{DataCategory, Purpose};
///
/// fn services(ledger: Ledger, rules: ConsentRules) -> Result<Services, confidant::Error> {
///     let categories = vec![DataCategory::new("prompts")?];
///     let gate = ConsentGate::new(ledger, rules, Purpose::new("answer")?).categories(categories);
///     Ok(Services::new().consent(gate))
/// }
/// ```
#[derive(Clone)]
pub struct ConsentGate {
    ledger: Ledger,
    rules: ConsentRules,
    purpose: Purpose,
    categories: Vec<DataCategory>,
}

impl ConsentGate {
    /// Asks `rules` for requests of one purpose. Without
    /// [categories](Self::categories) none is permitted.
    #[must_use]
    pub const fn new(ledger: Ledger, rules: ConsentRules, purpose: Purpose) -> Self {
        Self {
            ledger,
            rules,
            purpose,
            categories: Vec::new(),
        }
    }

    /// Adds categories of data that requests hold. All of them must be permitted.
    #[must_use]
    pub fn categories(mut self, categories: impl IntoIterator<Item = DataCategory>) -> Self {
        self.categories.extend(categories);
        self
    }

    /// Decides whether a call may be made now.
    pub async fn decide(&self, caller: &ModelCaller, now: Moment) -> Decision {
        let Some(subject) = caller.data_subject() else {
            let why = "caller does not say whose data it is";
            return Decision::deny(Reason::without_clause(why));
        };
        let facts = self.ledger.facts(caller.tenant_name(), subject).await;
        let facts = facts.unwrap_or_else(|_| ConsentFacts::unavailable());
        let signals = caller.signals.unwrap_or_default();
        let votes = self.categories.iter().map(|category| {
            let rules = &self.rules;
            rules.explain(&facts, (&self.purpose, category), now, signals)
        });
        let votes: Vec<_> = votes.collect();
        match votes.is_empty() {
            true => Decision::deny(Reason::without_clause(
                "categories of the request are not named",
            )),
            false => Decision::all(votes),
        }
    }

    pub(super) async fn check(&self, caller: &ModelCaller, now: Moment) -> Result<(), ModelError> {
        match self.decide(caller, now).await.is_allow() {
            true => Ok(()),
            false => {
                let what = "purpose to which the person has not consented";
                Err(ModelError::new(ModelErrorKind::PolicyDenied).with_subject(what))
            }
        }
    }
}

impl fmt::Debug for ConsentGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentGate")
            .field("purpose", &self.purpose)
            .field("categories", &self.categories)
            .finish_non_exhaustive()
    }
}
