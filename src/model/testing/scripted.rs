//! A model that answers what it is told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::MockAnswer;
use super::play::{pieces, stream};
use crate::model::{
    CallContext, ChatModel, ChatRequest, ClearedRequest, CredentialOwner, Destination, Endpoint,
    EventStream, ModelDescriptor, ModelError, ModelErrorKind, Response, StreamEvent,
};
use crate::taxonomy::Processor;

/// A model that answers what it is told, in that order, and keeps what it was asked.
///
/// A call beyond the script fails with
/// [`ServerFailed`](crate::model::ModelErrorKind::ServerFailed).
pub struct ScriptedModel {
    descriptor: ModelDescriptor,
    piece: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Turn>,
    requests: Vec<ChatRequest>,
}

enum Turn {
    Answer(Box<Response>),
    Events(Vec<Result<StreamEvent, ModelError>>),
    Failure(ModelError),
}

impl ScriptedModel {
    /// Returns a model of this name, with nothing to say.
    #[must_use]
    pub fn new(model: &str) -> Self {
        Self {
            descriptor: local(model),
            piece: 8,
            state: Mutex::default(),
        }
    }

    /// Describes the model otherwise, such as with another provider.
    #[must_use]
    pub fn described(mut self, descriptor: ModelDescriptor) -> Self {
        self.descriptor = descriptor;
        self
    }

    /// Sets the most bytes of a delta of a stream; 8 by default.
    #[must_use]
    pub const fn pieces_of(mut self, bytes: usize) -> Self {
        self.piece = bytes;
        self
    }

    /// Answers with a text next.
    #[must_use]
    pub fn then_text(self, text: &str) -> Self {
        self.then(MockAnswer::text(text))
    }

    /// Answers so next.
    #[must_use]
    pub fn then(self, answer: MockAnswer) -> Self {
        self.push(Turn::Answer(Box::new(answer.response())))
    }

    /// Answers with this response next.
    #[must_use]
    pub fn then_response(self, response: Response) -> Self {
        self.push(Turn::Answer(Box::new(response)))
    }

    /// Streams these events next. A call for a whole answer gets them put together.
    #[must_use]
    pub fn then_events(self, events: Vec<Result<StreamEvent, ModelError>>) -> Self {
        self.push(Turn::Events(events))
    }

    /// Fails next, before an answer begins.
    #[must_use]
    pub fn then_error(self, error: ModelError) -> Self {
        self.push(Turn::Failure(error))
    }

    fn push(self, turn: Turn) -> Self {
        self.state().script.push_back(turn);
        self
    }

    /// Returns what was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, request: &ClearedRequest) -> Result<Turn, ModelError> {
        request.check(&self.descriptor)?;
        let mut state = self.state();
        state.requests.push(request.get().clone());
        let turn = state.script.pop_front();
        turn.ok_or_else(|| {
            ModelError::new(ModelErrorKind::ServerFailed).with_subject("end of the script")
        })
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedModel")
            .field("descriptor", &self.descriptor)
            .field("requests", &self.state().requests.len())
            .finish_non_exhaustive()
    }
}

/// A model on this machine.
pub(super) fn local(model: &str) -> ModelDescriptor {
    // INVARIANT: both names are well-formed, as a test shows.
    #[expect(clippy::unwrap_used, reason = "fixed names that a test builds")]
    let (provider, endpoint) = (
        Processor::new("testing").unwrap(),
        Endpoint::new("http://localhost").unwrap(),
    );
    ModelDescriptor::new(
        Destination::new(provider, endpoint, model),
        CredentialOwner::Nobody,
    )
}

async fn whole(events: EventStream) -> Result<Response, ModelError> {
    crate::model::collect(events).await
}

#[async_trait]
impl ChatModel for ScriptedModel {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        _: &CallContext,
    ) -> Result<Response, ModelError> {
        match self.turn(&request)? {
            Turn::Answer(response) => Ok(*response),
            Turn::Events(events) => whole(stream(events)).await,
            Turn::Failure(error) => Err(error),
        }
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        _: &CallContext,
    ) -> Result<EventStream, ModelError> {
        match self.turn(&request)? {
            Turn::Answer(response) => Ok(stream(pieces(*response, self.piece).into_iter().map(Ok))),
            Turn::Events(events) => Ok(stream(events)),
            Turn::Failure(error) => Err(error),
        }
    }
}
