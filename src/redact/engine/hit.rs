//! Hits: matches before overlaps are resolved.

use crate::redact::finding::{Layers, RuleRef, Validation};

/// A match of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) rule: RuleRef,
    /// From 0 to 100.
    pub(crate) confidence: u8,
    pub(crate) validation: Validation,
    /// The encodings around the value.
    pub(crate) layers: Layers,
    /// The place that led to the hit, set by the driver.
    pub(crate) place: usize,
}

impl Hit {
    /// Adjusts the hit after the first `count` bytes of the text were dropped.
    pub(crate) fn shift(&mut self, count: usize) {
        self.start = self.start.saturating_sub(count);
        self.end = self.end.saturating_sub(count);
        self.place = self.place.saturating_sub(count);
    }
}

/// The collector of hits, and of the place from which on they may change.
///
/// What a rule finds at a place depends on the bytes around it alone, so a stream can be
/// scanned window by window. A caller that walks over the places of an incomplete window
/// calls [`open`](Self::open) for a place whose result depends on bytes after the
/// window. The place is read again when there are more.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) hits: Vec<Hit>,
    open: Option<usize>,
    /// Whether one hit is enough.
    first_only: bool,
}

impl Sink {
    /// Creates a collector for which one hit is enough.
    pub(crate) fn for_one_hit() -> Self {
        Self {
            first_only: true,
            ..Self::default()
        }
    }

    /// Returns whether the places that follow need not be scanned: one hit is enough, or
    /// a place before them is open.
    pub(crate) const fn is_done(&self) -> bool {
        self.open.is_some() || self.first_only && !self.hits.is_empty()
    }

    /// Adds a hit.
    pub(crate) fn hit(&mut self, hit: Hit) {
        debug_assert!(hit.start < hit.end, "a hit covers something");
        self.hits.push(hit);
    }

    /// Returns the hits but for the first `known` ones.
    pub(crate) fn since(&self, known: usize) -> &[Hit] {
        debug_assert!(known <= self.hits.len(), "hits are only added");
        self.hits.get(known..).unwrap_or_default()
    }

    /// Returns the hits but for the first `known` ones.
    pub(crate) fn since_mut(&mut self, known: usize) -> &mut [Hit] {
        debug_assert!(known <= self.hits.len(), "hits are only added");
        self.hits.get_mut(known..).unwrap_or_default()
    }

    /// Records that results from `at` on may change when more text arrives.
    pub(crate) fn open(&mut self, at: usize) {
        self.open = Some(self.open.map_or(at, |known| known.min(at)));
    }

    /// Returns the first place that is open, if any.
    pub(crate) const fn first_open(&self) -> Option<usize> {
        self.open
    }
}
