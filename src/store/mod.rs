//! A small ordered key-value store with atomic commits.
//!
//! Everything that this crate persists goes through [`Store`], so that one
//! backend, one backup and one test suite serve all of it.

mod batch;
mod key;

pub use batch::{Batch, Change, Condition};
pub use key::{Key, Range};

use std::fmt;

use async_trait::async_trait;

use crate::Error;

/// A value, and the revision under which it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The key it lies under.
    pub key: Key,
    /// The bytes.
    pub value: Vec<u8>,
    /// Changes with every commit that writes this key, and is never used again
    /// for it: what a [`Condition::Revision`] compares.
    pub revision: u64,
}

/// An ordered key-value store with atomic commits.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// The record under `key`, if there is one.
    async fn get(&self, key: &Key) -> Result<Option<Record>, Error>;

    /// Up to `limit` records of `range`, in the order of their keys.
    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<Record>, Error>;

    /// Applies all of `batch` or nothing of it: when it returns, what was
    /// written survives a crash.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where a condition does not hold.
    async fn commit(&self, batch: Batch) -> Result<(), Error>;
}
