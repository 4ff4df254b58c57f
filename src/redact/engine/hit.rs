//! What matchers report, before overlaps are resolved.

use crate::redact::finding::{Layers, Validation};

/// One match of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The rule's number: built-in rules first, then those given to the builder.
    pub(crate) rule: u32,
    /// From 0 to 100.
    pub(crate) confidence: u8,
    pub(crate) validation: Validation,
    /// The encodings that the value lies in.
    pub(crate) layers: Layers,
    /// The place that led to the hit; the driver notes it.
    pub(crate) place: usize,
}

impl Hit {
    /// The same for a text whose first `count` bytes are gone.
    pub(crate) fn shift(&mut self, count: usize) {
        self.start = self.start.saturating_sub(count);
        self.end = self.end.saturating_sub(count);
        self.place = self.place.saturating_sub(count);
    }
}

/// Where matchers report to.
///
/// A matcher is a function of the bytes around the place where it looks, so
/// that a stream can be scanned a window at a time. One that would have read
/// past the end of a window which is not the end of the text says so with
/// [`open`](Self::open): from there on its answer may change.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) hits: Vec<Hit>,
    pub(crate) open: Option<usize>,
    /// Whether one hit is enough.
    pub(crate) first_only: bool,
}

impl Sink {
    /// Whether nothing more is wanted.
    pub(crate) const fn is_full(&self) -> bool {
        self.first_only && !self.hits.is_empty()
    }

    pub(crate) fn hit(&mut self, hit: Hit) {
        self.hits.push(hit);
    }

    /// What is found from `at` on may change when more text arrives.
    pub(crate) fn open(&mut self, at: usize) {
        self.open = Some(self.open.map_or(at, |known| known.min(at)));
    }

    /// The first place from which on the answer is not settled.
    pub(crate) const fn first_open(&self) -> Option<usize> {
        self.open
    }
}
