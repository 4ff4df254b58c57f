//! Redacted values.

use std::borrow::Cow;
use std::fmt;

use crate::redact::finding::Finding;

/// A value that a [`Redactor`](crate::redact::Redactor) has redacted, and what was
/// found in it.
///
/// Only a redactor creates one, so a sink that takes `Redacted<T>` cannot receive
/// text that was never scanned. `Debug` shows the number of findings and no text.
///
/// # Example
/// ```
/// use confidant::redact::{Redacted, Redactor};
/// use std::borrow::Cow;
///
/// fn log(message: &Redacted<Cow<'_, str>>) -> String {
///     format!("{} ({} removed)", message.as_str(), message.findings().len())
/// }
///
/// let redacted = Redactor::default().redact("deploy with AKIAQ3EGRIZJ7OWLMXUV");
/// assert_eq!(log(&redacted), "deploy with [REDACTED-APIKEY] (1 removed)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted<T, F = Finding> {
    value: T,
    findings: Vec<F>,
}

impl<T, F> Redacted<T, F> {
    pub(crate) const fn new(value: T, findings: Vec<F>) -> Self {
        Self { value, findings }
    }

    /// Returns the findings in the order of the text, with spans in the input.
    #[must_use]
    pub fn findings(&self) -> &[F] {
        &self.findings
    }

    /// Returns whether nothing was found.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Returns a reference to the redacted value.
    #[must_use]
    pub const fn get_ref(&self) -> &T {
        &self.value
    }

    /// Returns the redacted value.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the redacted value and the findings.
    #[must_use]
    pub fn into_parts(self) -> (T, Vec<F>) {
        (self.value, self.findings)
    }
}

impl<T: AsRef<str>, F> Redacted<T, F> {
    /// Returns the redacted text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.value.as_ref()
    }
}

impl<F> Redacted<Cow<'_, str>, F> {
    /// Returns the redacted text as an owned `String`.
    #[must_use]
    pub fn into_string(self) -> String {
        self.value.into_owned()
    }

    /// Returns the redacted text as a value that borrows nothing.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Redacted, Redactor};
    ///
    /// fn redact(text: &str) -> Redacted<String> {
    ///     Redactor::default().redact(text).into_owned()
    /// }
    ///
    /// assert_eq!(redact("all clear").as_str(), "all clear");
    /// ```
    #[must_use]
    pub fn into_owned(self) -> Redacted<String, F> {
        Redacted::new(self.value.into_owned(), self.findings)
    }
}

impl<F> Redacted<Cow<'_, [u8]>, F> {
    /// Returns the redacted bytes as a value that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Redacted<Vec<u8>, F> {
        Redacted::new(self.value.into_owned(), self.findings)
    }
}

impl<T: AsRef<str>, F> AsRef<str> for Redacted<T, F> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<T: AsRef<str>, F> fmt::Display for Redacted<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<T, F> fmt::Debug for Redacted<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redacted")
            .field("findings", &self.findings.len())
            .finish_non_exhaustive()
    }
}
