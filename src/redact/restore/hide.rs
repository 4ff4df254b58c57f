//! Hiding: values replaced with placeholders of a map.

use std::borrow::Cow;
use std::ops::Range;

use super::placeholder_map::{Form, PlaceholderMap};
use crate::Error;
use crate::redact::custom::detector;
use crate::redact::finding::{Finding, Kind, Layers, RuleId, Validation};
use crate::redact::redactor::{Redacted, Redactor};
use crate::redact::text::{Step, Walk, placeholder, widen};

/// The source of a text, which decides how to treat a placeholder in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From outside: a placeholder is text that someone typed.
    Outside,
    /// From a redacted conversation: a placeholder is genuine.
    Redacted,
}

/// The span of a finding and the span of its replacement.
struct Piece {
    input: Range<usize>,
    output: Range<usize>,
}

impl Redactor {
    /// Replaces the values found in `text` with placeholders and keeps them in
    /// `map`. [`PlaceholderMap::restore`] then returns the original text.
    ///
    /// Text that looks like a placeholder is also replaced (kind
    /// [`Literal`](Kind::Literal), rule `placeholder-look-alike`). Otherwise its
    /// author could retrieve a value from the map without having seen it. This covers
    /// text in the exact form of a placeholder, and any text that the map would
    /// restore. A looser likeness, such as the words `token-endpoint`, stays, and the
    /// map never gives its tag to a value.
    ///
    /// Kinds with an [operator of their
    /// own](crate::redact::RedactorBuilder::operator_for) keep it and cannot be
    /// restored.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let text = "login with password=fV9s-Rk2xLq7";
    /// let redacted = Redactor::default().redact_with(text, &mut map);
    /// assert!(redacted.as_str().starts_with("login with password=[PASSWORD-"));
    /// assert_eq!(map.restore(redacted.as_str()).as_str(), text);
    /// ```
    #[must_use]
    pub fn redact_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Redacted<Cow<'t, str>> {
        redact(self, text, map, Source::Outside)
    }

    /// Like [`redact_with`](Self::redact_with), but keeps the placeholders in `text`.
    /// Use it for text that was already redacted, or that a model wrote after reading
    /// redacted text.
    ///
    /// # Security
    /// Never pass text from outside: a placeholder in it would be restored.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let (redactor, mut map) = (Redactor::default(), PlaceholderMap::new(Key::from_bytes([7; 32])));
    /// let first = redactor.redact_with("password=fV9s-Rk2xLq7", &mut map);
    /// let answer = format!("{} is set", first.as_str());
    /// assert!(redactor.redact_again_with(&answer, &mut map).is_clean());
    /// ```
    #[must_use]
    pub fn redact_again_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Redacted<Cow<'t, str>> {
        redact(self, text, map, Source::Redacted)
    }
}

fn redact<'t>(
    redactor: &Redactor,
    text: &'t str,
    map: &mut PlaceholderMap,
    source: Source,
) -> Redacted<Cow<'t, str>> {
    let found = redactor.try_scan_known(text.as_bytes(), map.known());
    let found = found.unwrap_or_else(|_| vec![detector::failed(text.as_bytes())]);
    let hidden = redactor.replace_with(text, found, map, source);
    Redacted::new(hidden.text, hidden.findings)
}

/// A text in which values were replaced with placeholders.
pub(crate) struct Hidden<'t> {
    pub(crate) text: Cow<'t, str>,
    /// What was found, in order, with spans in the input.
    pub(crate) findings: Vec<Finding>,
    /// The tags of the placeholders that were written, in order.
    pub(crate) tags: Vec<u64>,
}

