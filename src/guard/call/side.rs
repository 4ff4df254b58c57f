//! Calls through the side doors, with what stands around them.

use std::sync::Arc;
use std::time::Instant;

use super::attempt::may_have_used;
use super::budget::{Estimate, Reserved};
use super::caller::ModelCaller;
use super::meter::MeterRecord;
use super::services::{Services, check_tenant};
use super::trail::Attempts;
use crate::Error;
use crate::audit::Entry;
use crate::guard::conversation::Conversation;
use crate::guard::copies::ProviderCopies;
use crate::guard::mode::Mode;
use crate::guard::report::GuardReport;
use crate::guard::route::Feature;
use crate::model::{
    CallContext, ChatRequest, KeptItem, Leaf, Leaves, ModelDescriptor, ModelError, ModelErrorKind,
    Path, ProviderStorage, Usage,
};
use crate::time::Moment;

/// One call through a side door: a batch, a file, texts to embed.
pub(super) struct Side {
    services: Services,
    caller: ModelCaller,
    model: ModelDescriptor,
    action: &'static str,
    feature: Feature,
    entry: Option<Entry>,
    attempts: Option<Arc<Attempts>>,
    reserved: Vec<Reserved>,
    was_sent: bool,
    /// Whether its end is taken care of.
    has_end: bool,
    at: Moment,
    began: Instant,
}

impl Side {
    pub(super) fn new(
        services: &Services,
        caller: &ModelCaller,
        model: &ModelDescriptor,
        (action, feature): (&'static str, Feature),
    ) -> Self {
        Self {
            services: services.clone(),
            caller: caller.clone(),
            model: model.clone(),
            action,
            feature,
            entry: None,
            attempts: None,
            reserved: Vec::new(),
            was_sent: false,
            has_end: false,
            at: services.clock.now(),
            began: Instant::now(),
        }
    }

    /// Has the provider delete what it keeps, and takes it off the list of copies.
    pub(super) async fn delete(
        mut self,
        storage: (&dyn ProviderStorage, &ProviderCopies),
        item: &KeptItem,
        mode: Mode,
        context: &CallContext,
    ) -> Result<(), ModelError> {
        let mut report = GuardReport::new(mode);
        let deleted = self.remove(storage, item, &mut report, context).await;
        self.end(deleted, &Usage::new(), &report).await
    }

    async fn remove(
        &mut self,
        (storage, copies): (&dyn ProviderStorage, &ProviderCopies),
        item: &KeptItem,
        report: &mut GuardReport,
        context: &CallContext,
    ) -> Result<(), ModelError> {
        self.check_tenant()?;
        let context = self.begin(report, None, context).await?;
        storage.delete(item, &context).await?;
        let tenant = self.caller.tenant_name();
        Ok(copies.deleted(tenant, &self.model, item).await?)
    }

    /// Makes sure that the call may be made, and reserves what it may use.
    pub(super) async fn reserve(
        &mut self,
        conversation: Option<&Conversation>,
        estimate: Estimate,
    ) -> Result<(), ModelError> {
        self.services
            .admit(&self.caller, &self.model, conversation, self.at)
            .await?;
        for budget in &self.services.budgets {
            let prices = self.services.prices.as_deref();
            let tenant = self.caller.tenant_name();
            let reserved = budget.reserve(tenant, estimate, (prices, &self.model), self.at);
            self.reserved.push(reserved.await?);
        }
        Ok(())
    }

    /// Makes sure that the caller may do this for its own tenant. To delete, no consent is
    /// needed and no budget is used.
    pub(super) fn check_tenant(&self) -> Result<(), ModelError> {
        check_tenant(&self.caller, &self.model, None)
    }

    /// Writes the entry, before anything leaves, and returns the context of the call.
    pub(super) async fn begin(
        &mut self,
        report: &mut GuardReport,
        digest: Option<[u8; 32]>,
        context: &CallContext,
    ) -> Result<CallContext, ModelError> {
        report.receipt = Some(self.services.receipt(&self.model, self.feature, self.at));
        let Some(trail) = &self.services.trail else {
            self.was_sent = true;
            return Ok(context.clone());
        };
        let entry = trail.entry(self.action, &self.caller, &self.model, report, digest)?;
        let attempts = trail.attempts(&entry, context.observed_by().cloned())?;
        self.entry = Some(entry.clone());
        trail.write(entry).await?;
        self.was_sent = true;
        let attempts = Arc::new(attempts);
        self.attempts = Some(Arc::clone(&attempts));
        Ok(context.clone().observer(attempts))
    }

    /// Ends the call: what it used is settled and metered, and how it ended is in the log.
    pub(super) async fn end<T>(
        mut self,
        result: Result<T, ModelError>,
        usage: &Usage,
        report: &GuardReport,
    ) -> Result<T, ModelError> {
        self.has_end = true;
        let has_left = matches!(&result, Err(error) if error.attempts() > 0);
        let outcome = result.as_ref().map(drop).map_err(ModelError::kind);
        let (services, usage, report) = (self.services.clone(), usage.clone(), report.clone());
        let ending = async move {
            let noted = self.note(outcome, &usage, &report, has_left).await;
            noted.map_err(ModelError::from)
        };
        let noted = services.finish(Box::pin(ending)).await;
        match (result, noted) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(error)) => Err(error),
            (Err(error), _) => Err(error),
        }
    }

    async fn note(
        &mut self,
        outcome: Result<(), ModelErrorKind>,
        usage: &Usage,
        report: &GuardReport,
        has_left: bool,
    ) -> Result<(), Error> {
        let model = &self.model;
        let prices = self.services.prices.as_ref();
        let cost = prices.and_then(|prices| prices.cost(model, usage, self.at));
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
        if let Some(attempts) = self.attempts.take()
            && self.was_sent
            && outcome.map_or_else(may_have_used, |()| true)
        {
            result = result.and(attempts.end_unseen(outcome).await);
        }
        if let Some(trail) = &self.services.trail {
            let entry = match self.entry.take() {
                Some(entry) => Ok(entry),
                None => trail.entry(self.action, &self.caller, model, report, None),
            };
            let ended = outcome.map(|()| (usage, report));
            result = match entry {
                Ok(entry) => result.and(trail.end(entry, ended, has_left).await),
                Err(error) => result.and(Err(error)),
            };
        }
        result
    }
}

