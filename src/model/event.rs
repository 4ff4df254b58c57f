//! Answers that arrive piece by piece.

use std::pin::Pin;

use futures_core::Stream;

use super::{Finish, Json, ModelError, Name, Part, Text, Transformation, Usage, Warning};

/// An answer that arrives piece by piece.
///
/// A stream that ends without [`Finished`](StreamEvent::Finished) never ends well: its
/// last item is an error, of kind [`Truncated`](super::ModelErrorKind::Truncated) where
/// the connection ended too early. After an error or `Finished` nothing follows.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<StreamEvent, ModelError>> + Send>>;

/// The number of a block within its answer. Pieces of several blocks may alternate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(u32);

impl BlockId {
    /// Returns the id of the block of this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// One piece of an answer.
///
/// A block begins with `BlockStart`, grows by deltas and ends with `BlockEnd`, which
/// holds the whole part. What the deltas of a block say is what its part says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// The answer has begun.
    Started {
        /// The provider's id of the answer.
        id: Option<Name>,
        /// The model that answers.
        model: Option<Name>,
        /// The id of the request in the provider's log.
        request_id: Option<Name>,
        /// How many times the request was sent.
        attempts: u32,
    },
    /// A block has begun.
    BlockStart {
        /// The block.
        block: BlockId,
        /// What it is.
        kind: BlockKind,
    },
    /// More text of a block of text or of a refusal.
    TextDelta {
        /// The block.
        block: BlockId,
        /// The text.
        text: Text,
    },
    /// More of a block of reasoning.
    ReasoningDelta {
        /// The block.
        block: BlockId,
        /// The text.
        text: Text,
    },
    /// More of the arguments of a call: a piece of JSON text.
    ArgumentsDelta {
        /// The block.
        block: BlockId,
        /// The piece.
        text: Text,
    },
    /// A block has ended.
    BlockEnd {
        /// The block.
        block: BlockId,
        /// The whole part.
        part: Box<Part>,
    },
    /// Probabilities of tokens, as the provider writes them.
    LogProbs(Json),
    /// How much was used so far; numbers are totals.
    Usage(Box<Usage>),
    /// What the provider changed in the request.
    Transformed(Transformation),
    /// Something did not go as asked.
    Warning(Warning),
    /// An event of the provider that has no other form here. It is neither restored
    /// nor logged.
    Unknown(UnknownEvent),
    /// The answer has ended. Nothing follows.
    Finished(Finish),
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockKind {
    /// Text.
    Text,
    /// The words of a refusal.
    Refusal,
    /// Reasoning.
    Reasoning,
    /// A call of a tool.
    ToolCall {
        /// The id that the result must name.
        id: Name,
        /// The tool.
        name: Name,
    },
    /// A picture, a recording or a document.
    Media,
    /// An item of the provider that has no other form here.
    Opaque,
}

/// An event of a provider that this crate does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// The provider's word for the type, where there is one.
    pub kind: Option<Name>,
    /// The event as it came.
    pub data: Text,
}

impl UnknownEvent {
    /// Returns an event under the provider's word for it.
    #[must_use]
    pub fn new(kind: Option<Name>, data: impl Into<Text>) -> Self {
        Self {
            kind,
            data: data.into(),
        }
    }
}
