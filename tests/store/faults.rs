//! The store that fails on purpose, and how to live with a commit in doubt.

use confidant::ErrorKind;
use confidant::store::{Batch, Condition, MemoryStore, RecordKey, Store};

use crate::support::fault::{Fault, FaultStore};
use confidant::taxonomy::Tenant;

fn key(path: &str) -> RecordKey {
    RecordKey::new(Tenant::new("acme"), "faults", path).unwrap()
}

#[test]
fn a_fault_fails_one_commit_and_no_other() {
    pollster::block_on(async {
        for (fault, kind, happened) in [
            (Fault::Refused, ErrorKind::Store, false),
            (Fault::LostBefore, ErrorKind::InDoubt, false),
            (Fault::LostAfter, ErrorKind::InDoubt, true),
        ] {
            let store = FaultStore::new(MemoryStore::new()).fail(1, fault);
            for (at, path) in ["a", "b", "c"].into_iter().enumerate() {
                let result = store.commit(Batch::new().put(key(path), vec![])).await;
                let expected = (at == 1).then_some(kind);
                assert_eq!(result.err().map(|error| error.kind()), expected);
                let found = store.get(&key(path)).await.unwrap();
                assert_eq!(found.is_some(), at != 1 || happened);
            }
            assert_eq!(store.commits(), 3);
            store.set_down(true);
            assert!(store.get(&key("a")).await.unwrap_err().is_retryable());
            store.set_down(false);
            assert!(store.get(&key("a")).await.unwrap().is_some());
        }
    });
}

/// As the contract says: a record of its own tells whether a commit happened, and
/// lets it happen once only.
#[test]
fn a_commit_in_doubt_can_be_resolved() {
    pollster::block_on(async {
        for fault in [Fault::LostBefore, Fault::LostAfter] {
            let store = FaultStore::new(MemoryStore::new()).fail(0, fault);
            let mark = key("mark of this one commit");
            let batch = Batch::new()
                .require(mark.clone(), Condition::Absent)
                .put(mark.clone(), vec![])
                .put(key("balance"), vec![1]);
            let error = store.commit(batch.clone()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InDoubt);
            assert!(!error.is_retryable());
            let happened = store.get(&mark).await.unwrap().is_some();
            assert_eq!(happened, fault == Fault::LostAfter);
            let again = store.commit(batch).await;
            assert_eq!(again.is_ok(), !happened);
            assert!(store.get(&key("balance")).await.unwrap().is_some());
        }
    });
}
