//! Restoring values in JSON.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Number, Value};

use super::document::{Document, Sort};
use super::lines::lines;
use super::plan::{in_text, is_json};
use crate::Error;
use crate::redact::finding::Kind;
use crate::redact::redactor::{Edit, apply};
use crate::redact::restore::{Judge, PlaceholderMap, ReleaseAll, RestoreCounts, Restored};
use crate::redact::text::{Walk, part_of_str, placeholder_len};

/// How many documents may stand inside of each other in strings for values to be restored
/// in the innermost one. Each doubles the escapes of a value, so a byte takes at most 128.
const MAX_LEVELS: usize = 6;

impl PlaceholderMap {
    /// Replaces the placeholders in a JSON text with their values, as
    /// [`restore`](Self::restore) does in a text. The result is valid JSON.
    ///
    /// Values are escaped as their strings demand, also in JSON that stands in a
    /// string, six deep at most; all other bytes stay. Placeholders in JSON that stands
    /// deeper stay, too, and count as [withheld](RestoreCounts::withheld), because each
    /// level doubles the escapes of a value. A value that was written with other escapes than
    /// it needs reads the same, but its bytes are not. A string that is nothing but the
    /// placeholder of a number becomes the number again, and so does a placeholder
    /// without quotation marks, as models write it for a number.
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
        self.restore_json_if(text, &mut ReleaseAll)
    }

    /// Like [`restore_json`](Self::restore_json), but restores only what `judge` releases.
    pub(crate) fn restore_json_if<'t>(
        &self,
        text: &'t str,
        judge: &mut dyn Judge,
    ) -> Result<Restored<'t>, Error> {
        let mut restoring = Restoring::new(self, judge);
        let error = match restoring.document(text, 0) {
            Ok(edits) => return Ok(restored(text, &edits, restoring.counts)),
            Err(error) => error,
        };
        let Some(quoted) = self.quoted(text) else {
            return Err(error);
        };
        let edits = restoring.document(&quoted, 0)?;
        Ok(Restored::new(
            Cow::Owned(apply(&quoted, &edits)),
            restoring.counts,
        ))
    }

    /// Returns a text with quotation marks around the placeholders of this map that
    /// stand outside of strings, if there are any.
    fn quoted(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len() + 16);
        let (mut at, mut done, mut inside) = (0, 0, false);
        while let Some(byte) = text.as_bytes().get(at) {
            let len = match byte {
                b'\\' => 2,
                b'"' => {
                    inside = !inside;
                    1
                }
                b'[' if !inside => {
                    let token = part_of_str(text, at..);
                    let len = placeholder_len(token.as_bytes());
                    let token = len.and_then(|len| token.get(..len)).unwrap_or_default();
                    let known = Walk::whole(token);
                    if known.is_some_and(|(kind, tag)| self.find(kind, tag).is_some()) {
                        out.push_str(part_of_str(text, done..at));
                        out.extend(["\"", token, "\""]);
                        done = at + token.len();
                        token.len()
                    } else {
                        1
                    }
                }
                _ => 1,
            };
            at += len;
        }
        out.push_str(part_of_str(text, done..));
        (done > 0).then_some(out)
    }

    /// Replaces the placeholders in newline-delimited JSON with their values. Lines
    /// that are no JSON are restored as text.
    #[must_use]
    pub fn restore_ndjson<'t>(&self, text: &'t str) -> Restored<'t> {
        let mut judge = ReleaseAll;
        let mut restoring = Restoring::new(self, &mut judge);
        let mut all = Vec::new();
        let mut plain = 0..0;
        for (_, start, line) in lines(text) {
            match restoring.document(line, 0) {
                Ok(edits) => {
                    restoring.lines(text, &mut plain, &mut all);
                    all.extend(edits.into_iter().map(|edit| edit.shifted(start)));
                }
                Err(_) if line.trim_ascii().is_empty() => {}
                Err(_) => {
                    if plain.is_empty() {
                        plain.start = start;
                    }
                    plain.end = start + line.len();
                }
            }
        }
        restoring.lines(text, &mut plain, &mut all);
        restored(text, &all, restoring.counts)
    }

    /// Replaces the placeholders in a JSON value with their values, as
    /// [`restore_json`](Self::restore_json) does in a text. Returns the counts.
    ///
    /// # Errors
    /// Returns [`Limit`](crate::ErrorKind::Limit) if the value is nested deeper than
    /// 128 levels. The value is then unchanged.
    pub fn restore_json_value(&self, value: &mut Value) -> Result<RestoreCounts, Error> {
        Document::of_value(value)?;
        let mut judge = ReleaseAll;
        let mut restoring = Restoring::new(self, &mut judge);
        restoring.value(value);
        Ok(restoring.counts)
    }
}

