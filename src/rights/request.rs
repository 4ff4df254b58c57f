//! A request of a data subject, with the steps that it took.

use std::collections::BTreeMap;

use super::step::merged;
use super::{
    DateRange, Intake, Kept, Refusal, RequestId, RequestKind, RequestState, Requester, RightsRules,
    Step, StoreOutcome,
};
use crate::Error;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::taxonomy::{DataStore, Jurisdiction};
use crate::time::Moment;

/// A request of a data subject with everything that happened to it.
///
/// It is a value: [`apply`](Self::apply) makes the next one of a step, or refuses the
/// step. Everything else follows from its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub(super) id: RequestId,
    pub(super) intake: Intake,
    pub(super) steps: Vec<(Moment, Step)>,
    /// The stores that were asked, with what they said.
    pub(super) tasks: BTreeMap<DataStore, Option<(StoreOutcome, Vec<Kept>)>>,
    pub(super) state: RequestState,
}

impl Request {
    /// The most steps of a request.
    pub const MAX_STEPS: usize = 4096;
    /// The most categories, each with a clause, that a store says it keeps.
    pub const MAX_KEPT: usize = 1024;

    /// Begins a request under an id, whatever id the intake has.
    ///
    /// # Errors
    /// Those of [`Intake::check`].
    pub fn new(id: RequestId, mut intake: Intake) -> Result<Self, Error> {
        intake.check()?;
        intake.id = None;
        Ok(Self {
            id,
            intake,
            steps: Vec::new(),
            tasks: BTreeMap::new(),
            state: RequestState::Received,
        })
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// Returns what is asked for.
    #[must_use]
    pub const fn kind(&self) -> RequestKind {
        self.intake.kind
    }

    /// Returns what came in.
    #[must_use]
    pub const fn intake(&self) -> &Intake {
        &self.intake
    }

    /// Returns when it was received.
    #[must_use]
    pub const fn received(&self) -> Moment {
        self.intake.received
    }

    /// Returns who makes it.
    #[must_use]
    pub const fn requester(&self) -> &Requester {
        &self.intake.requester
    }

    /// Returns whose law applies, where that is known.
    #[must_use]
    pub const fn jurisdiction(&self) -> Option<&Jurisdiction> {
        self.intake.jurisdiction.as_ref()
    }

    /// Returns the range of days that is asked for.
    #[must_use]
    pub const fn range(&self) -> Option<DateRange> {
        self.intake.range
    }

    /// Returns how it stands.
    #[must_use]
    pub const fn state(&self) -> RequestState {
        self.state
    }

    /// Returns every step with its time, the first one first.
    pub fn steps(&self) -> impl Iterator<Item = (Moment, &Step)> {
        self.steps.iter().map(|(at, step)| (*at, step))
    }

    /// Returns the stores that were asked and have not reported.
    pub fn open_stores(&self) -> impl Iterator<Item = &DataStore> {
        let open = self.tasks.iter().filter(|(_, report)| report.is_none());
        open.map(|(store, _)| store)
    }

    /// Returns what is kept, with the clauses that keep it, in order, each once.
    #[must_use]
    pub fn kept(&self) -> Vec<&Kept> {
        let reports = self.tasks.values().flatten();
        let mut kept: Vec<_> = reports.flat_map(|(_, kept)| kept).collect();
        kept.sort();
        kept.dedup();
        kept
    }

    /// Returns whether the identity is proved.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.intake.identity.is_some() || self.has(|step| matches!(step, Step::ProveIdentity(_)))
    }

    /// Returns whether the requester may act for the data subject: they are it, or an
    /// agent whose authority is proved.
    #[must_use]
    pub fn has_authority(&self) -> bool {
        self.intake.requester == Requester::Subject
            || self.intake.authority.is_some()
            || self.has(|step| matches!(step, Step::ProveAuthority(_)))
    }

    /// Returns the clause and the reason of a refusal.
    #[must_use]
    pub fn refusal(&self) -> Option<(&ClauseId, Refusal)> {
        self.steps.iter().rev().find_map(|(_, step)| match step {
            Step::Refuse(clause, reason) => Some((clause, *reason)),
            _ => None,
        })
    }

    /// Returns the request that it is a duplicate of.
    #[must_use]
    pub fn duplicate_of(&self) -> Option<RequestId> {
        self.steps.iter().rev().find_map(|(_, step)| match step {
            Step::MarkDuplicate(of) => Some(*of),
            _ => None,
        })
    }

    /// Returns when it came into a final state, and the digest of the answer where it
    /// was completed.
    #[must_use]
    pub fn closed(&self) -> Option<(Moment, Option<[u8; 32]>)> {
        if !self.state.is_final() {
            return None;
        }
        let (at, step) = self.steps.last()?;
        let answer = match step {
            Step::Complete(answer) => Some(*answer),
            _ => None,
        };
        Some((*at, answer))
    }

    pub(super) fn has(&self, is: impl Fn(&Step) -> bool) -> bool {
        self.steps.iter().any(|(_, step)| is(step))
    }

    /// When the last of some steps was taken.
    pub(super) fn last(&self, is: impl Fn(&Step) -> bool) -> Option<Moment> {
        let mut steps = self.steps.iter().rev();
        steps.find(|(_, step)| is(step)).map(|(at, _)| *at)
    }

    /// Takes a step at a moment, and returns the request as it is then.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where the step is not possible now: the
    /// error names the step and the state, or what stands against it. `Config` where the
    /// moment lies before the step that was taken last. `Limit` past
    /// [`MAX_STEPS`](Self::MAX_STEPS) and [`MAX_KEPT`](Self::MAX_KEPT).
    pub fn apply(&self, rules: &RightsRules, mut step: Step, at: Moment) -> Result<Self, Error> {
        if let Step::Report { kept, .. } = &mut step {
            *kept = merged(std::mem::take(kept));
            if kept.len() > Self::MAX_KEPT {
                return Err(Error::limit("what a store keeps", Self::MAX_KEPT as u64));
            }
        }
        let earliest = self.steps.last().map_or(self.received(), |(at, _)| *at);
        if at < earliest {
            return Err(RightsCause::Earlier.into());
        }
        if self.steps.len() >= Self::MAX_STEPS {
            return Err(Error::limit("steps of a request", Self::MAX_STEPS as u64));
        }
        let mut next = self.clone();
        next.state = self.after(rules, &step, at)?;
        match &step {
            Step::Begin => {
                let stores = rules.stores_for(self.kind()).into_iter();
                next.tasks = stores.map(|store| (store, None)).collect();
            }
            Step::Report {
                store,
                outcome,
                kept,
            } => {
                let report = (*outcome, kept.clone());
                next.tasks.insert(store.clone(), Some(report));
            }
            _ => {}
        }
        next.steps.push((at, step));
        Ok(next)
    }
}
