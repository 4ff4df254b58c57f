//! What a model answers.

use super::{Finish, Json, Message, Name, ServerState, Usage};

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The provider's id of the answer.
    pub id: Option<Name>,
    /// The model that answered, as the provider names it.
    pub model: Option<Name>,
    /// What it said.
    pub message: Message,
    /// Why it ended.
    pub finish: Finish,
    /// How much it used.
    pub usage: Usage,
    /// What the provider changed in the request before the model read it.
    pub transformations: Vec<Transformation>,
    /// What did not go as asked.
    pub warnings: Vec<Warning>,
    /// Probabilities of tokens, as the provider writes them. They spell the answer out
    /// once more, so a guard that restores values drops them.
    pub logprobs: Vec<Json>,
    /// The id of the request in the provider's log.
    pub request_id: Option<Name>,
    /// How many times the request was sent.
    pub attempts: u32,
}

/// A change that a provider made to a request before the model read it, such as
/// reasoning that it dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transformation {
    /// The provider's word for what it changed.
    pub kind: Name,
    /// The provider's word for why.
    pub reason: Option<Name>,
}

/// What did not go as asked, without any content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The provider does not say which model answered.
    ModelUnknown,
    /// The arguments of a call are not JSON.
    MalformedArguments,
    /// Signed reasoning was left out of the request, since it belongs to another
    /// model or was edited.
    ReasoningDropped,
    /// A place was asked for, and the provider does not say in which the model ran.
    RegionUnknown,
    /// The tokens could not be read from the answer.
    UsageUnknown,
    /// The provider ran a tool of its own though nothing in the clearance lets it: what the
    /// tool was given left for places that nobody cleared.
    ProviderToolRan,
    /// The provider kept or did something, as the policy allows.
    ServerState(ServerState),
    /// The finish reason and the parts contradict each other, and the parts won.
    FinishReconciled,
}

impl Response {
    /// Returns an answer with nothing else filled in.
    #[must_use]
    pub fn new(message: Message, finish: Finish) -> Self {
        Self {
            id: None,
            model: None,
            message,
            finish,
            usage: Usage::default(),
            transformations: Vec::new(),
            warnings: Vec::new(),
            logprobs: Vec::new(),
            request_id: None,
            attempts: 1,
        }
    }
}

impl Transformation {
    /// Returns a change under the provider's words.
    #[must_use]
    pub fn new(kind: impl Into<Name>, reason: Option<Name>) -> Self {
        Self {
            kind: kind.into(),
            reason,
        }
    }
}
