//! Everything that holds data, declared.

use std::collections::BTreeSet;

use super::clause::Categories;
use crate::Error;
use crate::error::RetentionCause;
use crate::taxonomy::{DataCategory, DataStore, Processor, RecordType};
use crate::time::Period;

/// What sort of place holds data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StoreKind {
    /// The database that the product works on, or one of them.
    Primary,
    /// A copy that follows another store.
    Replica,
    /// Copies that are kept to put a store back.
    Backup,
    /// Embeddings and what finds them.
    VectorIndex,
    /// A full-text or other index.
    SearchIndex,
    /// A cache of the product.
    Cache,
    /// Logs and traces.
    Log,
    /// What a model was trained or tuned on, and the model.
    TrainingSet,
    /// Responses that a provider keeps.
    ProviderResponses,
    /// Files that were uploaded to a provider.
    ProviderFiles,
    /// Batches that a provider worked on, with their results.
    ProviderBatches,
    /// Prompts that a provider caches.
    ProviderCache,
    /// Any other place.
    Other,
}

/// One place that holds data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredStore {
    name: DataStore,
    kind: StoreKind,
    categories: Categories,
    processor: Option<Processor>,
    expires_within: Option<Period>,
}

/// All places that hold data. An erasure has a task for each of them that may hold its
/// category.
///
/// # Example
/// ```
/// use confidant::retention::{DeclaredStore, StoreKind, Stores};
/// use confidant::taxonomy::{DataCategory, DataStore};
/// use confidant::time::Period;
///
/// let stores = Stores::new(vec![
///     DeclaredStore::new(DataStore::new("primary")?, StoreKind::Primary),
///     DeclaredStore::new(DataStore::new("backup")?, StoreKind::Backup)
///         .expires_within(Period::days(35)),
/// ])?;
/// assert_eq!(stores.holding(&DataCategory::new("chat")?).count(), 2);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stores {
    /// Ordered by their names.
    all: Vec<DeclaredStore>,
}

impl DeclaredStore {
    /// Declares a place that may hold data of all categories.
    #[must_use]
    pub const fn new(name: DataStore, kind: StoreKind) -> Self {
        Self {
            name,
            kind,
            categories: Categories::All,
            processor: None,
            expires_within: None,
        }
    }

    /// Says that it holds data of these categories alone.
    #[must_use]
    pub fn categories(mut self, categories: impl Into<Categories>) -> Self {
        self.categories = categories.into();
        self
    }

    /// Says that a processor holds it, which owes the deletion.
    #[must_use]
    pub fn processor(mut self, processor: Processor) -> Self {
        self.processor = Some(processor);
        self
    }

    /// Declares that everything in it expires on its own within that period of being erased
    /// elsewhere, as in backups that are written over in turn: an erasure records by
    /// when, and asks nobody.
    #[must_use]
    pub const fn expires_within(mut self, period: Period) -> Self {
        self.expires_within = Some(period);
        self
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(&self) -> &DataStore {
        &self.name
    }

    /// Returns what sort of place it is.
    #[must_use]
    pub const fn kind(&self) -> StoreKind {
        self.kind
    }

    /// Returns the processor that holds it, if it is not the product itself.
    #[must_use]
    pub const fn held_by(&self) -> Option<&Processor> {
        self.processor.as_ref()
    }

    /// Returns the period within which everything in it expires on its own, if it does.
    #[must_use]
    pub const fn expiry(&self) -> Option<Period> {
        self.expires_within
    }

    /// Returns whether it may hold data of a category.
    #[must_use]
    pub fn holds(&self, category: &DataCategory) -> bool {
        self.categories.contains(category)
    }
}

impl Stores {
    /// The most stores.
    pub const MAX: usize = 1_024;

    /// Declares all of them.
    ///
    /// # Errors
    /// `Config` where there is none or two have one name, `Limit` for more than
    /// [`MAX`](Self::MAX).
    pub fn new(mut all: Vec<DeclaredStore>) -> Result<Self, Error> {
        if all.is_empty() {
            let what = "store of data";
            return Err(RetentionCause::Undeclared { what }.into());
        }
        if all.len() > Self::MAX {
            return Err(Error::limit("number of stores", Self::MAX as u64));
        }
        all.sort_by(|one, other| one.name.cmp(&other.name));
        let mut names = BTreeSet::new();
        for store in &all {
            if !names.insert(&store.name) {
                let error = Error::from(RetentionCause::Duplicate { what: "data store" });
                return Err(error.with_id(store.name.as_str()));
            }
        }
        Ok(Self { all })
    }

    /// Returns them in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &DeclaredStore> {
        self.all.iter()
    }

    /// Returns those that may hold data of a category, or of one below it, which belongs to
    /// it.
    pub fn holding(&self, category: &DataCategory) -> impl Iterator<Item = &DeclaredStore> {
        let all = self.all.iter();
        all.filter(|store| store.categories.touches(category))
    }

    /// Returns the store of that name.
    #[must_use]
    pub fn get(&self, name: &DataStore) -> Option<&DeclaredStore> {
        let index = self
            .all
            .binary_search_by(|store| store.name.cmp(name))
            .ok()?;
        self.all.get(index)
    }

    /// Makes sure that every store that a record type names is declared, for data of its
    /// category.
    ///
    /// # Errors
    /// `Config` for the first that is not, with its name.
    pub fn check(&self, types: &[RecordType]) -> Result<(), Error> {
        for kept in types {
            let category = kept.category()?;
            for name in kept.stores()? {
                let declared = self.get(&name);
                if declared.is_none_or(|store| !store.holds(&category)) {
                    let what = "store that a record type names";
                    let error = Error::from(RetentionCause::Undeclared { what });
                    return Err(error.with_id(name.as_str()));
                }
            }
        }
        Ok(())
    }
}
