//! The joints at which models plug in.

use std::fmt;

use async_trait::async_trait;

use super::{
    CallContext, ChatRequest, ClearedCount, ClearedEmbedding, ClearedModeration, ClearedRequest,
    ClearedRerank, EventStream, ModelDescriptor, ModelError, Name, ProviderTool, ProviderTools,
    Response, Usage,
};
use crate::pointer::for_pointers;

/// A model that answers messages.
///
/// An implementation sends what it is given to the one place that its
/// [descriptor](Self::descriptor) names, and calls
/// [`check`](super::Cleared::check) before. It tells the
/// [observer](super::AttemptObserver) of the context about every attempt, and asks
/// [`allow`](super::Cleared::allow) for whatever the provider would keep.
///
/// Calls come from many tasks at once, each on the thread of whoever awaits it. The guard
/// holds no lock meanwhile. A call may be dropped at any point where it waits, so it leaves
/// nothing half done. What an error does is up to its [kind](super::ModelErrorKind): a
/// router goes on to its next route where the error [may
/// pass](ModelError::is_retryable), and otherwise passes it on.
#[async_trait]
pub trait ChatModel: fmt::Debug + Send + Sync {
    /// Returns which model it is, and where.
    fn descriptor(&self) -> &ModelDescriptor;

    /// Waits for the whole answer.
    ///
    /// # Errors
    /// A [`ModelError`] that says what can be done about it.
    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError>;

    /// Returns the answer piece by piece.
    ///
    /// # Errors
    /// A [`ModelError`] where the answer has not begun. Later ones are in the stream.
    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError>;

    /// Returns which tools the provider would run for a request: those that it brings along
    /// and those that its options switch on. A router asks before the request is cleared,
    /// and requires that what it must have shown is attested of each.
    ///
    /// By default every hosted tool and every option counts as a tool of which nothing is
    /// known. A model that overrides this must count what it does not know in the same way.
    fn provider_tools(&self, request: &ChatRequest) -> ProviderTools {
        let has_more = !request.hosted_tools.is_empty() || request.options.is_some();
        has_more
            .then_some(ProviderTool::Other)
            .into_iter()
            .collect()
    }
}

for_pointers! {
    #[async_trait]
    impl ChatModel {
        fn descriptor(&self) -> &ModelDescriptor {
            (**self).descriptor()
        }

        async fn generate(
            &self,
            request: ClearedRequest,
            context: &CallContext,
        ) -> Result<Response, ModelError> {
            (**self).generate(request, context).await
        }

        async fn stream(
            &self,
            request: ClearedRequest,
            context: &CallContext,
        ) -> Result<EventStream, ModelError> {
            (**self).stream(request, context).await
        }

        fn provider_tools(&self, request: &ChatRequest) -> ProviderTools {
            (**self).provider_tools(request)
        }
    }
}

/// A model that turns texts into vectors.
///
/// It is called and may fail as a [`ChatModel`] does. What it returns is not restored: a
/// vector has no placeholders.
#[async_trait]
pub trait EmbeddingModel: fmt::Debug + Send + Sync {
    /// Returns which model it is, and where.
    fn descriptor(&self) -> &ModelDescriptor;

    /// Returns one vector for each text, in the same order.
    ///
    /// # Errors
    /// A [`ModelError`] that says what can be done about it.
    async fn embed(
        &self,
        request: ClearedEmbedding,
        context: &CallContext,
    ) -> Result<Embeddings, ModelError>;
}

for_pointers! {
    #[async_trait]
    impl EmbeddingModel {
        fn descriptor(&self) -> &ModelDescriptor {
            (**self).descriptor()
        }

        async fn embed(
            &self,
            request: ClearedEmbedding,
            context: &CallContext,
        ) -> Result<Embeddings, ModelError> {
            (**self).embed(request, context).await
        }
    }
}

/// A provider that counts the tokens of a request.
///
/// It is called and may fail as a [`ChatModel`] does. The request leaves for the provider
/// like one to be answered.
#[async_trait]
pub trait TokenCounter: fmt::Debug + Send + Sync {
    /// Returns which model it counts for, and where.
    fn descriptor(&self) -> &ModelDescriptor;

