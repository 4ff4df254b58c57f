//! Responses.

use async_trait::async_trait;

use super::profile::{Profile, Served, Service, service};
use super::responses_decode::Items;
use super::responses_encode;
use crate::Error;
use crate::model::adapter::{Settings, admit, builder, notes, sink};
use crate::model::decode::{Expected, Sse, events, whole};
use crate::model::http::{Answer, Call};
use crate::model::{
    Api, ApiKey, CallContext, ChatModel, ClearedRequest, EventStream, ModelDescriptor, ModelError,
    Name, Response, Warning,
};

/// A model behind Responses, of OpenAI or of Azure OpenAI.
///
/// Every request says `store: false`, which is not the provider's default. Earlier
/// responses, conversations, work in the background and stored prompts take a clearance
/// that names them. Encrypted reasoning goes back as it came.
#[derive(Debug)]
pub struct OpenAiResponses {
    served: Served,
    expected: Expected,
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
    ) -> Result<(Answer, Vec<Warning>), ModelError> {
        let descriptor = &self.served.descriptor;
        admit(&request, descriptor, stream)?;
        let call = Call::post(
            self.served.url(["responses"])?,
            responses_encode::body(&request, descriptor, self.profile, stream)?,
            if stream {
                "text/event-stream"
            } else {
                "application/json"
            },
        );
        let notes = notes(&request, descriptor);
        // What was sent is not kept while the answer is read.
        drop(request);
        let answer = self.served.transport.send(call, context).await?;
        Ok((answer, notes))
    }
}

impl OpenAiResponsesBuilder {
    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) as with
    /// [`OpenAiChatBuilder::build`](super::OpenAiChatBuilder::build).
    pub fn build(mut self) -> Result<OpenAiResponses, Error> {
        let profile = self.service.profile;
        let served = self
            .service
            .serve(&mut self.settings, Api::OpenAiResponses)?;
        let expected = self.settings.expected(&served.descriptor);
        Ok(OpenAiResponses {
            served,
            expected,
            profile,
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
        let (answer, notes) = self.send(request, context, false).await?;
        let sink = sink(&self.expected, &answer, notes);
        whole(answer, Items::default(), sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, notes) = self.send(request, context, true).await?;
        let sink = sink(&self.expected, &answer, notes);
        Ok(events::<Sse, _>(answer, Items::default(), sink))
    }
}