/// The restoration of one text or value.
struct Restoring<'r> {
    map: &'r PlaceholderMap,
    judge: &'r mut dyn Judge,
    counts: RestoreCounts,
}

impl<'r> Restoring<'r> {
    fn new(map: &'r PlaceholderMap, judge: &'r mut dyn Judge) -> Self {
        Self {
            map,
            judge,
            counts: RestoreCounts::zero(),
        }
    }

    /// Restores adjacent lines that are no JSON as one text, as they were redacted.
    fn lines(&mut self, text: &str, plain: &mut Range<usize>, all: &mut Vec<Edit>) {
        let range = std::mem::take(plain);
        let lines = part_of_str(text, range.clone());
        let edits = self.text(lines);
        all.extend(edits.into_iter().map(|edit| edit.shifted(range.start)));
    }

    // The recursion is bounded by the nesting, which was checked.
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => match self.string(text, 0) {
                New::Stays => {}
                New::Number(number) => {
                    *value = match number.parse::<Number>() {
                        Ok(number) => Value::Number(number),
                        Err(_) => Value::String(number.to_owned()),
                    };
                }
                New::Text(edits) => *text = apply(text, &edits),
            },
            Value::Array(values) => {
                for value in values {
                    self.value(value);
                }
            }
            Value::Object(map) => {
                let mut restored = Map::new();
                for (mut key, mut value) in std::mem::take(map) {
                    let edits = self.text(&key);
                    if !edits.is_empty() {
                        key = apply(&key, &edits);
                    }
                    self.value(&mut value);
                    restored.insert(key, value);
                }
                *map = restored;
            }
            _ => {}
        }
    }

    /// Returns what is restored in a JSON text. Nothing is counted or judged if it is
    /// none.
    fn document(&mut self, text: &str, level: usize) -> Result<Vec<Edit>, Error> {
        let document = Document::parse(text)?;
        let mut edits = Vec::new();
        for token in &document.tokens {
            let own = match token.sort {
                Sort::Number => continue,
                Sort::Key => self.text(&token.text),
                Sort::String => match self.string(&token.text, level) {
                    New::Stays => continue,
                    New::Number(number) => {
                        edits.push(Edit {
                            span: token.place.start - 1..token.place.end + 1,
                            text: number.to_owned(),
                            finding: None,
                        });
                        continue;
                    }
                    New::Text(edits) => edits,
                },
            };
            in_text(text, token, own, &mut edits);
        }
        Ok(edits)
    }

    /// Returns what becomes of a string.
    fn string(&mut self, text: &str, level: usize) -> New<'r> {
        let nested = if !is_json(text) {
            None
        } else if level < MAX_LEVELS {
            self.document(text, level + 1).ok()
        } else {
            let (_, counts) = self.map.restoring(text, &mut WithholdAll);
            self.counts += counts;
            return New::Stays;
        };
        let edits = match nested {
            Some(edits) => edits,
            None => self.text(text),
        };
        match self.map.number(text) {
            _ if edits.is_empty() => New::Stays,
            Some(number) => New::Number(number),
            None => New::Text(edits),
        }
    }

    /// Returns what is restored in a text.
    fn text(&mut self, text: &str) -> Vec<Edit> {
        self.judge.begin();
        let (edits, own) = self.map.restoring(text, &mut *self.judge);
        self.counts += own;
        edits
    }
}

/// Releases nothing.
struct WithholdAll;

impl Judge for WithholdAll {
    fn read(&mut self, _: &str) {}

    fn releases(&mut self, _: Kind, _: u64, _: &str) -> bool {
        false
    }
}

/// What becomes of a string.
enum New<'m> {
    Stays,
    /// The string was nothing but the placeholder of this number.
    Number(&'m str),
    Text(Vec<Edit>),
}

fn restored<'t>(text: &'t str, edits: &[Edit], counts: RestoreCounts) -> Restored<'t> {
    let out = if edits.is_empty() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(apply(text, edits))
    };
    Restored::new(out, counts)
}
