//! Redaction of JSON values in memory.

use std::fmt;
use std::iter::Peekable;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::document::Document;
use super::plan::{Plan, plans};
use crate::Error;
use crate::redact::finding::Finding;
use crate::redact::redactor::{
    Edit, Operators, Redacted, Redactor, Rewriter, apply, with_all_known,
};
use crate::redact::restore::{PlaceholderMap, Session};

/// A finding in a JSON value, with its location in the value.
///
/// `Debug` omits the pointer, because keys are content.
///
/// # Example
/// ```
/// use confidant::redact::{Kind, Redactor};
///
/// let value = serde_json::json!({ "db": { "password": "fV9s-Rk2xLq7" } });
/// let redacted = Redactor::default().redact_json_value(value)?;
/// let findings = redacted.findings();
/// assert_eq!(findings[0].pointer(), "/db/password");
/// assert_eq!(findings[0].finding().kind(), Kind::Password);
/// assert_eq!(findings[0].finding().span(), 0..12);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct JsonFinding {
    place: Arc<Place>,
    key: bool,
    finding: Finding,
}

impl JsonFinding {
    /// Returns the JSON pointer (RFC 6901) of the string or number in the redacted
    /// value: redacted keys appear in it in their redacted form.
    ///
    /// Findings keep the names that they share once, so that what they take is not the
    /// number of findings times the length of the names. The pointer is made of them anew
    /// for each call.
    #[must_use]
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.place.write(&mut pointer);
        pointer
    }

    /// Returns the length of what this finding alone keeps of its pointer.
    #[cfg(test)]
    pub(super) fn own_len(&self) -> usize {
        self.place.step.len()
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

/// A step of a pointer, and those before it.
#[derive(PartialEq, Eq)]
struct Place {
    outer: Option<Arc<Self>>,
    step: String,
}

impl Place {
    // The recursion is bounded by the nesting of the value.
    fn write(&self, out: &mut String) {
        if let Some(outer) = &self.outer {
            outer.write(out);
        }
        out.push_str(&self.step);
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
    /// Replaces the values found in the strings, numbers and names of a JSON value. The
    /// result is the document that [`redact_json`](Self::redact_json) makes of its
    /// text.
    ///
    /// A number in which something is found becomes a string. The original strings
    /// are dropped but not wiped, because a `Value` owns its memory.
    ///
    /// # Errors
    /// Returns [`Limit`](crate::ErrorKind::Limit) if the value is nested deeper than
    /// 128 levels, and the error of a [`Detector`](crate::redact::Detector) that
    /// failed.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let value = serde_json::json!({ "aws": ["AKIAQ3EGRIZJ7OWLMXUV", 7] });
    /// let redacted = Redactor::default().redact_json_value(value)?;
    /// assert_eq!(
    ///     *redacted.get_ref(),
    ///     serde_json::json!({ "aws": ["[REDACTED-APIKEY]", 7] })
    /// );
    /// assert_eq!(redacted.findings()[0].pointer(), "/aws/0");
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn redact_json_value(&self, value: Value) -> Result<Redacted<Value, JsonFinding>, Error> {
        self.rewrite_json_value(value, &mut Operators)
    }

    /// Replaces the values found in a JSON value with placeholders and keeps them in
    /// `map`. [`PlaceholderMap::restore_json_value`] puts them back.
    ///
    /// # Errors
    /// Returns the errors of [`redact_json_value`](Self::redact_json_value).
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let value = serde_json::json!({ "password": 83920174 });
    /// let redacted = Redactor::default().redact_json_value_with(value.clone(), &mut map)?;
    /// let mut answer = redacted.into_inner();
    /// map.restore_json_value(&mut answer)?;
    /// assert_eq!(answer, value);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn redact_json_value_with(
        &self,
        value: Value,
        map: &mut PlaceholderMap,
    ) -> Result<Redacted<Value, JsonFinding>, Error> {
        let mut session = Session::outside(map);
        session
            .scanner(self)
            .rewrite_json_value(value, &mut session)
    }

    /// Like [`redact_json_value_with`](Self::redact_json_value_with), but keeps the
    /// placeholders in `value`, as [`redact_again_with`](Self::redact_again_with) does.
    ///
    /// # Security
    /// Never pass a value from outside: a placeholder in it would be restored.
    ///
    /// # Errors
    /// Returns the errors of [`redact_json_value`](Self::redact_json_value).
    pub fn redact_json_value_again_with(
        &self,
        value: Value,
        map: &mut PlaceholderMap,
    ) -> Result<Redacted<Value, JsonFinding>, Error> {
        let mut session = Session::again(map);
        session
            .scanner(self)
            .rewrite_json_value(value, &mut session)
    }

    fn rewrite_json_value(
        &self,
        mut value: Value,
        rewriter: &mut dyn Rewriter,
    ) -> Result<Redacted<Value, JsonFinding>, Error> {
        let document = Document::of_value(&value)?;
        rewriter.begin(self, &|| value.to_string().into());
        let plans = with_all_known(rewriter, |rewriter| plans(self, &document, rewriter))?;
        drop(document);
        let mut walk = Walk {
            plans: plans.into_iter().peekable(),
            number: 0,
            open: Vec::new(),
            findings: Vec::new(),
        };
        if walk.plans.peek().is_some() {
            walk.value(&mut value);
            rewriter.end(self, &|| value.to_string().into());
        }
        Ok(Redacted::new(value, walk.findings))
    }
}

/// A step from a value to one inside it, and the place that it leads to once something
/// was found there.
enum Step {
    Item(usize),
    Member(String),
    Found(Arc<Place>),
}

/// A walk over a value in step with the tokens of its document.
struct Walk {
    plans: Peekable<std::vec::IntoIter<Plan>>,
    number: usize,
    open: Vec<Step>,
    findings: Vec<JsonFinding>,
}

impl Walk {
    // The recursion is bounded by the nesting, which was checked.
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                if let Some(edits) = self.token() {
                    let text = apply(&number.to_string(), &edits);
                    *value = Value::String(text);
                    self.found(edits, false);
                }
            }
            Value::String(text) => {
                if let Some(edits) = self.token() {
                    *text = apply(text, &edits);
                    self.found(edits, false);
                }
            }
            Value::Array(values) => {
                for (at, value) in values.iter_mut().enumerate() {
                    self.open.push(Step::Item(at));
                    self.value(value);
                    self.open.pop();
                }
            }
            Value::Object(map) => {
                let mut redacted = Map::new();
                for (mut key, mut value) in std::mem::take(map) {
                    let edits = self.token();
                    if let Some(edits) = &edits {
                        key = apply(&key, edits);
                    }
                    self.open.push(Step::Member(key.clone()));
                    if let Some(edits) = edits {
                        self.found(edits, true);
                    }
                    self.value(&mut value);
                    self.open.pop();
                    redacted.insert(key, value);
                }
                *map = redacted;
            }
        }
    }

    /// Returns the edits of the next token, if it changes.
    fn token(&mut self) -> Option<Vec<Edit>> {
        let number = self.number;
        self.number += 1;
        let plan = self.plans.next_if(|plan| plan.token == number)?;
        Some(plan.edits)
    }

    /// Notes the findings at the current place.
    fn found(&mut self, edits: Vec<Edit>, key: bool) {
        let place = self.place();
        let findings = edits.into_iter().filter_map(|edit| edit.finding);
        self.findings.extend(findings.map(|finding| JsonFinding {
            place: Arc::clone(&place),
            key,
            finding,
        }));
    }

    /// Returns the current place.
    fn place(&mut self) -> Arc<Place> {
        let mut outer: Option<Arc<Place>> = None;
        for open in &mut self.open {
            let step = match open {
                Step::Found(place) => {
                    outer = Some(Arc::clone(place));
                    continue;
                }
                Step::Item(number) => format!("/{number}"),
                Step::Member(name) => {
                    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
                }
            };
            let place = Arc::new(Place { outer, step });
            *open = Step::Found(Arc::clone(&place));
            outer = Some(place);
        }
        outer.unwrap_or_else(|| {
            Arc::new(Place {
                outer: None,
                step: String::new(),
            })
        })
    }
}
