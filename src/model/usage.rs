//! How much a call has used.

use super::Name;

/// How much a call has used. What a provider does not say is `None`, which is not 0.
///
/// [`input_tokens`](Self::input_tokens) counts everything that was sent, cached or
/// not, and [`output_tokens`](Self::output_tokens) everything that was made, reasoning
/// included, whatever the provider's own numbers leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// All tokens of the request.
    pub input_tokens: Option<u64>,
    /// Those of them that were neither read from a cache nor written to one.
    pub uncached_input_tokens: Option<u64>,
    /// Those of them that were read from a cache.
    pub cache_read_tokens: Option<u64>,
    /// Those of them that were written to a cache.
    pub cache_write_tokens: Option<u64>,
    /// Those of them that were written to a cache of an hour.
    pub cache_write_hour_tokens: Option<u64>,
    /// All tokens of the answer.
    pub output_tokens: Option<u64>,
    /// Those of them that were reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Requests that tools of the provider made.
    pub hosted_tool_requests: Option<u64>,
    /// What the provider did step by step, where it says.
    pub iterations: Vec<Iteration>,
    /// The provider's word for how it served the call.
    pub service_tier: Option<Name>,
    /// The region in which the provider says it ran the model.
    pub region: Option<Name>,
}

/// One step of a call, as the provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Iteration {
    /// The provider's word for the step.
    pub kind: Name,
    /// The model, where the provider names it.
    pub model: Option<Name>,
    /// Tokens read, cached or not.
    pub input_tokens: Option<u64>,
    /// Tokens made.
    pub output_tokens: Option<u64>,
}

impl Usage {
    /// Returns a usage in which everything is unknown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the tokens of request and answer, where both are known.
    #[must_use]
    pub fn total_tokens(&self) -> Option<u64> {
        Some(self.input_tokens?.saturating_add(self.output_tokens?))
    }

    /// Takes over what a later report says; numbers in it are totals of the call, not
    /// additions.
    pub fn update(&mut self, later: Self) {
        fn keep<T>(into: &mut Option<T>, later: Option<T>) {
            if later.is_some() {
                *into = later;
            }
        }
        let Self {
            input_tokens,
            uncached_input_tokens,
            cache_read_tokens,
            cache_write_tokens,
            cache_write_hour_tokens,
            output_tokens,
            reasoning_tokens,
            hosted_tool_requests,
            iterations,
            service_tier,
            region,
        } = later;
        keep(&mut self.input_tokens, input_tokens);
        keep(&mut self.uncached_input_tokens, uncached_input_tokens);
        keep(&mut self.cache_read_tokens, cache_read_tokens);
        keep(&mut self.cache_write_tokens, cache_write_tokens);
        keep(&mut self.cache_write_hour_tokens, cache_write_hour_tokens);
        keep(&mut self.output_tokens, output_tokens);
        keep(&mut self.reasoning_tokens, reasoning_tokens);
        keep(&mut self.hosted_tool_requests, hosted_tool_requests);
        keep(&mut self.service_tier, service_tier);
        keep(&mut self.region, region);
        if !iterations.is_empty() {
            self.iterations = iterations;
        }
    }
}

impl Iteration {
    /// Returns a step under the provider's word for it.
    #[must_use]
    pub fn new(kind: impl Into<Name>) -> Self {
        Self {
            kind: kind.into(),
            model: None,
            input_tokens: None,
            output_tokens: None,
        }
    }
}
