//! Overlaps: which of two hits that overlap keeps its span.

use std::cmp::Reverse;

use crate::redact::engine::hit::Hit;

/// Sorts hits in the order that [`Resolver`] expects.
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

/// The resolver of overlaps. It works from left to right, so a stream can resolve as
/// it goes.
///
/// Everything that a hit covers stays covered. If two hits overlap in part, the one
/// with the higher confidence keeps its span and the other one keeps the rest of its
/// own.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    pending: Option<Hit>,
}

impl Resolver {
    /// Adds the next hit. Passes hits that no later one can change to `emit`.
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
            // The rest of a hit that was cut: everything before it is covered.
            hit.start = known.start;
            self.pending = Some(hit);
        } else if hit.start <= known.start {
            // The hit with the higher confidence came first, the longer one covers
            // more.
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

    /// Returns the hit that a later one may still change.
    pub(crate) const fn pending(&self) -> Option<Hit> {
        self.pending
    }

    /// Adjusts the state after the first `count` bytes of the text were dropped.
    pub(crate) fn shift(&mut self, count: usize) {
        if let Some(hit) = &mut self.pending {
            hit.shift(count);
        }
    }

    /// Passes the last hit to `emit`.
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
    use crate::redact::finding::{Layers, RuleRef, Validation};

    fn hit((start, len, confidence): (usize, usize, u8)) -> Hit {
        Hit {
            start,
            end: start + len,
            rule: RuleRef::Known,
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
