//! What a call used, as OpenAI counts it.

use serde::Deserialize;

use crate::model::Usage;

/// Both protocols: the names differ, the meanings do not.
#[derive(Deserialize)]
pub(super) struct UsageWire {
    /// With what was read from a cache or written to one. Some servers write both names.
    input_tokens: Option<u64>,
    prompt_tokens: Option<u64>,
    input_tokens_details: Option<InputWire>,
    prompt_tokens_details: Option<InputWire>,
    /// With reasoning.
    output_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    output_tokens_details: Option<OutputWire>,
    completion_tokens_details: Option<OutputWire>,
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
        let details = self.input_tokens_details.or(self.prompt_tokens_details);
        let read = details.as_ref().and_then(|d| d.cached_tokens);
        let written = details.and_then(|d| d.cache_write_tokens);
        let mut usage = Usage::new();
        // Zero beside a number is a name that the server does not count under.
        let one = |a: Option<u64>, b: Option<u64>| a.filter(|n| *n > 0).or(b).or(a);
        usage.input_tokens = one(self.input_tokens, self.prompt_tokens);
        usage.cache_read_tokens = read;
        usage.cache_write_tokens = written;
        usage.uncached_input_tokens = usage.input_tokens.and_then(|all| {
            let cached = read?.checked_add(written.unwrap_or(0))?;
            all.checked_sub(cached)
        });
        usage.output_tokens = one(self.output_tokens, self.completion_tokens);
        let details = self.output_tokens_details;
        let details = details.or(self.completion_tokens_details);
        usage.reasoning_tokens = details.and_then(|d| d.reasoning_tokens);
        usage
    }
}
