//! How secrets, credentials and pseudonyms are kept.

use std::collections::BTreeMap;

use super::document::PseudonymOf;
use crate::decision::{ClauseId, Decision, Reason};
use crate::taxonomy::{Processor, Purpose};
use crate::time::Period;

/// How secrets are kept.
#[derive(Clone, Debug, Default)]
pub struct VaultRules {
    pub(super) clause: Option<ClauseId>,
    pub(super) algorithms: Vec<Box<str>>,
    pub(super) key_per_secret: bool,
    pub(super) tenant_bound: bool,
    pub(super) owner_may_reveal: bool,
    pub(super) uses: Vec<Box<str>>,
    pub(super) rotate_within: Option<Period>,
    pub(super) credentials: BTreeMap<Box<str>, CredentialRule>,
}

/// A credential that connects to another service.
#[derive(Clone, Debug)]
pub struct CredentialRule {
    pub(super) clause: ClauseId,
    pub(super) processor: Option<Processor>,
    pub(super) purposes: Vec<Purpose>,
    pub(super) scope: Option<Box<str>>,
    pub(super) shreds: bool,
}

/// Who wants a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revealing<'a> {
    /// A machine, for a use that the policy names.
    Machine(&'a str),
    /// The secret's owner.
    Owner,
    /// Anybody else.
    Other,
}

impl VaultRules {
    /// Decides whether an algorithm may seal.
    pub fn may_seal_with(&self, algorithm: &str) -> Decision {
        self.answer(
            self.algorithms.iter().any(|own| **own == *algorithm),
            "algorithm is listed",
            "algorithm is not listed",
        )
    }

    /// Decides whether a secret may be shown in plain text.
    pub fn reveal(&self, to: Revealing<'_>) -> Decision {
        match to {
            Revealing::Machine(name) => self.answer(
                self.uses.iter().any(|own| **own == *name),
                "use is listed",
                "use is not listed",
            ),
            Revealing::Owner => self.answer(
                self.owner_may_reveal,
                "the owner may see it",
                "nobody sees it after creation",
            ),
            Revealing::Other => self.answer(false, "", "nobody else sees it"),
        }
    }

    /// Decides whether a credential may be used for a purpose.
    pub fn use_credential(&self, name: &str, purpose: &Purpose, scope: Option<&str>) -> Decision {
        let Some(rule) = self.credentials.get(name) else {
            return Decision::deny(Reason::without_clause("credential is not declared"));
        };
        let reason = |why| Reason::new(rule.clause.clone(), why);
        if !rule.purposes.contains(purpose) {
            return Decision::deny(reason("purpose is not listed for the credential"));
        }
        match (&rule.scope, scope) {
            (None, _) => Decision::allow(reason("purpose is listed")),
            (Some(own), Some(scope)) if **own == *scope => {
                Decision::allow(reason("purpose and scope are listed"))
            }
            (Some(_), _) => Decision::deny(reason("scope is missing or another one")),
        }
    }

    /// Returns whether every secret has a key of its own.
    #[must_use]
    pub const fn has_key_per_secret(&self) -> bool {
        self.key_per_secret
    }

    /// Returns whether sealed values open only for their tenant.
    #[must_use]
    pub const fn is_tenant_bound(&self) -> bool {
        self.tenant_bound
    }

    /// Returns after which time keys are renewed.
    #[must_use]
    pub const fn rotate_within(&self) -> Option<Period> {
        self.rotate_within
    }

    /// Returns a credential.
    #[must_use]
    pub fn credential(&self, name: &str) -> Option<&CredentialRule> {
        self.credentials.get(name)
    }

    fn answer(&self, allows: bool, because: &'static str, but: &'static str) -> Decision {
        let Some(clause) = &self.clause else {
            return Decision::deny(Reason::without_clause("there is no clause on the vault"));
        };
        match allows {
            true => Decision::allow(Reason::new(clause.clone(), because)),
            false => Decision::deny(Reason::new(clause.clone(), but)),
        }
    }
}

impl CredentialRule {
    /// Returns the clause.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns the processor that it belongs to.
    #[must_use]
    pub const fn processor(&self) -> Option<&Processor> {
        self.processor.as_ref()
    }

    /// Returns whether disconnecting destroys its key, which reaches backups.
    #[must_use]
    pub const fn shreds_on_disconnect(&self) -> bool {
        self.shreds
    }
}

/// The keyed pseudonyms of a policy.
#[derive(Clone, Debug, Default)]
pub struct Pseudonyms {
    pub(super) by_name: BTreeMap<Box<str>, PseudonymRule>,
}

/// One keyed pseudonym.
#[derive(Clone, Debug)]
pub struct PseudonymRule {
    pub(super) clause: ClauseId,
    pub(super) of: PseudonymOf,
    pub(super) rotate: Option<Period>,
    pub(super) purposes: Vec<Purpose>,
    pub(super) prefix_preserving: bool,
}

impl Pseudonyms {
    /// Returns a pseudonym.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&PseudonymRule> {
        self.by_name.get(name)
    }

    /// Decides whether a pseudonym may be used for a purpose.
    pub fn decide(&self, name: &str, purpose: &Purpose) -> Decision {
        let Some(rule) = self.by_name.get(name) else {
            return Decision::deny(Reason::without_clause("pseudonym is not declared"));
        };
        let reason = |why| Reason::new(rule.clause.clone(), why);
        match rule.purposes.contains(purpose) {
            true => Decision::allow(reason("purpose is listed for the pseudonym")),
            false => Decision::deny(reason("purpose is not listed for the pseudonym")),
        }
    }

    /// Decides whether a pseudonym may be joined with an identity: never.
    pub fn join(&self, name: &str) -> Decision {
        match self.by_name.get(name) {
            Some(rule) => Decision::deny(Reason::new(
                rule.clause.clone(),
                "pseudonym is not joined with an identity",
            )),
            None => Decision::deny(Reason::without_clause("pseudonym is not declared")),
        }
    }
}

impl PseudonymRule {
    /// Returns the clause.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns the kind of value that the pseudonym replaces, such as `ip`.
    #[must_use]
    pub const fn of(&self) -> &'static str {
        self.of.as_str()
    }

    /// Returns how long its key lasts: what [`RotatingKeys`](crate::pseudonym::RotatingKeys)
    /// takes. Nothing where it never rotates, for a stated reason.
    #[must_use]
    pub const fn rotate(&self) -> Option<Period> {
        self.rotate
    }

    /// Returns whether addresses that share a prefix go on sharing one.
    #[must_use]
    pub const fn is_prefix_preserving(&self) -> bool {
        self.prefix_preserving
    }
}
