//! A model at its provider, as it is called.

use serde::de::DeserializeOwned;

use super::check::admit;
use super::notes::notes;
use crate::model::decode::{Expected, Sink};
use crate::model::http::{Answer, Call, Transport};
use crate::model::{
    CallContext, ClearedRequest, ModelDescriptor, ModelError, ModelErrorKind, ServerState,
};

/// A model at its provider, as it is called.
#[derive(Debug)]
pub(in crate::model) struct Served {
    pub(in crate::model) descriptor: ModelDescriptor,
    pub(in crate::model) transport: Transport,
    pub(in crate::model) expected: Expected,
}

impl Served {
    /// Checks a request to a chat model, writes it as a call and sends it, and returns the
    /// beginning of its answer with where the pieces of that are made.
    pub(in crate::model) async fn ask(
        &self,
        request: ClearedRequest,
        context: &CallContext,
        stream: bool,
        write: impl FnOnce(&ClearedRequest) -> Result<Call, ModelError> + Send,
    ) -> Result<(Answer, Sink), ModelError> {
        admit(&request, &self.descriptor, stream)?;
        let call = write(&request)?;
        let notes = notes(&request, &self.descriptor);
        let states = request.clearance().server_states();
        let may_run_tools = states.iter().any(ServerState::may_run_tools);
        // What was sent is not kept while the answer is read.
        drop(request);
        let answer = self.transport.send(call, context).await?;
        let request_id = answer.request_id.clone();
        let sink = Sink::new(self.expected.clone(), request_id, answer.attempts);
        let sink = sink.warning_of_tools(!may_run_tools);
        Ok((answer, sink.with_notes(notes)))
    }

    /// Sends a call whose answer is one JSON value, and returns that with the answer it came
    /// in.
    pub(in crate::model) async fn fetch<T: DeserializeOwned>(
        &self,
        call: Call,
        context: &CallContext,
    ) -> Result<(T, Answer), ModelError> {
        let mut answer = self.transport.send(call, context).await?;
        let body = answer.whole().await?;
        match serde_json::from_slice(&body) {
            Ok(body) => Ok((body, answer)),
            Err(_) => Err(answer.name(ModelError::new(ModelErrorKind::Protocol))),
        }
    }

    /// Makes sure that the model that answered is the one that was asked.
    pub(in crate::model) fn check_model(
        &self,
        answer: &Answer,
        model: Option<&str>,
    ) -> Result<(), ModelError> {
        // The sink knows which models may answer.
        let mut sink = Sink::new(self.expected.clone(), None, 1);
        sink.started(None, model)
            .map_err(|error| answer.name(error))
    }
}
