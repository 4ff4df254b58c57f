//! What a message is made of.

use super::{Blob, Json, Name, Replay, Text};

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// What the part says.
    pub content: Content,
    /// The item as the provider sent it, to be sent back byte for byte.
    pub replay: Option<Replay>,
    /// Whether the provider may cache everything up to the end of this part.
    pub cache: Option<CacheHint>,
}

/// What a part says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Text.
    Text(Text),
    /// The words in which a model refused.
    Refusal(Text),
    /// A picture.
    Image(Media),
    /// A recording.
    Audio(Media),
    /// A document.
    File(File),
    /// A call of a tool by the model.
    ToolCall(ToolCall),
    /// What the tool answered.
    ToolResult(ToolResult),
    /// The model's reasoning.
    Reasoning(Reasoning),
    /// An item of a provider that has no other form here.
    Opaque(OpaqueItem),
}

/// Where the bytes of an image, a recording or a document are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Media {
    /// In the request.
    Bytes {
        /// The media type, such as `image/png`.
        media_type: Name,
        /// The bytes.
        data: Blob,
    },
    /// At an address that the provider fetches.
    Url {
        /// The address.
        url: Text,
        /// The media type, where it is known.
        media_type: Option<Name>,
    },
    /// At the provider, which has kept them since an upload.
    Uploaded {
        /// The id that the provider gave.
        id: Name,
    },
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// The name that the model sees.
    pub name: Option<Text>,
    /// The bytes, or where they are.
    pub media: Media,
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolCall {
    /// The id that the result must name.
    pub id: Name,
    /// The tool.
    pub name: Name,
    /// The arguments, as the model wrote them.
    pub arguments: Arguments,
}

/// The arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arguments {
    /// One JSON value.
    Json(Json),
    /// Text that is not JSON: the model made a mistake, or was cut off. No tool may
    /// be called with it.
    Malformed(Text),
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolResult {
    /// The id of the call.
    pub call_id: Name,
    /// The tool, which some providers ask for again.
    pub name: Option<Name>,
    /// The answer: texts, images and documents.
    pub parts: Vec<Part>,
    /// Whether the tool failed.
    pub is_error: bool,
}

/// The reasoning of a model, as far as its provider shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reasoning {
    /// The reasoning or its summary; empty where the provider keeps it hidden.
    pub text: Text,
    /// Whether the provider signed or encrypted the item. It then goes back as the
    /// provider sent it or not at all.
    pub is_signed: bool,
}

/// An item of a provider that has no other form here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpaqueItem {
    /// The provider's word for the type.
    pub kind: Name,
    /// The item, byte for byte.
    pub item: Json,
}

/// How long a provider may keep a prefix of the request for later calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheHint {
    /// A few minutes, as the provider chooses.
    Short,
    /// An hour, which not every provider offers.
    Hour,
}

impl Part {
    /// Returns a part of this content.
    #[must_use]
    pub const fn new(content: Content) -> Self {
        Self {
            content,
            replay: None,
            cache: None,
        }
    }

    /// Returns a part of text.
    #[must_use]
    pub fn text(text: impl Into<Text>) -> Self {
        Self::new(Content::Text(text.into()))
    }

    /// Returns a picture, such as of type `image/png`.
    #[must_use]
    pub fn image(media_type: impl Into<Name>, data: impl Into<Blob>) -> Self {
        Self::new(Content::Image(Media::bytes(media_type, data)))
    }

    /// Returns a recording, such as of type `audio/wav`.
    #[must_use]
    pub fn audio(media_type: impl Into<Name>, data: impl Into<Blob>) -> Self {
        Self::new(Content::Audio(Media::bytes(media_type, data)))
    }

    /// Returns a document.
    #[must_use]
    pub const fn file(file: File) -> Self {
        Self::new(Content::File(file))
    }

    /// Returns a call of a tool.
    #[must_use]
    pub const fn tool_call(call: ToolCall) -> Self {
        Self::new(Content::ToolCall(call))
    }

