//! Redaction that keeps JSON valid.

mod hide;
mod plan;
mod restore;
mod tokens;
mod value;

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::Error;
use crate::redact::finding::Finding;
use crate::redact::redactor::{Redacted, Redactor};
use plan::{Patch, Search, groups, plan, suffix, suffixes};
use tokens::{Form, decode};

pub use value::JsonFinding;

impl Redactor {
    /// Replaces the values found in a JSON text. The result is valid JSON.
    ///
    /// The text is scanned twice: as written, and with the escapes of its strings
    /// resolved. Keys are context for their values. Only numbers and the contents of
    /// strings and keys are replaced; a number becomes a string. All other bytes
    /// stay. If two keys of an object become equal, the later one gets a numeric
    /// suffix, so that no value is lost.
    ///
    /// Spans are byte ranges of `text`, with escapes as written. A finding that
    /// crosses several strings is reported once for each of them.
    ///
    /// # Errors
    /// Returns [`Config`](crate::ErrorKind::Config) if the text is not JSON, and
    /// [`Limit`](crate::ErrorKind::Limit) if it is nested deeper than 128 levels. Use
    /// [`redact`](Self::redact) for such a text.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let text = r#"{ "note": "see\nAKIAQ3EGRIZJ7OWLMXUV", "n": 1.50 }"#;
    /// let redacted = Redactor::default().redact_json(text)?;
    /// assert_eq!(
    ///     redacted.as_str(),
    ///     r#"{ "note": "see\n[REDACTED-APIKEY]", "n": 1.50 }"#
    /// );
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn redact_json<'t>(&self, text: &'t str) -> Result<Redacted<Cow<'t, str>>, Error> {
        let patches = plan(Search::new(self), text)?;
        if patches.is_empty() {
            return Ok(Redacted::new(Cow::Borrowed(text), Vec::new()));
        }
        let mut out = Vec::with_capacity(text.len());
        self.write_json(text, &patches, &mut out)?;
        let findings = patches.into_iter().map(|patch| patch.finding).collect();
        Ok(Redacted::new(Cow::Owned(into_text(out)), findings))
    }

    /// Replaces the values found in newline-delimited JSON.
    ///
    /// Lines that are not JSON or are nested deeper than 128 levels are redacted as
    /// plain text, adjacent ones together, and their numbers are reported. Empty
    /// lines and line ends stay. Spans are byte ranges of `text`.
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
        let mut lines = Lines {
            redactor: self,
            out: Vec::new(),
            findings: Vec::new(),
            malformed: Vec::new(),
        };
        let mut at = 0;
        let mut plain = 0..0;
        for (line, with_end) in text.split_inclusive('\n').enumerate() {
            let body = with_end.trim_end_matches(['\n', '\r']);
            let start = at;
            at += with_end.len();
            let patches = match plan(Search::new(self), body) {
                _ if body.trim_ascii().is_empty() => Vec::new(),
                Ok(patches) => patches,
                Err(_) => {
                    lines.malformed.push(line + 1);
                    if plain.is_empty() {
                        plain.start = start;
                    }
                    plain.end = at;
                    continue;
                }
            };
            lines.push_plain(text, &mut plain);
            lines.push_json(body, start, patches);
            let end = with_end.get(body.len()..).unwrap_or_default();
            lines.out.extend_from_slice(end.as_bytes());
        }
        lines.push_plain(text, &mut plain);
        let redacted = if lines.findings.is_empty() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(into_text(lines.out))
        };
        RedactedNdjson {
            redacted: Redacted::new(redacted, lines.findings),
            malformed: lines.malformed,
        }
    }

    fn write_json(&self, text: &str, patches: &[Patch], out: &mut Vec<u8>) -> Result<(), Error> {
        let suffixes = suffixes(text, patches, |group| {
            let mut raw = Vec::new();
            self.write_token(text, group, &mut raw);
            let mut key = Vec::new();
            decode(&raw, &mut key);
            key
        })?;
        let mut done = 0;
        for group in groups(patches) {
            let Some(first) = group.first() else { continue };
            let span = &first.token.span;
            out.extend_from_slice(text.get(done..span.start).unwrap_or_default().as_bytes());
            if first.token.form == Form::Number {
                out.push(b'"');
                self.write_token(text, group, out);
                out.push(b'"');
            } else {
                self.write_token(text, group, out);
            }
            if let Some(count) = suffixes.get(&first.number) {
                out.extend_from_slice(suffix(*count).as_bytes());
            }
            done = span.end;
        }
        out.extend_from_slice(text.get(done..).unwrap_or_default().as_bytes());
        Ok(())
    }

    /// Writes a token with its patches, as JSON text.
    fn write_token(&self, text: &str, group: &[Patch], out: &mut Vec<u8>) {
        let Some(first) = group.first() else { return };
        let mut done = first.token.span.start;
        for Patch { finding, .. } in group {
            out.extend_from_slice(text.get(done..finding.start).unwrap_or_default().as_bytes());
            let value = plan::value(text, &finding.span());
            // Replacements need no escapes.
            self.operator(finding).write(finding, &value, out);
            done = finding.end;
        }
        let rest = text.get(done..first.token.span.end);
        out.extend_from_slice(rest.unwrap_or_default().as_bytes());
    }
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

struct Lines<'r> {
    redactor: &'r Redactor,
    out: Vec<u8>,
    findings: Vec<Finding>,
    malformed: Vec<usize>,
}

impl Lines<'_> {
    fn push_plain(&mut self, text: &str, plain: &mut std::ops::Range<usize>) {
        let range = std::mem::take(plain);
        if range.is_empty() {
            return;
        }
        let lines = text.get(range.clone()).unwrap_or_default();
        let known = self.findings.len();
        self.redactor
            .redact_bytes_into(lines.as_bytes(), &mut self.out, &mut self.findings);
        for finding in self.findings.iter_mut().skip(known) {
            finding.start += range.start;
            finding.end += range.start;
        }
    }

    fn push_json(&mut self, line: &str, start: usize, patches: Vec<Patch>) {
        let from = self.out.len();
        if self
            .redactor
            .write_json(line, &patches, &mut self.out)
            .is_err()
        {
            // The plan was made from the same line, so this cannot fail. If it did,
            // the line would be dropped, not shown.
            self.out.truncate(from);
        }
        for Patch { mut finding, .. } in patches {
            finding.start += start;
            finding.end += start;
            self.findings.push(finding);
        }
    }
}

/// Appends the contents of a JSON string, without its quotation marks.
fn write_escaped(text: &str, out: &mut String) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(text.get(done..at).unwrap_or_default());
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
        done = at + 1;
    }
    out.push_str(text.get(done..).unwrap_or_default());
}

fn into_text(out: Vec<u8>) -> String {
    // Spans lie between characters, and operators write text.
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests;
