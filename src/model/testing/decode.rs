//! Pieces of an answer from bytes, without a connection.

#[cfg(feature = "model-http")]
use crate::model::{Api, ModelError, StreamEvent};

/// Reads the bytes of a stream, in the pieces in which they arrive, and returns what
/// came out until the end or the first error.
///
/// The model `model` is the one that was asked. Only the protocols whose features are on
/// are known; the others are [`Unsupported`](crate::model::ModelErrorKind::Unsupported).
#[cfg(feature = "model-http")]
#[must_use]
pub fn decode(api: Api, model: &str, pieces: &[&[u8]]) -> Vec<Result<StreamEvent, ModelError>> {
    match api {
        #[cfg(feature = "anthropic")]
        Api::AnthropicMessages => crate::model::anthropic::decode(model, pieces),
        #[cfg(feature = "bedrock")]
        Api::BedrockConverse => crate::model::bedrock::decode(model, pieces),
        #[cfg(feature = "gemini")]
        Api::GeminiGenerateContent => crate::model::gemini::decode(model, pieces),
        #[cfg(feature = "ollama")]
        Api::OllamaChat => crate::model::ollama::decode(model, pieces),
        #[cfg(feature = "openai")]
        Api::OpenAiChat => crate::model::openai::decode_chat(model, pieces),
        #[cfg(feature = "openai")]
        Api::OpenAiResponses => crate::model::openai::decode_responses(model, pieces),
        _ => {
            let _ = (model, pieces);
            vec![Err(ModelError::new(
                crate::model::ModelErrorKind::Unsupported,
            ))]
        }
    }
}
