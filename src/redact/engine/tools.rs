//! The parts of the engine that the programs in the folder `tools` use to make its
//! tables. They are compiled only with `--cfg confidant_tools` and are not part of the
//! library.

use std::ops::Range;

use super::matchers::assignment::Assignment;
use super::prefilter::{BUCKETS as COUNT, built_in, halves, searched, sum};
use crate::redact::text::Text;

/// A value that the classifier judges.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The place of the value in the text.
    pub span: Range<usize>,
    /// The features on which the classifier decides.
    pub features: Vec<i64>,
}

/// Passes each value of a text that the classifier judges to `visit`.
pub fn candidates(text: &[u8], mut visit: impl FnMut(Candidate)) {
    let text = Text::new(text, true);
    let mut last = 0;
    for (at, first) in text.bytes().iter().enumerate() {
        if !b"abckmpstwABCKMPSTW".contains(first) {
            continue;
        }
        let Some(assignment) = Assignment::read(&text, at) else {
            continue;
        };
        let span = assignment.value.start..assignment.value.end;
        let evidence = assignment.evidence(&text);
        if span.end <= last || assignment.value.listed || assignment.is_refuted(&text, &evidence) {
            continue;
        }
        last = span.end;
        let features = evidence.features().into_iter().map(i64::from).collect();
        visit(Candidate { span, features });
    }
}

/// An anchor: the first four bytes of text that leads to a matcher.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Anchor {
    /// The key of the anchor in the table of buckets.
    pub sum: u32,
    /// The low halves of each byte, one bit each.
    pub low: [u16; 4],
    /// The high halves of each byte, one bit each.
    pub high: [u8; 4],
    /// Its bucket in the table, if the table has it.
    pub bucket: Option<usize>,
}

/// The number of buckets.
pub const BUCKETS: usize = COUNT;

/// Returns the anchors of both presets, and the number of those for secrets, which come
/// first.
#[must_use]
pub fn anchors() -> (Vec<Anchor>, usize) {
    let (anchors, secrets) = built_in::built_in();
    let anchors = anchors.iter().map(|anchor| {
        let halves = halves(anchor);
        Anchor {
            sum: sum(anchor),
            low: halves.map(|halves| halves.low),
            high: halves.map(|halves| halves.high),
            bucket: searched(anchor),
        }
    });
    (anchors.collect(), secrets)
}
