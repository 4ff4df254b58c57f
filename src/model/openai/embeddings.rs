//! Embeddings.

use async_trait::async_trait;
use serde::Deserialize;

use super::chat_encode::routes;
use super::profile::{Profile, Service, service};
use super::usage::UsageWire;
use crate::Error;
use crate::model::adapter::{Served, Settings, builder, unsupported};
use crate::model::http::{Call, JsonWriter};
use crate::model::{
    Api, ApiKey, CallContext, ClearedEmbedding, EmbeddingModel, EmbeddingPurpose, Embeddings,
    ModelDescriptor, ModelError, ModelErrorKind, Name,
};

/// A model behind the embeddings of OpenAI, of Azure OpenAI, or of a compatible server.
#[derive(Debug)]
pub struct OpenAiEmbeddings {
    served: Served,
    profile: Profile,
}

/// Settings of an [`OpenAiEmbeddings`] model.
#[derive(Debug)]
pub struct OpenAiEmbeddingsBuilder {
    settings: Settings,
    service: Service,
}

impl OpenAiEmbeddings {
    /// Returns a builder for a model and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> OpenAiEmbeddingsBuilder {
        OpenAiEmbeddingsBuilder {
            settings: Settings::new(model.into(), "", key),
            service: Service::default(),
        }
    }
}

impl OpenAiEmbeddingsBuilder {
    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) as with
    /// [`OpenAiChatBuilder::build`](super::OpenAiChatBuilder::build).
    pub fn build(self) -> Result<OpenAiEmbeddings, Error> {
        Ok(OpenAiEmbeddings {
            profile: self.service.profile,
            served: self.service.serve(self.settings, Api::OpenAiChat)?,
        })
    }
}

builder!(OpenAiEmbeddingsBuilder);
service!(OpenAiEmbeddingsBuilder);

#[derive(Deserialize)]
struct Body {
    data: Vec<Row>,
    model: Option<String>,
    usage: Option<UsageWire>,
}

#[derive(Deserialize)]
struct Row {
    index: usize,
    embedding: Vec<f32>,
}

#[async_trait]
impl EmbeddingModel for OpenAiEmbeddings {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn embed(
        &self,
        request: ClearedEmbedding,
        context: &CallContext,
    ) -> Result<Embeddings, ModelError> {
        let descriptor = &self.served.descriptor;
        request.check(descriptor)?;
        let asked = request.get();
        if asked.purpose != EmbeddingPurpose::Any {
            return Err(unsupported("purpose of embeddings"));
        }
        let count = asked.texts.len();
        let mut w = JsonWriter::with_capacity(1024);
        w.begin_object();
        w.member("model", &descriptor.model);
        w.key("input").begin_array();
        for text in &asked.texts {
            w.string(text);
        }
        w.end_array();
        w.member("encoding_format", "float");
        routes(&mut w, self.profile);
        w.maybe_number("dimensions", asked.dimensions);
        if self.profile.takes_end_user() {
            w.maybe_string("user", asked.end_user.as_deref());
        }
        w.end_object();
        let call = Call::post(
            self.served.transport.url(["embeddings"])?,
            w.finish(),
            "application/json",
        );
        drop(request);
        let (mut body, answer): (Body, _) = self.served.fetch(call, context).await?;
        let malformed = || answer.name(ModelError::new(ModelErrorKind::Protocol));
        self.served.check_model(&answer, body.model.as_deref())?;
        body.data.sort_by_key(|row| row.index);
        let complete = body
            .data
            .iter()
            .enumerate()
            .all(|(at, row)| at == row.index);
        if !complete || body.data.len() != count {
            return Err(malformed());
        }
        let mut embeddings = Embeddings::new(body.data.into_iter().map(|r| r.embedding).collect());
        embeddings.model = body.model.map(Name::from);
        embeddings.usage = body.usage.map(UsageWire::read).unwrap_or_default();
        // Vectors are no tokens, and some servers leave that out.
        if embeddings.usage.input_tokens.is_some() {
            embeddings.usage.output_tokens.get_or_insert(0);
        }
        Ok(embeddings)
    }
}
