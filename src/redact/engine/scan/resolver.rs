//! From hits that overlap to findings that do not.

use std::cmp::Reverse;

use crate::redact::engine::hit::Hit;

/// Puts hits in the order in which [`Resolver`] takes them.
pub(crate) fn sort(hits: &mut [Hit]) {
    hits.sort_unstable_by_key(|hit| {
        (
            hit.start,
            Reverse(hit.confidence),
            Reverse(hit.end),
            hit.rule,
            hit.layers,
        )
    });
}

/// Settles overlaps from left to right, so that a stream can settle as it goes.
///
/// What any hit covers stays covered: of two that overlap in part, the surer
/// keeps its place and the other the rest of its own.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    pending: Option<Hit>,
}

impl Resolver {
    /// Takes the next hit; `emit` gets those that no later one can change.
    pub(crate) fn push(&mut self, mut hit: Hit, emit: &mut impl FnMut(Hit)) {
        let Some(mut known) = self.pending.take() else {
            self.pending = Some(hit);
            return;
        };
        if hit.start >= known.end {
            emit(known);
            self.pending = Some(hit);
        } else if hit.end <= known.end {
            self.pending = Some(known);
        } else if hit.start <= known.start && hit.confidence > known.confidence {
            // The rest of one that was cut: all before it is covered.
            hit.start = known.start;
            self.pending = Some(hit);
        } else if hit.start <= known.start {
            // The surer came first; the longer covers more.
            hit.start = known.end;
            emit(known);
            self.pending = Some(hit);
        } else {
            if hit.confidence > known.confidence {
                known.end = hit.start;
            } else {
                hit.start = known.end;
            }
            emit(known);
            self.pending = Some(hit);
        }
    }

    /// The hit that a later one may still change.
    pub(crate) const fn pending(&self) -> Option<Hit> {
        self.pending
    }

    /// The same for a text whose first `count` bytes are gone.
    pub(crate) fn shift(&mut self, count: usize) {
        if let Some(hit) = &mut self.pending {
            hit.shift(count);
        }
    }

    /// Gives out what is left.
    pub(crate) fn finish(&mut self, emit: &mut impl FnMut(Hit)) {
        if let Some(known) = self.pending.take() {
            emit(known);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::finding::{Layers, Validation};

    fn hit((start, len, confidence): (usize, usize, u8)) -> Hit {
        Hit {
            start,
            end: start + len,
            rule: 0,
            confidence,
            validation: Validation::Format,
            layers: Layers::NONE,
            place: 0,
        }
    }

    proptest! {
        #[test]
        fn findings_do_not_overlap_and_cover_what_the_hits_do(
            hits in prop::collection::vec((0..40_usize, 1..20_usize, 50..54_u8), 0..12),
        ) {
            let mut hits: Vec<Hit> = hits.into_iter().map(hit).collect();
            sort(&mut hits);
            let (mut resolver, mut found) = (Resolver::default(), Vec::new());
            for hit in &hits {
                resolver.push(*hit, &mut |hit| found.push((hit.start, hit.end)));
            }
            resolver.finish(&mut |hit| found.push((hit.start, hit.end)));
            let mut last = 0;
            for &(start, end) in &found {
                prop_assert!(last <= start && start < end, "{:?} of {:?}", found, hits);
                last = end;
            }
            for at in 0..60 {
                let hit = hits.iter().any(|hit| (hit.start..hit.end).contains(&at));
                let is_found = found.iter().any(|&(start, end)| (start..end).contains(&at));
                prop_assert_eq!(hit, is_found, "{} of {:?}", at, hits);
            }
        }
    }
}
