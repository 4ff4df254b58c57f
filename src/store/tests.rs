//! The store in memory, held to the suite and to a store that is a list.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::taxonomy::Tenant;

#[test]
fn conformance_memory() {
    pollster::block_on(conformance::all(&MemoryStore::new())).unwrap();
}

#[test]
fn conformance_behind_a_pointer() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    pollster::block_on(conformance::all(&store)).unwrap();
}

#[test]
fn debug_shows_no_content() {
    pollster::block_on(async {
        let store = MemoryStore::new();
        let key = RecordKey::new(Tenant::new("acme"), "files", "hunter2").unwrap();
        store
            .commit(Batch::new().put(key.clone(), b"hunter2".to_vec()))
            .await
            .unwrap();
        assert_eq!(format!("{store:?}"), "MemoryStore { records: 1 }");
        let record = store.get(&key).await.unwrap().unwrap();
        assert_eq!(
            format!("{record:?}"),
            "StoredRecord { key: RecordKey { tenant_bytes: 4, collection: \"files\", path_bytes: 7 }, \
             value_bytes: 7, revision: 1 }"
        );
    });
}

/// All that a store is, with nothing clever: what [`MemoryStore`] is held to, and
/// it in turn is what the suite holds the others to.
#[derive(Default)]
struct List {
    records: Vec<StoredRecord>,
    commits: u64,
}

impl List {
    fn commit(&mut self, batch: &Batch) -> Option<u64> {
        for (key, condition) in batch.conditions() {
            let found = self.records.iter().find(|record| record.key == *key);
            let holds = match condition {
                Condition::Absent => found.is_none(),
                Condition::Revision(revision) => found.is_some_and(|r| r.revision == *revision),
            };
            if !holds {
                return None;
            }
        }
        self.commits += 1;
        for range in batch.ranges() {
            self.records.retain(|record| !range.contains(&record.key));
        }
        for (key, change) in batch.changes() {
            self.records.retain(|record| record.key != *key);
            if let Change::Put(value) = change {
                let record = StoredRecord::new(key.clone(), value.clone(), self.commits);
                self.records.push(record);
            }
        }
        self.records.sort_by(|a, b| a.key.cmp(&b.key));
        Some(self.commits)
    }

    fn scan(&self, range: &Range, limit: usize) -> Vec<StoredRecord> {
        let found = self
            .records
            .iter()
            .filter(|record| range.contains(&record.key));
        found.take(limit).cloned().collect()
    }
}

fn keys() -> impl Strategy<Value = RecordKey> {
    let path = prop::collection::vec(prop_oneof![Just(0), Just(b'a'), Just(0xff)], 0..3);
    ("[a\\x00]{0,2}", "[c\\x00]{1,2}", path).prop_map(|(tenant, collection, path)| {
        RecordKey::new(Tenant::new(&tenant), &collection, path).unwrap()
    })
}

fn ranges() -> impl Strategy<Value = Range> {
    (keys(), 0..5).prop_map(|(key, which)| {
        let range = Range::collection(Tenant::new(key.tenant()), key.collection()).unwrap();
        match which {
            0 => range,
            1 => range.prefix(key.path()),
            2 => range.from(key.path()),
            3 => range.after(key.path()),
            _ => range.until(key.path()),
        }
    })
}

fn batches() -> impl Strategy<Value = Batch> {
    let condition = prop_oneof![
        Just(Condition::Absent),
        (0..8_u64).prop_map(Condition::Revision)
    ];
    let change = prop_oneof![
        Just(Change::Delete),
        prop::collection::vec(any::<u8>(), 0..3).prop_map(Change::Put)
    ];
    (
        prop::collection::btree_map(keys(), condition, 0..2),
        prop::collection::vec(ranges(), 0..2),
        prop::collection::btree_map(keys(), change, 0..4),
    )
        .prop_map(|(conditions, ranges, changes)| Batch {
            conditions: conditions.into_iter().collect(),
            ranges,
            changes: changes.into_iter().collect(),
        })
}

proptest! {
    #[test]
    fn memory_answers_as_a_list_does(
        steps in prop::collection::vec((batches(), ranges(), 0..5_usize), 1..20)
    ) {
        let (store, mut list) = (MemoryStore::new(), List::default());
        for (batch, range, limit) in steps {
            let expected = list.commit(&batch);
            let answered = pollster::block_on(store.commit(batch)).ok();
            prop_assert_eq!(answered, expected);
            let found = pollster::block_on(store.scan(&range, limit)).unwrap();
            prop_assert_eq!(found, list.scan(&range, limit));
        }
        let mut tenants: Vec<_> = list.records.iter().map(|r| r.key.tenant().to_owned()).collect();
        tenants.dedup();
        prop_assert_eq!(pollster::block_on(store.tenants(None, 100)).unwrap(), tenants);
    }
}
