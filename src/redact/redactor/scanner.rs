//! The scan sequence shared by whole texts, windows and `is_clean`.

use super::redactor::Redactor;
use crate::Error;
use crate::redact::engine::{Hit, Pass, Progress, Scope, Sink, sort};
use crate::redact::finding::{Layers, Validation};
use crate::redact::text::{Text, Window};

/// Scan state, carried from window to window of one text.
#[derive(Default)]
pub(crate) struct Scanner {
    /// The built-in rules have decided every place before this one.
    settled: usize,
    /// The custom rules have decided every place before this one.
    settled_custom: usize,
    progress: Progress,
    /// Hits at settled places, in the order in which overlaps are resolved.
    pub(crate) hits: Vec<Hit>,
}

impl Scanner {
    /// Returns the hits of a whole text, before overlaps are resolved.
    ///
    /// # Errors
    /// Returns the error of a detector, with its id.
    pub(super) fn whole(redactor: &Redactor, text: &[u8]) -> Result<Vec<Hit>, Error> {
        let mut scanner = Self::default();
        let window = redactor.window(Window::whole(text));
        let whole = Text::new(text, true);
        scanner.find(redactor, &whole, &window);
        let Self { mut hits, .. } = scanner;
        let mut sink = Sink::default();
        redactor.custom().detect(text, &mut sink)?;
        hits.append(&mut sink.hits);
        let rules = redactor.file_rules().iter();
        hits.extend(rules.filter_map(|&(rule, confidence)| {
            (!text.is_empty()).then_some(Hit {
                start: 0,
                end: text.len(),
                rule,
                confidence,
                validation: Validation::Format,
                layers: Layers::NONE,
                place: 0,
            })
        }));
        hits.retain(|hit| !redactor.custom().is_exempt(&whole, window.path, hit));
        sort(&mut hits);
        Ok(hits)
    }

    /// Returns the hits of known values in a whole text, before overlaps are resolved.
    pub(super) fn known(redactor: &Redactor, text: &[u8]) -> Vec<Hit> {
        let mut hits = Self::rules(redactor, text);
        hits.retain(|hit| hit.validation == Validation::Known);
        hits
    }

    /// Returns the hits of all rules and known values in a whole text, but not those of
    /// detectors and of rules for files, before overlaps are resolved.
    pub(super) fn rules(redactor: &Redactor, text: &[u8]) -> Vec<Hit> {
        let mut scanner = Self::default();
        let (whole, window) = (Text::new(text, true), redactor.window(Window::whole(text)));
        scanner.find(redactor, &whole, &window);
        let Self { mut hits, .. } = scanner;
        hits.retain(|hit| !redactor.custom().is_exempt(&whole, window.path, hit));
        sort(&mut hits);
        hits
    }

    /// Returns whether the built-in rules find nothing in a whole text. Stops at the
    /// first hit.
    pub(super) fn is_clean(redactor: &Redactor, text: &[u8]) -> bool {
        let mut sink = Sink::for_one_hit();
        Self::default().find_built_in(redactor, &Text::new(text, true), &mut sink);
        sink.hits.is_empty()
    }

    /// Scans the places of a window that are not settled. Returns the offset before
    /// which no further hit will start.
    ///
    /// `window.from` is ignored, because the scanner knows what is settled.
    pub(crate) fn scan_window(&mut self, redactor: &Redactor, window: Window<'_>) -> usize {
        let window = redactor.window(Window {
            from: self.settled_custom,
            ..window
        });
        let text = Text::new(window.text, window.complete);
        let known = self.hits.len();
        self.find(redactor, &text, &window);
        if self.hits.len() > known {
            sort(&mut self.hits);
        }
        let mut bound = self.settled().saturating_sub(redactor.custom().most_back());
        self.hits.retain(|hit| {
            let exempt = redactor.custom().is_exempt(&text, window.path, hit);
            if text.take_short() && !exempt {
                bound = bound.min(hit.start);
            }
            !exempt
        });
        bound
    }

    /// Returns the offset before which every rule has decided.
    pub(crate) fn settled(&self) -> usize {
        self.settled.min(self.settled_custom)
    }

    /// Adjusts the state after the first `count` bytes of the text were dropped.
    pub(crate) fn shift(&mut self, count: usize) {
        self.settled -= count;
        self.settled_custom -= count;
        self.progress.shift(count);
        self.hits.iter_mut().for_each(|hit| hit.shift(count));
    }

    /// Adds the hits of built-in and custom rules at places that are not settled.
    fn find(&mut self, redactor: &Redactor, text: &Text<'_>, window: &Window<'_>) {
        let mut sink = Sink::default();
        self.find_built_in(redactor, text, &mut sink);
        self.hits.append(&mut sink.hits);
        let mut sink = Sink::default();
        redactor.custom().find(window, &mut sink);
        if !window.complete {
            let open = sink.first_open().unwrap_or(window.text.len());
            let open = open.max(self.settled_custom);
            sink.hits.retain(|hit| hit.place < open);
            self.settled_custom = open;
        }
        self.hits.append(&mut sink.hits);
    }

    fn find_built_in(&mut self, redactor: &Redactor, text: &Text<'_>, sink: &mut Sink) {
        let mut pass = Pass {
            text,
            scope: &Scope::new(redactor.custom()),
            progress: &mut self.progress,
            sink,
        };
        redactor.engine().find(self.settled, &mut pass);
        let settled = pass.sink.first_open().unwrap_or(text.bytes().len());
        debug_assert!(settled >= self.settled, "what is settled stays settled");
        self.settled = settled;
    }
}
