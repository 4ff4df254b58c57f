//! Matching of long shapes without reading any byte twice.

use std::ops::Range;

use crate::redact::text::Shape;

/// The last run of bytes read by each part of one shape.
///
/// In a text full of prefixes, a shape that runs for thousands of bytes would
/// otherwise read all of them again at every prefix.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs(Vec<Range<usize>>);

impl Runs {
    /// Returns the same result as [`Shape::end_in`]. Adds the bytes read to `read`.
    pub(super) fn end(
        &mut self,
        shape: &Shape,
        text: &[u8],
        at: usize,
        read: &mut usize,
    ) -> Option<usize> {
        self.0.resize(shape.parts().len(), 0..0);
        let mut at = at;
        for (part, run) in shape.parts().iter().zip(&mut self.0) {
            if at < run.start || at > run.end {
                *run = at..at;
            }
            let most = at + usize::from(part.max);
            let unread = text.get(run.end..most.min(text.len())).unwrap_or_default();
            let more = unread
                .iter()
                .take_while(|&&byte| part.set.contains(byte))
                .count();
            *read += more + 1;
            run.end += more;
            let end = run.end.min(most);
            if end - at < usize::from(part.min) {
                return None;
            }
            at = end;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::engine::tests::cases;
    use crate::redact::text::Text;

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn runs_end_where_the_shape_ends(
            text in "[ab\\-.]{0,80}",
            places in prop::collection::vec(0_usize..90, 1..40),
        ) {
            const SHAPES: [Shape; 3] = [
                Shape::parse("[ab]{2,9}"),
                Shape::parse("a?[ab-]{1,20}-?[b]{0,3}"),
                Shape::parse(r"[a\-]{3}[a-b]{1,4}\."),
            ];
            for shape in SHAPES {
                let mut runs = Runs::default();
                for &at in &places {
                    let at = at.min(text.len());
                    let expected = shape.end_in(&Text::new(text.as_bytes(), true), at);
                    let found = runs.end(&shape, text.as_bytes(), at, &mut 0);
                    prop_assert_eq!(found, expected);
                }
            }
        }
    }
}
