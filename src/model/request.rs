//! What a model is asked.

use super::{HostedTool, Json, Message, Name, Text, Tool, ToolChoice};

/// A request as the product makes it, with everything in the clear.
///
/// No adapter takes it: it first becomes a [`ClearedRequest`](super::ClearedRequest),
/// which only the guard makes. It has no `Serialize`, and its `Debug` shows lengths
/// and counts.
///
/// # Example
/// ```
/// use confidant::model::{Message, ChatRequest};
///
/// let request = ChatRequest::new()
///     .with(Message::system("Answer in one sentence."))
///     .with(Message::user("I am Ada Lovelace. Who are you?"))
///     .max_output_tokens(200);
/// assert!(!format!("{request:?}").contains("Ada"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// The tools that the product runs.
    pub tools: Vec<Tool>,
    /// The tools that the provider runs.
    pub hosted_tools: Vec<HostedTool>,
    /// Which tools must or may be called.
    pub tool_choice: ToolChoice,
    /// Whether several tools may be called at once.
    pub parallel_tools: Option<bool>,
    /// What form the answer must have.
    pub output: Output,
    /// How the next token is chosen, and where the answer ends.
    pub sampling: Sampling,
    /// How much the model should reason before it answers.
    pub reasoning: Thinking,
    /// A pseudonym of the person, stable for the conversation, by which a provider
    /// can tell abusers apart.
    pub end_user: Option<Name>,
    /// A key that keeps requests with the same beginning near the same cache.
    pub cache_key: Option<Name>,
    /// Members of the provider's own request format: an object. An adapter takes
    /// those that it knows and refuses every other.
    pub options: Option<Json>,
}

/// What form an answer must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Text.
    #[default]
    Text,
    /// Some JSON object.
    Json,
    /// JSON that follows a schema.
    Schema {
        /// The name of the schema.
        name: Name,
        /// The JSON schema.
        schema: Json,
    },
}

/// How the next token is chosen, and where the answer ends.
///
/// What is `None` is left to the provider.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Sampling {
    /// The most tokens of the answer.
    pub max_output_tokens: Option<u32>,
    /// The temperature: 0 is the least varied.
    pub temperature: Option<f64>,
    /// The share of probability that is considered.
    pub top_p: Option<f64>,
    /// The number of tokens that are considered.
    pub top_k: Option<u32>,
    /// A number that makes answers repeatable, where the provider can.
    pub seed: Option<i64>,
    /// The penalty for tokens that are frequent so far.
    pub frequency_penalty: Option<f64>,
    /// The penalty for tokens that are there so far.
    pub presence_penalty: Option<f64>,
    /// Texts at which the answer ends.
    pub stop: Vec<Text>,
    /// How many alternatives to report with their probabilities for every token.
    pub logprobs: Option<u8>,
}

/// How much a model should reason before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Thinking {
    /// As the provider does by default.
    #[default]
    Default,
    /// Not at all.
    Off,
    /// As much as the model finds fit.
    Adaptive,
    /// Between calls of tools alone.
    BetweenTools,
    /// As much as this word says.
    Effort(Effort),
    /// Up to so many tokens.
    Budget(u32),
}

/// How much effort goes into reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Effort {
    /// As little as there is.
    Minimal,
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// As much as there is.
    Max,
}

impl ChatRequest {
    /// Returns a request without messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message.
    #[must_use]
    pub fn with(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Adds a tool that the product runs.
    #[must_use]
    pub fn with_tool(mut self, tool: Tool) -> Self {
        self.tools.push(tool);
        self
    }

    /// Sets which tools must or may be called.
    #[must_use]
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = choice;
        self
    }

    /// Sets what form the answer must have.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// Sets the most tokens of the answer.
    #[must_use]
    pub const fn max_output_tokens(mut self, tokens: u32) -> Self {
        self.sampling.max_output_tokens = Some(tokens);
        self
    }

    /// Sets the temperature.
    #[must_use]
    pub const fn temperature(mut self, temperature: f64) -> Self {
        self.sampling.temperature = Some(temperature);
        self
    }

    /// Adds a text at which the answer ends.
    #[must_use]
    pub fn stop_at(mut self, text: impl Into<Text>) -> Self {
        self.sampling.stop.push(text.into());
        self
    }

    /// Sets how much the model should reason.
    #[must_use]
    pub const fn reasoning(mut self, thinking: Thinking) -> Self {
        self.reasoning = thinking;
        self
    }

    /// Sets members of the provider's own request format: an object.
    #[must_use]
    pub fn options(mut self, options: Json) -> Self {
        self.options = Some(options);
        self
    }
}
