//! Redaction of JSON values in memory.

use std::collections::HashMap;
use std::fmt;
use std::iter::Peekable;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::plan::{self, Patch, Search, groups, plan, suffix, suffixes};
use super::tokens::MAX_DEPTH;
use crate::Error;
use crate::redact::finding::Finding;
use crate::redact::redactor::Redactor;

/// A finding in a JSON value, with its location in the value.
///
/// `Debug` omits the pointer, because keys are content.
///
/// # Example
/// ```
/// use confidant::redact::{Kind, Redactor};
///
/// let mut value = serde_json::json!({ "db": { "password": "fV9s-Rk2xLq7" } });
/// let findings = Redactor::default().redact_json_value(&mut value)?;
/// assert_eq!(findings[0].pointer(), "/db/password");
/// assert_eq!(findings[0].finding().kind(), Kind::Password);
/// assert_eq!(findings[0].finding().span(), 0..12);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct JsonFinding {
    pointer: String,
    key: bool,
    finding: Finding,
}

impl JsonFinding {
    /// Returns the JSON pointer (RFC 6901) of the string or number in the redacted
    /// value: redacted keys appear in it in their redacted form.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Returns whether the finding is in the last key of the pointer rather than in
    /// the value.
    #[must_use]
    pub const fn in_key(&self) -> bool {
        self.key
    }

    /// Returns the finding. Its span is in bytes of the string, key or number alone.
    #[must_use]
    pub const fn finding(&self) -> &Finding {
        &self.finding
    }
}

impl fmt::Debug for JsonFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonFinding")
            .field("key", &self.key)
            .field("finding", &self.finding)
            .finish_non_exhaustive()
    }
}

impl Redactor {
    /// Replaces the values found in the strings, numbers and keys of a JSON value, as
    /// [`redact_json`](Self::redact_json) does in a text.
    ///
    /// A number in which something is found becomes a string. The original strings
    /// are dropped but not wiped, because a `Value` owns its memory.
    ///
    /// # Errors
    /// Returns [`Limit`](crate::ErrorKind::Limit) if the value is nested deeper than
    /// 128 levels. The value is then unchanged and must not be passed on as redacted.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let mut value = serde_json::json!({ "aws": ["AKIAQ3EGRIZJ7OWLMXUV", 7] });
    /// let findings = Redactor::default().redact_json_value(&mut value)?;
    /// assert_eq!(value, serde_json::json!({ "aws": ["[REDACTED-APIKEY]", 7] }));
    /// assert_eq!(findings[0].pointer(), "/aws/0");
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn redact_json_value(&self, value: &mut Value) -> Result<Vec<JsonFinding>, Error> {
        check_depth(value)?;
        let text = Zeroizing::new(value.to_string());
        let patches = plan(Search::new(self), &text)?;
        if patches.is_empty() {
            return Ok(Vec::new());
        }
        let mut walk = Walk {
            redactor: self,
            text: &text,
            suffixes: HashMap::new(),
            groups: groups(&patches).peekable(),
            number: 0,
            pointer: String::new(),
            findings: Vec::with_capacity(patches.len()),
        };
        walk.suffixes = suffixes(&text, &patches, |group| walk.rewrite(group).into_bytes())?;
        walk.value(value);
        Ok(walk.findings)
    }
}

fn check_depth(value: &Value) -> Result<(), Error> {
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        let depth = match value {
            Value::Array(_) | Value::Object(_) => depth + 1,
            _ => depth,
        };
        if depth > MAX_DEPTH {
            return Err(Error::limit("nesting of the JSON value", MAX_DEPTH as u64));
        }
        match value {
            Value::Array(values) => open.extend(values.iter().map(|value| (value, depth))),
            Value::Object(map) => open.extend(map.values().map(|value| (value, depth))),
            _ => {}
        }
    }
    Ok(())
}

/// A walk over a value in step with the tokens of its text.
struct Walk<'a, G: Iterator<Item = &'a [Patch]>> {
    redactor: &'a Redactor,
    text: &'a str,
    suffixes: HashMap<usize, usize>,
    groups: Peekable<G>,
    number: usize,
    pointer: String,
    findings: Vec<JsonFinding>,
}

impl<'a, G: Iterator<Item = &'a [Patch]>> Walk<'a, G> {
    // The recursion is bounded by the nesting, which was checked.
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(_) | Value::String(_) => {
                if let Some(text) = self.token(false) {
                    *value = Value::String(text);
                }
            }
            Value::Array(values) => {
                for (at, value) in values.iter_mut().enumerate() {
                    let len = self.enter(&at.to_string());
                    self.value(value);
                    self.pointer.truncate(len);
                }
            }
            Value::Object(map) => {
                let mut redacted = Map::new();
                for (key, mut value) in std::mem::take(map) {
                    let found = self.findings.len();
                    let key = self.token(true).unwrap_or(key);
                    let len = self.enter(&key);
                    for finding in self.findings.iter_mut().skip(found) {
                        finding.pointer.clone_from(&self.pointer);
                    }
                    self.value(&mut value);
                    self.pointer.truncate(len);
                    redacted.insert(key, value);
                }
                *map = redacted;
            }
        }
    }

    /// Enters a member and returns the previous length of the pointer.
    fn enter(&mut self, key: &str) -> usize {
        let len = self.pointer.len();
        self.pointer.push('/');
        self.pointer
            .push_str(&key.replace('~', "~0").replace('/', "~1"));
        len
    }

    /// Returns the redacted text of the next token, if something was found in it.
    fn token(&mut self, key: bool) -> Option<String> {
        let number = self.number;
        self.number += 1;
        let here = |group: &&[Patch]| group.first().is_some_and(|patch| patch.number == number);
        let group = self.groups.next_if(here)?;
        let mut text = self.rewrite(group);
        if let Some(count) = self.suffixes.get(&number) {
            text.push_str(&suffix(*count));
        }
        let start = group.first()?.token.span.start;
        let (mut at, mut raw_at) = (0, start);
        for Patch { finding, .. } in group {
            let mut finding = finding.clone();
            at += plan::value(self.text, &(raw_at..finding.start)).len();
            raw_at = finding.end;
            let len = plan::value(self.text, &finding.span()).len();
            (finding.start, finding.end) = (at, at + len);
            at += len;
            self.findings.push(JsonFinding {
                pointer: self.pointer.clone(),
                key,
                finding,
            });
        }
        Some(text)
    }

    /// Returns a token with its patches applied, decoded.
    fn rewrite(&self, group: &[Patch]) -> String {
        let mut out = Vec::new();
        let Some(first) = group.first() else {
            return String::new();
        };
        let mut done = first.token.span.start;
        for Patch { finding, .. } in group {
            out.extend_from_slice(&plan::value(self.text, &(done..finding.start)));
            let value = plan::value(self.text, &finding.span());
            let operator = self.redactor.operator(finding);
            operator.write(finding, &value, &mut out);
            done = finding.end;
        }
        out.extend_from_slice(&plan::value(self.text, &(done..first.token.span.end)));
        super::into_text(out)
    }
}
