//! What a promise comes to.

use std::fmt;

use super::evidence::{EvidenceKind, TrialEvidence};
use super::trial::Trial;
use crate::decision::ClauseId;
use crate::policy::{Policy, Promise, PromiseClass};
use crate::time::Moment;

/// One promise: which clauses carry it, which mechanisms were asked, what was seen, and
/// what that comes to.
#[derive(Clone, Debug)]
pub struct Check {
    promise: Promise,
    clauses: Vec<ClauseId>,
    mechanisms: Vec<(Box<str>, Box<str>)>,
    evidence: Vec<TrialEvidence>,
    outcome: PromiseOutcome,
}

/// What a promise comes to, as far as trials have shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PromiseOutcome {
    /// What it rules out was tried and refused, and what it allows went through.
    Enforced,
    /// Its answers change where they should; the product carries them out.
    Evaluated,
    /// A generated document states it.
    Declared,
    /// An attestation backs it, up to that moment. Nothing was checked but that its
    /// end is heeded.
    AttestedUntil(Moment),
    /// Nothing stands behind it.
    NotEnforced(&'static str),
}

impl PromiseOutcome {
    /// Returns the words for it, such as `not enforced`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::Evaluated => "evaluated",
            Self::Declared => "declared",
            Self::AttestedUntil(_) => "attested",
            Self::NotEnforced(_) => "not enforced",
        }
    }

    /// Returns whether it is what a class of promises asks for, or more.
    #[must_use]
    pub const fn keeps(&self, class: PromiseClass) -> bool {
        match self {
            Self::Enforced => !matches!(class, PromiseClass::Attested),
            Self::Evaluated => matches!(class, PromiseClass::Evaluated | PromiseClass::Declared),
            Self::Declared => matches!(class, PromiseClass::Declared),
            Self::AttestedUntil(_) => matches!(class, PromiseClass::Attested),
            Self::NotEnforced(_) => false,
        }
    }

    fn of(class: PromiseClass, evidence: &[TrialEvidence], now: Moment) -> Self {
        if evidence.iter().any(|one| !one.holds) {
            return Self::NotEnforced("a trial did not come out as it should");
        }
        let has = |kind| evidence.iter().any(|one| one.kind == kind);
        let ends = evidence.iter().filter_map(|one| match one.kind {
            EvidenceKind::Attested { expires } => Some(expires),
            _ => None,
        });
        // Where an attestation is all that was promised, no more is said.
        let attested = ends.min().filter(|_| class == PromiseClass::Attested);
        let (permitted, refused) = (has(EvidenceKind::Permitted), has(EvidenceKind::Refused));
        match attested {
            Some(expires) if now >= expires => Self::NotEnforced("the attestation has lapsed"),
            Some(expires) if refused => Self::AttestedUntil(expires),
            Some(_) => Self::NotEnforced("nobody tried to do without the attestation"),
            // What was promised as a fact is not called more than one.
            None if class == PromiseClass::Declared && has(EvidenceKind::Declared) => {
                Self::Declared
            }
            None if permitted && refused => Self::Enforced,
            None if has(EvidenceKind::Boundary) => Self::Evaluated,
            None if has(EvidenceKind::Declared) => Self::Declared,
            None if refused => Self::NotEnforced("nothing was permitted, so all may be refused"),
            None if permitted => Self::NotEnforced("nothing was refused"),
            None => Self::NotEnforced("nothing was tried"),
        }
    }
}

impl fmt::Display for PromiseOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::AttestedUntil(expires) => write!(f, " until {expires}"),
            Self::NotEnforced(why) => write!(f, ": {why}"),
            _ => Ok(()),
        }
    }
}

impl Check {
    pub(super) fn new(
        promise: &Promise,
        policy: &Policy,
        trial: Option<&Trial>,
        now: Moment,
    ) -> Self {
        let carrying = policy.carrying(promise.id());
        let clauses: Vec<_> = carrying.map(|entry| entry.id().clone()).collect();
        let evidence = trial
            .map(|trial| trial.evidence.clone())
            .unwrap_or_default();
        let outcome = match (trial, clauses.is_empty()) {
            (None, _) => PromiseOutcome::NotEnforced("no trial"),
            (_, true) => PromiseOutcome::NotEnforced("no clause of the policy carries it"),
            _ => {
                let outcome = PromiseOutcome::of(promise.class(), &evidence, now);
                match outcome {
                    PromiseOutcome::AttestedUntil(ends)
                        if !policy.attested_ends(promise.id(), ends) =>
                    {
                        PromiseOutcome::NotEnforced("no attestation of its clauses expires then")
                    }
                    outcome => outcome,
                }
            }
        };
        Self {
            promise: promise.clone(),
            clauses,
            mechanisms: trial
                .map(|trial| trial.mechanisms.clone())
                .unwrap_or_default(),
            evidence,
            outcome,
        }
    }

    /// Returns the promise.
    #[must_use]
    pub const fn promise(&self) -> &Promise {
        &self.promise
    }

    /// Returns the clauses of the policy that carry it.
    #[must_use]
    pub fn clauses(&self) -> &[ClauseId] {
        &self.clauses
    }

    /// Returns the mechanisms that were asked: the module, and what it does.
    pub fn mechanisms(&self) -> impl Iterator<Item = (&str, &str)> {
        self.mechanisms
            .iter()
            .map(|(module, what)| (&**module, &**what))
    }

    /// Returns what was seen.
    #[must_use]
    pub fn evidence(&self) -> &[TrialEvidence] {
        &self.evidence
    }

    /// Returns the outcome.
    #[must_use]
    pub const fn outcome(&self) -> &PromiseOutcome {
        &self.outcome
    }

    /// Returns whether it comes to less than was promised.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        !self.outcome.keeps(self.promise.class())
    }
}
