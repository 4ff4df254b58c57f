//! A small ordered key-value store with atomic commits.
//!
//! Everything that this crate persists goes through [`Store`], so that one
//! backend, one backup and one test suite serve all of it. [`MemoryStore`] keeps
//! everything in this process and is for tests and for what may be lost.
#![cfg_attr(
    feature = "sqlite",
    doc = "[`SqliteStore`] keeps it in one file and is the default for one machine."
)]
#![cfg_attr(
    feature = "postgres",
    doc = "[`PostgresStore`] keeps it in a PostgreSQL database, for many machines."
)]
//! [`Store`] says what a backend promises. A suite of checks holds every backend to it,
//! including your own: the feature `store-conformance`.
//!
//! # Security
//! A store keeps what it is given, unchanged. Seal what must stay secret before you store
//! it. Tenants, collections and paths are not sealed, so use ids or keyed digests for them
//! and nothing personal.

mod batch;
#[cfg(any(test, feature = "store-conformance"))]
pub mod conformance;
mod key;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod range;
mod record;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod tests;
#[cfg(feature = "audit")]
mod tries;

pub use batch::{Batch, Change, Condition};
pub use key::RecordKey;
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresStore, PostgresStoreBuilder};
pub use range::Range;
pub use record::StoredRecord;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
#[cfg(feature = "audit")]
pub(crate) use tries::Tries;

use std::fmt;

use async_trait::async_trait;

use crate::Error;
use crate::pointer::for_pointers;

/// The most records that one [`scan`](Store::scan), and the most names that one
/// listing, returns.
pub const MAX_PAGE: usize = 10_000;

/// An ordered key-value store with atomic commits.
///
/// # Contract
/// * **Order.** Keys are ordered by tenant, collection and path, each bytewise,
///   the same in every backend.
/// * **Reads.** What a commit wrote is seen by every call that begins after it
///   returned, from any process. Each call sees the store at one moment: all of a
///   commit or nothing of it.
/// * **Commits** are atomic and happen one after the other: the conditions are
///   looked at and the changes made with no other commit in between. One that
///   fails leaves nothing behind. Once it has returned, its changes survive a
///   crash of the process and of the machine, in a store that is durable.
/// * **Revisions.** Every commit has a number of its own, from 1 on, that no
///   other commit of the store ever has. It is the revision of each record the
///   commit wrote, so a record that was deleted and created again has another
///   revision than before. A store that is put back from a backup is back at the
///   numbers of that time.
/// * **Tenants** are apart: a key names its tenant, and no scan and no range
///   crosses from one to another. Only [`tenants`](Self::tenants) goes over all.
/// * **Cancelling.** To drop the future of a commit does not undo the commit: it
///   may happen or not, but never in part.
/// * **Limits** are those of [`RecordKey`], [`Batch`] and [`MAX_PAGE`], the same in
///   every backend. What passes one is refused before anything happens.
///
/// # Errors
/// Of these kinds, besides [`Limit`](crate::ErrorKind::Limit) and
/// [`Config`](crate::ErrorKind::Config) for what may not be asked:
/// * [`Conflict`](crate::ErrorKind::Conflict): a condition of a commit does not
///   hold. Nothing was changed. Read again, and decide again.
/// * [`Store`](crate::ErrorKind::Store): the store failed, and nothing was
///   changed. The same call may be made again where the error
///   [is retryable](Error::is_retryable).
/// * [`InDoubt`](crate::ErrorKind::InDoubt): the store failed at the very end of
///   a commit, such as by a lost connection; all of it happened or nothing. To
///   resolve it, read a key of the batch: see below.
/// * [`Integrity`](crate::ErrorKind::Integrity): what is stored is damaged.
///
/// # A commit in doubt
/// Who cannot do without an answer writes, in each batch, something that only this
/// batch writes: a random id in a value, or a record of its own under a random
/// path with [`Condition::Absent`]. If it is there when the store can be read
/// again, the commit happened. If it is not, the same batch may be committed again;
/// should the first still be under way, its conditions let only one of the two
/// through.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// Returns the record under `key`, if there is one.
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error>;

    /// Returns the first `limit` records of `range`, in the order of their keys; fewer
    /// only where there are no more.
    ///
    /// All of them are in memory at once, so `limit` should fit their size.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where `limit` is more than [`MAX_PAGE`].
    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error>;

    /// Applies all of `batch` or nothing of it, and returns the number of the
    /// commit: the revision of what it wrote.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where a condition does not hold.
    async fn commit(&self, batch: Batch) -> Result<u64, Error>;

    /// Returns the first `limit` tenants that have any record, in order, from the one
    /// after `after` on; the empty tenant is one of them.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where `limit` is more than [`MAX_PAGE`].
    ///
    /// # Security
    /// It is for administration: nothing done for one tenant needs it.
    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error>;

    /// Returns the first `limit` collections of `tenant` that have any record, in
    /// order, from the one after `after` on.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where `limit` is more than [`MAX_PAGE`].
    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error>;
}

for_pointers! {
    #[async_trait]
    impl Store {
        async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
            (**self).get(key).await
        }

        async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
            (**self).scan(range, limit).await
        }

        async fn commit(&self, batch: Batch) -> Result<u64, Error> {
            (**self).commit(batch).await
        }

        async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
            (**self).tenants(after, limit).await
        }

        async fn collections(
            &self,
            tenant: &str,
            after: Option<&str>,
            limit: usize,
        ) -> Result<Vec<String>, Error> {
            (**self).collections(tenant, after, limit).await
        }
    }
}

/// Whether a page may be this long.
fn check_page(limit: usize) -> Result<(), Error> {
    if limit > MAX_PAGE {
        return Err(Error::limit("a page", MAX_PAGE as u64));
    }
    Ok(())
}
