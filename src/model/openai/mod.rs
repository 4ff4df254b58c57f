//! Chat Completions and Responses, of OpenAI and everything compatible.

mod chat;
mod chat_decode;
mod chat_encode;
mod embeddings;
mod fault;
mod profile;
mod responses;
mod responses_decode;
mod responses_encode;
mod usage;

pub use chat::{OpenAiChat, OpenAiChatBuilder};
pub use embeddings::{OpenAiEmbeddings, OpenAiEmbeddingsBuilder};
pub use profile::Profile;
pub use responses::{OpenAiResponses, OpenAiResponsesBuilder};
