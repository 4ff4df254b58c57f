//! JSON that is kept as it is written.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::Error;

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
    /// [`Config`](crate::ErrorKind::Config) where the text is not one JSON value.
    pub fn parse(text: &str) -> Result<Self, Error> {
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
