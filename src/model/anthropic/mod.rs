//! Messages, of Anthropic.

mod batch;
mod builder;
mod decode;
mod encode;
mod usage;

use async_trait::async_trait;

pub use builder::AnthropicBuilder;

use super::adapter::{OpenFault, Served, admit, provider_tools};
use super::decode::{Sink, Sse, events, whole};
use super::http::{Answer, Call, Fault, Refusal};
use super::{
    ApiKey, CallContext, ChatModel, ChatRequest, ClearedCount, ClearedRequest, EventStream,
    ModelDescriptor, ModelError, ModelErrorKind, Name, ProviderTools, Response, ServerState,
    TokenCounter,
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
    served: Served,
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
    ) -> Result<(Answer, decode::Messages, Sink), ModelError> {
        let served = &self.served;
        let accept = if stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        let states = request.clearance().server_states();
        let protocol = self.protocol(states.contains(ServerState::Fallback));
        let write = |request: &ClearedRequest| {
            let url = served.transport.url(["v1", "messages"])?;
            let body = encode::body(request, &served.descriptor, &self.dialect, Some(stream))?;
            Ok(Call::post(url, body, accept))
        };
        let (answer, sink) = served.ask(request, context, stream, write).await?;
        Ok((answer, protocol, sink))
    }

    /// Returns what reads an answer of this model.
    fn protocol(&self, allows_fallback: bool) -> decode::Messages {
        decode::Messages::new(allows_fallback, self.dialect.place.clone())
    }
}

#[async_trait]
impl ChatModel for Anthropic {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, protocol, sink) = self.send(request, context, false).await?;
        whole(answer, protocol, sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, protocol, sink) = self.send(request, context, true).await?;
        Ok(events::<Sse, _>(answer, protocol, sink))
    }

    fn provider_tools(&self, request: &ChatRequest) -> ProviderTools {
        provider_tools(request, encode::OPTIONS, encode::HOSTED)
    }
}

#[async_trait]
impl TokenCounter for Anthropic {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn count(&self, request: ClearedCount, context: &CallContext) -> Result<u64, ModelError> {
        #[derive(serde::Deserialize)]
        struct Counted {
            input_tokens: u64,
        }

        let served = &self.served;
        let request = request.map(|count| count.request);
        admit(&request, &served.descriptor, false)?;
        let url = served.transport.url(["v1", "messages", "count_tokens"])?;
        let body = encode::body(&request, &served.descriptor, &self.dialect, None)?;
        let call = Call::post(url, body, "application/json");
        let (counted, _): (Counted, _) = served.fetch(call, context).await?;
        Ok(counted.input_tokens)
    }
}

/// What an error of Anthropic says.
fn fault(&Refusal { status, body, .. }: &Refusal<'_>) -> Fault {
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
