//! Building a sweeper.

use std::fmt;
use std::sync::Arc;

use super::brakes::Brakes;
use super::found::ReadRecord;
use super::history::History;
use super::hold_book::HoldBook;
use super::sweeper::{Collection, Parts, Sweeper};
use crate::Error;
use crate::audit::Identifier;
use crate::error::RetentionCause;
use crate::store::Range;
use crate::taxonomy::Tenant;

/// Begins with [`Sweeper::builder`].
#[derive(Clone)]
pub struct SweeperBuilder {
    name: Identifier,
    actor: Option<Identifier>,
    book: HoldBook,
    history: Option<History>,
    brakes: Brakes,
    collections: Vec<Collection>,
}

impl Sweeper {
    /// Begins a sweeper of that name, which looks holds up in `book`, and sweeps the same
    /// store and writes into the same log: that is what lets no deletion slip past a
    /// hold. The name is that of its runs; of two at the same time one fails.
    #[must_use]
    pub fn builder(name: Identifier, book: HoldBook) -> SweeperBuilder {
        SweeperBuilder {
            name,
            actor: None,
            book,
            history: None,
            brakes: Brakes::default(),
            collections: Vec::new(),
        }
    }
}

impl SweeperBuilder {
    /// Sets who acts, as the log shows it; the name of the sweeper otherwise.
    #[must_use]
    pub fn actor(mut self, actor: Identifier) -> Self {
        self.actor = Some(actor);
        self
    }

    /// Sets the schedule, with all its versions. It must be said.
    #[must_use]
    pub fn history(mut self, history: History) -> Self {
        self.history = Some(history);
        self
    }

    /// Sets the brakes; those of [`Brakes::default`] otherwise.
    #[must_use]
    pub const fn brakes(mut self, brakes: Brakes) -> Self {
        self.brakes = brakes;
        self
    }

    /// Adds the records of a collection, of every tenant, whose path begins with `prefix`
    /// and which `reader` reads.
    ///
    /// # Errors
    /// `Config` and `Limit` where that is no name of a collection.
    pub fn collection(
        mut self,
        name: &str,
        prefix: &[u8],
        reader: Arc<dyn ReadRecord>,
    ) -> Result<Self, Error> {
        Range::collection(Tenant::NONE, name)?;
        self.collections.push(Collection {
            name: name.into(),
            prefix: prefix.into(),
            reader,
        });
        Ok(self)
    }

    /// Builds the sweeper.
    ///
    /// # Errors
    /// `Config` where the schedule or a collection is missing, or the name is a digest.
    pub fn build(self) -> Result<Sweeper, Error> {
        let undeclared = |what| Error::from(RetentionCause::Undeclared { what });
        if self.collections.is_empty() {
            return Err(undeclared("collection"));
        }
        if self.name.as_str().is_none() {
            return Err(undeclared("plain name of the sweeper"));
        }
        let parts = Parts {
            actor: self.actor.unwrap_or_else(|| self.name.clone()),
            name: self.name,
            book: self.book,
            history: self.history.ok_or_else(|| undeclared("schedule"))?,
            brakes: self.brakes,
            collections: self.collections,
        };
        Ok(Sweeper {
            parts: Arc::new(parts),
        })
    }
}

impl fmt::Debug for SweeperBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SweeperBuilder")
            .field("name", &self.name)
            .field("collections", &self.collections.len())
            .finish_non_exhaustive()
    }
}
