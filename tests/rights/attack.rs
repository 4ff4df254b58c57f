//! Somebody who can write to the store, and has no key.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::Log;
use confidant::consent::LedgerKey;
use confidant::rights::{Import, Register, Step};
use confidant::store::{Batch, Key, MAX_PAGE, MemoryStore, Range, Record, Store};
use pollster::block_on;

use super::{TENANT, caller, clause, deletion, id, kind, register, rules, subject};

async fn all(store: &MemoryStore, name: &str) -> Vec<Record> {
    let range = Range::collection(TENANT, &format!("confidant.rights.{name}")).unwrap();
    store.scan(&range, MAX_PAGE).await.unwrap()
}

async fn write(store: &MemoryStore, key: &Key, value: &[u8]) {
    store
        .commit(Batch::new().put(key.clone(), value.to_vec()))
        .await
        .unwrap();
}

async fn scene() -> (Arc<MemoryStore>, Register) {
    let store = Arc::new(MemoryStore::new());
    let register = register(Arc::clone(&store) as _, Log::in_memory().unwrap());
    let me = caller("setup");
    for (number, name) in [(1, "jo"), (2, "al")] {
        let person = subject(name);
        register
            .open(&me, TENANT, &person, deletion(), Some(id(number)))
            .await
            .unwrap();
        let correct = register.correct(&me, TENANT, &person, "name", b"x", "subject", None);
        correct.await.unwrap();
    }
    (store, register)
}

#[test]
fn a_request_that_is_changed_or_moved_is_noticed() {
    block_on(async {
        let (store, register) = scene().await;
        let records = all(&store, "request").await;
        let [one, other] = &records[..] else {
            panic!("there are two");
        };
        let noticed = async |name: &str| {
            let damaged = Some(ErrorKind::Integrity);
            assert_eq!(kind(register.get(TENANT, id(1)).await), damaged, "{name}");
            let step = register
                .take(&caller("x"), TENANT, id(1), &rules(), Step::Withdraw)
                .await;
            assert_eq!(kind(step), damaged, "{name}");
            let listed = register.requests_of(TENANT, &subject("jo")).await;
            assert_eq!(kind(listed), damaged, "{name}");
            assert_eq!(
                kind(register.open_requests(TENANT, None).await),
                damaged,
                "{name}"
            );
        };
        for index in 0..one.value.len() {
            let mut changed = one.value.clone();
            changed[index] ^= 1;
            write(&store, &one.key, &changed).await;
            assert_eq!(
                kind(register.get(TENANT, id(1)).await),
                Some(ErrorKind::Integrity)
            );
        }
        write(&store, &one.key, &other.value).await;
        noticed("the request of somebody else").await;
        write(&store, &one.key, &one.value[..one.value.len() - 1]).await;
        noticed("a request that is cut").await;
        write(&store, &one.key, &[&one.value[..], &[0]].concat()).await;
        noticed("a request that is longer").await;
        write(&store, &one.key, &one.value).await;
        assert!(register.get(TENANT, id(1)).await.unwrap().is_some());
    });
}

#[test]
fn an_entry_of_the_index_that_is_moved_shows_nobody_anything() {
    block_on(async {
        let (store, register) = scene().await;
        let index = all(&store, "subject").await;
        let jo = register.requests_of(TENANT, &subject("jo")).await.unwrap();
        let is_jo = |record: &&Record| record.key.path()[32..] == *jo[0].id().as_bytes();
        let mine = index.iter().find(is_jo).unwrap();
        let other = index.iter().find(|record| !is_jo(record)).unwrap();
        let path = [&mine.key.path()[..32], &other.key.path()[32..]].concat();
        let key = Key::new(TENANT, mine.key.collection(), path).unwrap();
        write(&store, &key, &[1]).await;
        let listed = register.requests_of(TENANT, &subject("jo")).await;
        assert_eq!(kind(listed), Some(ErrorKind::Integrity));
    });
}

#[test]
fn a_correction_that_is_changed_or_moved_imports_nothing() {
    block_on(async {
        let (store, register) = scene().await;
        let records = all(&store, "correction").await;
        let may = async || {
            let import = Import::new("name", b"old");
            register
                .may_import(TENANT, &subject("jo"), import, &clause("c"))
                .await
        };
        assert!(!may().await.unwrap().is_allow());
        let owner = async |record: &Record| {
            let mut changed = record.value.clone();
            changed[5] ^= 1;
            write(&store, &record.key, &changed).await;
            let hit = may().await.is_err();
            write(&store, &record.key, &record.value).await;
            hit
        };
        let (mine, other) = if owner(&records[0]).await {
            (&records[0], &records[1])
        } else {
            (&records[1], &records[0])
        };
        for index in 0..mine.value.len() {
            let mut changed = mine.value.clone();
            changed[index] ^= 1;
            write(&store, &mine.key, &changed).await;
            assert_eq!(
                kind(may().await),
                Some(ErrorKind::Integrity),
                "byte {index}"
            );
        }
        write(&store, &mine.key, &other.value).await;
        assert_eq!(kind(may().await), Some(ErrorKind::Integrity));
    });
}

#[test]
fn another_key_reads_nothing() {
    block_on(async {
        let (store, _) = scene().await;
        let other = LedgerKey::generate().unwrap();
        let other = Register::new(store, other, Log::in_memory().unwrap());
        assert_eq!(
            kind(other.get(TENANT, id(1)).await),
            Some(ErrorKind::Integrity)
        );
        assert!(
            other
                .requests_of(TENANT, &subject("jo"))
                .await
                .unwrap()
                .is_empty()
        );
    });
}