impl Redactor {
    /// Replaces the values found in `text`, as [`redact_with`](Self::redact_with) does.
    ///
    /// # Errors
    /// Returns the error of a detector, with its id.
    pub(crate) fn hide<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
        source: Source,
    ) -> Result<Hidden<'t>, Error> {
        let found = self.try_scan_known(text.as_bytes(), map.known())?;
        Ok(self.replace_with(text, found, map, source))
    }

    /// Replaces these findings, and then what looks like a placeholder.
    pub(crate) fn replace_with<'t>(
        &self,
        text: &'t str,
        mut findings: Vec<Finding>,
        map: &mut PlaceholderMap,
        source: Source,
    ) -> Hidden<'t> {
        let mut pieces = Vec::with_capacity(findings.len());
        let mut tags = Vec::new();
        let mut out = Vec::new();
        let mut done = 0;
        for finding in &mut findings {
            let span = widen(text.as_bytes(), finding.span());
            finding.start = span.start.max(done);
            finding.end = span.end;
            let value = text.get(finding.span()).unwrap_or_default();
            if finding.validation == Validation::Known
                && let Some(kind) = map.kind_of(value)
            {
                finding.kind = kind;
            }
            out.extend_from_slice(text.get(done..finding.start).unwrap_or_default().as_bytes());
            let start = out.len();
            match self.own_operator(finding.kind()) {
                Some(_) => self
                    .operator(finding)
                    .write(finding, value.as_bytes(), &mut out),
                None => tags.extend(map.write(finding.kind(), Form::Text, value, &mut out)),
            }
            pieces.push(Piece {
                input: finding.span(),
                output: start..out.len(),
            });
            done = finding.end;
        }
        let rest = text.get(done..).unwrap_or_default().as_bytes();
        let hidden = if findings.is_empty() {
            Cow::Borrowed(text)
        } else {
            out.extend_from_slice(rest);
            // Operators write text in place of text, so nothing is lost here.
            Cow::Owned(String::from_utf8_lossy(&out).into_owned())
        };
        let (text_out, literals) = hide_look_alikes(hidden, &pieces, map, source, &mut tags);
        for span in literals {
            let value = text.get(span.clone()).unwrap_or_default().as_bytes();
            findings.push(Finding {
                rule: RuleId::BuiltIn("placeholder-look-alike"),
                kind: Kind::Literal,
                start: span.start,
                end: span.end,
                confidence: 100,
                validation: Validation::Format,
                fingerprint: self.fingerprint_of(Kind::Literal, value),
                layers: Layers::NONE,
            });
        }
        findings.sort_by_key(|finding| finding.start);
        Hidden {
            text: text_out,
            findings,
            tags,
        }
    }
}

/// Walks over the redacted text as a restorer will, and replaces everything that
/// would be read as a placeholder. Returns the spans of the replaced look-alikes in
/// the input.
///
/// A replacement is read at its own place, as the text that it replaced would have
/// been, and both are followed by a boundary. The walk of a restorer therefore stays
/// in step with this one and meets only the placeholders that were decided here.
fn hide_look_alikes<'t>(
    text: Cow<'t, str>,
    pieces: &[Piece],
    map: &mut PlaceholderMap,
    source: Source,
    tags: &mut Vec<u64>,
) -> (Cow<'t, str>, Vec<Range<usize>>) {
    let mut out = Vec::new();
    let mut spans = Vec::new();
    let mut done = 0;
    let mut walk = Walk::new();
    loop {
        let (start, kind, tag) = match walk.next(text.as_bytes(), true) {
            Step::Token { start, kind, tag } => (start, kind, tag),
            Step::Mangled { .. } => continue,
            Step::Cut | Step::End => break,
        };
        let token = start..walk.at;
        let known = map.find(kind, tag).is_some();
        let piece = pieces.partition_point(|piece| piece.output.end < token.end);
        let written = pieces.get(piece).is_some_and(|piece| piece.output == token);
        if source == Source::Redacted || written {
            if !known {
                map.take(tag);
            }
            continue;
        }
        let Some(value) = text.get(token.clone()) else {
            continue;
        };
        let exact = placeholder::placeholder_len(value.as_bytes()) == Some(value.len());
        if !known && !exact && map.take(tag) {
            continue;
        }
        out.extend_from_slice(text.get(done..start).unwrap_or_default().as_bytes());
        tags.extend(map.write(Kind::Literal, Form::Text, value, &mut out));
        done = walk.at;
        spans.extend(input_span(pieces, &token));
    }
    if spans.is_empty() && done == 0 {
        return (text, spans);
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default().as_bytes());
    (
        Cow::Owned(String::from_utf8_lossy(&out).into_owned()),
        spans,
    )
}

/// Maps a range of the output to the input. Returns `None` if the range overlaps the
/// replacement of a finding, which has its own span.
fn input_span(pieces: &[Piece], output: &Range<usize>) -> Option<Range<usize>> {
    let before = pieces.partition_point(|piece| piece.output.end <= output.start);
    let after = pieces.partition_point(|piece| piece.output.start < output.end);
    if before != after {
        return None;
    }
    let (input, output_end) = match before.checked_sub(1).and_then(|at| pieces.get(at)) {
        Some(piece) => (piece.input.end, piece.output.end),
        None => (0, 0),
    };
    Some(output.start - output_end + input..output.end - output_end + input)
}
