//! Why an answer ended.

use super::Name;

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// A text of [`stop`](super::Sampling::stop) came.
    StopSequence,
    /// The limit of output tokens was reached.
    MaxTokens,
    /// The context of the model was full.
    ContextFull,
    /// The model calls tools.
    ToolCalls,
    /// A filter of the provider stopped the answer, or the request.
    ContentFiltered,
    /// The model refused.
    Refused,
    /// The provider paused; the conversation can be sent again to go on.
    Paused,
    /// The provider shortened the conversation and stopped.
    Compacted,
    /// The model made something that the provider could not read, such as a call of
    /// a tool that is not JSON.
    Malformed,
    /// Something else; the [raw word](Finish::raw) says what.
    Other,
}

/// The end of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finish {
    /// Why the answer ended.
    pub reason: FinishReason,
    /// The provider's own word.
    pub raw: Option<Name>,
    /// The provider's word for what a refusal or a filter was about.
    pub category: Option<Name>,
}

impl Finish {
    /// Returns the end for a reason.
    #[must_use]
    pub const fn new(reason: FinishReason) -> Self {
        Self {
            reason,
            raw: None,
            category: None,
        }
    }

    /// Keeps the provider's own word.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<Name>) -> Self {
        self.raw = Some(raw.into());
        self
    }

    /// Keeps the provider's word for what a refusal or a filter was about.
    #[must_use]
    pub fn with_category(mut self, category: impl Into<Name>) -> Self {
        self.category = Some(category.into());
        self
    }
}
