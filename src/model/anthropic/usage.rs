//! What a call used, as Anthropic counts it.

use serde::Deserialize;

use crate::model::decode::Str;
use crate::model::{Iteration, Name, Usage};

#[derive(Deserialize)]
pub(super) struct UsageWire<'a> {
    /// Without what was read from a cache or written to one.
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation: Option<CacheWire>,
    output_tokens: Option<u64>,
    output_tokens_details: Option<OutputWire>,
    server_tool_use: Option<ToolWire>,
    #[serde(borrow)]
    iterations: Option<Vec<IterationWire<'a>>>,
    #[serde(borrow)]
    service_tier: Option<Str<'a>>,
    #[serde(borrow)]
    inference_geo: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct CacheWire {
    ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct OutputWire {
    thinking_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct ToolWire {
    web_search_requests: Option<u64>,
    web_fetch_requests: Option<u64>,
}

#[derive(Deserialize)]
struct IterationWire<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    model: Option<Str<'a>>,
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl UsageWire<'_> {
    /// Whether a step was one of another model.
    pub(super) fn has_fallback(&self) -> bool {
        let mut steps = self.iterations.iter().flatten();
        steps.any(|step| step.kind.as_deref() == Some("fallback_message"))
    }

    /// Whether the provider searched the web or fetched pages of it.
    pub(super) fn has_searches(&self) -> bool {
        let tools = self.server_tool_use.as_ref();
        let counts = tools.map(|tools| [tools.web_search_requests, tools.web_fetch_requests]);
        counts
            .into_iter()
            .flatten()
            .flatten()
            .any(|count| count > 0)
    }

    /// The place in which the model ran, where the provider says so. Older models cannot be
    /// asked for one, and the word for that is no place.
    pub(super) fn place(&self) -> Option<&str> {
        let place = self.inference_geo.as_deref();
        place.filter(|place| !place.is_empty() && *place != "not_available")
    }

    pub(super) fn read(self) -> Usage {
        let read = self.cache_read_input_tokens;
        let written = self.cache_creation_input_tokens;
        let sum = |input: Option<u64>| {
            let input = input?.checked_add(read.unwrap_or(0))?;
            input.checked_add(written.unwrap_or(0))
        };
        let mut usage = Usage::new();
        usage.input_tokens = sum(self.input_tokens);
        usage.uncached_input_tokens = self.input_tokens;
        usage.cache_read_tokens = read;
        usage.cache_write_tokens = written;
        usage.cache_write_hour_tokens = self
            .cache_creation
            .and_then(|c| c.ephemeral_1h_input_tokens);
        usage.output_tokens = self.output_tokens;
        usage.reasoning_tokens = self.output_tokens_details.and_then(|d| d.thinking_tokens);
        usage.hosted_tool_requests = self.server_tool_use.and_then(|tools| {
            let searches = tools.web_search_requests;
            match (searches, tools.web_fetch_requests) {
                (None, None) => None,
                (a, b) => a.unwrap_or(0).checked_add(b.unwrap_or(0)),
            }
        });
        usage.iterations = self
            .iterations
            .into_iter()
            .flatten()
            .map(IterationWire::read)
            .collect();
        usage.service_tier = self.service_tier.as_deref().map(Name::from);
        usage.region = self.inference_geo.as_deref().map(Name::from);
        usage
    }
}

impl IterationWire<'_> {
    fn read(self) -> Iteration {
        let cached = self.cache_creation_input_tokens.unwrap_or(0);
        let cached = cached.saturating_add(self.cache_read_input_tokens.unwrap_or(0));
        let mut step = Iteration::new(self.kind.as_deref().unwrap_or("message"));
        step.model = self.model.as_deref().map(Name::from);
        step.input_tokens = self
            .input_tokens
            .and_then(|input| input.checked_add(cached));
        step.output_tokens = self.output_tokens;
        step
    }
}
