//! The rewriting of one text: what replaces each finding.

use std::ops::Range;

#[cfg(feature = "json")]
use zeroize::Zeroizing;

use super::redactor::Redactor;
use crate::redact::finding::Finding;
use crate::redact::text::part_of_str;

/// A part of a text and its replacement.
pub(crate) struct Edit {
    pub(crate) span: Range<usize>,
    pub(crate) text: String,
    /// The finding behind the edit, with its span in the same text.
    pub(crate) finding: Option<Finding>,
}

#[cfg(feature = "json")]
impl Edit {
    /// Returns the edit of a text that has `by` more bytes before it.
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.start + by..self.span.end + by;
        if let Some(finding) = &mut self.finding {
            finding.start += by;
            finding.end += by;
        }
        self
    }
}

/// The form in which a text stands in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Plain text.
    Plain,
    /// The content of a JSON string or key.
    #[cfg(feature = "json")]
    String,
    /// A JSON number.
    #[cfg(feature = "json")]
    Number,
}

impl Form {
    /// Returns whether a text may stand for another one in this form.
    pub(crate) const fn is_text(self) -> bool {
        match self {
            Self::Plain => true,
            #[cfg(feature = "json")]
            Self::String => true,
            #[cfg(feature = "json")]
            Self::Number => false,
        }
    }

    /// Returns the form of a value that was learned in both forms.
    #[cfg(feature = "guard")]
    pub(crate) const fn merged(self, other: Self) -> Self {
        match (self, other) {
            (Self::Plain, form) | (form, Self::Plain) => form,
            (Self::Number, Self::Number) => Self::Number,
            (Self::String, _) | (_, Self::String) => Self::String,
        }
    }
}

/// The choice of replacements: by operators, or from a map.
pub(crate) trait Rewriter {
    /// Returns the edits of a text, in order and without overlaps. `findings` are in
    /// order, and their spans lie between characters.
    fn edits(
        &mut self,
        redactor: &Redactor,
        text: &str,
        findings: Vec<Finding>,
        form: Form,
    ) -> Vec<Edit>;

    /// Returns the number of values that the rewriter knows. If it grows, an earlier
    /// part of the same document may hold one of them.
    #[cfg(feature = "json")]
    fn known(&self) -> usize {
        0
    }

    /// Begins a document, whose texts follow.
    #[cfg(feature = "json")]
    fn begin(&mut self, _: &Redactor, _document: &dyn Fn() -> Zeroizing<String>) {}

    /// Ends a document that has changed to this one.
    #[cfg(feature = "json")]
    fn end(&mut self, _: &Redactor, _document: &dyn Fn() -> Zeroizing<String>) {}
}

/// Runs `redact`, and once more if the rewriter has learned values from it.
#[cfg(feature = "json")]
pub(crate) fn with_all_known<R>(
    rewriter: &mut dyn Rewriter,
    mut redact: impl FnMut(&mut dyn Rewriter) -> R,
) -> R {
    let known = rewriter.known();
    let redacted = redact(rewriter);
    if rewriter.known() == known {
        return redacted;
    }
    redact(rewriter)
}

/// Replacements by the operators of the redactor.
pub(crate) struct Operators;

impl Rewriter for Operators {
    fn edits(
        &mut self,
        redactor: &Redactor,
        text: &str,
        findings: Vec<Finding>,
        _: Form,
    ) -> Vec<Edit> {
        let edits = findings.into_iter().map(|finding| {
            let value = part_of_str(text, finding.span());
            let mut out = Vec::new();
            redactor
                .operator(&finding)
                .write(&finding, value.as_bytes(), &mut out);
            Edit {
                span: finding.span(),
                text: into_text(out),
                finding: Some(finding),
            }
        });
        edits.collect()
    }
}

/// Returns `text` with its edits applied.
pub(crate) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(part_of_str(text, done..edit.span.start));
        out.push_str(&edit.text);
        done = edit.span.end;
    }
    out.push_str(part_of_str(text, done..text.len()));
    out
}

/// Converts what operators wrote to text. They write text, so nothing is lost.
pub(crate) fn into_text(out: Vec<u8>) -> String {
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