    /// Returns how many tokens the request has.
    ///
    /// # Errors
    /// A [`ModelError`] that says what can be done about it.
    async fn count(&self, request: ClearedCount, context: &CallContext) -> Result<u64, ModelError>;
}

for_pointers! {
    #[async_trait]
    impl TokenCounter {
        fn descriptor(&self) -> &ModelDescriptor {
            (**self).descriptor()
        }

        async fn count(
            &self,
            request: ClearedCount,
            context: &CallContext,
        ) -> Result<u64, ModelError> {
            (**self).count(request, context).await
        }
    }
}

/// A model that ranks documents.
///
/// It is called and may fail as a [`ChatModel`] does.
#[async_trait]
pub trait RerankModel: fmt::Debug + Send + Sync {
    /// Returns which model it is, and where.
    fn descriptor(&self) -> &ModelDescriptor;

    /// Returns the places of documents with their scores, the best first.
    ///
    /// # Errors
    /// A [`ModelError`] that says what can be done about it.
    async fn rerank(
        &self,
        request: ClearedRerank,
        context: &CallContext,
    ) -> Result<Vec<Ranked>, ModelError>;
}

for_pointers! {
    #[async_trait]
    impl RerankModel {
        fn descriptor(&self) -> &ModelDescriptor {
            (**self).descriptor()
        }

        async fn rerank(
            &self,
            request: ClearedRerank,
            context: &CallContext,
        ) -> Result<Vec<Ranked>, ModelError> {
            (**self).rerank(request, context).await
        }
    }
}

/// A model that judges texts.
///
/// It is called and may fail as a [`ChatModel`] does.
#[async_trait]
pub trait ModerationModel: fmt::Debug + Send + Sync {
    /// Returns which model it is, and where.
    fn descriptor(&self) -> &ModelDescriptor;

    /// Returns one verdict for each text, in the same order.
    ///
    /// # Errors
    /// A [`ModelError`] that says what can be done about it.
    async fn moderate(
        &self,
        request: ClearedModeration,
        context: &CallContext,
    ) -> Result<Vec<Moderated>, ModelError>;
}

for_pointers! {
    #[async_trait]
    impl ModerationModel {
        fn descriptor(&self) -> &ModelDescriptor {
            (**self).descriptor()
        }

        async fn moderate(
            &self,
            request: ClearedModeration,
            context: &CallContext,
        ) -> Result<Vec<Moderated>, ModelError> {
            (**self).moderate(request, context).await
        }
    }
}

/// Vectors of texts.
///
/// # Security
/// Text can be guessed from its vector, so a vector is as sensitive as the text.
/// `Debug` shows counts alone.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Embeddings {
    /// One vector for each text.
    pub vectors: Vec<Vec<f32>>,
    /// The model that answered, as the provider names it.
    pub model: Option<Name>,
    /// How much was used.
    pub usage: Usage,
}

/// The place of a document, with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ranked {
    /// Where the document stands in the request, counted from 0.
    pub index: usize,
    /// The score; more is better.
    pub score: f64,
}

/// The verdict on a text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moderated {
    /// Whether the model objects.
    pub is_flagged: bool,
    /// The categories to which it objects, in the provider's words.
    pub categories: Vec<Name>,
}

impl Embeddings {
    /// Returns vectors with nothing else filled in.
    #[must_use]
    pub fn new(vectors: Vec<Vec<f32>>) -> Self {
        Self {
            vectors,
            model: None,
            usage: Usage::default(),
        }
    }
}

impl Ranked {
    /// Returns the place of a document with its score.
    #[must_use]
    pub const fn new(index: usize, score: f64) -> Self {
        Self { index, score }
    }
}

impl Moderated {
    /// Returns a verdict.
    #[must_use]
    pub const fn new(is_flagged: bool, categories: Vec<Name>) -> Self {
        Self {
            is_flagged,
            categories,
        }
    }
}

impl fmt::Debug for Embeddings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embeddings")
            .field("vectors", &self.vectors.len())
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}
