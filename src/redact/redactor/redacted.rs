//! Redacted values.

use std::borrow::Cow;
use std::fmt;

use crate::redact::finding::Finding;

/// A value that a [`Redactor`](crate::redact::Redactor) has redacted.
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
#[derive(Clone)]
pub struct Redacted<T> {
    value: T,
    findings: Vec<Finding>,
}

impl<T> Redacted<T> {
    pub(crate) const fn new(value: T, findings: Vec<Finding>) -> Self {
        Self { value, findings }
    }

    /// Returns the findings in the order of the text, with spans in the input.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
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
    pub fn into_parts(self) -> (T, Vec<Finding>) {
        (self.value, self.findings)
    }
}

impl<T: AsRef<str>> Redacted<T> {
    /// Returns the redacted text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.value.as_ref()
    }
}

impl Redacted<Cow<'_, str>> {
    /// Returns the redacted text as an owned `String`.
    #[must_use]
    pub fn into_string(self) -> String {
        self.value.into_owned()
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redacted")
            .field("findings", &self.findings.len())
            .finish_non_exhaustive()
    }
}
