//! A store in this process.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;

use super::{Batch, Change, Condition, Range, RecordKey, Store, StoredRecord, check_page};
use crate::Error;
use crate::error::StoreCause;

/// A store in this process, which keeps nothing when the process ends.
///
/// It answers at once and needs no runtime. To share one, put it in an
/// [`Arc`](std::sync::Arc).
///
/// # Security
/// `Debug` shows how many records there are. Values are not wiped when they go.
///
/// # Example
/// ```
/// use confidant::store::{Batch, RecordKey, MemoryStore, Store};
/// use confidant::taxonomy::Tenant;
///
/// # pollster::block_on(async {
/// let store = MemoryStore::new();
/// let key = RecordKey::new(Tenant::new("acme"), "files", "a")?;
/// let revision = store.commit(Batch::new().put(key.clone(), b"one".to_vec())).await?;
/// let record = store.get(&key).await?.unwrap();
/// assert_eq!((record.value, record.revision), (b"one".to_vec(), revision));
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Default)]
pub struct MemoryStore {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    records: BTreeMap<RecordKey, Entry>,
    /// The number of the last commit.
    revision: u64,
}

struct Entry {
    value: Vec<u8>,
    revision: u64,
}

impl MemoryStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing panics while it holds the lock, so the state is whole whatever
    /// happened to a thread.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        let state = self.read();
        let entry = state.records.get(key);
        Ok(entry.map(|entry| entry.record(key)))
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        check_page(limit)?;
        let state = self.read();
        let found = state.within(range).take(limit);
        Ok(found.map(|(key, entry)| entry.record(key)).collect())
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        batch.check()?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.apply(batch)
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        check_page(limit)?;
        let state = self.read();
        let mut names: Vec<String> = Vec::new();
        while names.len() < limit {
            let last = names.last().map(String::as_str).or(after);
            let next = state.first_from(&last.map_or_else(String::new, after_name), "");
            let Some(key) = next else { break };
            names.push(key.tenant().to_owned());
        }
        Ok(names)
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        check_page(limit)?;
        let state = self.read();
        let mut names: Vec<String> = Vec::new();
        while names.len() < limit {
            let last = names.last().map(String::as_str).or(after);
            let next = state.first_from(tenant, &last.map_or_else(String::new, after_name));
            let Some(key) = next.filter(|key| key.tenant() == tenant) else {
                break;
            };
            names.push(key.collection().to_owned());
        }
        Ok(names)
    }
}

impl State {
    fn within(&self, range: &Range) -> impl Iterator<Item = (&RecordKey, &Entry)> {
        let start = RecordKey::unchecked(range.tenant(), range.collection_name(), range.start());
        self.records
            .range(start..)
            .take_while(|(key, _)| range.contains(key))
    }

    /// The first key whose tenant and collection are these or come after them.
    fn first_from(&self, tenant: &str, collection: &str) -> Option<&RecordKey> {
        let start = RecordKey::unchecked(tenant, collection, &[]);
        let mut rest = self
            .records
            .range((Bound::Included(start), Bound::Unbounded));
        rest.next().map(|(key, _)| key)
    }

    fn apply(&mut self, batch: Batch) -> Result<u64, Error> {
        for (at, (key, condition)) in batch.conditions().iter().enumerate() {
            let found = self.records.get(key).map(|entry| entry.revision);
            if !condition.holds(found) {
                return Err(StoreCause::Condition { number: at + 1 }.into());
            }
        }
        self.revision += 1;
        let revision = self.revision;
        let Batch {
            ranges, changes, ..
        } = batch;
        for range in &ranges {
            let keys: Vec<_> = self.within(range).map(|(key, _)| key.clone()).collect();
            for key in &keys {
                self.records.remove(key);
            }
        }
        for (key, change) in changes {
            match change {
                Change::Delete => {
                    self.records.remove(&key);
                }
                Change::Put(value) => {
                    self.records.insert(key, Entry { value, revision });
                }
            }
        }
        Ok(revision)
    }
}

impl Entry {
    fn record(&self, key: &RecordKey) -> StoredRecord {
        StoredRecord::new(key.clone(), self.value.clone(), self.revision)
    }
}

impl Condition {
    /// Whether it holds of a key under which a record of this revision lies.
    pub(super) fn holds(self, found: Option<u64>) -> bool {
        match self {
            Self::Absent => found.is_none(),
            Self::Revision(revision) => found == Some(revision),
        }
    }
}

/// The name that comes right after `name`.
fn after_name(name: &str) -> String {
    format!("{name}\0")
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = self.read().records.len();
        f.debug_struct("MemoryStore")
            .field("records", &records)
            .finish()
    }
}
