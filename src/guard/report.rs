//! What a guard did.

use super::mode::Mode;
use super::restore::ToolVerdict;
use super::route::ControlReceipt;
use crate::model::Transformation;
use crate::redact::{Report, RestoreCounts};

/// What a guard did to one request and its answer: counts, names and ids, never content.
#[derive(Clone, Debug)]
pub struct GuardReport {
    pub(crate) mode: Mode,
    pub(crate) is_bypassed: bool,
    pub(crate) found: Report,
    pub(crate) refused: bool,
    pub(crate) epoch: Option<u32>,
    pub(crate) prefix_changed: bool,
    pub(crate) joined: u64,
    pub(crate) media: u64,
    pub(crate) dropped_items: u64,
    pub(crate) dropped_reasoning: u64,
    pub(crate) dropped_logprobs: u64,
    pub(crate) restored: RestoreCounts,
    pub(crate) masked: Report,
    pub(crate) tools: Vec<ToolVerdict>,
    pub(crate) transformations: Vec<Transformation>,
    pub(crate) receipt: Option<ControlReceipt>,
}

impl GuardReport {
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            is_bypassed: false,
            found: Report::new(),
            refused: false,
            epoch: None,
            prefix_changed: false,
            joined: 0,
            media: 0,
            dropped_items: 0,
            dropped_reasoning: 0,
            dropped_logprobs: 0,
            restored: RestoreCounts::default(),
            masked: Report::new(),
            tools: Vec::new(),
            transformations: Vec::new(),
            receipt: None,
        }
    }

    /// Returns whether the guard enforced or looked on.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns whether everything that left had been cleared by an enforcing guard.
    #[must_use]
    pub fn is_enforced(&self) -> bool {
        self.mode == Mode::Enforce && !self.is_bypassed
    }

    /// Returns whether the request left without redaction, for a reason in the audit log.
    #[must_use]
    pub const fn is_bypassed(&self) -> bool {
        self.is_bypassed
    }

    /// Returns what was found for the first time, by kind and rule. In a long conversation
    /// that is what is new in it.
    #[must_use]
    pub const fn found(&self) -> &Report {
        &self.found
    }

    /// Returns whether a guard that enforces would have refused the request.
    #[must_use]
    pub const fn would_refuse(&self) -> bool {
        self.refused
    }

    /// Returns the number of the epoch that began with this request: something was found
    /// in what had left before, so history was rewritten. Reasoning behind that point was
    /// removed.
    #[must_use]
    pub const fn new_epoch(&self) -> Option<u32> {
        self.epoch
    }

    /// Returns whether the instructions or tools are others than at the last request, so
    /// that no provider finds its cache and bound reasoning may be refused.
    #[must_use]
    pub const fn is_prefix_changed(&self) -> bool {
        self.prefix_changed
    }

    /// Returns how many messages had texts that were put together, because a value began
    /// in one and ended in the next.
    #[must_use]
    pub const fn joined_messages(&self) -> u64 {
        self.joined
    }

    /// Returns how many pictures, recordings and documents were scanned.
    #[must_use]
    pub const fn scanned_media(&self) -> u64 {
        self.media
    }

    /// Returns how many items of providers were not sent back byte for byte, since they
    /// are unknown to the conversation or their parts changed.
    #[must_use]
    pub const fn dropped_items(&self) -> u64 {
        self.dropped_items
    }

    /// Returns how many pieces of reasoning were removed from the request.
    #[must_use]
    pub const fn dropped_reasoning(&self) -> u64 {
        self.dropped_reasoning
    }

    /// Returns how many reports of token probabilities were dropped: they spell the answer
    /// out in another form.
    #[must_use]
    pub const fn dropped_logprobs(&self) -> u64 {
        self.dropped_logprobs
    }

    /// Returns how many placeholders of the answer were restored or not.
    #[must_use]
    pub const fn restored(&self) -> RestoreCounts {
        self.restored
    }

    /// Returns what the model wrote by itself that was masked.
    #[must_use]
    pub const fn masked(&self) -> &Report {
        &self.masked
    }

    /// Returns what was decided on each call of a tool, in the order of the answer.
    #[must_use]
    pub fn tools(&self) -> &[ToolVerdict] {
        &self.tools
    }

    /// Returns what the provider changed in the request, in its own words.
    #[must_use]
    pub fn transformations(&self) -> &[Transformation] {
        &self.transformations
    }

    /// Returns which data controls of the provider were applied.
    #[must_use]
    pub const fn receipt(&self) -> Option<&ControlReceipt> {
        self.receipt.as_ref()
    }
}
