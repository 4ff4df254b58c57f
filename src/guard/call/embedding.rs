//! Embeddings behind a guard.

use std::fmt;
use std::sync::Arc;

use super::budget::Estimate;
use super::caller::ModelCaller;
use super::services::Services;
use super::side::Side;
use crate::guard::guard::Guard;
use crate::guard::report::GuardReport;
use crate::guard::route::Feature;
use crate::model::{
    CallContext, EmbeddingModel, EmbeddingRequest, Embeddings, ModelDescriptor, ModelError, Usage,
};

/// A model of embeddings behind a guard: what is found in a text is replaced with a
/// placeholder under the key of the index, as [`Guard::clear_embedding`] says.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::guard::{ModelCaller, Guard, GuardedEmbeddings};
/// use confidant::model::{CallContext, EmbeddingModel, EmbeddingRequest, Embeddings, ModelError};
///
/// async fn index(
///     guard: Guard,
///     model: Arc<dyn EmbeddingModel>,
///     caller: &ModelCaller,
/// ) -> Result<Embeddings, ModelError> {
///     let embeddings = GuardedEmbeddings::new(guard, model);
///     let request = EmbeddingRequest::new(["Write to ann@acme-mail.com"]);
///     let (vectors, report) = embeddings.embed(caller, request, &CallContext::new()).await?;
///     assert_eq!(report.found().total(), 1);
///     Ok(vectors)
/// }
/// ```
#[derive(Clone)]
pub struct GuardedEmbeddings {
    guard: Guard,
    model: Arc<dyn EmbeddingModel>,
    services: Services,
}

impl GuardedEmbeddings {
    /// Puts a guard before a model. It needs a guard with a
    /// [key for indexes](crate::guard::GuardBuilder::index_key).
    #[must_use]
    pub fn new(guard: Guard, model: Arc<dyn EmbeddingModel>) -> Self {
        Self {
            guard,
            model,
            services: Services::new(),
        }
    }

    /// Sets the audit log, budgets, prices and meters of the calls.
    #[must_use]
    pub fn services(mut self, services: Services) -> Self {
        self.services = services;
        self
    }

    /// Returns which model it is.
    #[must_use]
    pub fn descriptor(&self) -> &ModelDescriptor {
        self.model.descriptor()
    }

    /// Returns a vector for each text, and what the guard did.
    ///
    /// # Errors
    /// Those of [`GuardedModel::generate`](super::GuardedModel::generate).
    pub async fn embed(
        &self,
        caller: &ModelCaller,
        request: EmbeddingRequest,
        context: &CallContext,
    ) -> Result<(Embeddings, GuardReport), ModelError> {
        let mut report = GuardReport::new(self.guard.mode());
        let uses = ("model.embed", Feature::Embeddings);
        let mut side = Side::new(&self.services, caller, self.model.descriptor(), uses);
        let sent = self.send(&mut side, &mut report, request, context).await;
        let usage = match &sent {
            Ok(vectors) => vectors.usage.clone(),
            Err(_) => Usage::new(),
        };
        let vectors = side.end(sent, &usage, &report).await?;
        Ok((vectors, report))
    }

    async fn send(
        &self,
        side: &mut Side,
        report: &mut GuardReport,
        request: EmbeddingRequest,
        context: &CallContext,
    ) -> Result<Embeddings, ModelError> {
        side.reserve(None, Estimate::of_input(&request)).await?;
        let model = self.model.descriptor();
        let (cleared, found) = self.guard.clear_embedding(request, model)?;
        *report = found;
        let context = side.begin(report, None, context).await?;
        self.model.embed(cleared, &context).await
    }
}

impl fmt::Debug for GuardedEmbeddings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedEmbeddings")
            .field("guard", &self.guard)
            .field("model", self.model.descriptor())
            .finish_non_exhaustive()
    }
}
