//! Chat Completions.

use async_trait::async_trait;

use super::chat_decode::Chunks;
use super::chat_encode;
use super::profile::{Profile, Served, Service, service};
use crate::Error;
use crate::model::adapter::{Settings, admit, builder, notes, sink};
use crate::model::decode::{Expected, Sse, events, whole};
use crate::model::http::{Answer, Call};
use crate::model::{
    Api, ApiKey, CallContext, ChatModel, ClearedRequest, EventStream, ModelDescriptor, ModelError,
    Name, Response, Warning,
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
    expected: Expected,
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
    ) -> Result<(Answer, Vec<Warning>), ModelError> {
        let descriptor = &self.served.descriptor;
        admit(&request, descriptor, stream)?;
        let call = Call::post(
            self.served.url(["chat", "completions"])?,
            chat_encode::body(&request, descriptor, self.profile, stream)?,
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

impl OpenAiChatBuilder {
    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the address is missing or not
    /// well-formed, where Azure has no [`answers_as`](Self::answers_as), where a
    /// compatible server has no [`provider`](Self::provider), or where the connection
    /// cannot be made as set.
    pub fn build(mut self) -> Result<OpenAiChat, Error> {
        let profile = self.service.profile;
        let served = self.service.serve(&mut self.settings, Api::OpenAiChat)?;
        let expected = self.settings.expected(&served.descriptor);
        Ok(OpenAiChat {
            served,
            expected,
            profile,
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
        let (answer, notes) = self.send(request, context, false).await?;
        let sink = sink(&self.expected, &answer, notes);
        whole(answer, Chunks::default(), sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, notes) = self.send(request, context, true).await?;
        let sink = sink(&self.expected, &answer, notes);
        Ok(events::<Sse, _>(answer, Chunks::default(), sink))
    }
}
