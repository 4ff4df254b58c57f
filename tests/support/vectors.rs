//! Frozen vectors: what other implementations of the pages on formats wrote.

use confidant::store::{Batch, MemoryStore, RecordKey, Store};
use confidant::taxonomy::Tenant;
use serde_json::Value;

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The bytes of hexadecimal digits.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    let digits = text(value).as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
    digits.chunks(2).map(|two| pair(two).unwrap()).collect()
}

/// Writes a record of the tenant of the vectors.
pub(crate) async fn write(store: &MemoryStore, vectors: &Value, record: &Value) {
    let (tenant, collection) = (text(&vectors["tenant"]), text(&record["collection"]));
    let key = RecordKey::new(Tenant::new(tenant), collection, bytes(&record["path"])).unwrap();
    let batch = Batch::new().put(key, bytes(&record["value"]));
    store.commit(batch).await.unwrap();
}

/// A store with all records of the vectors, and more.
pub(crate) async fn store<'v>(
    vectors: &'v Value,
    more: impl IntoIterator<Item = &'v Value>,
) -> MemoryStore {
    let store = MemoryStore::new();
    for record in vectors["records"].as_array().unwrap().iter().chain(more) {
        write(&store, vectors, record).await;
    }
    store
}
