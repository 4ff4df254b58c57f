//! The frozen records, which another implementation of the page on formats wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::Outcome as Logged;
use confidant::retention::{Brakes, Hold, HoldBook, Selector};
use confidant::store::{Batch, MemoryStore, RecordKey, Store};
use confidant::taxonomy::{Subject, Tenant};
use pollster::block_on;
use serde_json::Value;

use super::sweep::sweeper;
use super::world::{World, entries, executor, log_key, now, open_log, order};
use super::{at, category, hold_id, person, reason};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/retention/v1.json")).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap().as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
    digits.chunks(2).map(|two| pair(two).unwrap()).collect()
}

fn key(record: &Value) -> RecordKey {
    let (tenant, collection) = (&record["tenant"], &record["collection"]);
    let (tenant, collection) = (tenant.as_str().unwrap(), collection.as_str().unwrap());
    RecordKey::new(Tenant::new(tenant), collection, bytes(&record["path"])).unwrap()
}

async fn assert_stored(store: &MemoryStore, record: &Value) {
    let found = store.get(&key(record)).await.unwrap().expect("a record");
    assert_eq!(found.value, bytes(&record["value"]), "{:?}", key(record));
}

async fn write(store: &MemoryStore, record: &Value) {
    let batch = Batch::new().put(key(record), bytes(&record["value"]));
    store.commit(batch).await.unwrap();
}

async fn book(store: &Arc<MemoryStore>) -> HoldBook {
    let log = open_log(Arc::new(MemoryStore::new())).await;
    HoldBook::new(Arc::clone(store) as _, log, log_key())
}

#[test]
fn holds_are_stored_as_specified() {
    block_on(async {
        let (vectors, store) = (vectors(), Arc::new(MemoryStore::new()));
        let book = book(&store).await;
        let subject = |id| Subject::new(id).unwrap();
        let selector = Selector::everything()
            .tenant("acme")
            .subjects(vec![subject("jo@mail.test"), subject("al")])
            .categories(category("chat"))
            .created_from(at("2025-01-01"))
            .created_before(at("2026-01-01"));
        let (name, placed, review) = (hold_id("hold/1"), at("2026-04-01"), at("2027-01-01"));
        let by = person("staff:1");
        let hold = Hold::builder(name.clone(), selector)
            .reason(reason())
            .placed(by, placed)
            .review_by(review)
            .build()
            .unwrap();
        book.place(hold.restarts_clocks()).await.unwrap();
        let al = Selector::everything().subjects(vec![subject("al")]);
        let first = book
            .propose_override(&name, al, person("staff:2"), at("2026-04-19"))
            .await;
        let acme = Selector::everything().tenant("acme");
        book.propose_override(&name, acme, person("staff:2"), at("2026-04-21"))
            .await
            .unwrap();
        let approved =
            book.approve_override(&name, first.unwrap(), person("staff:3"), at("2026-04-20"));
        approved.await.unwrap();
        book.release(&name, person("staff:4"), at("2026-04-30"))
            .await
            .unwrap();
        assert_stored(&store, &vectors["hold"]).await;
        assert_stored(&store, &vectors["count"]).await;
        let jo = book.pseudonym(&subject("jo@mail.test")).unwrap();
        assert_eq!(jo.expose_id(), vectors["pseudonym"].as_str().unwrap());
        // And they are read again.
        let found = book.find(&name).await.unwrap().unwrap();
        assert_eq!(found.overrides().len(), 1);
        assert_eq!(found.release().unwrap().by(), &person("staff:4"));
    });
}

#[test]
fn orders_and_runs_are_stored_as_specified() {
    block_on(async {
        let (vectors, store) = (vectors(), Arc::new(MemoryStore::new()));
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let world = Arc::new(World::default());
        let (executor, book) = executor(&world, Arc::clone(&store) as _, &log, &BTreeMap::new());
        executor.execute(&order(), now()).await.unwrap();
        assert_stored(&store, &vectors["order"]).await;
        sweeper(&book, Brakes::default())
            .run(now(), None)
            .await
            .unwrap();
        assert_stored(&store, &vectors["run"]).await;
    });
}

#[test]
fn deletions_that_were_not_told_of_are_read_as_specified() {
    block_on(async {
        let (vectors, store) = (vectors(), Arc::new(MemoryStore::new()));
        write(&store, &vectors["outbox"]).await;
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let book = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
        let report = sweeper(&book, Brakes::default())
            .run(now(), None)
            .await
            .unwrap();
        assert_eq!(report.recovered, 2);
        assert!(store.get(&key(&vectors["outbox"])).await.unwrap().is_none());
        let told: Vec<_> = entries(&log)
            .await
            .into_iter()
            .map(|(_, entry)| entry)
            .filter(|entry| entry.action().as_str() == Some("retention.delete"))
            .collect();
        assert!(
            told.iter()
                .all(|entry| entry.outcome() == Logged::Succeeded)
        );
        let digest = log_key().digest("retention.record", "4:acme6:things7430");
        assert_eq!(told[0].resource_id(), Some(&digest));
        assert_eq!(told[0].purpose_id().unwrap().as_str(), Some("T-1"));
        assert!(told[1].purpose_id().is_none());
    });
}

#[test]
fn fail_what_is_not_as_specified_is_not_read() {
    block_on(async {
        for record in vectors()["reject"].as_array().unwrap() {
            let store = Arc::new(MemoryStore::new());
            write(&store, record).await;
            let log = open_log(Arc::new(MemoryStore::new())).await;
            let world = Arc::new(World::default());
            let (executor, _) = executor(&world, Arc::clone(&store) as _, &log, &BTreeMap::new());
            let error = executor.execute(&order(), now()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
            assert!(world.calls.lock().unwrap().is_empty());
        }
    });
}
