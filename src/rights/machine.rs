//! The state machine of requests: which step is possible when.

use super::{Kept, Refusal, Request, RequestState, Step, StoreOutcome};
use super::{RequestKind, Requester, RightsRules};
use crate::Error;
use crate::error::RightsCause;
use crate::time::Moment;

impl Request {
    /// The state after a step, or what stands against the step.
    pub(super) fn after(
        &self,
        rules: &RightsRules,
        step: &Step,
        at: Moment,
    ) -> Result<RequestState, Error> {
        let state = self.state();
        let not_now = Err(RightsCause::NotNow {
            what: step.as_str(),
            state: state.as_str(),
        }
        .into());
        let is_open = !state.is_final();
        let is_early = matches!(
            state,
            RequestState::Received | RequestState::IdentityPending | RequestState::Accepted
        );
        match step {
            _ if !is_open => not_now,
            Step::Acknowledge if !self.has(|step| *step == Step::Acknowledge) => Ok(state),
            Step::AskIdentity if state == RequestState::Received => {
                if self.is_proved(rules) {
                    return refused("there is nothing left to prove");
                }
                Ok(RequestState::IdentityPending)
            }
            Step::ProveIdentity(_) | Step::ProveAuthority(_) if is_early => {
                self.proved(rules, step, state)
            }
            Step::AskFee if is_early && !self.has(|step| *step == Step::AskFee) => Ok(state),
            Step::PayFee if self.awaits(&Step::AskFee, &Step::PayFee) => Ok(state),
            Step::AskClarification if !self.awaits(&Step::AskClarification, &Step::Clarify) => {
                Ok(state)
            }
            Step::Clarify if self.awaits(&Step::AskClarification, &Step::Clarify) => Ok(state),
            Step::Accept if state == RequestState::Received => self.accept(rules),
            Step::Begin if state == RequestState::Accepted => {
                if self.awaits(&Step::AskFee, &Step::PayFee) {
                    return refused("the fee has not been paid");
                }
                Ok(RequestState::InProgress)
            }
            Step::Report {
                store,
                outcome,
                kept,
            } if state == RequestState::InProgress => {
                match self.tasks.get(store) {
                    None => return refused("the store was not asked"),
                    Some(Some(_)) => return refused("the store has reported"),
                    Some(None) => {}
                }
                check_report(self.kind(), outcome, kept, at)?;
                Ok(state)
            }
            Step::Extend(_) => self.extend(rules, at),
            Step::Complete(_) if state == RequestState::InProgress => {
                if self.open_stores().next().is_some() {
                    return refused("a declared store has not reported");
                }
                let whole = self.kept().is_empty();
                Ok(if whole {
                    RequestState::Fulfilled
                } else {
                    RequestState::Partial
                })
            }
            Step::Refuse(_, reason) => self.refuse(rules, *reason),
            Step::Withdraw => Ok(RequestState::Withdrawn),
            Step::MarkDuplicate(of) if is_early && *of != self.id() => Ok(RequestState::Duplicate),
            _ => not_now,
        }
    }

    /// Whether everything is proved that must be before the request is accepted.
    fn is_proved(&self, rules: &RightsRules) -> bool {
        let needed = rules.kind(self.kind()).is_none_or(|rule| rule.identity);
        (!needed || self.has_identity()) && self.has_authority()
    }

    /// Where the last proof that was asked for is there, the request waits no more.
    fn proved(
        &self,
        rules: &RightsRules,
        step: &Step,
        state: RequestState,
    ) -> Result<RequestState, Error> {
        let is_agent = matches!(self.requester(), Requester::Agent(_));
        if matches!(step, Step::ProveAuthority(_)) && !is_agent {
            return refused("nobody acts for the data subject");
        }
        let again = match step {
            Step::ProveAuthority(_) => self.has_authority(),
            _ => self.has_identity(),
        };
        // A proof once more would move a clock that a proof has started.
        if again || self.is_proved(rules) {
            return refused("there is nothing left to prove");
        }
        if state != RequestState::IdentityPending {
            return Ok(state);
        }
        let mut then = self.clone();
        then.steps.push((self.received(), step.clone()));
        Ok(if then.is_proved(rules) {
            RequestState::Received
        } else {
            RequestState::IdentityPending
        })
    }

    fn accept(&self, rules: &RightsRules) -> Result<RequestState, Error> {
        if !rules.offers(self.kind()) {
            return refused("requests of this kind are not offered");
        }
        if !rules.offers_in(self.kind(), self.jurisdiction()) {
            return refused("requests of this kind are not offered where the data subject lives");
        }
        if matches!(self.requester(), Requester::Agent(_)) && !rules.inner.takes_agents {
            return refused("nobody may ask for somebody else");
        }
        if !self.has_authority() {
            return refused("the agent's authority is not proved");
        }
        if !self.is_proved(rules) {
            return refused("the identity is not proved");
        }
        Ok(RequestState::Accepted)
    }

    fn extend(&self, rules: &RightsRules, at: Moment) -> Result<RequestState, Error> {
        let deadline = self.deadline(rules)?;
        if !deadline.can_extend() {
            return refused("no extension is left, or none is allowed");
        }
        if at >= deadline.due() {
            return refused("the time in which to extend is over");
        }
        Ok(self.state())
    }

    fn refuse(&self, rules: &RightsRules, reason: Refusal) -> Result<RequestState, Error> {
        let mut reports = self.tasks.values().flatten();
        if reports.any(|(outcome, _)| matches!(outcome, StoreOutcome::Done { .. })) {
            return refused("part of it was done, so it can only be completed");
        }
        if reason == Refusal::NotProven && self.is_proved(rules) {
            return refused("nothing is left to prove");
        }
        if reason == Refusal::Overridden && self.kind() != RequestKind::Objection {
            return refused("only an objection can be overridden");
        }
        Ok(RequestState::Refused)
    }

    /// Whether something was asked for, and the answer is still to come.
    pub(super) fn awaits(&self, asked: &Step, answered: &Step) -> bool {
        let last = self.steps.iter().rev().map(|(_, step)| step);
        let mut last = last.filter(|step| *step == asked || *step == answered);
        last.next() == Some(asked)
    }
}

/// Data that expires on its own answers only a deletion request, and what is kept
/// is kept into the future.
fn check_report(
    kind: RequestKind,
    outcome: &StoreOutcome,
    kept: &[Kept],
    at: Moment,
) -> Result<(), Error> {
    if matches!(outcome, StoreOutcome::ExpiresBy { .. }) && kind != RequestKind::Deletion {
        return Err(RightsCause::Refused {
            what: "what expires by itself answers a deletion alone",
        }
        .into());
    }
    if kept
        .iter()
        .any(|kept| kept.until.is_some_and(|until| until <= at))
    {
        return Err(RightsCause::Refused {
            what: "what is kept has no time left to be kept",
        }
        .into());
    }
    Ok(())
}

fn refused(what: &'static str) -> Result<RequestState, Error> {
    Err(RightsCause::Refused { what }.into())
}
