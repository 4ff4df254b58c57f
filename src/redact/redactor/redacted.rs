//! A value that has been through a redactor.

use std::borrow::Cow;
use std::fmt;

use crate::redact::finding::Finding;

/// A value that has been through a [`Redactor`](crate::redact::Redactor).
///
/// Only a redactor makes one, so a sink that takes `Redacted<T>` cannot be given
/// text that was never scanned. `Debug` shows the number of findings and no text.
#[derive(Clone)]
pub struct Redacted<T> {
    value: T,
    findings: Vec<Finding>,
}

impl<T> Redacted<T> {
    pub(crate) const fn new(value: T, findings: Vec<Finding>) -> Self {
        Self { value, findings }
    }

    /// What was found, in the order of the text, with spans into the input.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing was found.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The redacted value.
    #[must_use]
    pub const fn get_ref(&self) -> &T {
        &self.value
    }

    /// Takes the redacted value out.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Takes the redacted value and the findings out.
    #[must_use]
    pub fn into_parts(self) -> (T, Vec<Finding>) {
        (self.value, self.findings)
    }
}

impl<T: AsRef<str>> Redacted<T> {
    /// The redacted text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.value.as_ref()
    }
}

impl Redacted<Cow<'_, str>> {
    /// The redacted text as a `String` of its own.
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
