//! An answer of a guarded model, piece by piece.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_core::Stream;

use super::attempt::Call;
use super::services::{Ending, Services};
use crate::guard::report::GuardReport;
use crate::guard::restore::GuardedStream;
use crate::model::{Message, ModelError, ModelErrorKind, StreamEvent, Usage};

/// An answer that arrives piece by piece, in the clear. The end is passed on when it stands
/// in the audit log.
///
/// One that is dropped before its end counts as [cancelled](ModelErrorKind::Cancelled). Its
/// entry, its record for meters and what it reserved of budgets are seen to as
/// [`Services::settle`] says.
pub struct AnswerStream {
    events: GuardedStream,
    services: Services,
    call: Option<Call>,
    ending: Option<Ending>,
    usage: Usage,
    began: Instant,
    has_begun: bool,
    last: Option<Result<StreamEvent, ModelError>>,
}

impl AnswerStream {
    pub(super) fn new(events: GuardedStream, call: Call) -> Self {
        Self {
            events,
            services: call.services.clone(),
            call: Some(call),
            ending: None,
            usage: Usage::new(),
            began: Instant::now(),
            has_begun: false,
            last: None,
        }
    }

    /// Returns what the guard did up to here.
    #[must_use]
    pub const fn report(&self) -> &GuardReport {
        self.events.report()
    }

    /// Returns the answer up to here in the form to store and send again.
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
        let Some(mut call) = self.call.take() else {
            self.last = Some(last);
            return;
        };
        // The answer has begun.
        call.has_left = true;
        let (usage, report) = (self.usage.clone(), self.events.report().clone());
        let last = last.and_then(|event| call.check(&usage).map(|()| event));
        self.ending = Some(match last {
            Ok(event) => {
                self.last = Some(Ok(event));
                Box::pin(async move {
                    let ended = call.succeed(&usage, None, &report).await;
                    ended.map_err(|error| error.with_attempts(1))
                })
            }
            Err(error) => {
                Box::pin(async move { Err(call.fail(error, &usage, &report, true).await) })
            }
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

impl Drop for AnswerStream {
    fn drop(&mut self) {
        if let Some(call) = &mut self.call {
            call.services = call.services.detached();
            self.end(Err(ModelError::new(ModelErrorKind::Cancelled)));
        }
        if let Some(ending) = self.ending.take() {
            self.services.end_later(ending);
        }
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerStream")
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
