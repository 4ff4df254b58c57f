//! Redaction with a map of text that arrives in chunks.

use std::fmt;

use super::stream::{Piece, StreamRedactor};
use crate::Error;
#[cfg(doc)]
use crate::redact::custom::Detector;
use crate::redact::finding::Finding;
use crate::redact::redactor::Redactor;
use crate::redact::restore::{PlaceholderMap, Tail};

/// A redactor for text in chunks that replaces values with the placeholders of a
/// [`PlaceholderMap`].
///
/// The concatenated output is that of [`Redactor::redact_with`] for the whole text,
/// however the chunks are cut, with one difference: what has left the stream cannot
/// be taken back. A value that nothing but a later part of the same stream shows to
/// be one is hidden from there on, if it has at most 256 bytes, and everywhere in all
/// later texts.
///
/// Text is held back as by a [`StreamRedactor`], plus as much as the longest value
/// that is searched for beside words, at most 256 bytes, and 53 bytes that could begin
/// a placeholder.
///
/// # Example
/// ```
/// use confidant::redact::{Key, PlaceholderMap, PlaceholderStream, Redactor};
///
/// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
/// let mut stream = PlaceholderStream::new(Redactor::default());
/// let (mut out, mut findings) = (String::new(), Vec::new());
/// for chunk in ["the key is AKIAQ3EG", "RIZJ7OWLMXUV, keep", " it"] {
///     stream.push(&mut map, chunk, &mut out, &mut findings);
/// }
/// stream.finish(&mut map, &mut out, &mut findings);
/// assert!(out.starts_with("the key is [APIKEY-"));
/// assert_eq!(map.restore(&out).as_str(), "the key is AKIAQ3EGRIZJ7OWLMXUV, keep it");
/// ```
pub struct PlaceholderStream {
    redactor: Redactor,
    /// The scan of the text, begun at the first chunk with the values known then.
    scan: Option<StreamRedactor>,
    /// The settled start of a character.
    partial: Vec<u8>,
    tail: Tail,
}

