//! Spans: the parts of a text at them, and their widening to whole characters.

use std::ops::Range;
use std::slice::SliceIndex;

/// The greatest number of bytes by which [`widen`] moves either end.
pub(crate) const WIDEST: usize = 3;

/// Widens a span to whole characters, so that the rest of a UTF-8 text stays UTF-8.
///
/// In bytes that are not UTF-8, each end moves by at most [`WIDEST`] bytes.
pub(crate) fn widen(text: &[u8], span: Range<usize>) -> Range<usize> {
    let inside = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let (mut start, mut end) = (span.start, span.end);
    while inside(start) && start > 0 && span.start - start < WIDEST {
        start -= 1;
    }
    while inside(end) && end - span.end < WIDEST {
        end += 1;
    }
    start..end
}

/// Returns the part of a text, or of a list, at a span that lies in it.
pub(crate) fn part<T>(text: &[T], span: impl SliceIndex<[T], Output = [T]>) -> &[T] {
    let part = text.get(span);
    debug_assert!(part.is_some(), "the span lies in the text");
    part.unwrap_or_default()
}

/// Returns the part of a text at a span that lies in it and cuts no character.
pub(crate) fn part_of_str(text: &str, span: impl SliceIndex<str, Output = str>) -> &str {
    let part = text.get(span);
    debug_assert!(part.is_some(), "the span lies in the text");
    part.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_takes_in_the_characters_that_it_cuts() {
        let text = "aé€😀z".as_bytes();
        let ends: Vec<usize> = "aé€😀z".char_indices().map(|(at, _)| at).collect();
        for start in 0..text.len() {
            for end in start + 1..=text.len() {
                let wide = widen(text, start..end);
                let from = ends.iter().rev().find(|at| **at <= start);
                let to = ends.iter().find(|at| **at >= end).copied();
                assert_eq!(wide.start, *from.unwrap());
                assert_eq!(wide.end, to.unwrap_or(text.len()));
            }
        }
    }

    #[test]
    fn what_is_no_text_widens_little() {
        let text = [0x80; 20];
        assert_eq!(widen(&text, 10..11), 7..14);
        assert_eq!(widen(&text, 0..20), 0..20);
    }
}
