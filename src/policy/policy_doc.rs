//! A policy document that was read.

use std::fmt;

use serde_json::Value;

use super::canonical;
use super::document::Document;
use super::fault::Faults;
use super::source::{Removed, Source, Syntax, read};
use crate::Error;

/// A policy document as its authors wrote it, in TOML or JSON.
///
/// Reading fails where the text is no TOML or JSON at all. Everything else that is wrong
/// is kept, and [`faults`](Self::faults) and [`compile`](Self::compile) report it all at
/// once, with lines and columns.
///
/// # Example
/// ```
/// use confidant::policy::{FaultCode, PolicyDoc};
///
/// let doc = PolicyDoc::from_toml("[purpose.training]\nverdikt = 'prohibited'\n")?;
/// let faults = doc.faults();
/// let unknown = faults.iter().find(|fault| fault.code() == FaultCode::UnknownKey);
/// assert_eq!(unknown.map(|fault| (fault.line(), fault.column())), Some((2, 1)));
/// # Ok::<(), confidant::policy::Faults>(())
/// ```
#[derive(Clone)]
pub struct PolicyDoc {
    pub(super) document: Document,
    pub(super) source: Source,
    pub(super) removed: Vec<Removed>,
    /// Whether reading gave up, so that the document cannot be checked further.
    pub(super) unread: bool,
}

impl PolicyDoc {
    /// The most bytes of a document: 4 MiB.
    pub const MAX_LEN: usize = super::source::MAX_DOCUMENT;

    /// Reads a document in TOML.
    ///
    /// # Errors
    /// Where the text is no TOML, has a key twice in one table, or passes
    /// [`MAX_LEN`](Self::MAX_LEN).
    pub fn from_toml(text: &str) -> Result<Self, Faults> {
        Source::parse(text, Syntax::Toml).map(Self::of)
    }

    /// Reads a document in JSON, with the same keys.
    ///
    /// # Errors
    /// Where the text is no JSON, has a key twice in one object, or passes
    /// [`MAX_LEN`](Self::MAX_LEN).
    pub fn from_json(text: &str) -> Result<Self, Faults> {
        Source::parse(text, Syntax::Json).map(Self::of)
    }

    fn of(mut source: Source) -> Self {
        let (document, removed) = read(&mut source.root);
        Self {
            unread: document.is_none(),
            document: document.unwrap_or_default(),
            source,
            removed,
        }
    }

    /// Returns the document in canonical JSON (RFC 8785): what its digest is taken of.
    /// An empty list counts as missing, a missing flag as false, and the language that
    /// the document was written in does not count.
    ///
    /// # Errors
    /// `Config` where a number is larger than 2^53.
    pub fn canonical_json(&self) -> Result<String, Error> {
        canonical::to_text(&self.value()?)
    }

    /// Returns the SHA-256 digest of [`canonical_json`](Self::canonical_json), by which
    /// decisions and log entries name this version of the policy.
    ///
    /// # Errors
    /// The same as [`canonical_json`](Self::canonical_json).
    pub fn digest(&self) -> Result<[u8; 32], Error> {
        canonical::digest(&self.value()?)
    }

    fn value(&self) -> Result<Value, Error> {
        let value = serde_json::to_value(&self.document);
        let mut value = value.map_err(|_| Error::config("policy document has no form in JSON"))?;
        strip(&mut value);
        Ok(value)
    }
}

/// Removes what says nothing: null and empty arrays.
fn strip(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.values_mut().for_each(strip);
            entries.retain(|_, value| match value {
                Value::Null => false,
                Value::Array(values) => !values.is_empty(),
                _ => true,
            });
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}

impl fmt::Debug for PolicyDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyDoc")
            .field(
                "clauses",
                &super::document::all_clauses(&self.document).len(),
            )
            .field("faults", &self.removed.len())
            .finish_non_exhaustive()
    }
}
