//! Building an executor.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::executor::{Executor, Parts, only_expires};
use super::hold_book::HoldBook;
use super::keeper::Keeper;
use super::stores::Stores;
use crate::Error;
use crate::audit::Identifier;
use crate::error::RetentionCause;
use crate::taxonomy::DataStore;

/// Builds an [`Executor`]; see [`Executor::builder`].
#[derive(Clone)]
pub struct ExecutorBuilder {
    actor: Identifier,
    book: HoldBook,
    stores: Option<Stores>,
    keepers: Vec<(DataStore, Arc<dyn Keeper>)>,
}

impl Executor {
    /// Begins an executor that acts as `actor`, looks holds up in `book`, and keeps how
    /// far orders have come in the same store and writes into the same log.
    #[must_use]
    pub const fn builder(book: HoldBook, actor: Identifier) -> ExecutorBuilder {
        ExecutorBuilder {
            actor,
            book,
            stores: None,
            keepers: Vec::new(),
        }
    }
}

impl ExecutorBuilder {
    /// Sets the declared stores, which are required.
    #[must_use]
    pub fn stores(mut self, stores: Stores) -> Self {
        self.stores = Some(stores);
        self
    }

    /// Sets the keeper of one store.
    #[must_use]
    pub fn keeper(mut self, store: DataStore, keeper: Arc<dyn Keeper>) -> Self {
        self.keepers.push((store, keeper));
        self
    }

    /// Builds the executor.
    ///
    /// # Errors
    /// `Config` where stores are missing, a store has neither a keeper nor an
    /// expiry, or a keeper has no declared store or one that only expires.
    pub fn build(self) -> Result<Executor, Error> {
        let undeclared = |what| Error::from(RetentionCause::Undeclared { what });
        let stores = self.stores.ok_or_else(|| undeclared("store of data"))?;
        let mut keepers = BTreeMap::new();
        for (name, keeper) in self.keepers {
            if stores.get(&name).is_none() {
                return Err(undeclared("store of a keeper").with_id(name.as_str()));
            }
            if only_expires(&name, &stores) {
                let problem = "has a keeper, and is declared to expire only";
                return Err(Error::from(RetentionCause::Store { problem }).with_id(name.as_str()));
            }
            if keepers.insert(name.clone(), keeper).is_some() {
                let error = Error::from(RetentionCause::Duplicate { what: "keeper" });
                return Err(error.with_id(name.as_str()));
            }
        }
        for store in stores.iter() {
            if store.expiry().is_none() && !keepers.contains_key(store.name()) {
                let error = undeclared("keeper of a store");
                return Err(error.with_id(store.name().as_str()));
            }
        }
        let parts = Parts {
            actor: self.actor,
            book: self.book,
            stores,
            keepers,
        };
        Ok(Executor {
            parts: Arc::new(parts),
        })
    }
}

impl fmt::Debug for ExecutorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutorBuilder")
            .field("stores", &self.stores)
            .field("keepers", &self.keepers.len())
            .finish_non_exhaustive()
    }
}
