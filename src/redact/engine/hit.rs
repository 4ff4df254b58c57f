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

/// The collector of hits.
///
/// A matcher is a function of the bytes around its place, so a stream can be scanned
/// window by window. A matcher that would read past the end of an incomplete window
/// calls [`open`](Self::open): from that place on, its result may change.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) hits: Vec<Hit>,
    pub(crate) open: Option<usize>,
    /// Whether one hit is enough.
    pub(crate) first_only: bool,
}

impl Sink {
    /// Returns whether no more hits are needed.
    pub(crate) const fn is_full(&self) -> bool {
        self.first_only && !self.hits.is_empty()
    }

    pub(crate) fn hit(&mut self, hit: Hit) {
        self.hits.push(hit);
    }

    /// Records that results from `at` on may change when more text arrives.
    pub(crate) fn open(&mut self, at: usize) {
        self.open = Some(self.open.map_or(at, |known| known.min(at)));
    }

    /// Returns the first place that is not settled.
    pub(crate) const fn first_open(&self) -> Option<usize> {
        self.open
    }
}
