//! What every [`Store`] must hold, as checks that a backend's tests run.
//!
//! It is in the library, behind the feature `store-conformance`, so that a backend
//! from elsewhere is held to the very checks that hold those of this crate. The
//! checks need no runtime of their own and run on whichever the backend needs.
//!
//! Each check takes an empty store that nobody else uses, and leaves it empty. A store that
//! is not empty makes it panic before it writes anything: the checks delete all that a store
//! holds. It also panics where the store breaks the contract, and returns the error where
//! the store fails.
//!
//! # Example
//! ```
//! use confidant::store::{MemoryStore, conformance};
//!
//! # pollster::block_on(async {
//! conformance::all(&MemoryStore::new()).await
//! # }).unwrap();
//! ```

mod commits;
mod concurrency;
mod join;
mod names;
mod random;
mod records;

pub use commits::{commits, limits};
pub use concurrency::concurrency;
pub use names::names;
pub use random::random;
pub use records::records;

use super::{Batch, MAX_PAGE, Range, RecordKey, Store, StoredRecord};
use crate::{Error, ErrorKind};

/// All checks of this module, one after the other.
///
/// # Errors
/// Those of the store.
///
/// # Panics
/// Where the store is not empty, or breaks the contract.
pub async fn all(store: &dyn Store) -> Result<(), Error> {
    records(store).await?;
    names(store).await?;
    commits(store).await?;
    limits(store).await?;
    concurrency(store).await?;
    for seed in 1..=4 {
        random(store, seed, 100).await?;
    }
    Ok(())
}

/// The tenant of most checks.
const TENANT: &str = "conformance";

fn key(path: impl AsRef<[u8]>) -> Result<RecordKey, Error> {
    RecordKey::new(TENANT, "checks", path)
}

fn collection() -> Result<Range, Error> {
    Range::collection(TENANT, "checks")
}

fn put(key: &RecordKey, value: impl Into<Vec<u8>>) -> Batch {
    Batch::new().put(key.clone(), value.into())
}

/// All records of the range, in pages that do not go evenly into what the checks
/// write.
async fn everything(store: &dyn Store, mut range: Range) -> Result<Vec<StoredRecord>, Error> {
    let mut records = Vec::new();
    loop {
        let page = store.scan(&range, 7).await?;
        let Some(last) = page.last() else {
            return Ok(records);
        };
        range = range.after(last.key.path());
        records.extend(page);
    }
}

/// Refuses a store that holds something, which the checks would delete.
async fn begin(store: &dyn Store) -> Result<(), Error> {
    assert!(
        store.tenants(None, 1).await?.is_empty(),
        "the store is not empty: the checks delete all that it holds"
    );
    Ok(())
}

/// Empties the whole store.
async fn clear(store: &dyn Store) -> Result<(), Error> {
    for tenant in store.tenants(None, MAX_PAGE).await? {
        let mut batch = Batch::new();
        for collection in store.collections(&tenant, None, MAX_PAGE).await? {
            batch = batch.delete_range(Range::collection(&tenant, &collection)?);
        }
        store.commit(batch).await?;
    }
    assert!(
        store.tenants(None, 1).await?.is_empty(),
        "a store whose collections were emptied has tenants"
    );
    Ok(())
}

fn refused<T>(result: Result<T, Error>, kind: ErrorKind) {
    assert_eq!(
        result.err().map(|error| error.kind()),
        Some(kind),
        "what may not be asked is refused by its kind"
    );
}
