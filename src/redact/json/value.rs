//! Redaction of JSON values in memory.

use std::collections::HashMap;
use std::fmt;
use std::iter::Peekable;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::plan::{self, Patch, groups, plan, suffix, suffixes};
use super::tokens::MAX_DEPTH;
use crate::Error;
use crate::redact::finding::Finding;
use crate::redact::redactor::Redactor;

/// A finding in a JSON value, and where in the value it was.
///
/// `Debug` leaves the pointer out, since keys are content.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonFinding {
    pointer: String,
    key: bool,
    finding: Finding,
}

impl JsonFinding {
    /// The JSON pointer (RFC 6901) of the string or number, in the value as it is
    /// now: keys that were redacted are in it as they read since.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Whether the finding is in the last key of the pointer, not in the value.
    #[must_use]
    pub const fn in_key(&self) -> bool {
        self.key
    }

    /// What was found. The span is in bytes of the string, key or number alone.
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
    /// Replaces what is found in the strings, numbers and keys of a JSON value,
    /// as [`redact_json`](Self::redact_json) does in a text.
    ///
    /// A number in which something is found becomes a string. What was replaced
    /// is dropped, not wiped: the strings of a `Value` are not this crate's.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) if the value is nested deeper than 128
    /// levels. It is left as it is then, and must not be passed on as redacted.
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
        let patches = plan(self, &text)?;
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
    // As deep as the value is nested, which was checked.
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

    /// Goes into a member; gives back how long the pointer was.
    fn enter(&mut self, key: &str) -> usize {
        let len = self.pointer.len();
        self.pointer.push('/');
        self.pointer
            .push_str(&key.replace('~', "~0").replace('/', "~1"));
        len
    }

    /// What the next token reads now, if something was found in it.
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

    /// A token with its patches, decoded.
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