impl Drop for Side {
    /// A call that is dropped before its end was cancelled.
    fn drop(&mut self) {
        if self.has_end {
            return;
        }
        let side = Self {
            services: self.services.detached(),
            caller: self.caller.clone(),
            model: self.model.clone(),
            action: self.action,
            feature: self.feature,
            entry: self.entry.take(),
            attempts: self.attempts.take(),
            reserved: std::mem::take(&mut self.reserved),
            was_sent: self.was_sent,
            has_end: true,
            at: self.at,
            began: self.began,
        };
        self.services.end_later(Box::pin(async move {
            let report = GuardReport::new(Mode::Enforce);
            let cancelled = ModelError::new(ModelErrorKind::Cancelled);
            side.end(Err::<(), _>(cancelled), &Usage::new(), &report)
                .await
        }));
    }
}

/// A digest of what leaves, under the key of the conversation: of each leaf, with the path
/// on which it stands, and of the role of each message of the requests in it.
pub(super) fn digest(
    conversation: &Conversation,
    content: &(impl Leaves + Clone),
    requests: &[&ChatRequest],
) -> [u8; 32] {
    let mut mac = conversation.lock().key.begin_mac("request");
    for request in requests {
        let roles = request.messages.iter().map(|message| message.role as u8);
        mac.part(&roles.collect::<Vec<_>>());
    }
    let mut copy = content.clone();
    let walked = copy.leaves(&Path::root("request"), &mut |path, leaf| {
        path.each(&mut |word, index| {
            mac.part(word.as_bytes());
            let number = index.map(|index| (index as u64).to_be_bytes());
            mac.part(number.as_ref().map_or(&[][..], |number| &number[..]));
        });
        mac.part(&[]);
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
