//! JSON texts in which values are replaced with placeholders of a map.

use std::borrow::Cow;
use std::collections::HashMap;

use zeroize::Zeroizing;

use super::plan::{self, Patch, Search, groups, plan, suffix, suffixes};
use super::tokens::{Form, Token, Tokens, Units};
use super::write_escaped;
use crate::redact::finding::Finding;
use crate::redact::redactor::{Redacted, Redactor};
use crate::redact::restore::{self, Hidden, PlaceholderMap, Source};
use crate::{Error, ErrorKind};

/// How deep JSON texts may lie in strings of each other to be read as JSON.
pub(super) const MAX_NESTED: usize = 4;

impl Redactor {
    /// Replaces the values found in a JSON text with placeholders and keeps them in
    /// `map`. [`PlaceholderMap::restore_json`] then returns an equal document.
    ///
    /// Values are found as [`redact_json`](Self::redact_json) finds them, and texts that
    /// look like placeholders are replaced as [`redact_with`](Self::redact_with) replaces
    /// them. A number becomes a string, and is restored as a number. A string that is
    /// itself a JSON object or array stays one, up to four texts inside each other.
    ///
    /// Spans are byte ranges of `text`. Those of findings in a nested text cover the whole
    /// string that holds it.
    ///
    /// # Errors
    /// Those of [`redact_json`](Self::redact_json).
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let text = r#"{"password": "fV9s\"Rk2xLq7", "port": 5432}"#;
    /// let redacted = Redactor::default().redact_json_with(text, &mut map)?;
    /// assert!(redacted.as_str().starts_with(r#"{"password": "[PASSWORD-"#));
    /// assert_eq!(map.restore_json(redacted.as_str())?.as_str(), text);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn redact_json_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Result<Redacted<Cow<'t, str>>, Error> {
        let mut hiding = Hiding::new(self, map, Source::Outside, false);
        let text = hiding.document(text, 0)?;
        Ok(Redacted::new(text, hiding.findings))
    }

    /// Replaces the values found in a JSON text, as
    /// [`redact_json_with`](Self::redact_json_with) does.
    ///
    /// # Errors
    /// Those of [`redact_json`](Self::redact_json), and that of a detector, with its id.
    pub(crate) fn hide_json<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
        source: Source,
    ) -> Result<Hidden<'t>, Error> {
        let mut hiding = Hiding::new(self, map, source, true);
        let text = hiding.document(text, 0)?;
        Ok(Hidden {
            text,
            findings: hiding.findings,
            tags: hiding.tags,
        })
    }
}

struct Hiding<'h> {
    redactor: &'h Redactor,
    map: &'h mut PlaceholderMap,
    source: Source,
    strict: bool,
    findings: Vec<Finding>,
    tags: Vec<u64>,
}

impl<'h> Hiding<'h> {
    const fn new(
        redactor: &'h Redactor,
        map: &'h mut PlaceholderMap,
        source: Source,
        strict: bool,
    ) -> Self {
        Self {
            redactor,
            map,
            source,
            strict,
            findings: Vec::new(),
            tags: Vec::new(),
        }
    }

