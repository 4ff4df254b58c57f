//! Ranking of documents.

use async_trait::async_trait;
use serde::Deserialize;

use super::profile::{Profile, Service, service};
use crate::Error;
use crate::model::adapter::{Served, Settings, builder};
use crate::model::http::{Call, JsonWriter};
use crate::model::{
    Api, ApiKey, CallContext, ClearedRerank, ModelDescriptor, ModelError, ModelErrorKind, Name,
    Ranked, RerankModel,
};

/// A model behind `rerank`, as servers of vLLM, llama.cpp and LiteLLM and several
/// providers offer it beside Chat Completions.
#[derive(Debug)]
pub struct CompatibleRerank {
    served: Served,
}

/// Settings of a [`CompatibleRerank`] model.
#[derive(Debug)]
pub struct CompatibleRerankBuilder {
    settings: Settings,
    service: Service,
}

impl CompatibleRerank {
    /// Returns a builder for a model and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> CompatibleRerankBuilder {
        CompatibleRerankBuilder {
            settings: Settings::new(model.into(), "", key),
            service: Service {
                profile: Profile::Compatible,
                ..Service::default()
            },
        }
    }
}

impl CompatibleRerankBuilder {
    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) as with
    /// [`OpenAiChatBuilder::build`](super::OpenAiChatBuilder::build).
    pub fn build(self) -> Result<CompatibleRerank, Error> {
        Ok(CompatibleRerank {
            served: self.service.serve(self.settings, Api::OpenAiChat)?,
        })
    }
}

builder!(CompatibleRerankBuilder);
service!(CompatibleRerankBuilder);

#[derive(Deserialize)]
struct Body {
    model: Option<String>,
    results: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    index: usize,
    relevance_score: Option<f64>,
    score: Option<f64>,
}

#[async_trait]
impl RerankModel for CompatibleRerank {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn rerank(
        &self,
        request: ClearedRerank,
        context: &CallContext,
    ) -> Result<Vec<Ranked>, ModelError> {
        let descriptor = &self.served.descriptor;
        request.check(descriptor)?;
        let asked = request.get();
        let count = asked.documents.len();
        let mut w = JsonWriter::with_capacity(1024);
        w.begin_object();
        w.member("model", &descriptor.model)
            .member("query", &asked.query);
        w.key("documents").begin_array();
        for text in &asked.documents {
            w.string(text);
        }
        w.end_array();
        w.maybe_number("top_n", asked.top);
        // The documents need not come back.
        w.key("return_documents").bool(false).end_object();
        let call = Call::post(
            self.served.transport.url(["rerank"])?,
            w.finish(),
            "application/json",
        );
        drop(request);
        let (body, answer): (Body, _) = self.served.fetch(call, context).await?;
        let malformed = || answer.name(ModelError::new(ModelErrorKind::Protocol));
        self.served.check_model(&answer, body.model.as_deref())?;
        let mut seen = vec![false; count];
        let mut ranked = Vec::with_capacity(body.results.len());
        for row in body.results {
            let place = seen.get_mut(row.index).ok_or_else(malformed)?;
            if std::mem::replace(place, true) {
                return Err(malformed());
            }
            let score = row.relevance_score.or(row.score).ok_or_else(malformed)?;
            ranked.push(Ranked::new(row.index, score));
        }
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(ranked)
    }
}
