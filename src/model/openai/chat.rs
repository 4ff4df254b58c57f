//! Chat Completions.

use async_trait::async_trait;

use super::chat_decode::Chunks;
use super::chat_encode;
use super::profile::{Profile, Service, service};
use crate::Error;
use crate::model::adapter::{Served, Settings, builder};
use crate::model::decode::{Sink, Sse, events, whole};
use crate::model::http::{Answer, Call};
use crate::model::{
    Api, ApiKey, CallContext, ChatModel, ChatRequest, ClearedRequest, EventStream, ModelDescriptor,
    ModelError, Name, ProviderTools, Response,
};

/// A model behind Chat Completions: of OpenAI, of Azure OpenAI, or of a compatible
/// server, as the [`Profile`] says.
///
/// # Example
/// ```
/// use confidant::model::{ApiKey, ChatModel, OpenAiChat, Profile};
///
/// let model = OpenAiChat::builder("qwen3-4b", ApiKey::none())
///     .profile(Profile::LlamaCpp)
///     .address("http://127.0.0.1:8080/v1")
///     .build()?;
/// assert!(model.descriptor().endpoint.is_loopback());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug)]
pub struct OpenAiChat {
    served: Served,
    profile: Profile,
}

/// Settings of an [`OpenAiChat`] model.
#[derive(Debug)]
pub struct OpenAiChatBuilder {
    settings: Settings,
    service: Service,
}

impl OpenAiChat {
    /// Returns a builder for a model and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> OpenAiChatBuilder {
        OpenAiChatBuilder {
            settings: Settings::new(model.into(), "", key),
            service: Service::default(),
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
            "text/event-stream"
        } else {
            "application/json"
        };
        let write = |request: &ClearedRequest| {
            let url = served.transport.url(["chat", "completions"])?;
            let body = chat_encode::body(request, &served.descriptor, self.profile, stream)?;
            Ok(Call::post(url, body, accept))
        };
        served.ask(request, context, stream, write).await
    }
}

impl OpenAiChatBuilder {
    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the address is missing or not
    /// well-formed, where Azure has no [`answers_as`](Self::answers_as), where a
    /// compatible server has no [`provider`](Self::provider), or where the connection
    /// cannot be made as set.
    pub fn build(self) -> Result<OpenAiChat, Error> {
        Ok(OpenAiChat {
            profile: self.service.profile,
            served: self.service.serve(self.settings, Api::OpenAiChat)?,
        })
    }
}

builder!(OpenAiChatBuilder);
service!(OpenAiChatBuilder);

#[async_trait]
impl ChatModel for OpenAiChat {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, sink) = self.send(request, context, false).await?;
        whole(answer, Chunks::default(), sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, sink) = self.send(request, context, true).await?;
        Ok(events::<Sse, _>(answer, Chunks::default(), sink))
    }

    fn provider_tools(&self, request: &ChatRequest) -> ProviderTools {
        chat_encode::provider_tools(request, &self.served.descriptor.model, self.profile)
    }
}
