//! What a call used, as OpenAI counts it.

use serde::Deserialize;

use crate::model::Usage;

/// Both protocols: the names differ, the meanings do not.
#[derive(Deserialize)]
pub(super) struct UsageWire {
    /// With what was read from a cache or written to one.
    #[serde(alias = "prompt_tokens")]
    input_tokens: Option<u64>,
    #[serde(alias = "prompt_tokens_details")]
    input_tokens_details: Option<InputWire>,
    /// With reasoning.
    #[serde(alias = "completion_tokens")]
    output_tokens: Option<u64>,
    #[serde(alias = "completion_tokens_details")]
    output_tokens_details: Option<OutputWire>,
}

#[derive(Deserialize)]
struct InputWire {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct OutputWire {
    reasoning_tokens: Option<u64>,
}

impl UsageWire {
    pub(super) fn read(self) -> Usage {
        let read = self
            .input_tokens_details
            .as_ref()
            .and_then(|d| d.cached_tokens);
        let written = self.input_tokens_details.and_then(|d| d.cache_write_tokens);
        let mut usage = Usage::new();
        usage.input_tokens = self.input_tokens;
        usage.cache_read_tokens = read;
        usage.cache_write_tokens = written;
        usage.uncached_input_tokens = self.input_tokens.and_then(|all| {
            let cached = read?.checked_add(written.unwrap_or(0))?;
            all.checked_sub(cached)
        });
        usage.output_tokens = self.output_tokens;
        usage.reasoning_tokens = self.output_tokens_details.and_then(|d| d.reasoning_tokens);
        usage
    }
}
