//! Redaction of newline-delimited JSON.

use std::borrow::Cow;
use std::ops::Range;

use super::document::Document;
use super::plan::edits;
use super::text::rewritten;
use crate::redact::custom::detector;
use crate::redact::operator::Operator;
use crate::redact::redactor::{
    Edit, Form, Operators, Redacted, Redactor, Rewriter, into_text, with_all_known,
};
use crate::redact::restore::{PlaceholderMap, Session};
use crate::redact::text::part_of_str;

impl Redactor {
    /// Replaces the values found in newline-delimited JSON, each line as
    /// [`redact_json`](Self::redact_json) does.
    ///
    /// Lines that are not JSON or are nested deeper than 128 levels are redacted as
    /// plain text, adjacent ones together with the empty lines between them, and their
    /// numbers are reported. Empty lines and line ends stay. Spans are byte ranges of `text`. If a
    /// [`Detector`](crate::redact::Detector) fails, the line is replaced as a whole.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let text = "{\"aws\": \"AKIAQ3EGRIZJ7OWLMXUV\"}\nnot JSON\n";
    /// let lines = Redactor::default().redact_ndjson(text);
    /// assert_eq!(
    ///     lines.redacted().as_str(),
    ///     "{\"aws\": \"[REDACTED-APIKEY]\"}\nnot JSON\n"
    /// );
    /// assert_eq!(lines.malformed(), [2]);
    /// ```
    #[must_use]
    pub fn redact_ndjson<'t>(&self, text: &'t str) -> RedactedNdjson<'t> {
        self.rewrite_ndjson(text, &mut Operators)
    }

    /// Replaces the values found in newline-delimited JSON with placeholders and keeps
    /// them in `map`. [`PlaceholderMap::restore_ndjson`] returns the original lines.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let text = "{\"aws\":\"AKIAQ3EGRIZJ7OWLMXUV\"}\n{\"again\":\"AKIAQ3EGRIZJ7OWLMXUV\"}\n";
    /// let lines = Redactor::default().redact_ndjson_with(text, &mut map);
    /// assert_eq!(map.len(), 1);
    /// assert_eq!(map.restore_ndjson(lines.redacted().as_str()).as_str(), text);
    /// ```
    #[must_use]
    pub fn redact_ndjson_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> RedactedNdjson<'t> {
        let mut session = Session::outside(map);
        session.scanner(self).rewrite_ndjson(text, &mut session)
    }

    /// Like [`redact_ndjson_with`](Self::redact_ndjson_with), but keeps the
    /// placeholders in `text`, as [`redact_again_with`](Self::redact_again_with) does.
    ///
    /// # Security
    /// Never pass text from outside: a placeholder in it would be restored.
    #[must_use]
    pub fn redact_ndjson_again_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> RedactedNdjson<'t> {
        let mut session = Session::again(map);
        session.scanner(self).rewrite_ndjson(text, &mut session)
    }

    fn rewrite_ndjson<'t>(&self, text: &'t str, rewriter: &mut dyn Rewriter) -> RedactedNdjson<'t> {
        rewriter.begin(self, &|| text.to_owned().into());
        with_all_known(rewriter, |rewriter| self.rewrite_lines(text, rewriter))
    }

    fn rewrite_lines<'t>(&self, text: &'t str, rewriter: &mut dyn Rewriter) -> RedactedNdjson<'t> {
        let mut all = Vec::new();
        let mut malformed = Vec::new();
        let mut plain = 0..0;
        for (number, start, line) in lines(text) {
            // Within lines that are no JSON it belongs to them, as in a block of a key.
            if line.trim_ascii().is_empty() {
                continue;
            }
            match edits(self, line, rewriter) {
                Ok(edits) => {
                    self.flush(text, &mut plain, rewriter, &mut all);
                    all.extend(edits.into_iter().map(|edit| edit.shifted(start)));
                }
                // The line is JSON, and a detector has failed.
                Err(_) if Document::parse(line).is_ok() => {
                    self.flush(text, &mut plain, rewriter, &mut all);
                    all.push(failed(line).shifted(start));
                }
                Err(_) => {
                    malformed.push(number);
                    if plain.is_empty() {
                        plain.start = start;
                    }
                    plain.end = start + line.len();
                }
            }
        }
        self.flush(text, &mut plain, rewriter, &mut all);
        RedactedNdjson {
            redacted: rewritten(self, text, all, rewriter),
            malformed,
        }
    }

    /// Redacts adjacent lines that are no JSON as one text.
    fn flush(
        &self,
        text: &str,
        plain: &mut Range<usize>,
        rewriter: &mut dyn Rewriter,
        all: &mut Vec<Edit>,
    ) {
        let range = std::mem::take(plain);
        let lines = part_of_str(text, range.clone());
        if lines.is_empty() {
            return;
        }
        let found = self.scan(lines.as_bytes());
        let edits = rewriter.edits(self, lines, found, Form::Plain);
        all.extend(edits.into_iter().map(|edit| edit.shifted(range.start)));
    }
}

/// Returns the edit of a line that could not be scanned. It is JSON as well.
fn failed(line: &str) -> Edit {
    let finding = detector::failed(line.as_bytes());
    let mut label = Vec::new();
    Operator::Label.write(&finding, b"", &mut label);
    Edit {
        span: finding.span(),
        text: format!("\"{}\"", into_text(label)),
        finding: Some(finding),
    }
}

/// Returns the lines of a text without their ends: number from 1, start and line.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut at = 0;
    (1..)
        .zip(text.split_inclusive('\n'))
        .map(move |(number, with_end)| {
            let start = at;
            at += with_end.len();
            (number, start, with_end.trim_end_matches(['\n', '\r']))
        })
}

/// Redacted lines of JSON, and the numbers of the malformed lines.
///
/// See [`Redactor::redact_ndjson`] for an example.
#[derive(Clone, Debug)]
pub struct RedactedNdjson<'t> {
    redacted: Redacted<Cow<'t, str>>,
    malformed: Vec<usize>,
}

impl<'t> RedactedNdjson<'t> {
    /// Returns the redacted lines.
    #[must_use]
    pub const fn redacted(&self) -> &Redacted<Cow<'t, str>> {
        &self.redacted
    }

    /// Returns the redacted lines by value.
    #[must_use]
    pub fn into_redacted(self) -> Redacted<Cow<'t, str>> {
        self.redacted
    }

    /// Returns the numbers, counted from 1, of the lines that were redacted as plain
    /// text because they are not JSON or are nested too deep.
    #[must_use]
    pub fn malformed(&self) -> &[usize] {
        &self.malformed
    }
}
