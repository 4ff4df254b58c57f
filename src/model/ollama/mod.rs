//! Chat, of Ollama.

mod decode;
mod encode;

use async_trait::async_trait;

use super::adapter::{Served, Settings, Wire, builder, provider_tools};
use super::decode::{Lines, Sink, events, whole};
use super::http::{Answer, Auth, Call, Fault, Refusal};
use super::{
    Api, ApiKey, CallContext, ChatModel, ChatRequest, ClearedRequest, EventStream, ModelDescriptor,
    ModelError, ModelErrorKind, Name, ProviderTools, Response,
};
use crate::Error;

const ADDRESS: &str = "http://127.0.0.1:11434";

/// A model of Ollama, on this machine unless another address is set.
///
/// Models of its cloud (`…:cloud`, `…-cloud`) leave the machine, so they are refused.
///
/// # Example
/// ```
/// use confidant::model::{ChatModel, Ollama};
///
/// let model = Ollama::builder("qwen3:4b").build()?;
/// assert!(model.descriptor().endpoint.is_loopback());
/// assert!(Ollama::builder("gpt-oss:120b-cloud").build().is_err());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug)]
pub struct Ollama {
    served: Served,
    unload: bool,
}

/// Settings of an [`Ollama`] model.
#[derive(Debug)]
pub struct OllamaBuilder {
    settings: Settings,
    unload: bool,
}

impl Ollama {
    /// Returns a builder for a model.
    #[must_use]
    pub fn builder(model: impl Into<Name>) -> OllamaBuilder {
        OllamaBuilder {
            settings: Settings::new(model.into(), ADDRESS, ApiKey::none()),
            unload: false,
        }
    }

    async fn send(
        &self,
        request: ClearedRequest,
        context: &CallContext,
        stream: bool,
    ) -> Result<(Answer, Sink), ModelError> {
        let served = &self.served;
        let accept = if stream {
            "application/x-ndjson"
        } else {
            "application/json"
        };
        let write = |request: &ClearedRequest| {
            let url = served.transport.url(["api", "chat"])?;
            let body = encode::body(request, &served.descriptor, self.unload, stream)?;
            Ok(Call::post(url, body, accept))
        };
        served.ask(request, context, stream, write).await
    }
}

impl OllamaBuilder {
    /// Sends a key, for a server behind a proxy that asks for one.
    #[must_use]
    pub fn key(mut self, key: ApiKey) -> Self {
        self.settings.key = key;
        self
    }

    /// Has the server forget the model, and its cache of the request with it, once the
    /// answer has ended.
    #[must_use]
    pub const fn unload_after_call(mut self) -> Self {
        self.unload = true;
        self
    }

    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the address is not well-formed, or the
    /// connection cannot be made as set; [`Refused`](crate::ErrorKind::Refused) where the
    /// name of the model is one of Ollama's cloud. A name is no proof: an answer that comes
    /// from elsewhere fails with [`WrongModel`](crate::model::ModelErrorKind::WrongModel).
    pub fn build(self) -> Result<Ollama, Error> {
        // Ollama finds names in any letter case.
        let model = self.settings.model.to_lowercase();
        let tag = model.rsplit_once(':').map_or("", |(_, tag)| tag);
        if tag == "cloud" || tag.ends_with("-cloud") || model.ends_with("-cloud") {
            return Err(ModelError::new(ModelErrorKind::PolicyDenied).into());
        }
        let wire = Wire {
            api: Api::OllamaChat,
            provider: "ollama",
            auth: Auth::Bearer(self.settings.key.clone()),
            fault,
        };
        Ok(Ollama {
            served: self.settings.serve(wire)?,
            unload: self.unload,
        })
    }
}

builder!(OllamaBuilder);

#[async_trait]
impl ChatModel for Ollama {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, sink) = self.send(request, context, false).await?;
        whole(answer, decode::Turns::default(), sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, sink) = self.send(request, context, true).await?;
        Ok(events::<Lines, _>(answer, decode::Turns::default(), sink))
    }

    fn provider_tools(&self, request: &ChatRequest) -> ProviderTools {
        provider_tools(request, encode::OPTIONS, &[])
    }
}

/// What an error of Ollama says: words, and nothing else.
fn fault(refusal: &Refusal<'_>) -> Fault {
    #[derive(serde::Deserialize)]
    struct Body {
        error: String,
    }

    let mut fault = Fault::of_status(refusal.status);
    let body: Option<Body> = serde_json::from_slice(refusal.body).ok();
    fault.message = body.map(|body| body.error);
    if fault
        .message
        .as_deref()
        .is_some_and(|m| m.contains("context length"))
    {
        fault.kind = ModelErrorKind::ContextTooLong;
    }
    fault
}

/// Reads the bytes of a stream without a connection.
#[cfg(feature = "testing")]
pub(super) fn decode(model: &str, pieces: &[&[u8]]) -> Vec<Result<super::StreamEvent, ModelError>> {
    super::decode::decode::<Lines, _>(decode::Turns::default(), Api::OllamaChat, model, pieces)
}
