//! Chat Completions and Responses, of OpenAI and everything compatible.

mod batch;
mod chat;
mod chat_decode;
mod chat_encode;
mod details;
mod embeddings;
mod fault;
mod files;
mod moderation;
mod profile;
mod rerank;
mod responses;
mod responses_decode;
mod responses_encode;
mod usage;

pub use batch::{OpenAiBatch, OpenAiBatchBuilder};
pub use chat::{OpenAiChat, OpenAiChatBuilder};
pub use embeddings::{OpenAiEmbeddings, OpenAiEmbeddingsBuilder};
pub use files::{OpenAiFiles, OpenAiFilesBuilder};
pub use moderation::{OpenAiModeration, OpenAiModerationBuilder};
pub use profile::Profile;
pub use rerank::{CompatibleRerank, CompatibleRerankBuilder};
pub use responses::{OpenAiResponses, OpenAiResponsesBuilder};

/// Reads the bytes of a stream of Chat Completions without a connection.
#[cfg(feature = "testing")]
pub(super) fn decode_chat(
    model: &str,
    pieces: &[&[u8]],
) -> Vec<Result<super::StreamEvent, super::ModelError>> {
    use super::decode::{Sse, decode};

    decode::<Sse, _>(
        chat_decode::Chunks::default(),
        super::Api::OpenAiChat,
        model,
        pieces,
    )
}

/// Reads the bytes of a stream of Responses without a connection.
#[cfg(feature = "testing")]
pub(super) fn decode_responses(
    model: &str,
    pieces: &[&[u8]],
) -> Vec<Result<super::StreamEvent, super::ModelError>> {
    use super::decode::{Sse, decode};

    let protocol = responses_decode::Items::default();
    decode::<Sse, _>(protocol, super::Api::OpenAiResponses, model, pieces)
}
