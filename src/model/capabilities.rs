//! What a model can do.

/// Whether a model can do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Support {
    /// It can.
    Yes,
    /// It cannot: an adapter refuses before anything is sent.
    No,
    /// Nobody has said. The request is sent, and the provider decides.
    #[default]
    Unknown,
}

/// What a model can do, as its operator knows it.
///
/// Everything is [`Unknown`](Support::Unknown) by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelCapabilities {
    /// Answers that arrive piece by piece.
    pub streaming: Support,
    /// Calls of tools.
    pub tools: Support,
    /// Several calls at once.
    pub parallel_tools: Support,
    /// A choice of tools that forces a call.
    pub forced_tool_choice: Support,
    /// Answers that follow a JSON schema.
    pub schema: Support,
    /// A schema and tools in one request.
    pub schema_with_tools: Support,
    /// Pictures in the request.
    pub images: Support,
    /// Documents in the request.
    pub files: Support,
    /// Recordings in the request.
    pub audio: Support,
    /// Temperature and the like.
    pub sampling: Support,
    /// A last message of the assistant that the answer goes on with.
    pub prefill: Support,
    /// Reasoning before the answer.
    pub reasoning: Support,
    /// Reasoning with a limit of tokens.
    pub reasoning_budget: Support,
    /// Reasoning switched off.
    pub reasoning_off: Support,
    /// Probabilities of tokens.
    pub logprobs: Support,
    /// Marks on parts of the request up to which the provider caches. OpenAI is only sent
    /// them where this is `Yes`: its older models refuse them.
    pub cache_points: Support,
    /// The most tokens of request and answer together.
    pub max_context_tokens: Option<u64>,
    /// The most tokens of the answer.
    pub max_output_tokens: Option<u64>,
}

impl Support {
    /// Returns whether it is known that the model cannot.
    #[must_use]
    pub const fn is_no(self) -> bool {
        matches!(self, Self::No)
    }

    /// Returns whether it is known that the model can.
    #[must_use]
    pub const fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }
}

impl ModelCapabilities {
    /// Returns capabilities that are all unknown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
