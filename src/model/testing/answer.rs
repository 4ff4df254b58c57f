//! What a double is to answer.

use crate::model::{Finish, FinishReason, Message, Part, Response, Role, ToolCall, Usage};

/// An answer for a double: parts, the reason of the end, and how much was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockAnswer {
    pub(super) parts: Vec<Part>,
    pub(super) finish: FinishReason,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    /// The model that answers, where it is not the asked one.
    pub(super) model: Option<String>,
}

impl MockAnswer {
    /// Returns an answer without parts.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            parts: Vec::new(),
            finish: FinishReason::Stop,
            input_tokens: 10,
            output_tokens: 5,
            model: None,
        }
    }

    /// Returns an answer of one text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new().with(Part::text(text))
    }

    /// Returns an answer that calls a tool.
    #[must_use]
    pub fn tool_call(call: ToolCall) -> Self {
        let call = Part::tool_call(call);
        Self::new().with(call).finish(FinishReason::ToolCalls)
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Sets why the answer ends.
    #[must_use]
    pub const fn finish(mut self, reason: FinishReason) -> Self {
        self.finish = reason;
        self
    }

    /// Sets how many tokens were read; 10 by default.
    #[must_use]
    pub const fn input_tokens(mut self, tokens: u64) -> Self {
        self.input_tokens = tokens;
        self
    }

    /// Sets how many tokens were made; 5 by default.
    #[must_use]
    pub const fn output_tokens(mut self, tokens: u64) -> Self {
        self.output_tokens = tokens;
        self
    }

    /// Lets another model answer than the asked one.
    #[must_use]
    pub fn by_model(mut self, model: &str) -> Self {
        self.model = Some(model.to_owned());
        self
    }

    pub(super) fn response(&self) -> Response {
        let message = Message::new(Role::Assistant, self.parts.clone());
        let mut response = Response::new(message, Finish::new(self.finish));
        response.model = self.model.as_deref().map(Into::into);
        response.usage = Usage {
            input_tokens: Some(self.input_tokens),
            output_tokens: Some(self.output_tokens),
            ..Usage::default()
        };
        response
    }
}

impl Default for MockAnswer {
    fn default() -> Self {
        Self::new()
    }
}
