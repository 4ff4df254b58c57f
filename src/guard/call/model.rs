//! A model behind a guard.

use std::fmt;
use std::sync::Arc;

use tracing::Instrument as _;

use super::attempt::{Begin, CallBasis, may_have_used};
use super::caller::Justification;
use super::services::Services;
use super::stream::AnswerStream;
use super::turn::Turn;
use crate::guard::guard::Guard;
use crate::guard::report::GuardReport;
use crate::model::{ChatModel, ChatRequest, Message, ModelDescriptor, ModelError, Response, Usage};

/// A model behind a guard: it takes requests in the clear and gives answers in the clear,
/// and what the provider sees is neither.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::Identifier;
/// use confidant::guard::{Conversation, Guard, GuardedModel, ModelCaller, Turn};
/// use confidant::model::{ChatModel, ChatRequest, Message};
/// use confidant::redact::Redactor;
///
/// async fn ask(model: Arc<dyn ChatModel>) -> Result<(), Box<dyn std::error::Error>> {
///     let guard = Guard::builder(Redactor::secrets_and_pii()).build()?;
///     let model = GuardedModel::new(guard, model);
///     let conversation = Conversation::new()?;
///     let caller = ModelCaller::new(Identifier::new("service:chat")?);
///     let request = ChatRequest::new().with(Message::user("Write to ann@acme-mail.com"));
///     let answer = model.generate(Turn::new(&caller, &conversation), request).await?;
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

    /// Returns the message in the form to store and send again: with placeholders, and
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

    /// Returns the model, without the guard.
    pub(crate) const fn inner(&self) -> &Arc<dyn ChatModel> {
        &self.model
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
    /// the conversation is another tenant's than the caller's,
    /// [`GuardFailed`](crate::model::ModelErrorKind::GuardFailed) where the guard, the store
    /// or the log fails,
    /// [`BudgetExceeded`](crate::model::ModelErrorKind::BudgetExceeded) where a budget has
    /// no room: nothing was sent then. And those of the model.
    pub async fn generate(
        &self,
        turn: Turn<'_>,
        request: ChatRequest,
    ) -> Result<Answer, ModelError> {
        self.run(turn, request, CallBasis::default()).await
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
        turn: Turn<'_>,
        request: ChatRequest,
        justification: &Justification,
    ) -> Result<Answer, ModelError> {
        let basis = CallBasis {
            justification: Some(justification),
            receipt: None,
        };
        self.run(turn, request, basis).await
    }

    /// Asks the model for an answer piece by piece.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate). Later ones are in the stream.
    pub async fn stream(
        &self,
        turn: Turn<'_>,
        request: ChatRequest,
    ) -> Result<AnswerStream, ModelError> {
        self.run_stream(turn, request, CallBasis::default()).await
    }

    pub(crate) async fn run(
        &self,
        turn: Turn<'_>,
        request: ChatRequest,
        basis: CallBasis<'_>,
    ) -> Result<Answer, ModelError> {
        let conversation = turn.conversation;
        let begin = self.begin(turn, &request, basis, false);
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
        turn: Turn<'_>,
        request: ChatRequest,
        basis: CallBasis<'_>,
    ) -> Result<AnswerStream, ModelError> {
        let conversation = turn.conversation;
        let begin = self.begin(turn, &request, basis, true);
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

    fn begin<'a>(
        &'a self,
        turn: Turn<'a>,
        request: &ChatRequest,
        mut basis: CallBasis<'a>,
        is_stream: bool,
    ) -> Begin<'a> {
        let own = || {
            let now = self.services.clock.now();
            self.services.receipt_of(&*self.model, request, now)
        };
        basis.receipt.get_or_insert_with(own);
        Begin {
            guard: &self.guard,
            services: &self.services,
            model: self.model.descriptor(),
            turn,
            basis,
            is_stream,
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
