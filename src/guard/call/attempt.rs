//! One call, from what it reserves to what it used.

use std::sync::Arc;
use std::time::Instant;

use super::budget::{Estimate, Reserved};
use super::caller::{Justification, ModelCaller};
use super::meter::MeterRecord;
use super::services::Services;
use super::side::digest;
use super::telemetry::CallSpan;
use super::trail::{Attempts, Trail};
use super::turn::Turn;
use crate::Error;
use crate::audit::Entry;
use crate::guard::conversation::Conversation;
use crate::guard::guard::Guard;
use crate::guard::report::GuardReport;
use crate::guard::route::ControlReceipt;
use crate::model::{
    CallContext, ChatRequest, ClearedRequest, ModelDescriptor, ModelError, ModelErrorKind,
    Response, ServerState, Usage,
};
use crate::time::Moment;

/// One call that is under way.
pub(crate) struct Call {
    pub(crate) guard: Guard,
    pub(crate) services: Services,
    pub(crate) caller: ModelCaller,
    pub(crate) model: ModelDescriptor,
    pub(crate) conversation: Conversation,
    pub(crate) span: CallSpan,
    entry: Option<Entry>,
    attempts: Option<Arc<Attempts>>,
    reserved: Vec<Reserved>,
    hidden: u64,
    at: Moment,
    began: Instant,
    /// Whether the request is known to have reached the provider.
    pub(crate) has_left: bool,
    /// Whether everything is done that stands before sending.
    is_prepared: bool,
    /// Whether its end is taken care of.
    has_end: bool,
}

/// What a call is begun with.
pub(crate) struct Begin<'b> {
    pub(crate) guard: &'b Guard,
    pub(crate) services: &'b Services,
    pub(crate) model: &'b ModelDescriptor,
    pub(crate) turn: Turn<'b>,
    pub(crate) basis: CallBasis<'b>,
    pub(crate) is_stream: bool,
}

/// On what a call rests.
#[derive(Default)]
pub(crate) struct CallBasis<'b> {
    /// How the controls of the provider stand for the request.
    pub(crate) receipt: Option<ControlReceipt>,
    /// Why the request leaves as it is, where it does.
    pub(crate) justification: Option<&'b Justification>,
}

impl CallBasis<'_> {
    /// Returns that of a call whose route a router chose.
    pub(crate) const fn on(receipt: ControlReceipt) -> Self {
        Self {
            receipt: Some(receipt),
            justification: None,
        }
    }
}

impl Begin<'_> {
    /// Clears the request, reserves, saves and writes the entry: all before anything
    /// leaves.
    pub(crate) async fn begin(
        self,
        request: ChatRequest,
    ) -> Result<(Call, ClearedRequest, CallContext, GuardReport), ModelError> {
        let id = || {
            let digest = self.turn.conversation.lock().key.digest("telemetry", &[]);
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let span = CallSpan::new("chat", self.model, &request, id, self.is_stream);
        let mut call = Call {
            guard: self.guard.clone(),
            services: self.services.clone(),
            caller: self.turn.caller.clone(),
            model: self.model.clone(),
            conversation: self.turn.conversation.clone(),
            span,
            entry: None,
            attempts: None,
            reserved: Vec::new(),
            hidden: 0,
            at: self.services.clock.now(),
            began: Instant::now(),
            has_left: false,
            is_prepared: false,
            has_end: false,
        };
        match call.prepare(request, self.basis).await {
            Ok((cleared, report)) => {
                let context = call.context(&self.turn.context)?;
                Ok((call, cleared, context, report))
            }
            Err(error) => {
                let report = GuardReport::new(call.guard.mode());
                Err(call.fail(error, &Usage::new(), &report, false).await)
            }
        }
    }
}

