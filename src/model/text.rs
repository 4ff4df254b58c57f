//! Text, names and media: the values that a request is made of.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Text that people or models wrote.
///
/// `Debug` shows its length and there is no `Display`, so a message can be logged
/// without its content.
///
/// # Example
/// ```
/// use confidant::model::Text;
///
/// let text = Text::from("call me at home");
/// assert_eq!(format!("{text:?}"), "Text(15 bytes)");
/// assert_eq!(text.as_str(), "call me at home");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Text(String);

/// A name or an id that gives a request its structure: a tool's name, the id of a
/// call, a media type.
///
/// It may not be rewritten without breaking the request. `Debug` shows its length.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

/// Bytes of an image, a recording or a file. Cloning copies a pointer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Blob(Arc<[u8]>);

impl Text {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Replaces the text.
    pub fn set(&mut self, text: impl Into<String>) {
        self.0 = text.into();
    }

    /// Appends to the text.
    pub fn push_str(&mut self, more: &str) {
        self.0.push_str(more);
    }

    /// Returns the text as a `String`, which anything can print.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Name {
    /// Returns the name.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl Blob {
    /// Returns the bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({} bytes)", self.0.len())
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}
