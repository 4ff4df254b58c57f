//! Responses.

use async_trait::async_trait;

use super::profile::{Profile, Service, service};
use super::responses_decode::Items;
use super::responses_encode;
use crate::Error;
use crate::model::adapter::{Served, Settings, builder};
use crate::model::decode::{Sink, Sse, events, whole};
use crate::model::http::{Answer, Call};
use crate::model::{
    Api, ApiKey, CallContext, ChatModel, ChatRequest, ClearedRequest, EventStream, ModelDescriptor,
    ModelError, Name, ProviderTools, Response,
};

/// A model behind Responses, of OpenAI or of Azure OpenAI.
///
/// Every request says `store: false`, which is not the provider's default. Earlier
/// responses, conversations, work in the background and stored prompts take a clearance
/// that names them. Encrypted reasoning goes back as it came.
#[derive(Debug)]
pub struct OpenAiResponses {
    served: Served,
    profile: Profile,
}

/// Settings of an [`OpenAiResponses`] model.
#[derive(Debug)]
pub struct OpenAiResponsesBuilder {
    settings: Settings,
    service: Service,
}

impl OpenAiResponses {
    /// Returns a builder for a model and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> OpenAiResponsesBuilder {
        OpenAiResponsesBuilder {
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
            let url = served.transport.url(["responses"])?;
            let body = responses_encode::body(request, &served.descriptor, self.profile, stream)?;
            Ok(Call::post(url, body, accept))
        };
        served.ask(request, context, stream, write).await
    }
}

impl OpenAiResponsesBuilder {
    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) as with
    /// [`OpenAiChatBuilder::build`](super::OpenAiChatBuilder::build).
    pub fn build(self) -> Result<OpenAiResponses, Error> {
        Ok(OpenAiResponses {
            profile: self.service.profile,
            served: self.service.serve(self.settings, Api::OpenAiResponses)?,
        })
    }
}

builder!(OpenAiResponsesBuilder);
service!(OpenAiResponsesBuilder);

#[async_trait]
impl ChatModel for OpenAiResponses {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, sink) = self.send(request, context, false).await?;
        whole(answer, Items::default(), sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, sink) = self.send(request, context, true).await?;
        Ok(events::<Sse, _>(answer, Items::default(), sink))
    }

    fn provider_tools(&self, request: &ChatRequest) -> ProviderTools {
        responses_encode::provider_tools(request, &self.served.descriptor.model, self.profile)
    }
}
