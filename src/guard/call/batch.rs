//! Batches behind a guard.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::attempt::check_fallback;
use super::budget::Estimate;
use super::caller::ModelCaller;
use super::model::Answer;
use super::services::Services;
use super::side::{Side, digest};
use super::turn::Turn;
use crate::guard::conversation::Conversation;
use crate::guard::copies::{ProviderCopies, Watch};
use crate::guard::guard::Guard;
use crate::guard::report::GuardReport;
use crate::guard::route::Feature;
use crate::model::{
    BatchModel, BatchStatus, CallContext, KeptItem, ModelDescriptor, ModelError, ModelErrorKind,
    Name, ProviderStorage, RequestBatch, Response, ServerState, Usage,
};

/// The answers of a batch, by the ids of its requests. A request without one has no entry.
pub type BatchAnswers = BTreeMap<Name, Result<Answer, ModelError>>;

/// A model that answers batches, behind a guard.
///
/// Each request is cleared as one of its own, and each answer restored. The guard must
/// [allow](crate::guard::GuardBuilder::allow) the provider to keep a
/// [`Batch`](ServerState::Batch); that it does stands on the list of
/// [`ProviderCopies`] from before the call until it is deleted or has expired.
///
/// A budget counts a batch as what it may use at most, since what it did use is known only
/// later; meters get a record of each answer when it is fetched.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::guard::{Conversation, Guard, GuardedBatches, ModelCaller, ProviderCopies, Turn};
/// use confidant::model::{RequestBatch, BatchModel, CallContext, Message, ModelError, ChatRequest};
///
/// async fn summaries(
///     guard: Guard,
///     model: Arc<dyn BatchModel>,
///     copies: ProviderCopies,
///     caller: &ModelCaller,
///     conversation: &Conversation,
/// ) -> Result<(), ModelError> {
///     let batches = GuardedBatches::new(guard, model, copies);
///     let context = CallContext::new();
///     let request = ChatRequest::new().with(Message::user("Sum up the mail of ann@acme-mail.com"));
///     let batch = RequestBatch::new().with("mail-1", request);
///     let turn = Turn::new(caller, conversation).context(&context);
///     let (item, _) = batches.submit(turn.clone(), batch).await?;
///     while !batches.status(&item.id, &context).await?.has_ended {
///         // Wait for some minutes.
///     }
///     let answers = batches.answers(turn, &item.id).await?;
///     assert!(answers.len() <= 1);
///     batches.delete(caller, &item, &context).await
/// }
/// ```
#[derive(Clone)]
pub struct GuardedBatches {
    guard: Guard,
    model: Arc<dyn BatchModel>,
    copies: ProviderCopies,
    services: Services,
}

impl GuardedBatches {
    /// Puts a guard before a model, with the list of what providers keep.
    #[must_use]
    pub fn new(guard: Guard, model: Arc<dyn BatchModel>, copies: ProviderCopies) -> Self {
        Self {
            guard,
            model,
            copies,
            services: Services::new(),
        }
    }

    /// Sets the audit log, budgets, prices and meters of the calls.
    #[must_use]
    pub fn services(mut self, services: Services) -> Self {
        self.services = services;
        self
    }

    /// Returns which model it is.
    #[must_use]
    pub fn descriptor(&self) -> &ModelDescriptor {
        self.model.descriptor()
    }

    /// Sends the requests of a batch, and returns the id under which the provider keeps it,
    /// with what the guard did. The values are saved in the conversation, which whoever
    /// fetches the answers must have.
    ///
    /// # Errors
    /// Those of [`GuardedModel::generate`](super::GuardedModel::generate), and
    /// [`PolicyDenied`](ModelErrorKind::PolicyDenied) where the guard does not let the
    /// provider keep a batch. Where the connection breaks, the list of copies says that
    /// there may be one.
    pub async fn submit(
        &self,
        turn: Turn<'_>,
        batch: RequestBatch,
    ) -> Result<(KeptItem, GuardReport), ModelError> {
        let mut report = GuardReport::new(self.guard.mode());
        let uses = ("model.batch", Feature::Batch);
        let mut side = Side::new(&self.services, turn.caller, self.model.descriptor(), uses);
        let sent = self.send(&mut side, &mut report, turn, batch).await;
        let item = side.end(sent, &Usage::new(), &report).await?;
        Ok((item, report))
    }