impl PlaceholderStream {
    /// Creates a redactor at the start of a stream.
    #[must_use]
    pub fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            scan: None,
            partial: Vec::new(),
            tail: Tail::new(),
        }
    }

    /// Reads the next chunk. Appends settled text to `out` and its findings to
    /// `findings`, with spans counted from the start of the stream. Use one map for
    /// all of a stream.
    pub fn push(
        &mut self,
        map: &mut PlaceholderMap,
        chunk: &str,
        out: &mut String,
        findings: &mut Vec<Finding>,
    ) {
        self.run(map, |scan, emit| scan.push_to(chunk.as_bytes(), emit));
        self.tail.drain(&self.redactor, map, false, out, findings);
    }

    /// Ends the stream and appends all text held back. The redactor can then be used
    /// for another stream.
    pub fn finish(
        &mut self,
        map: &mut PlaceholderMap,
        out: &mut String,
        findings: &mut Vec<Finding>,
    ) {
        self.run(map, |scan, emit| scan.finish_to(emit));
        self.tail.drain(&self.redactor, map, true, out, findings);
        *self = Self::new(self.redactor.clone());
    }

    /// Like [`finish`](Self::finish), but returns an error if a detector fails. Nothing is
    /// then appended, and the text stays held back: `finish` hides all of it.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_finish(
        &mut self,
        map: &mut PlaceholderMap,
        out: &mut String,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        self.run(map, |scan, emit| scan.try_finish_to(emit))?;
        self.tail.drain(&self.redactor, map, true, out, findings);
        *self = Self::new(self.redactor.clone());
        Ok(())
    }

    fn run<R>(
        &mut self,
        map: &mut PlaceholderMap,
        step: impl FnOnce(&mut StreamRedactor, &mut dyn FnMut(Piece<'_>)) -> R,
    ) -> R {
        let Self {
            redactor,
            scan,
            partial,
            tail,
        } = self;
        let scan = scan.get_or_insert_with(|| {
            let known = map.known_values().snapshot();
            StreamRedactor::new(redactor.with_known(&known))
        });
        step(scan, &mut |piece| match piece {
            // Text goes in, and spans lie between characters.
            Piece::Text(text) => {
                partial.extend_from_slice(text);
                let whole = match str::from_utf8(partial) {
                    Err(error) if error.error_len().is_none() => error.valid_up_to(),
                    _ => partial.len(),
                };
                let rest = partial.split_off(whole);
                tail.text(redactor, &String::from_utf8_lossy(partial), map);
                *partial = rest;
            }
            Piece::Found(finding, value) => {
                tail.found(redactor, finding, &String::from_utf8_lossy(value), map);
            }
        })
    }
}

impl fmt::Debug for PlaceholderStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaceholderStream")
            .field("held", &self.scan.as_ref().map_or(0, StreamRedactor::held))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::engine::tests::{WITH_PERSONAL, cases};
    use crate::redact::finding::Kind;
    use crate::redact::operator::Key;

    const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";

    /// A map that knows values of several sorts before the text begins.
    fn map() -> PlaceholderMap {
        let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
        map.placeholder(Kind::Token, PAT);
        map.placeholder(Kind::Password, "fV9s-Rk2xLq7");
        map.placeholder(Kind::Password, "x7#q");
        map.placeholder(Kind::Phone, "+1 202 555 0143");
        map.placeholder(Kind::Password, "p\u{e9}-世-x1");
        map
    }

    fn text() -> impl Strategy<Value = String> {
        let known = map().placeholder(Kind::Token, PAT);
        let part = prop_oneof![
            Just(PAT.to_owned()),
            prop::sample::select(vec![
                "fV9s-Rk2xLq7",
                "x7#q",
                "+1 202 555 0143",
                "p\u{e9}-世-x1",
                "+1 202 555 01",
                "[EMAIL-7K3QX9TB]",
                "EMAIL-7K3QX9TB",
                "[TOKEN-",
                "\\[",
                "é",
                " ",
                "世",
                "a",
                "1",
                "password=",
                "ann@example.org",
                "\n",
            ])
            .prop_map(str::to_owned),
            Just(known),
            "[A-Za-z0-9]{0,3}",
        ];
        prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(cases(1000))]

        #[test]
        fn a_stream_is_redacted_as_the_whole(
            text in text(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let redactor = &*WITH_PERSONAL;
            let (mut of_whole, mut of_stream) = (map(), map());
            let whole = redactor.redact_with(&text, &mut of_whole);
            let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            ends.retain(|&end| text.is_char_boundary(end));
            ends.push(text.len());
            ends.sort_unstable();
            let singles: Vec<_> = (1..=text.len())
                .filter(|&end| text.is_char_boundary(end))
                .collect();
            let (mut outputs, mut fresh) = (Vec::new(), map());
            for ends in [ends, singles] {
                let mut stream = PlaceholderStream::new(redactor.clone());
                let (mut out, mut findings, mut from) = (String::new(), Vec::new(), 0);
                let map = if outputs.is_empty() { &mut of_stream } else { &mut fresh };
                for end in ends {
                    stream.push(map, &text[from..end], &mut out, &mut findings);
                    from = end;
                }
                stream.finish(map, &mut out, &mut findings);
                let restored = map.restore(&out);
                prop_assert_eq!(restored.as_str(), &text);
                prop_assert!(findings.is_sorted_by(|a, b| a.end <= b.start), "{:?}", findings);
                outputs.push((out, findings));
            }
            prop_assert_eq!(&outputs[0], &outputs[1]);
            // Nothing that the text itself has brought stands before its finding.
            if of_whole.len() == map().len() {
                prop_assert_eq!(&outputs[0].0, whole.as_str());
                let spans = |findings: &[Finding]| -> Vec<_> {
                    findings.iter().map(|found| (found.span(), found.kind())).collect()
                };
                prop_assert_eq!(spans(&outputs[0].1), spans(whole.findings()));
            }
        }
    }

    #[test]
    fn a_value_that_the_stream_brings_is_hidden_from_there_on() {
        let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
        let mut stream = PlaceholderStream::new(Redactor::default());
        let text = "Kq7#mZ2w! first; password=Kq7#mZ2w! and Kq7#mZ2w! again";
        let (mut out, mut findings) = (String::new(), Vec::new());
        for char in text.chars() {
            stream.push(
                &mut map,
                char.encode_utf8(&mut [0; 4]),
                &mut out,
                &mut findings,
            );
        }
        stream.finish(&mut map, &mut out, &mut findings);
        assert_eq!(out.matches("Kq7").count(), 1, "{out}");
        assert_eq!(findings.len(), 2);
        assert_eq!(map.restore(&out).as_str(), text);
    }
}
