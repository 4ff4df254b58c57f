//! Chat, of Ollama.

mod decode;
mod encode;

use async_trait::async_trait;

use super::adapter::{Settings, admit, builder, notes, sink};
use super::decode::{Expected, Lines, events, whole};
use super::http::{Answer, Auth, Call, Fault, Transport};
use super::{
    Api, ApiKey, CallContext, ChatModel, ClearedRequest, EventStream, ModelDescriptor, ModelError,
    ModelErrorKind, Name, Response, Warning,
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
    descriptor: ModelDescriptor,
    transport: Transport,
    expected: Expected,
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
    ) -> Result<(Answer, Vec<Warning>), ModelError> {
        admit(&request, &self.descriptor, stream)?;
        let call = Call::post(
            self.transport.url(["api", "chat"])?,
            encode::body(&request, &self.descriptor, self.unload, stream)?,
            if stream {
                "application/x-ndjson"
            } else {
                "application/json"
            },
        );
        let notes = notes(&request, &self.descriptor);
        // What was sent is not kept while the answer is read.
        drop(request);
        let answer = self.transport.send(call, context).await?;
        Ok((answer, notes))
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
        let (descriptor, base) = self.settings.describe(Api::OllamaChat, "ollama")?;
        let expected = self.settings.expected(&descriptor);
        let auth = Auth::Bearer(self.settings.key);
        let connection = self.settings.connection;
        Ok(Ollama {
            transport: Transport::new(connection, base, &descriptor, auth, fault)?,
            descriptor,
            expected,
            unload: self.unload,
        })
    }
}

builder!(OllamaBuilder);

#[async_trait]
impl ChatModel for Ollama {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, notes) = self.send(request, context, false).await?;
        let sink = sink(&self.expected, &answer, notes);
        whole(answer, decode::Turns::default(), sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, notes) = self.send(request, context, true).await?;
        let sink = sink(&self.expected, &answer, notes);
        Ok(events::<Lines, _>(answer, decode::Turns::default(), sink))
    }
}

/// What an error of Ollama says: words, and nothing else.
fn fault(status: u16, body: &[u8]) -> Fault {
    #[derive(serde::Deserialize)]
    struct Body {
        error: String,
    }

    let mut fault = Fault::of_status(status);
    let body: Option<Body> = serde_json::from_slice(body).ok();
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
