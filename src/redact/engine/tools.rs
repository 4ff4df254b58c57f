//! What the programs that make the tables of the engine need of it. It is no part of the
//! library, and there with `--cfg confidant_tools` alone: see the folder `tools`.

use std::ops::Range;

use super::matchers::assignment::Assignment;
use super::prefilter::{BUCKETS as COUNT, built_in, halves, searched, sum};
use crate::redact::text::Text;

/// A value that the classifier judges.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The bytes of the text that are the value.
    pub span: Range<usize>,
    /// What the classifier is told of it.
    pub features: Vec<i64>,
}

/// Passes on each value of a text that the classifier judges.
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

/// The first four bytes of what leads to a matcher.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Anchor {
    /// What it is known by in the table of buckets.
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

/// Returns the anchors of both presets, those for secrets first, and the number of those.
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
