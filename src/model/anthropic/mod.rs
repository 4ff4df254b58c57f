//! Messages, of Anthropic.

mod batch;
mod builder;
mod decode;
mod encode;
mod usage;

use async_trait::async_trait;

pub use builder::AnthropicBuilder;

use super::adapter::{OpenFault, admit, notes, sink};
use super::decode::{Expected, Sse, events, whole};
use super::http::{Answer, Call, Fault, Transport};
use super::{
    ApiKey, CallContext, ChatModel, ClearedCount, ClearedRequest, EventStream, ModelDescriptor,
    ModelError, ModelErrorKind, Name, Response, ServerState, TokenCounter, Warning,
};

/// A model behind Anthropic's Messages.
///
/// * Nothing is kept by a call: threads, containers, remote MCP servers, files, fallbacks
///   to other models and hosted tools take a clearance that names them.
/// * Thinking goes back as it came, to the same model, or not at all.
/// * Batches and files are there as well, see [`BatchModel`](super::BatchModel) and
///   [`FileModel`](super::FileModel).
/// * An answer of another model, and one by a fallback, is an error.
///
/// # Example
/// ```
/// use confidant::model::{Anthropic, ApiKey, ChatModel, CredentialOwner};
/// use confidant::secret::Secret;
///
/// let key = ApiKey::new(CredentialOwner::Platform, Secret::from("sk-ant-1".to_owned()));
/// let model = Anthropic::builder("claude-sonnet-5", key).inference_geo("us").build()?;
/// assert_eq!(model.descriptor().endpoint.as_str(), "https://api.anthropic.com:443");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug)]
pub struct Anthropic {
    descriptor: ModelDescriptor,
    transport: Transport,
    expected: Expected,
    dialect: encode::Dialect,
}

impl Anthropic {
    /// Returns a builder for a model and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> AnthropicBuilder {
        AnthropicBuilder::new(model.into(), key)
    }

    async fn send(
        &self,
        request: ClearedRequest,
        context: &CallContext,
        stream: bool,
    ) -> Result<(Answer, decode::Messages, Vec<Warning>), ModelError> {
        admit(&request, &self.descriptor, stream)?;
        let body = encode::body(&request, &self.descriptor, &self.dialect, Some(stream))?;
        let allowed = request.clearance().server_states();
        let fallback = allowed.contains(ServerState::Fallback);
        let accept = if stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        let call = Call::post(self.transport.url(["v1", "messages"])?, body, accept);
        let notes = notes(&request, &self.descriptor);
        // What was sent is not kept while the answer is read.
        drop(request);
        let answer = self.transport.send(call, context).await?;
        Ok((answer, decode::Messages::new(fallback), notes))
    }
}

#[async_trait]
impl ChatModel for Anthropic {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, protocol, notes) = self.send(request, context, false).await?;
        let sink = sink(&self.expected, &answer, notes);
        whole(answer, protocol, sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, protocol, notes) = self.send(request, context, true).await?;
        let sink = sink(&self.expected, &answer, notes);
        Ok(events::<Sse, _>(answer, protocol, sink))
    }
}

#[async_trait]
impl TokenCounter for Anthropic {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.descriptor
    }

    async fn count(&self, request: ClearedCount, context: &CallContext) -> Result<u64, ModelError> {
        #[derive(serde::Deserialize)]
        struct Counted {
            input_tokens: u64,
        }

        let request = request.map(|count| count.request);
        admit(&request, &self.descriptor, false)?;
        let call = Call::post(
            self.transport.url(["v1", "messages", "count_tokens"])?,
            encode::body(&request, &self.descriptor, &self.dialect, None)?,
            "application/json",
        );
        let mut answer = self.transport.send(call, context).await?;
        let body = answer.whole().await?;
        let counted: Counted = serde_json::from_slice(&body)
            .map_err(|_| answer.name(ModelError::new(ModelErrorKind::Protocol)))?;
        Ok(counted.input_tokens)
    }
}

/// What an error of Anthropic says.
fn fault(status: u16, body: &[u8]) -> Fault {
    #[derive(serde::Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        error: OpenFault<'a>,
    }

    let read: Result<Body<'_>, _> = serde_json::from_slice(body);
    let Ok(read) = read else {
        return Fault::of_status(status);
    };
    let too_long = read.error.message.as_deref().is_some_and(|message| {
        message.contains("prompt is too long") || message.contains("exceed context limit")
    });
    let mut fault = read.error.judge(status);
    if too_long {
        fault.kind = ModelErrorKind::ContextTooLong;
    }
    fault
}

/// Reads the bytes of a stream without a connection.
#[cfg(feature = "testing")]
pub(super) fn decode(model: &str, pieces: &[&[u8]]) -> Vec<Result<super::StreamEvent, ModelError>> {
    super::decode::decode::<Sse, _>(
        decode::Messages::default(),
        super::Api::AnthropicMessages,
        model,
        pieces,
    )
}
