//! A model behind a guard.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use tracing::Instrument as _;

use super::attempt::{Begin, Call};
use super::caller::{Caller, Justification};
use super::services::Services;
use crate::guard::conversation::Conversation;
use crate::guard::guard::Guard;
use crate::guard::report::GuardReport;
use crate::guard::restore::GuardedStream;
use crate::guard::route::Receipt;
use crate::model::{
    CallContext, ChatModel, Message, ModelDescriptor, ModelError, ModelErrorKind, Request,
    Response, StreamEvent, Usage,
};

/// A model behind a guard: it takes requests in the clear and gives answers in the clear,
/// and what the provider sees is neither.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::Identifier;
/// use confidant::guard::{Caller, Conversation, Guard, GuardedModel};
/// use confidant::model::{CallContext, ChatModel, Message, Request};
/// use confidant::redact::Redactor;
///
/// async fn ask(model: Arc<dyn ChatModel>) -> Result<(), Box<dyn std::error::Error>> {
///     let guard = Guard::builder(Redactor::secrets_and_pii()).build()?;
///     let model = GuardedModel::new(guard, model);
///     let conversation = Conversation::new()?;
///     let caller = Caller::new(Identifier::new("service:chat")?);
///     let request = Request::new().with(Message::user("Write to ann@acme-mail.com"));
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
    /// leave, [`GuardFailed`](crate::model::ModelErrorKind::GuardFailed) where the guard,
    /// the store or the log fails,
    /// [`BudgetExceeded`](crate::model::ModelErrorKind::BudgetExceeded) where a budget has
    /// no room: nothing was sent then. And those of the model.
    pub async fn generate(
        &self,
        caller: &Caller,
        conversation: &Conversation,
        request: Request,
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
        caller: &Caller,
        conversation: &Conversation,
        request: Request,
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
        caller: &Caller,
        conversation: &Conversation,
        request: Request,
        context: &CallContext,
    ) -> Result<AnswerStream, ModelError> {
        self.run_stream(caller, conversation, request, context, None)
            .await
    }

    pub(crate) async fn run(
        &self,
        caller: &Caller,
        conversation: &Conversation,
        request: Request,
        context: &CallContext,
        receipt: Option<Receipt>,
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
            Err(error) => return Err(call.fail(error, &report, true).await),
        };
        let wire = self.guard.restore(conversation, &mut response, &mut report);
        let usage = response.usage.clone();
        call.succeed(&usage, Some(&response), &report).await?;
        Ok(Answer {
            response,
            wire,
            report,
        })
    }

    pub(crate) async fn run_stream(
        &self,
        caller: &Caller,
        conversation: &Conversation,
        request: Request,
        context: &CallContext,
        receipt: Option<Receipt>,
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
                Ok(AnswerStream {
                    events,
                    call: Some(call),
                    ending: None,
                    usage: Usage::new(),
                    began: std::time::Instant::now(),
                    has_begun: false,
                    last: None,
                })
            }
            Err(error) => Err(call.fail(error, &report, true).await),
        }
    }
}

type Ending = Pin<Box<dyn Future<Output = Result<(), ModelError>> + Send>>;

/// An answer that arrives piece by piece, in the clear. The end is passed on when it stands
/// in the audit log.
///
/// One that is dropped before its end has no entry of how it ended, and keeps what it
/// reserved of budgets.
pub struct AnswerStream {
    events: GuardedStream,
    call: Option<Call>,
    ending: Option<Ending>,
    usage: Usage,
    began: std::time::Instant,
    has_begun: bool,
    last: Option<Result<StreamEvent, ModelError>>,
}

impl AnswerStream {
    /// Returns what the guard did up to here.
    #[must_use]
    pub const fn report(&self) -> &GuardReport {
        self.events.report()
    }

    /// Returns the answer up to here as it is to be stored and sent again.
    #[must_use]
    pub fn wire(&self) -> Message {
        self.events.wire()
    }

    /// Returns how much was used up to here.
    #[must_use]
    pub const fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Returns the next piece; `None` after the last.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, ModelError>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Begins to end the call; its last piece waits until that is done.
    fn end(&mut self, last: Result<StreamEvent, ModelError>) {
        let Some(call) = self.call.take() else {
            self.last = Some(last);
            return;
        };
        let (usage, report) = (self.usage.clone(), self.events.report().clone());
        let last = last.and_then(|event| call.check(&usage).map(|()| event));
        self.ending = Some(match last {
            Ok(event) => {
                self.last = Some(Ok(event));
                Box::pin(async move { call.succeed(&usage, None, &report).await })
            }
            Err(error) => Box::pin(async move { Err(call.fail(error, &report, true).await) }),
        });
    }
}

impl Stream for AnswerStream {
    type Item = Result<StreamEvent, ModelError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(ending) = &mut this.ending {
                match ending.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(ended) => {
                        this.ending = None;
                        if let Err(error) = ended {
                            this.last = Some(Err(error));
                        }
                    }
                }
            }
            if let Some(last) = this.last.take() {
                return Poll::Ready(Some(last));
            }
            let event = match Pin::new(&mut this.events).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) if this.call.is_none() => return Poll::Ready(None),
                // A stream that stops without an end was cut off.
                Poll::Ready(None) => Err(ModelError::new(ModelErrorKind::Truncated)),
                Poll::Ready(Some(event)) => event,
            };
            if !this.has_begun {
                this.has_begun = true;
                if let Some(call) = &this.call {
                    call.span.first_chunk(this.began.elapsed());
                }
            }
            match event {
                Ok(StreamEvent::Usage(usage)) => {
                    this.usage.update((*usage).clone());
                    return Poll::Ready(Some(Ok(StreamEvent::Usage(usage))));
                }
                Ok(event @ StreamEvent::Finished(_)) => this.end(Ok(event)),
                Err(error) => this.end(Err(error)),
                Ok(event) => return Poll::Ready(Some(Ok(event))),
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

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerStream")
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
