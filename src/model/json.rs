//! JSON that is kept as it is written.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::Error;

/// The deepest nesting that every reader of values takes.
const MAX_NESTING: usize = 127;

/// One JSON value as text, byte for byte: arguments of a tool, a schema, an item of
/// a provider.
///
/// The order of keys, the digits of numbers and the blanks stay as they are.
/// `Debug` shows the length.
///
/// # Example
/// ```
/// use confidant::model::Json;
///
/// let json = Json::parse(r#"{"zip": 0123}"#);
/// assert!(json.is_err());
/// let json = Json::parse(r#"{"city": "Ulm"}"#)?;
/// assert_eq!(json.as_str(), r#"{"city": "Ulm"}"#);
/// assert_eq!(format!("{json:?}"), "Json(15 bytes)");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Takes one JSON value, nested 127 deep at most.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the text is not one JSON value, or is
    /// nested deeper.
    pub fn parse(text: &str) -> Result<Self, Error> {
        // What is kept as it is written is read without a limit.
        if nesting(text) > MAX_NESTING {
            return Err(Error::config("JSON value is nested too deep"));
        }
        // An error of the reader may quote the text, so it is not kept.
        RawValue::from_string(text.to_owned())
            .map(Self)
            .map_err(|_| Error::config("text is not one JSON value"))
    }

    /// Returns the empty object.
    #[must_use]
    pub fn empty_object() -> Self {
        Self::from_value(&serde_json::Map::new())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Returns whether the value is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.as_str().trim_start().starts_with('{')
    }

    /// Writes a value whose writing cannot fail.
    pub(crate) fn from_value(value: &impl Serialize) -> Self {
        serde_json::value::to_raw_value(value)
            .map(Self)
            .unwrap_or_else(|_| Self(RawValue::NULL.to_owned()))
    }

    pub(crate) fn from_raw(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }

    /// Reads the value as `T`, or `None` where it has another form.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.as_str()).ok()
    }
}

/// How deep objects and arrays of a JSON text are nested.
fn nesting(text: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !in_string => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.as_str().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_too_deep_for_a_reader_of_values_is_refused() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let json = Json::parse(&nested(MAX_NESTING)).unwrap();
        assert!(json.read::<serde_json::Value>().is_some());
        for depth in [MAX_NESTING + 1, 200, 100_000] {
            assert!(Json::parse(&nested(depth)).is_err(), "{depth}");
        }
        // Brackets in strings are none.
        let text = format!(r#"{{"a":"\"{}","b":[[],[]]}}"#, "[{".repeat(200));
        assert_eq!(nesting(&text), 3);
        Json::parse(&text).unwrap();
    }
}
