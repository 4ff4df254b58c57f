//! What a provider keeps until it is deleted, and the models that have it keep something.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    CallContext, ClearedBatch, ClearedUpload, ModelDescriptor, ModelError, Name, Response,
    ServerState,
};
use crate::pointer::for_pointers;
use crate::time::Moment;

/// Something that a provider keeps until it is deleted or expires.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptItem {
    /// What it is: a batch, a file, a stored response.
    pub kind: ServerState,
    /// The id by which the provider knows it.
    pub id: Name,
    /// The moment by which it has expired on its own, where the provider says so.
    pub expires: Option<Moment>,
}

/// Deletes what a provider keeps.
///
/// It is called and may fail as a [`ChatModel`](super::ChatModel) does. Where a deletion
/// fails, the item stays on the list of copies, and an erasure tries again.
#[async_trait]
pub trait ProviderStorage: fmt::Debug + Send + Sync {
    /// Returns which model it is kept for, and where.
    fn descriptor(&self) -> &ModelDescriptor;

    /// Returns how long the provider keeps an item of this kind if nobody deletes it;
    /// `None` where it keeps it for good, or nobody knows.
    fn keeps_for(&self, kind: ServerState) -> Option<Duration>;

    /// Deletes an item, with everything that the provider made of it. One that is gone
    /// already counts as deleted.
    ///
    /// # Errors
    /// [`Unsupported`](super::ModelErrorKind::Unsupported) for a kind that cannot be
    /// deleted there, and an error that [may pass](ModelError::is_retryable) where the
    /// provider is still at work on it. Those of the call.
    async fn delete(&self, item: &KeptItem, context: &CallContext) -> Result<(), ModelError>;
}

for_pointers! {
    #[async_trait]
    impl ProviderStorage {
        fn descriptor(&self) -> &ModelDescriptor {
            (**self).descriptor()
        }

        fn keeps_for(&self, kind: ServerState) -> Option<Duration> {
            (**self).keeps_for(kind)
        }

        async fn delete(&self, item: &KeptItem, context: &CallContext) -> Result<(), ModelError> {
            (**self).delete(item, context).await
        }
    }
}

/// A model that answers many requests later, all together.
///
/// The provider keeps the requests and the answers until they are deleted. Everything that
/// it begins to keep is told to the [observer](super::AttemptObserver::kept) of the call
/// as soon as its id is known.
#[async_trait]
pub trait BatchModel: ProviderStorage {
    /// Sends the requests, and returns the id of the batch.
    ///
    /// # Errors
    /// [`PolicyDenied`](super::ModelErrorKind::PolicyDenied) where the clearance does not
    /// name [`Batch`](ServerState::Batch), and a [`ModelError`] that says what can be done
    /// about it. Where the connection breaks, the provider may keep the requests all the
    /// same.
    async fn submit(
        &self,
        batch: ClearedBatch,
        context: &CallContext,
    ) -> Result<KeptItem, ModelError>;

    /// Returns how far a batch has come.
    ///
    /// # Errors
    /// A [`ModelError`] that says what can be done about it.
    async fn status(&self, id: &Name, context: &CallContext) -> Result<BatchStatus, ModelError>;

    /// Returns the answers of a batch that has ended, in the order of the provider.
    ///
    /// # Errors
    /// A [`ModelError`] that says what can be done about it. That one request failed is
    /// in its answer.
    async fn answers(
        &self,
        id: &Name,
        context: &CallContext,
    ) -> Result<Vec<BatchAnswer>, ModelError>;
}

for_pointers! {
    #[async_trait]
    impl BatchModel {
        async fn submit(
            &self,
            batch: ClearedBatch,
            context: &CallContext,
        ) -> Result<KeptItem, ModelError> {
            (**self).submit(batch, context).await
        }

        async fn status(
            &self,
            id: &Name,
            context: &CallContext,
        ) -> Result<BatchStatus, ModelError> {
            (**self).status(id, context).await
        }

        async fn answers(
            &self,
            id: &Name,
            context: &CallContext,
        ) -> Result<Vec<BatchAnswer>, ModelError> {
            (**self).answers(id, context).await
        }
    }
}

/// A provider that keeps files.
#[async_trait]
pub trait FileModel: ProviderStorage {
    /// Sends a file, and returns the id by which requests can name it.
    ///
    /// # Errors
    /// [`PolicyDenied`](super::ModelErrorKind::PolicyDenied) where the clearance does not
    /// name [`File`](ServerState::File), and a [`ModelError`] that says what can be done
    /// about it. Where the connection breaks, the provider may keep the file all the same.
    async fn upload(
        &self,
        file: ClearedUpload,
        context: &CallContext,
    ) -> Result<KeptItem, ModelError>;
}

for_pointers! {
    #[async_trait]
    impl FileModel {
        async fn upload(
            &self,
            file: ClearedUpload,
            context: &CallContext,
        ) -> Result<KeptItem, ModelError> {
            (**self).upload(file, context).await
        }
    }
}

/// How far a batch has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchStatus {
    /// Whether no request is worked on any more, so that there are answers.
    pub has_ended: bool,
    /// How many requests were answered, where the provider says.
    pub succeeded: Option<u64>,
    /// How many requests were not, for whatever reason.
    pub failed: Option<u64>,
}

/// The answer to one request of a batch.
#[derive(Debug)]
#[non_exhaustive]
pub struct BatchAnswer {
    /// The id that the request was given.
    pub id: Name,
    /// The answer, or why there is none.
    pub outcome: Result<Response, ModelError>,
}

impl KeptItem {
    /// Returns an item of which nothing more is known.
    #[must_use]
    pub fn new(kind: ServerState, id: impl Into<Name>) -> Self {
        Self {
            kind,
            id: id.into(),
            expires: None,
        }
    }

    /// Sets the moment by which it has expired on its own.
    #[must_use]
    pub const fn expires_by(mut self, moment: Option<Moment>) -> Self {
        self.expires = moment;
        self
    }
}

impl BatchStatus {
    /// Returns a status without counts.
    #[must_use]
    pub const fn new(has_ended: bool) -> Self {
        Self {
            has_ended,
            succeeded: None,
            failed: None,
        }
    }
}

impl BatchAnswer {
    /// Returns the answer to one request.
    #[must_use]
    pub fn new(id: impl Into<Name>, outcome: Result<Response, ModelError>) -> Self {
        Self {
            id: id.into(),
            outcome,
        }
    }
}
