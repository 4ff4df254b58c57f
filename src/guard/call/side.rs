//! Calls through the side doors, with what stands around them.

use std::sync::Arc;
use std::time::Instant;

use super::attempt::may_have_used;
use super::budget::{Estimate, Reserved};
use super::caller::Caller;
use super::meter::MeterRecord;
use super::services::Services;
use crate::Error;
use crate::audit::Entry;
use crate::guard::conversation::Conversation;
use crate::guard::report::GuardReport;
use crate::guard::route::Feature;
use crate::model::{
    CallContext, Leaf, Leaves, ModelDescriptor, ModelError, ModelErrorKind, Path, Usage,
};
use crate::time::Moment;

/// One call through a side door: a batch, a file, texts to embed.
pub(super) struct Side<'s> {
    services: &'s Services,
    caller: &'s Caller,
    model: &'s ModelDescriptor,
    action: &'static str,
    feature: Feature,
    entry: Option<Entry>,
    reserved: Vec<Reserved>,
    was_sent: bool,
    at: Moment,
    began: Instant,
}

impl<'s> Side<'s> {
    pub(super) fn new(
        services: &'s Services,
        caller: &'s Caller,
        model: &'s ModelDescriptor,
        (action, feature): (&'static str, Feature),
    ) -> Self {
        Self {
            services,
            caller,
            model,
            action,
            feature,
            entry: None,
            reserved: Vec::new(),
            was_sent: false,
            at: services.clock.now(),
            began: Instant::now(),
        }
    }

    /// Makes sure that the call may be made, and reserves what it may use.
    pub(super) async fn reserve(
        &mut self,
        conversation: Option<&Conversation>,
        estimate: Estimate,
    ) -> Result<(), ModelError> {
        self.services
            .admit(self.caller, self.model, conversation, self.at)
            .await?;
        for budget in &self.services.budgets {
            let prices = self.services.prices.as_deref();
            let tenant = self.caller.tenant_name();
            let reserved = budget.reserve(tenant, estimate, (prices, self.model), self.at);
            self.reserved.push(reserved.await?);
        }
        Ok(())
    }

    /// Writes the entry, before anything leaves, and returns the context of the call.
    pub(super) async fn begin(
        &mut self,
        report: &mut GuardReport,
        digest: Option<[u8; 32]>,
        context: &CallContext,
    ) -> Result<CallContext, ModelError> {
        report.receipt = Some(self.services.receipt(self.model, self.feature, self.at));
        let Some(trail) = &self.services.trail else {
            self.was_sent = true;
            return Ok(context.clone());
        };
        let entry = trail.entry(self.action, self.caller, self.model, report, digest)?;
        trail.write(entry.clone()).await?;
        let attempts = trail.attempts(&entry, context.observed_by().cloned())?;
        self.entry = Some(entry);
        self.was_sent = true;
        Ok(context.clone().observer(Arc::new(attempts)))
    }

    /// Ends the call: what it used is settled and metered, and how it ended is in the log.
    pub(super) async fn end<T>(
        mut self,
        result: Result<T, ModelError>,
        usage: &Usage,
        report: &GuardReport,
    ) -> Result<T, ModelError> {
        let outcome = result.as_ref().map(drop).map_err(ModelError::kind);
        let noted = self.note(outcome, usage, report).await;
        match (result, noted) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(error)) => Err(error.into()),
            (Err(error), _) => Err(error),
        }
    }

    async fn note(
        &mut self,
        outcome: Result<(), ModelErrorKind>,
        usage: &Usage,
        report: &GuardReport,
    ) -> Result<(), Error> {
        let model = self.model;
        let prices = self.services.prices.as_ref();
        let cost = prices
            .and_then(|prices| prices.cost(model.provider.as_str(), model.model.as_str(), usage));
        let mut result = Ok(());
        for (budget, reserved) in self.services.budgets.iter().zip(&self.reserved) {
            let is_used = match outcome {
                Ok(()) => true,
                Err(kind) => may_have_used(kind),
            };
            let is_used = self.was_sent && is_used;
            let used = is_used.then_some((usage, cost.as_ref()));
            result = result.and(budget.settle(reserved, used).await);
        }
        let record = MeterRecord::new(
            (self.at, self.began.elapsed()),
            self.caller.tenant_name(),
            model,
            usage,
            cost,
            report.found().total(),
            outcome,
        );
        for meter in &self.services.meters {
            result = result.and(meter.record(&record).await);
        }
        if let Some(trail) = &self.services.trail {
            let entry = match self.entry.take() {
                Some(entry) => Ok(entry),
                None => trail.entry(self.action, self.caller, model, report, None),
            };
            let ended = outcome.map(|()| (usage, report));
            result = match entry {
                Ok(entry) => result.and(trail.end(entry, ended).await),
                Err(error) => result.and(Err(error)),
            };
        }
        result
    }
}

/// A digest of what leaves, under the key of the conversation.
pub(super) fn digest(conversation: &Conversation, content: &(impl Leaves + Clone)) -> [u8; 32] {
    let mut mac = conversation.lock().key.begin_mac("request");
    let mut copy = content.clone();
    let walked = copy.leaves(&Path::root("request"), &mut |_, leaf| {
        match leaf {
            Leaf::Text(text) => mac.part(text.as_bytes()),
            Leaf::Json(json) | Leaf::Schema(json) | Leaf::Wire(json) => {
                mac.part(json.as_str().as_bytes());
            }
            Leaf::Name(name) => mac.part(name.as_bytes()),
            Leaf::Blob(blob) => mac.part(blob.as_bytes()),
            Leaf::Number(number) => mac.part(&number.to_be_bytes()),
        }
        Ok(())
    });
    debug_assert!(walked.is_ok(), "the visitor never fails");
    mac.finish()
}
