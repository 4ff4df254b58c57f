//! The tenants and collections of a store.

use super::{begin, clear, refused};
use crate::store::{Batch, MAX_PAGE, RecordKey, Store};
use crate::{Error, ErrorKind};

/// Tenants and collections are listed in order and in pages, as long as they have
/// a record.
///
/// # Errors
/// Those of the store.
///
/// # Panics
/// Where the store is not empty, or breaks the contract.
pub async fn names(store: &dyn Store) -> Result<(), Error> {
    begin(store).await?;
    assert!(store.collections("", None, 10).await?.is_empty());
    let tenants = ["", "\0", "B", "a", "a\0", "aa", "é"];
    let collections = ["\0", "x", "x\0", "xx", "y"];
    let mut batch = Batch::new();
    for tenant in tenants {
        for collection in collections {
            for path in ["", "1"] {
                batch = batch.put(RecordKey::new(tenant, collection, path)?, Vec::new());
            }
        }
    }
    store.commit(batch).await?;
    for limit in [0, 1, 3, MAX_PAGE] {
        for after in [None]
            .into_iter()
            .chain(tenants.map(Some))
            .chain([Some("zz")])
        {
            let found = store.tenants(after, limit).await?;
            assert_eq!(found, page(&tenants, after, limit));
        }
        for after in [None].into_iter().chain(collections.map(Some)) {
            for tenant in tenants {
                let found = store.collections(tenant, after, limit).await?;
                assert_eq!(found, page(&collections, after, limit));
            }
            let found = store.collections("nobody", after, limit).await?;
            assert!(found.is_empty());
        }
    }
    refused(store.tenants(None, MAX_PAGE + 1).await, ErrorKind::Limit);
    refused(
        store.collections("a", None, MAX_PAGE + 1).await,
        ErrorKind::Limit,
    );

    let mut batch = Batch::new();
    for collection in collections {
        for path in ["", "1"] {
            batch = batch.delete(RecordKey::new("a", collection, path)?);
        }
    }
    store.commit(batch).await?;
    let left = store.tenants(None, MAX_PAGE).await?;
    assert!(!left.iter().any(|name| name == "a"));
    assert!(store.collections("a", None, 1).await?.is_empty());
    clear(store).await
}

fn page(names: &[&str], after: Option<&str>, limit: usize) -> Vec<String> {
    let later = names
        .iter()
        .filter(|name| after.is_none_or(|after| **name > after));
    later.take(limit).map(|name| (*name).to_owned()).collect()
}
