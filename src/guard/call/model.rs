//! A model behind a guard.

use std::fmt;
use std::sync::Arc;

use tracing::Instrument as _;

use super::attempt::{Begin, may_have_used};
use super::caller::{Justification, ModelCaller};
use super::services::Services;
use super::stream::AnswerStream;
use crate::guard::conversation::Conversation;
use crate::guard::guard::Guard;
use crate::guard::report::GuardReport;
use crate::guard::route::ControlReceipt;
use crate::model::{
    CallContext, ChatModel, ChatRequest, Message, ModelDescriptor, ModelError, Response, Usage,
};

/// A model behind a guard: it takes requests in the clear and gives answers in the clear,
/// and what the provider sees is neither.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::Identifier;
/// use confidant::guard::{ModelCaller, Conversation, Guard, GuardedModel};
/// use confidant::model::{CallContext, ChatModel, Message, ChatRequest};
/// use confidant::redact::Redactor;
///
/// async fn ask(model: Arc<dyn ChatModel>) -> Result<(), Box<dyn std::error::Error>> {
///     let guard = Guard::builder(Redactor::secrets_and_pii()).build()?;
///     let model = GuardedModel::new(guard, model);
///     let conversation = Conversation::new()?;
///     let caller = ModelCaller::new(Identifier::new("service:chat")?);
///     let request = ChatRequest::new().with(Message::user("Write to ann@acme-mail.com"));
///     let answer = model.generate(&caller, &conversation, request, &CallContext::new()).await?;
///     println!("{}", answer.response().message.text());
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct GuardedModel {
    guard: Guard,
    model: Arc<dyn ChatModel>,
    services: Services,
}

/// A whole answer, in both views.
#[derive(Clone, Debug)]
pub struct Answer {
    response: Response,
    wire: Message,
    report: GuardReport,
}

impl Answer {
    pub(super) const fn new(response: Response, wire: Message, report: GuardReport) -> Self {
        Self {
            response,
            wire,
            report,
        }
    }

    /// Returns the answer as people may read it and tools may run it.
    #[must_use]
    pub const fn response(&self) -> &Response {
        &self.response
    }

    /// Returns the message as it is to be stored and sent again: with placeholders, and
    /// with the items of the provider byte for byte.
    #[must_use]
    pub const fn wire(&self) -> &Message {
        &self.wire
    }

    /// Returns what the guard did.
    #[must_use]
    pub const fn report(&self) -> &GuardReport {
        &self.report
    }

    /// Returns the answer, the message with placeholders and the report.
    #[must_use]
    pub fn into_parts(self) -> (Response, Message, GuardReport) {
        (self.response, self.wire, self.report)
    }
}

impl GuardedModel {
    /// Puts a guard before a model.
    #[must_use]
    pub fn new(guard: Guard, model: Arc<dyn ChatModel>) -> Self {
        Self {
            guard,
            model,
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

    /// Returns the guard.
    #[must_use]
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Asks the model, and waits for the whole answer.
    ///
    /// # Errors
    /// [`PolicyDenied`](crate::model::ModelErrorKind::PolicyDenied) where something may not
    /// leave, with the path of the field in the source of the error,
    /// [`CredentialScope`](crate::model::ModelErrorKind::CredentialScope) where the key or
    /// the conversation is another tenant's than the caller's, [`GuardFailed`](crate::model::ModelErrorKind::GuardFailed) where the guard,
    /// the store or the log fails,
    /// [`BudgetExceeded`](crate::model::ModelErrorKind::BudgetExceeded) where a budget has
    /// no room: nothing was sent then. And those of the model.
    pub async fn generate(
        &self,
        caller: &ModelCaller,
        conversation: &Conversation,
        request: ChatRequest,
        context: &CallContext,
    ) -> Result<Answer, ModelError> {
        self.run(caller, conversation, request, context, None, None)
            .await
    }

    /// Asks the model with a request that leaves as it is, for a reason that stands in the
    /// audit log before.
    ///
    /// # Errors
    /// [`PolicyDenied`](crate::model::ModelErrorKind::PolicyDenied) where the guard does
    /// not [allow it](crate::guard::GuardBuilder::allow_unredacted) or there is no audit
    /// log, and those of [`generate`](Self::generate).
    pub async fn generate_unredacted(
        &self,
        caller: &ModelCaller,
        conversation: &Conversation,
        request: ChatRequest,
        context: &CallContext,
        justification: &Justification,
    ) -> Result<Answer, ModelError> {
        let why = Some(justification);
        self.run(caller, conversation, request, context, None, why)
            .await
    }

    /// Asks the model for an answer piece by piece.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate). Later ones are in the stream.
    pub async fn stream(
        &self,
        caller: &ModelCaller,
        conversation: &Conversation,
        request: ChatRequest,
        context: &CallContext,
    ) -> Result<AnswerStream, ModelError> {
        self.run_stream(caller, conversation, request, context, None)
            .await
    }

    pub(crate) async fn run(
        &self,
        caller: &ModelCaller,
        conversation: &Conversation,
        request: ChatRequest,
        context: &CallContext,
        receipt: Option<ControlReceipt>,
        justification: Option<&Justification>,
    ) -> Result<Answer, ModelError> {
        let begin = Begin {
            guard: &self.guard,
            services: &self.services,
            caller,
            model: self.model.descriptor(),
            conversation,
            context,
            receipt,
            justification,
            is_stream: false,
        };
        let (call, cleared, context, mut report) = begin.begin(request).await?;
        let span = call.span.span();
        let asked = self
            .model
            .generate(cleared, &context)
            .instrument(span)
            .await;
        let checked = asked.and_then(|response| call.check(&response.usage).map(|()| response));
        let mut response = match checked {
            Ok(response) => response,
            Err(error) => {
                let was_used = may_have_used(error.kind());
                return Err(call.fail(error, &Usage::new(), &report, was_used).await);
            }
        };
        let wire = self.guard.restore(conversation, &mut response, &mut report);
        let usage = response.usage.clone();
        let ended = call.succeed(&usage, Some(&response), &report).await;
        ended.map_err(|error| error.with_attempts(response.attempts.max(1)))?;
        Ok(Answer::new(response, wire, report))
    }

    pub(crate) async fn run_stream(
        &self,
        caller: &ModelCaller,
        conversation: &Conversation,
        request: ChatRequest,
        context: &CallContext,
        receipt: Option<ControlReceipt>,
    ) -> Result<AnswerStream, ModelError> {
        let begin = Begin {
            guard: &self.guard,
            services: &self.services,
            caller,
            model: self.model.descriptor(),
            conversation,
            context,
            receipt,
            justification: None,
            is_stream: true,
        };
        let (call, cleared, context, report) = begin.begin(request).await?;
        let span = call.span.span();
        match self.model.stream(cleared, &context).instrument(span).await {
            Ok(events) => {
                let events = self.guard.restore_stream(conversation, events, report);
                Ok(AnswerStream::new(events, call))
            }
            Err(error) => {
                let was_used = may_have_used(error.kind());
                Err(call.fail(error, &Usage::new(), &report, was_used).await)
            }
        }
    }
}

impl fmt::Debug for GuardedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedModel")
            .field("guard", &self.guard)
            .field("model", self.model.descriptor())
            .finish_non_exhaustive()
    }
}
