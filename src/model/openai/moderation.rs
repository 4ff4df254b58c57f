//! Moderation.

use async_trait::async_trait;
use serde::Deserialize;

use super::profile::{Service, service};
use crate::Error;
use crate::model::adapter::{Served, Settings, builder};
use crate::model::http::{Call, JsonWriter};
use crate::model::{
    Api, ApiKey, CallContext, ClearedModeration, ModelDescriptor, ModelError, ModelErrorKind,
    Moderated, ModerationModel, Name,
};

/// A model behind the moderation of OpenAI, or of a compatible server.
#[derive(Debug)]
pub struct OpenAiModeration {
    served: Served,
}

/// Settings of an [`OpenAiModeration`] model.
#[derive(Debug)]
pub struct OpenAiModerationBuilder {
    settings: Settings,
    service: Service,
}

impl OpenAiModeration {
    /// Returns a builder for a model and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> OpenAiModerationBuilder {
        OpenAiModerationBuilder {
            settings: Settings::new(model.into(), "", key),
            service: Service::default(),
        }
    }
}

impl OpenAiModerationBuilder {
    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) as with
    /// [`OpenAiChatBuilder::build`](super::OpenAiChatBuilder::build).
    pub fn build(self) -> Result<OpenAiModeration, Error> {
        Ok(OpenAiModeration {
            served: self.service.serve(self.settings, Api::OpenAiChat)?,
        })
    }
}

builder!(OpenAiModerationBuilder);
service!(OpenAiModerationBuilder);

#[derive(Deserialize)]
struct Body {
    model: Option<String>,
    results: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    flagged: bool,
    #[serde(default)]
    categories: std::collections::BTreeMap<String, Option<bool>>,
}

#[async_trait]
impl ModerationModel for OpenAiModeration {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn moderate(
        &self,
        request: ClearedModeration,
        context: &CallContext,
    ) -> Result<Vec<Moderated>, ModelError> {
        let descriptor = &self.served.descriptor;
        request.check(descriptor)?;
        let count = request.get().texts.len();
        let mut w = JsonWriter::with_capacity(1024);
        w.begin_object();
        w.member("model", &descriptor.model);
        w.key("input").begin_array();
        for text in &request.get().texts {
            w.string(text);
        }
        w.end_array().end_object();
        let call = Call::post(
            self.served.transport.url(["moderations"])?,
            w.finish(),
            "application/json",
        );
        drop(request);
        let (body, answer): (Body, _) = self.served.fetch(call, context).await?;
        let malformed = || answer.name(ModelError::new(ModelErrorKind::Protocol));
        self.served.check_model(&answer, body.model.as_deref())?;
        if body.results.len() != count {
            return Err(malformed());
        }
        let verdicts = body.results.into_iter().map(|verdict| {
            let raised = verdict
                .categories
                .into_iter()
                .filter(|(_, raised)| *raised == Some(true));
            Moderated::new(
                verdict.flagged,
                raised.map(|(name, _)| name.into()).collect(),
            )
        });
        Ok(verdicts.collect())
    }
}
