//! The side doors: everything else that leaves for a provider.

use super::leaf::{Leaf, Leaves, Path, Visit, sealed};
use super::{Blob, ChatRequest, Name, Text};
use crate::Error;

/// Texts to embed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddingRequest {
    /// The texts, of which each gets a vector.
    pub texts: Vec<Text>,
    /// How many numbers a vector has, where the model can choose.
    pub dimensions: Option<u32>,
    /// What the vectors are for, where the model can tell.
    pub purpose: EmbeddingPurpose,
    /// A pseudonym of the person.
    pub end_user: Option<Name>,
}

/// What vectors are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmbeddingPurpose {
    /// Nothing in particular.
    #[default]
    Any,
    /// The text is a document to be found.
    Document,
    /// The text is a query.
    Query,
}

/// A request to count the tokens of.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CountRequest {
    /// The request.
    pub request: ChatRequest,
}

/// Documents to rank by how well they answer a query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RerankRequest {
    /// The query.
    pub query: Text,
    /// The documents.
    pub documents: Vec<Text>,
    /// How many to return.
    pub top: Option<u32>,
}

/// Texts to be judged by a moderation model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModerationRequest {
    /// The texts.
    pub texts: Vec<Text>,
}

/// Requests that the provider answers later, all together.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RequestBatch {
    /// The requests.
    pub records: Vec<BatchRecord>,
}

/// One request of a batch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BatchRecord {
    /// The id by which its answer is found.
    pub id: Name,
    /// The request.
    pub request: ChatRequest,
}

/// A file that a provider is to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// The name of the file.
    pub name: Text,
    /// The media type.
    pub media_type: Name,
    /// The provider's word for what the file is for.
    pub purpose: Name,
    /// The bytes.
    pub data: Blob,
}

impl EmbeddingRequest {
    /// Returns a request for these texts.
    #[must_use]
    pub fn new<T: Into<Text>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self {
            texts: texts.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Sets how many numbers a vector has.
    #[must_use]
    pub const fn dimensions(mut self, dimensions: u32) -> Self {
        self.dimensions = Some(dimensions);
        self
    }

    /// Sets what the vectors are for.
    #[must_use]
    pub const fn purpose(mut self, purpose: EmbeddingPurpose) -> Self {
        self.purpose = purpose;
        self
    }
}

impl CountRequest {
    /// Returns a request to count the tokens of another.
    #[must_use]
    pub const fn new(request: ChatRequest) -> Self {
        Self { request }
    }
}

impl RerankRequest {
    /// Returns a request to rank these documents.
    #[must_use]
    pub fn new<T: Into<Text>>(
        query: impl Into<Text>,
        documents: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            query: query.into(),
            documents: documents.into_iter().map(Into::into).collect(),
            top: None,
        }
    }
}

impl ModerationRequest {
    /// Returns a request to judge these texts.
    #[must_use]
    pub fn new<T: Into<Text>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self {
            texts: texts.into_iter().map(Into::into).collect(),
        }
    }
}

impl RequestBatch {
    /// The most requests of a batch.
    pub const MAX: usize = 50_000;
    /// The most bytes of an id.
    pub const MAX_ID: usize = 64;

    /// Returns a batch without requests.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a request, with the id by which its answer is found: 1 to 64 letters, digits,
    /// `-` and `_`, and no other request's.
    #[must_use]
    pub fn with(mut self, id: impl Into<Name>, request: ChatRequest) -> Self {
        let id = id.into();
        self.records.push(BatchRecord { id, request });
        self
    }
}

impl Upload {
    /// Returns a file, such as of type `application/pdf`. Its name is `file`, and it is for
    /// use in requests (`user_data`).
    #[must_use]
    pub fn new(media_type: impl Into<Name>, data: impl Into<Blob>) -> Self {
        Self {
            name: Text::from("file"),
            media_type: media_type.into(),
            purpose: Name::from("user_data"),
            data: data.into(),
        }
    }

    /// Sets the name of the file.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Text>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the provider's word for what the file is for.
    #[must_use]
    pub fn with_purpose(mut self, purpose: impl Into<Name>) -> Self {
        self.purpose = purpose.into();
        self
    }
}

macro_rules! sealed {
    ($($name:ident)*) => { $(impl sealed::Sealed for $name {})* };
}

sealed!(EmbeddingRequest CountRequest RerankRequest ModerationRequest RequestBatch BatchRecord Upload);

fn texts(
    texts: &mut [Text],
    path: &Path<'_>,
    field: &'static str,
    visit: &mut Visit<'_>,
) -> Result<(), Error> {
    let mut texts = texts.iter_mut().enumerate();
    texts.try_for_each(|(at, text)| visit(&path.item(field, at), Leaf::Text(text)))
}

impl Leaves for EmbeddingRequest {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            texts: written,
            dimensions: _,
            purpose: _,
            end_user,
        } = self;
        texts(written, path, "texts", visit)?;
        match end_user {
            Some(name) => visit(&path.field("end_user"), Leaf::Name(name)),
            None => Ok(()),
        }
    }
}

impl Leaves for CountRequest {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self { request } = self;
        request.leaves(path, visit)
    }
}

impl Leaves for RerankRequest {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            query,
            documents,
            top: _,
        } = self;
        visit(&path.field("query"), Leaf::Text(query))?;
        texts(documents, path, "documents", visit)
    }
}

impl Leaves for ModerationRequest {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self { texts: written } = self;
        texts(written, path, "texts", visit)
    }
}

impl Leaves for RequestBatch {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self { records } = self;
        let mut records = records.iter_mut().enumerate();
        records.try_for_each(|(at, record)| record.leaves(&path.item("records", at), visit))
    }
}

impl Leaves for BatchRecord {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self { id, request } = self;
        visit(&path.field("id"), Leaf::Name(id))?;
        request.leaves(path, visit)
    }
}

impl Leaves for Upload {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            name,
            media_type,
            purpose,
            data,
        } = self;
        visit(&path.field("name"), Leaf::Text(name))?;
        visit(&path.field("media_type"), Leaf::Name(media_type))?;
        visit(&path.field("purpose"), Leaf::Name(purpose))?;
        visit(&path.field("data"), Leaf::Blob(data))
    }
}