impl Call {
    async fn prepare(
        &mut self,
        request: ChatRequest,
        basis: CallBasis<'_>,
    ) -> Result<(ClearedRequest, GuardReport), ModelError> {
        let justification = basis.justification;
        let talk = Some(&self.conversation);
        self.services
            .admit(&self.caller, &self.model, talk, self.at)
            .await?;
        for budget in &self.services.budgets {
            let prices = self.services.prices.as_deref();
            let (tenant, estimate) = (&self.caller.tenant, Estimate::of(&request));
            let reserved = budget.reserve(tenant, estimate, (prices, &self.model), self.at);
            self.reserved.push(reserved.await?);
        }
        let (cleared, mut report) = match justification {
            None => self.guard.clear(&self.conversation, request, &self.model)?,
            Some(_) if self.services.trail.is_none() => {
                let what = "nothing leaves without redaction and without an audit log";
                return Err(ModelError::new(ModelErrorKind::PolicyDenied).with_subject(what));
            }
            Some(_) => self.guard.pass_unredacted(request, &self.model)?,
        };
        report.receipt = basis.receipt;
        self.hidden = report.found().total();
        self.span.cleared(&report);
        self.conversation.save().await?;
        if let Some(trail) = &self.services.trail {
            let digest = digest(&self.conversation, cleared.get(), &[cleared.get()]);
            let mut entry = self.entry_of(trail, &report, Some(digest))?;
            if let Some(justification) = justification {
                entry = Trail::justify(entry, justification);
            }
            self.entry = Some(entry.clone());
            trail.write(entry).await?;
        }
        self.is_prepared = true;
        Ok((cleared, report))
    }

    fn entry_of(
        &self,
        trail: &Trail,
        report: &GuardReport,
        digest: Option<[u8; 32]>,
    ) -> Result<Entry, Error> {
        let action = match report.is_bypassed() {
            true => "model.call.unredacted",
            false => "model.call",
        };
        trail.entry(action, &self.caller, &self.model, report, digest)
    }

    /// The context of the caller, with entries on each attempt.
    fn context(&mut self, given: &CallContext) -> Result<CallContext, Error> {
        let (Some(trail), Some(entry)) = (&self.services.trail, &self.entry) else {
            return Ok(given.clone());
        };
        let attempts = trail.attempts(entry, given.observed_by().cloned())?;
        let attempts = Arc::new(attempts);
        self.attempts = Some(Arc::clone(&attempts));
        Ok(given.clone().observer(attempts))
    }

    /// Makes sure that no other model answered than the one that was asked, unless the
    /// guard allows it.
    pub(crate) fn check(&self, usage: &Usage) -> Result<(), ModelError> {
        check_fallback(&self.guard, usage)
    }

    /// Ends a call that has an answer.
    pub(crate) async fn succeed(
        mut self,
        usage: &Usage,
        response: Option<&Response>,
        report: &GuardReport,
    ) -> Result<(), ModelError> {
        if let Some(response) = response {
            self.span.answered(response);
        }
        self.has_end = true;
        self.has_left = true;
        let (services, usage, report) = (self.services.clone(), usage.clone(), report.clone());
        let ending = async move {
            // The call was made, whether what came of it can be saved or not.
            let saved = self.conversation.save().await;
            let outcome = match &saved {
                Ok(()) => Ok(()),
                Err(_) => Err(ModelErrorKind::GuardFailed),
            };
            let ended = self.end(&usage, &report, outcome, true).await;
            saved.and(ended).map_err(ModelError::from)
        };
        services.finish(Box::pin(ending)).await
    }

    /// Ends a call that failed, and returns why. What cannot be noted of it must not hide
    /// the failure.
    pub(crate) async fn fail(
        mut self,
        error: ModelError,
        usage: &Usage,
        report: &GuardReport,
        was_used: bool,
    ) -> ModelError {
        self.has_end = true;
        self.has_left |= error.attempts() > 0;
        let outcome = Err(error.kind());
        let may_pass = error.is_retryable() || error.kind() == ModelErrorKind::Cancelled;
        let (services, usage, report) = (self.services.clone(), usage.clone(), report.clone());
        let ending = async move {
            let ended = self.end(&usage, &report, outcome, was_used).await;
            ended.map_err(ModelError::from)
        };
        match services.finish(Box::pin(ending)).await {
            Ok(()) => error,
            Err(other) if may_pass => other,
            Err(_) => error,
        }
    }

