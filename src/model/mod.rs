//! Models of any provider behind one trait.
//!
//! A product makes a [`ChatRequest`], in the clear. A [`ChatModel`] takes a
//! [`ClearedRequest`], which only the guard makes, for one destination. So nothing
//! reaches a provider past the guard: it does not compile. Side doors (embeddings,
//! counting, ranking, moderation, batches, uploads) take cleared types too.
//!
//! * **What leaves is known.** [`Leaves`] walks every value of a request, and a field
//!   that is forgotten does not compile.
//! * **No content in `Debug`, `Display` or errors.** [`Text`], [`Json`] and [`Name`] show
//!   lengths; [`ModelError`] hides what a provider says.
//! * **A cut answer is an error.** A stream ends with
//!   [`Finished`](StreamEvent::Finished) or with an error.
//! * **Unknown is not 0.** [`Usage`] keeps what a provider does not say as `None`.
//! * **Items are replayed byte for byte.** Signed reasoning goes back as it came, by
//!   [`Replay`], or not at all.
//!
//! # What it does not do
//! * It does not choose a model or fall back to another: the router of the guard does.
//! * It does not run tools.
//! * It does not look up prices: a [`PriceTable`] is given to it.

#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "model-http")]
mod adapter;
#[cfg(feature = "anthropic")]
mod anthropic;
#[cfg(feature = "bedrock")]
mod bedrock;
mod capabilities;
mod chat_model;
mod cleared;
mod collect;
mod context;
mod cost;
#[cfg(feature = "model-http")]
mod decode;
mod descriptor;
mod error;
mod event;
mod finish;
#[cfg(feature = "gemini")]
mod gemini;
#[cfg(feature = "model-http")]
mod http;
mod json;
mod kept;
mod leaf;
mod message;
#[cfg(feature = "ollama")]
mod ollama;
#[cfg(feature = "openai")]
mod openai;
mod part;
mod provider_tool;
mod replay;
mod request;
mod response;
mod server_state;
mod side;
#[cfg(test)]
mod tests;
mod text;
mod tool;
mod usage;

#[cfg(feature = "anthropic")]
pub use anthropic::{Anthropic, AnthropicBuilder};
#[cfg(feature = "bedrock")]
pub use bedrock::{Bedrock, BedrockBuilder, BedrockKey, IamKey, IamKeySource};
pub use capabilities::{ModelCapabilities, Support};
pub use chat_model::{
    ChatModel, EmbeddingModel, Embeddings, Moderated, ModerationModel, Ranked, RerankModel,
    TokenCounter,
};
pub use cleared::{
    Basis, Clearance, Cleared, ClearedBatch, ClearedCount, ClearedEmbedding, ClearedModeration,
    ClearedRequest, ClearedRerank, ClearedUpload,
};
pub use collect::{Collector, collect};
pub use context::{AttemptObserver, CallContext};
pub use cost::{Confidence, Cost, PriceTable};
pub use descriptor::{Api, CredentialOwner, Destination, Endpoint, ModelDescriptor};
pub use error::{ModelError, ModelErrorKind};
pub use event::{BlockId, BlockKind, EventStream, StreamEvent, UnknownEvent};
pub use finish::{Finish, FinishReason};
#[cfg(feature = "gemini")]
pub use gemini::{Gemini, GeminiBuilder};
#[cfg(feature = "model-http")]
pub use http::{ApiKey, KeySource, ProviderConnection};
pub use json::Json;
pub use kept::{BatchAnswer, BatchModel, BatchStatus, FileModel, KeptItem, ProviderStorage};
pub use leaf::{FieldClass, Leaf, Leaves, Path, Visit};
pub use message::{Message, Role};
#[cfg(feature = "ollama")]
pub use ollama::{Ollama, OllamaBuilder};
#[cfg(feature = "openai")]
pub use openai::{
    CompatibleRerank, CompatibleRerankBuilder, OpenAiBatch, OpenAiBatchBuilder, OpenAiChat,
    OpenAiChatBuilder, OpenAiEmbeddings, OpenAiEmbeddingsBuilder, OpenAiFiles, OpenAiFilesBuilder,
    OpenAiModeration, OpenAiModerationBuilder, OpenAiResponses, OpenAiResponsesBuilder, Profile,
};
pub use part::{
    Arguments, CacheHint, Content, File, Media, OpaqueItem, Part, Reasoning, ToolCall, ToolResult,
};
pub use provider_tool::{ProviderTool, ProviderTools};
pub use replay::{Fingerprint, Origin, Replay};
pub use request::{ChatRequest, Effort, Output, Sampling, Thinking};
pub use response::{Response, Transformation, Warning};
pub use server_state::{ServerState, ServerStates};
pub use side::{
    BatchRecord, CountRequest, EmbeddingPurpose, EmbeddingRequest, ModerationRequest, RequestBatch,
    RerankRequest, Upload,
};
pub use text::{Blob, Name, Text};
pub use tool::{HostedTool, Tool, ToolChoice};
pub use usage::{Iteration, Usage};