    /// Returns the result of a tool.
    #[must_use]
    pub const fn tool_result(result: ToolResult) -> Self {
        Self::new(Content::ToolResult(result))
    }

    /// Sends the item back as the provider sent it.
    #[must_use]
    pub fn with_replay(mut self, replay: Replay) -> Self {
        self.replay = Some(replay);
        self
    }

    /// Lets the provider cache everything up to the end of this part.
    #[must_use]
    pub const fn with_cache(mut self, cache: CacheHint) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Returns the text, where the part is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the call, where the part is one.
    #[must_use]
    pub const fn as_tool_call(&self) -> Option<&ToolCall> {
        match &self.content {
            Content::ToolCall(call) => Some(call),
            _ => None,
        }
    }
}

impl Media {
    /// Returns bytes that are sent in the request.
    #[must_use]
    pub fn bytes(media_type: impl Into<Name>, data: impl Into<Blob>) -> Self {
        Self::Bytes {
            media_type: media_type.into(),
            data: data.into(),
        }
    }

    /// Returns an address that the provider fetches.
    #[must_use]
    pub fn url(url: impl Into<Text>) -> Self {
        Self::Url {
            url: url.into(),
            media_type: None,
        }
    }

    /// Returns what the provider has kept since an upload.
    #[must_use]
    pub fn uploaded(id: impl Into<Name>) -> Self {
        Self::Uploaded { id: id.into() }
    }
}

impl File {
    /// Returns a document without a name.
    #[must_use]
    pub const fn new(media: Media) -> Self {
        Self { name: None, media }
    }

    /// Returns a document whose bytes are sent in the request, such as of type
    /// `application/pdf`.
    #[must_use]
    pub fn bytes(media_type: impl Into<Name>, data: impl Into<Blob>) -> Self {
        Self::new(Media::bytes(media_type, data))
    }

    /// Adds the name that the model sees.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Text>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl ToolCall {
    /// Returns a call of the tool of this name. It has no [id](Self::with_id) yet.
    #[must_use]
    pub fn new(name: impl Into<Name>, arguments: impl Into<Arguments>) -> Self {
        Self {
            id: Name::from(""),
            name: name.into(),
            arguments: arguments.into(),
        }
    }

    /// Sets the id, by which the result names the call. No adapter sends a call without
    /// one.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Name>) -> Self {
        self.id = id.into();
        self
    }
}

impl Arguments {
    /// Takes the text that a model wrote; no text at all is the empty object.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::Json(Json::empty_object());
        }
        Json::parse(text).map_or_else(|_| Self::Malformed(text.into()), Self::Json)
    }

    /// Returns the text, whether it is JSON or not.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Json(json) => json.as_str(),
            Self::Malformed(text) => text,
        }
    }

    /// Returns the JSON value, or `None` where the arguments are malformed.
    #[must_use]
    pub const fn as_json(&self) -> Option<&Json> {
        match self {
            Self::Json(json) => Some(json),
            Self::Malformed(_) => None,
        }
    }
}

impl From<Json> for Arguments {
    fn from(json: Json) -> Self {
        Self::Json(json)
    }
}

impl ToolResult {
    /// Returns a result that is not an error.
    #[must_use]
    pub fn new(call_id: impl Into<Name>, parts: Vec<Part>) -> Self {
        Self {
            call_id: call_id.into(),
            name: None,
            parts,
            is_error: false,
        }
    }

    /// Names the tool, which some providers ask for.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Name>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says that the tool failed.
    #[must_use]
    pub const fn as_error(mut self) -> Self {
        self.is_error = true;
        self
    }
}

impl Reasoning {
    /// Returns reasoning.
    #[must_use]
    pub fn new(text: impl Into<Text>, is_signed: bool) -> Self {
        Self {
            text: text.into(),
            is_signed,
        }
    }
}

impl OpaqueItem {
    /// Returns an item, under the provider's word for its type.
    #[must_use]
    pub fn new(kind: impl Into<Name>, item: Json) -> Self {
        Self {
            kind: kind.into(),
            item,
        }
    }
}