    // The recursion is bounded by `MAX_NESTED`.
    fn document<'t>(&mut self, text: &'t str, depth: usize) -> Result<Cow<'t, str>, Error> {
        let search = Search {
            redactor: self.redactor,
            known: self.map.known(),
            strict: self.strict,
        };
        let patches = plan(search, text)?;
        let mut patched = groups(&patches).peekable();
        let mut tokens = Tokens::new(text);
        let mut rewritten = Vec::new();
        let mut number = 0;
        while let Some(token) = tokens.next()? {
            let here = |group: &&[Patch]| group.first().is_some_and(|patch| patch.number == number);
            let group = patched.next_if(here).unwrap_or_default();
            if let Some(new) = self.token(text, &token, group, depth)? {
                rewritten.push((number, token, new));
            }
            number += 1;
        }
        if rewritten.is_empty() {
            return Ok(Cow::Borrowed(text));
        }
        let keys: HashMap<usize, &str> = rewritten
            .iter()
            .map(|(number, _, new)| (*number, new.as_str()))
            .collect();
        let suffixes = suffixes(text, &patches, |group| {
            let number = group.first().map_or(0, |patch| patch.number);
            keys.get(&number).copied().unwrap_or_default().into()
        })?;
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (number, token, new) in &rewritten {
            out.push_str(text.get(done..token.span.start).unwrap_or_default());
            let quote = if token.form == Form::Number { "\"" } else { "" };
            out.push_str(quote);
            write_escaped(new, &mut out);
            if let Some(count) = suffixes.get(number) {
                out.push_str(&suffix(*count));
            }
            out.push_str(quote);
            done = token.span.end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Ok(Cow::Owned(out))
    }

    /// Returns the new contents of a token, if they change.
    fn token(
        &mut self,
        text: &str,
        token: &Token,
        group: &[Patch],
        depth: usize,
    ) -> Result<Option<String>, Error> {
        let raw = text.get(token.span.clone()).unwrap_or_default();
        if token.form == Form::Number {
            let Some(patch) = group.first() else {
                return Ok(None);
            };
            self.findings.push(patch.finding.clone());
            return Ok(Some(self.number(&patch.finding, raw)));
        }
        let decoded = match token.escaped {
            true => plan::value(text, &token.span),
            false => Zeroizing::new(raw.as_bytes().to_vec()),
        };
        let decoded = String::from_utf8_lossy(&decoded);
        let found = decoded_findings(text, token, group);
        if token.form == Form::String
            && depth < MAX_NESTED
            && let Some(nested) = self.nested(&decoded, token, &found, depth)?
        {
            return Ok(nested);
        }
        let hidden = self
            .redactor
            .replace_with(&decoded, found, self.map, self.source);
        self.tags.extend(hidden.tags);
        for mut finding in hidden.findings {
            let (start, end) = (raw_at(raw, finding.start), raw_at(raw, finding.end));
            finding.start = token.span.start + start;
            finding.end = token.span.start + end;
            self.findings.push(finding);
        }
        Ok(match hidden.text {
            Cow::Borrowed(_) => None,
            Cow::Owned(new) => Some(new),
        })
    }

    /// Writes the replacement of a whole number.
    fn number(&mut self, finding: &Finding, raw: &str) -> String {
        let mut out = Vec::new();
        match self.redactor.own_operator(finding.kind()) {
            Some(operator) => operator.write(finding, raw.as_bytes(), &mut out),
            None => {
                let kind = self.map.kind_of(raw).unwrap_or_else(|| finding.kind());
                let form = restore::Form::Number;
                self.tags.extend(self.map.write(kind, form, raw, &mut out));
            }
        }
        super::into_text(out)
    }

    /// Reads a string as a JSON object or array, if it is one, and returns its new text if
    /// that changes. What was found in the string as text must be gone after that.
    #[expect(clippy::option_option, reason = "no nested text, and one that stays")]
    fn nested(
        &mut self,
        decoded: &str,
        token: &Token,
        found: &[Finding],
        depth: usize,
    ) -> Result<Option<Option<String>>, Error> {
        if !matches!(decoded.trim_ascii_start().as_bytes(), [b'{' | b'[', ..]) {
            return Ok(None);
        }
        let (findings, tags) = (self.findings.len(), self.tags.len());
        let new = match self.document(decoded, depth + 1) {
            Ok(new) => new,
            Err(error) if matches!(error.kind(), ErrorKind::Config | ErrorKind::Limit) => {
                self.findings.truncate(findings);
                self.tags.truncate(tags);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let value = |finding: &Finding| decoded.get(finding.span()).unwrap_or_default();
        if found.iter().any(|finding| new.contains(value(finding))) {
            self.findings.truncate(findings);
            self.tags.truncate(tags);
            return Ok(None);
        }
        for finding in self.findings.iter_mut().skip(findings) {
            (finding.start, finding.end) = (token.span.start, token.span.end);
        }
        Ok(Some(match new {
            Cow::Borrowed(_) => None,
            Cow::Owned(new) => Some(new),
        }))
    }
}

/// The findings of a token, with spans in its decoded text.
fn decoded_findings(text: &str, token: &Token, group: &[Patch]) -> Vec<Finding> {
    let (mut at, mut raw_at) = (0, token.span.start);
    let mut findings = Vec::with_capacity(group.len());
    for Patch { finding, .. } in group {
        let mut finding = finding.clone();
        at += plan::value(text, &(raw_at..finding.start)).len();
        raw_at = finding.end;
        let len = plan::value(text, &finding.span()).len();
        (finding.start, finding.end) = (at, at + len);
        at += len;
        findings.push(finding);
    }
    findings
}

/// The place in the contents of a string where a place of the decoded text is written.
fn raw_at(raw: &str, decoded: usize) -> usize {
    let mut units = Units::new(raw.as_bytes());
    while units.decoded_at < decoded && units.next().is_some() {}
    units.raw_at
}
