//! The text of a line without the control sequences that color it.

use std::borrow::Cow;
use std::ops::Range;

/// A line without control sequences, and where its bytes stand in the line.
pub(super) struct Plain<'l> {
    pub(super) text: Cow<'l, str>,
    /// The places of the bytes in the line, if there are sequences.
    places: Option<Vec<usize>>,
}

impl<'l> Plain<'l> {
    pub(super) fn of(line: &'l str) -> Self {
        if memchr::memchr(0x1b, line.as_bytes()).is_none() {
            return Self {
                text: Cow::Borrowed(line),
                places: None,
            };
        }
        let (mut text, mut places) = (String::with_capacity(line.len()), Vec::new());
        let mut chars = line.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            if char == '\u{1b}' && chars.next_if(|(_, next)| *next == '[').is_some() {
                let is_parameter = |next: &(usize, char)| (' '..='?').contains(&next.1);
                while chars.next_if(is_parameter).is_some() {}
                chars.next_if(|(_, next)| ('@'..='~').contains(next));
                continue;
            }
            places.extend(at..at + char.len_utf8());
            text.push(char);
        }
        Self {
            text: Cow::Owned(text),
            places: Some(places),
        }
    }

    /// Returns the place in the line of a span that is not empty.
    pub(super) fn raw(&self, span: &Range<usize>) -> Range<usize> {
        let Some(places) = &self.places else {
            return span.clone();
        };
        let place = |at: usize| {
            let place = places.get(at);
            debug_assert!(place.is_some(), "the span lies in the text");
            place.copied()
        };
        let start = place(span.start).unwrap_or(0);
        let last = place(span.end.saturating_sub(1));
        start..last.map_or(start, |last| last + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_the_plain_text_are_spans_of_the_line() {
        for (line, expected) in [
            ("a=b", "a=b"),
            (
                "\x1b[3mpassword\x1b[0m\x1b[2m=\x1b[0mé x\x1b[38;5;1m",
                "password=é x",
            ),
            ("\x1b x \x1b[", "\x1b x "),
            ("\x1b[1", ""),
        ] {
            let plain = Plain::of(line);
            assert_eq!(plain.text, expected);
            for (at, char) in plain.text.char_indices() {
                let raw = plain.raw(&(at..at + char.len_utf8()));
                assert_eq!(line[raw].chars().next(), Some(char));
            }
        }
    }
}
