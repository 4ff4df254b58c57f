//! The inputs that a document is compiled against.

use serde::Deserialize;

use crate::Error;
use crate::decision::ClauseId;
use crate::taxonomy::RecordType;

/// What a product has promised and what it keeps: a document that does not carry every
/// promise, or does not declare every record type, does not compile.
///
/// # Example
/// ```
/// use confidant::policy::{Promise, PromiseClass, Requirements};
///
/// let deletion = Promise::new("CC-44", PromiseClass::Evaluated)?;
/// let requirements = Requirements::new().promise(deletion);
/// assert_eq!(requirements.promises().len(), 1);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Requirements {
    promises: Vec<Promise>,
    records: Vec<RecordType>,
    has_records: bool,
}

/// A promise, by its id, and what must stand behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    id: ClauseId,
    class: PromiseClass,
    text: Option<Box<str>>,
}

/// What must stand behind a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PromiseClass {
    /// This crate enforces it in its own code.
    Enforced,
    /// This crate evaluates it, and the product carries it out.
    Evaluated,
    /// It is a fact for the notice and the registers.
    Declared,
    /// It lies outside of the product, and a dated attestation backs it.
    Attested,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    class: String,
    #[serde(default)]
    promise: Option<String>,
}

impl Promise {
    /// Names a promise.
    ///
    /// # Errors
    /// The same as [`ClauseId::new`].
    pub fn new(id: &str, class: PromiseClass) -> Result<Self, Error> {
        Ok(Self {
            id: ClauseId::new(id)?,
            class,
            text: None,
        })
    }

    /// Reads a list of promises in JSON: objects with `id`, `class` (`E`, `V`, `D` or
    /// `A`) and optionally `promise`, its text. Other keys are passed over.
    ///
    /// # Errors
    /// `Config` where the text is no such list or an id is malformed.
    pub fn list_from_json(text: &str) -> Result<Vec<Self>, Error> {
        let listed: Vec<Listed> = serde_json::from_str(text).map_err(|_| {
            Error::config("list of promises is not JSON of objects with `id` and `class`")
        })?;
        let promises = listed.into_iter().map(|listed| {
            let class = PromiseClass::from_letter(&listed.class).ok_or_else(|| {
                Error::config("class of a promise is not one of `E`, `V`, `D`, `A`")
            })?;
            let mut promise = Self::new(&listed.id, class)?;
            // It stands on one line wherever it is shown.
            let one_line = |text: String| {
                let letters = text.chars();
                let letters = letters.map(|one| if one.is_control() { ' ' } else { one });
                letters.collect::<String>().into()
            };
            promise.text = listed.promise.map(one_line);
            Ok(promise)
        });
        promises.collect()
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> &ClauseId {
        &self.id
    }

    /// Returns what must stand behind it.
    #[must_use]
    pub const fn class(&self) -> PromiseClass {
        self.class
    }

    /// Returns the promise in words, where the list has them.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

impl PromiseClass {
    /// Returns the word for it, such as `enforced`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::Evaluated => "evaluated",
            Self::Declared => "declared",
            Self::Attested => "attested",
        }
    }

    fn from_letter(letter: &str) -> Option<Self> {
        Some(match letter {
            "E" => Self::Enforced,
            "V" => Self::Evaluated,
            "D" => Self::Declared,
            "A" => Self::Attested,
            _ => return None,
        })
    }
}

impl Requirements {
    /// Begins without any.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a promise, which a clause must carry.
    #[must_use]
    pub fn promise(mut self, promise: Promise) -> Self {
        self.promises.push(promise);
        self
    }

    /// Adds promises, each of which a clause must carry.
    #[must_use]
    pub fn promises_of(mut self, promises: impl IntoIterator<Item = Promise>) -> Self {
        self.promises.extend(promises);
        self
    }

    /// Lists the types of all records that the product keeps. Each must have a declared
    /// category and stores of that category, and each category that is stored must have
    /// a type.
    #[must_use]
    pub fn records(mut self, records: &[RecordType]) -> Self {
        self.records.extend_from_slice(records);
        self.has_records = true;
        self
    }

    /// Returns the promises.
    #[must_use]
    pub fn promises(&self) -> &[Promise] {
        &self.promises
    }

    /// Returns the record types, or nothing where they were not listed.
    pub(super) fn record_types(&self) -> Option<&[RecordType]> {
        self.has_records.then_some(self.records.as_slice())
    }
}