    async fn end(
        &mut self,
        usage: &Usage,
        report: &GuardReport,
        outcome: Result<(), ModelErrorKind>,
        was_used: bool,
    ) -> Result<(), Error> {
        let took = self.began.elapsed();
        let prices = self.services.prices.as_ref();
        let model = &self.model;
        let cost = prices.and_then(|prices| prices.cost(model, usage, self.at));
        self.span.end(took, usage, cost.as_ref(), report, outcome);
        let mut result = Ok(());
        // What is known of an answer that did not end may not be all that it used.
        let known = match outcome {
            Ok(()) => (usage, cost.as_ref()),
            Err(_) => (&Usage::new(), None),
        };
        for (budget, reserved) in self.services.budgets.iter().zip(&self.reserved) {
            let used = was_used.then_some(known);
            result = result.and(budget.settle(reserved, used).await);
        }
        let record = MeterRecord::new(
            (self.at, took),
            &self.caller.tenant,
            model,
            usage,
            cost,
            self.hidden,
            outcome,
        );
        for meter in &self.services.meters {
            result = result.and(meter.record(&record).await);
        }
        if let Some(attempts) = self.attempts.take()
            && was_used
        {
            result = result.and(attempts.end_unseen(outcome).await);
        }
        if let Some(trail) = &self.services.trail {
            let ended = outcome.map(|()| (usage, report));
            // What was refused before anything was written is in the log all the same.
            let entry = match self.entry.take() {
                Some(entry) => Ok(entry),
                None => self.entry_of(trail, report, None),
            };
            result = match entry {
                Ok(entry) => result.and(trail.end(entry, ended, self.has_left).await),
                Err(error) => result.and(Err(error)),
            };
        }
        result
    }
}

impl Drop for Call {
    /// A call that is dropped before its end was cancelled.
    fn drop(&mut self) {
        if self.has_end {
            return;
        }
        let was_used = self.is_prepared;
        let call = Self {
            guard: self.guard.clone(),
            services: self.services.detached(),
            caller: self.caller.clone(),
            model: self.model.clone(),
            conversation: self.conversation.clone(),
            span: self.span.clone(),
            entry: self.entry.take(),
            attempts: self.attempts.take(),
            reserved: std::mem::take(&mut self.reserved),
            hidden: self.hidden,
            at: self.at,
            began: self.began,
            has_left: self.has_left,
            is_prepared: self.is_prepared,
            has_end: true,
        };
        let report = GuardReport::new(call.guard.mode());
        self.services.end_later(Box::pin(async move {
            let error = ModelError::new(ModelErrorKind::Cancelled);
            Err(call.fail(error, &Usage::new(), &report, was_used).await)
        }));
    }
}

/// Makes sure that no other model answered than the one that was asked, unless the guard
/// allows it.
pub(super) fn check_fallback(guard: &Guard, usage: &Usage) -> Result<(), ModelError> {
    let states = guard.inner().server_states;
    let mut iterations = usage.iterations.iter();
    let is_fallback = iterations.any(|iteration| iteration.kind.starts_with("fallback"));
    if is_fallback && !states.contains(ServerState::Fallback) {
        let what = "provider had another model answer";
        return Err(ModelError::new(ModelErrorKind::WrongModel).with_subject(what));
    }
    Ok(())
}

/// Whether a call that failed may have used something. Nobody pays for a call that was
/// never sent, or that the provider turned away.
pub(super) const fn may_have_used(kind: ModelErrorKind) -> bool {
    matches!(
        kind,
        ModelErrorKind::Cancelled
            | ModelErrorKind::ContentFiltered
            | ModelErrorKind::GuardFailed
            | ModelErrorKind::Limit
            | ModelErrorKind::Protocol
            | ModelErrorKind::RegionDenied
            | ModelErrorKind::Timeout
            | ModelErrorKind::Truncated
            | ModelErrorKind::WrongModel
    )
}
