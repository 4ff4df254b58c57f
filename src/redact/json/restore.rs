//! Restoring values in JSON.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::document::{Document, Sort};
use super::lines::lines;
use super::plan::{MAX_LEVELS, in_text, is_json};
use crate::Error;
use crate::redact::redactor::{Edit, apply};
use crate::redact::restore::{PlaceholderMap, RestoreCounts, Restored};

impl PlaceholderMap {
    /// Replaces the placeholders in a JSON text with their values, as
    /// [`restore`](Self::restore) does in a text. The result is valid JSON.
    ///
    /// Values are escaped as their strings demand, also in JSON that stands in a
    /// string; all other bytes stay. A value that was written with other escapes than
    /// it needs reads the same, but its bytes are not. A string that is nothing but the placeholder of a number becomes the
    /// number again.
    ///
    /// # Errors
    /// Returns [`Config`](crate::ErrorKind::Config) if the text is not JSON, and
    /// [`Limit`](crate::ErrorKind::Limit) if it is nested deeper than 128 levels.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, Kind, PlaceholderMap};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let placeholder = map.placeholder(Kind::Password, r#"say "friend""#);
    /// let answer = format!(r#"{{"password":"{placeholder}"}}"#);
    /// assert_eq!(
    ///     map.restore_json(&answer)?.as_str(),
    ///     r#"{"password":"say \"friend\""}"#
    /// );
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn restore_json<'t>(&self, text: &'t str) -> Result<Restored<'t>, Error> {
        let mut counts = RestoreCounts::default();
        let edits = self.json_edits(text, 0, &mut counts)?;
        Ok(restored(text, &edits, counts))
    }

    /// Replaces the placeholders in newline-delimited JSON with their values. Lines
    /// that are no JSON are restored as text.
    #[must_use]
    pub fn restore_ndjson<'t>(&self, text: &'t str) -> Restored<'t> {
        let mut counts = RestoreCounts::default();
        let mut all = Vec::new();
        let mut plain = 0..0;
        for (_, start, line) in lines(text) {
            let mut own = RestoreCounts::default();
            let end = start + line.len();
            match self.json_edits(line, 0, &mut own) {
                Ok(edits) => {
                    self.restore_lines(text, &mut plain, &mut all, &mut counts);
                    counts += own;
                    all.extend(edits.into_iter().map(|edit| edit.shifted(start)));
                }
                Err(_) if line.trim_ascii().is_empty() => {
                    self.restore_lines(text, &mut plain, &mut all, &mut counts);
                }
                Err(_) => {
                    if plain.is_empty() {
                        plain.start = start;
                    }
                    plain.end = end;
                }
            }
        }
        self.restore_lines(text, &mut plain, &mut all, &mut counts);
        restored(text, &all, counts)
    }

    /// Restores adjacent lines that are no JSON as one text, as they were redacted.
    fn restore_lines(
        &self,
        text: &str,
        plain: &mut std::ops::Range<usize>,
        all: &mut Vec<Edit>,
        counts: &mut RestoreCounts,
    ) {
        let range = std::mem::take(plain);
        let lines = text.get(range.clone()).unwrap_or_default();
        let edits = self.restored_in(lines, counts);
        all.extend(edits.into_iter().map(|edit| edit.shifted(range.start)));
    }

    /// Replaces the placeholders in a JSON value with their values, as
    /// [`restore_json`](Self::restore_json) does in a text. Returns the counts.
    ///
    /// # Errors
    /// Returns [`Limit`](crate::ErrorKind::Limit) if the value is nested deeper than
    /// 128 levels. The value is then unchanged.
    pub fn restore_json_value(&self, value: &mut Value) -> Result<RestoreCounts, Error> {
        Document::of_value(value)?;
        let mut counts = RestoreCounts::default();
        self.restore_in(value, &mut counts);
        Ok(counts)
    }

    // The recursion is bounded by the nesting, which was checked.
    fn restore_in(&self, value: &mut Value, counts: &mut RestoreCounts) {
        match value {
            Value::String(text) => {
                if let Some(number) = self.json_number(text, counts)
                    && let Ok(number) = number.parse::<Number>()
                {
                    *value = Value::Number(number);
                } else {
                    let edits = self.string(text, 0, counts);
                    if !edits.is_empty() {
                        *text = apply(text, &edits);
                    }
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.restore_in(value, counts);
                }
            }
            Value::Object(map) => {
                let mut restored = Map::new();
                for (mut key, mut value) in std::mem::take(map) {
                    let edits = self.restored_in(&key, counts);
                    if !edits.is_empty() {
                        key = apply(&key, &edits);
                    }
                    self.restore_in(&mut value, counts);
                    restored.insert(key, value);
                }
                *map = restored;
            }
            _ => {}
        }
    }

    fn json_edits(
        &self,
        text: &str,
        level: usize,
        counts: &mut RestoreCounts,
    ) -> Result<Vec<Edit>, Error> {
        let document = Document::parse(text)?;
        let mut edits = Vec::new();
        for token in &document.tokens {
            let own = match token.sort {
                Sort::Number => continue,
                Sort::Key => self.restored_in(&token.text, counts),
                Sort::String => {
                    if let Some(number) = self.json_number(&token.text, counts) {
                        edits.push(Edit {
                            span: token.place.start - 1..token.place.end + 1,
                            text: number.to_owned(),
                            finding: None,
                        });
                        continue;
                    }
                    self.string(&token.text, level, counts)
                }
            };
            in_text(text, token, own, &mut edits);
        }
        Ok(edits)
    }

    /// Returns what is restored in the contents of a string.
    fn string(&self, text: &str, level: usize, counts: &mut RestoreCounts) -> Vec<Edit> {
        if level < MAX_LEVELS && is_json(text) {
            let mut own = RestoreCounts::default();
            if let Ok(edits) = self.json_edits(text, level + 1, &mut own) {
                *counts += own;
                return edits;
            }
        }
        self.restored_in(text, counts)
    }

    fn restored_in(&self, text: &str, counts: &mut RestoreCounts) -> Vec<Edit> {
        let (edits, own) = self.restoring(text);
        *counts += own;
        edits
    }

    /// Returns the number behind a string that is just its placeholder.
    fn json_number(&self, text: &str, counts: &mut RestoreCounts) -> Option<&str> {
        let number = self.number(text)?;
        *counts += RestoreCounts::one();
        Some(number)
    }
}

fn restored<'t>(text: &'t str, edits: &[Edit], counts: RestoreCounts) -> Restored<'t> {
    let out = if edits.is_empty() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(apply(text, edits))
    };
    Restored::new(out, counts)
}