    async fn send(
        &self,
        side: &mut Side,
        report: &mut GuardReport,
        turn: Turn<'_>,
        batch: RequestBatch,
    ) -> Result<KeptItem, ModelError> {
        let conversation = turn.conversation;
        let estimates = batch.records.iter();
        let estimates = estimates.map(|record| Estimate::of(&record.request));
        let estimate = estimates.fold(Estimate::default(), Estimate::and);
        side.reserve(Some(conversation), estimate).await?;
        let model = self.model.descriptor();
        let (cleared, found) = self.guard.clear_batch(conversation, batch, model)?;
        *report = found;
        conversation.save().await?;
        let records = cleared.get().records.iter();
        let requests: Vec<_> = records.map(|record| &record.request).collect();
        let digest = digest(conversation, cleared.get(), &requests);
        let context = side.begin(report, Some(digest), &turn.context).await?;
        let kind = ServerState::Batch;
        let storage = &*self.model;
        let watch = Watch::begin(&self.copies, turn.caller, storage, kind, &context).await?;
        let sent = self.model.submit(cleared, &watch.context(&context)).await;
        watch.end(sent, storage, &context).await
    }

    /// Returns how far a batch has come.
    ///
    /// # Errors
    /// Those of the model.
    pub async fn status(
        &self,
        id: &Name,
        context: &CallContext,
    ) -> Result<BatchStatus, ModelError> {
        self.model.status(id, context).await
    }

    /// Returns the answers of a batch that has ended, each restored and by the id of its
    /// request. The provider keeps them until they are [deleted](Self::delete).
    ///
    /// # Errors
    /// Those of the model, of the conversation, and of the services;
    /// [`Protocol`](ModelErrorKind::Protocol) where two answers have one id. That one
    /// request failed is in its answer.
    pub async fn answers(&self, turn: Turn<'_>, id: &Name) -> Result<BatchAnswers, ModelError> {
        let Turn {
            caller,
            conversation,
            ref context,
        } = turn;
        let now = self.services.clock.now();
        self.services
            .admit(caller, self.model.descriptor(), Some(conversation), now)
            .await?;
        // Another process may have sent the batch.
        conversation.save().await?;
        let mut answers = BatchAnswers::new();
        for answer in self.model.answers(id, context).await? {
            let uses = ("model.batch.answer", Feature::Batch);
            let side = Side::new(&self.services, caller, self.model.descriptor(), uses);
            let mut report = GuardReport::new(self.guard.mode());
            let checked = answer.outcome.and_then(|response| {
                check_fallback(&self.guard, &response.usage).map(|()| response)
            });
            let usage = match &checked {
                Ok(response) => response.usage.clone(),
                Err(_) => Usage::new(),
            };
            let restored =
                checked.map(|response| self.restore(conversation, response, &mut report));
            let is_answered = restored.is_ok();
            let ended = side.end(restored, &usage, &report).await;
            if is_answered && let Err(error) = ended {
                return Err(error);
            }
            let ended = ended.map(|(response, wire)| Answer::new(response, wire, report));
            if answers.insert(answer.id, ended).is_some() {
                let what = "two answers of a batch with one id";
                return Err(ModelError::new(ModelErrorKind::Protocol).with_subject(what));
            }
        }
        conversation.save().await?;
        Ok(answers)
    }

    fn restore(
        &self,
        conversation: &Conversation,
        mut response: Response,
        report: &mut GuardReport,
    ) -> (Response, crate::model::Message) {
        let wire = self.guard.restore(conversation, &mut response, report);
        (response, wire)
    }

    /// Has the provider delete a batch, with its requests and answers, and takes it off the
    /// list of copies.
    ///
    /// # Errors
    /// [`CredentialScope`](ModelErrorKind::CredentialScope) where the key is another
    /// tenant's than the caller's, and those of the model, of the list and of the log. One
    /// that is worked on is cancelled, and the error [may pass](ModelError::is_retryable).
    pub async fn delete(
        &self,
        caller: &ModelCaller,
        item: &KeptItem,
        context: &CallContext,
    ) -> Result<(), ModelError> {
        let uses = ("model.batch.delete", Feature::Batch);
        let side = Side::new(&self.services, caller, self.model.descriptor(), uses);
        let storage = (&*self.model as &dyn ProviderStorage, &self.copies);
        side.delete(storage, item, self.guard.mode(), context).await
    }
}

impl fmt::Debug for GuardedBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedBatches")
            .field("guard", &self.guard)
            .field("model", self.model.descriptor())
            .finish_non_exhaustive()
    }
}
