//! Orders and runs whose records are damaged, old, or of a host whose clock is ahead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use confidant::audit::{Log, Outcome};
use confidant::retention::{
    Brakes, DeclaredStore, Disposition, ErasureReceipt, Executor, HoldBook, Keeper, KeeperOutcome,
    Order, RunConfirmation, StoreKind, Stores,
};
use confidant::store::{Batch, MemoryStore, Range, Store, StoredRecord};
use confidant::taxonomy::{DataStore, Tenant};
use confidant::time::Moment;
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::sweep::sweeper;
use super::world::{actor, entries, log_key, open_log};
use super::{at, category, person};

const ORDERS: &str = "confidant.retention.order";

/// A keeper that does nothing before it is let, and is as late as it says.
#[derive(Debug, Default)]
struct Later {
    acts: AtomicBool,
    at: std::sync::Mutex<Option<Moment>>,
}

impl Later {
    fn acts_at(&self, at: Moment) {
        *self.at.lock().unwrap() = Some(at);
        self.acts.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl Keeper for Later {
    async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        match *self.at.lock().unwrap() {
            Some(at) if self.acts.load(Ordering::SeqCst) => {
                Ok(KeeperOutcome::Done(ErasureReceipt::new(at, 1)))
            }
            _ => Err(Error::foreign(ErrorKind::Store, "not yet")),
        }
    }

    async fn count(&self, _: &Order) -> Result<u64, Error> {
        Ok(0)
    }
}

struct Scene {
    store: Arc<MemoryStore>,
    log: Log,
    book: HoldBook,
    keeper: Arc<Later>,
    executor: Executor,
}

impl Scene {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let book = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
        let keeper = Arc::new(Later::default());
        let primary = DataStore::new("primary").unwrap();
        let stores = vec![DeclaredStore::new(primary.clone(), StoreKind::Primary)];
        let executor = Executor::builder(book.clone(), actor())
            .stores(Stores::new(stores).unwrap())
            .keeper(primary, Arc::clone(&keeper) as Arc<dyn Keeper>)
            .build()
            .unwrap();
        Self {
            store,
            log,
            book,
            keeper,
            executor,
        }
    }

    async fn records(&self, tenant: &str, collection: &str) -> Vec<StoredRecord> {
        let range = Range::collection(Tenant::new(tenant), collection).unwrap();
        self.store.scan(&range, 100).await.unwrap()
    }

    async fn put(&self, record: &StoredRecord, value: &[u8]) {
        let batch = Batch::new().put(record.key.clone(), value.to_vec());
        self.store.commit(batch).await.unwrap();
    }

    async fn count(&self, action: &str, outcome: Outcome) -> usize {
        let entries = entries(&self.log).await.into_iter();
        let is = |entry: &confidant::audit::Entry| {
            entry.action().as_str() == Some(action) && entry.outcome() == outcome
        };
        entries.filter(|(_, entry)| is(entry)).count()
    }
}

fn order() -> Order {
    let order = Order::new(category("chat"), Disposition::Delete);
    order.tenant("acme").record(b"row-17").unwrap()
}

#[test]
fn an_order_that_a_host_ahead_of_time_began_is_completed() {
    block_on(async {
        let (scene, ahead, now) = (Scene::new().await, at("2099-01-01"), at("2026-05-01"));
        let executor = &scene.executor;
        assert!(
            !executor
                .execute(&order(), ahead)
                .await
                .unwrap()
                .is_complete()
        );
        scene.keeper.acts_at(now);
        let progress = executor.execute(&order(), now).await.unwrap();
        assert!(progress.is_complete());
        assert_eq!(progress.opened(), now);
        let completion = executor.close(&order(), now).await.unwrap();
        assert_eq!(completion.at, now);
    });
}

#[test]
fn an_order_whose_record_is_damaged_is_begun_anew() {
    block_on(async {
        let (scene, now) = (Scene::new().await, at("2026-05-01"));
        let executor = &scene.executor;
        executor.execute(&order(), now).await.unwrap();
        let begun = scene.records("acme", ORDERS).await.remove(0);
        assert!(
            !executor.restart(&order(), now).await.unwrap(),
            "it is sound"
        );
        let mut changed = begun.value.clone();
        changed[10] ^= 1;
        for value in [&changed[..], b"rubbish", b""] {
            scene.put(&begun, value).await;
            let error = executor.execute(&order(), now).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
            assert!(executor.restart(&order(), now).await.unwrap());
            assert!(!executor.restart(&order(), now).await.unwrap());
        }
        assert_eq!(
            scene.count("retention.restart", Outcome::Succeeded).await,
            3
        );
        scene.keeper.acts_at(now);
        assert!(executor.execute(&order(), now).await.unwrap().is_complete());
        executor.close(&order(), now).await.unwrap();
    });
}

#[test]
fn an_order_that_is_newer_than_the_log_is_begun_anew() {
    block_on(async {
        let (scene, now) = (Scene::new().await, at("2026-05-01"));
        scene.keeper.acts_at(now);
        scene.executor.execute(&order(), now).await.unwrap();
        scene.executor.close(&order(), now).await.unwrap();
        scene.executor.execute(&order(), now).await.unwrap();
        // The store goes on, with a log that begins anew.
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let book = HoldBook::new(Arc::clone(&scene.store) as _, log, log_key());
        let primary = DataStore::new("primary").unwrap();
        let stores = vec![DeclaredStore::new(primary.clone(), StoreKind::Primary)];
        let executor = Executor::builder(book, actor())
            .stores(Stores::new(stores).unwrap())
            .keeper(primary, Arc::clone(&scene.keeper) as Arc<dyn Keeper>)
            .build()
            .unwrap();
        let error = executor.execute(&order(), now).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(executor.restart(&order(), now).await.unwrap());
        assert!(executor.execute(&order(), now).await.unwrap().is_complete());
        executor.close(&order(), now).await.unwrap();
    });
}

/// What a request asked for is done, and somebody puts a record back that says it is not.
#[test]
fn a_record_from_before_the_end_of_a_request_does_not_stop_it() {
    block_on(async {
        let (scene, now) = (Scene::new().await, at("2026-05-01"));
        let (executor, order) = (&scene.executor, order().request("dsr-17").unwrap());
        executor.execute(&order, now).await.unwrap();
        let begun = scene.records("acme", ORDERS).await.remove(0);
        scene.keeper.acts_at(now);
        executor.execute(&order, now).await.unwrap();
        executor.close(&order, now).await.unwrap();
        scene.put(&begun, &begun.value).await;
        assert!(executor.execute(&order, now).await.unwrap().is_complete());
        executor.close(&order, now).await.unwrap();
        assert!(scene.records("acme", ORDERS).await.is_empty());
    });
}

#[test]
fn an_order_that_two_close_at_once_was_closed_once() {
    block_on(async {
        let (scene, now) = (Scene::new().await, at("2026-05-01"));
        let executor = &scene.executor;
        scene.keeper.acts_at(now);
        executor.execute(&order(), now).await.unwrap();
        executor.close(&order(), now).await.unwrap();
        // The other says so as well, after the order was begun for the second time.
        executor.execute(&order(), now).await.unwrap();
        let all = entries(&scene.log)
            .await
            .into_iter()
            .map(|(_, entry)| entry);
        let mut close = all.filter(|entry| entry.action().as_str() == Some("retention.close"));
        let close = close.next_back().unwrap();
        scene.log.append(close).await.unwrap();
        let again = executor.progress(&order()).await.unwrap();
        assert!(again.is_some_and(|progress| progress.is_complete()));
        executor.close(&order(), now).await.unwrap();
    });
}

#[test]
fn a_request_goes_by_a_name_that_the_log_takes() {
    let digest = format!("log:{}", "A".repeat(43));
    let error = order().request(&digest).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    order().request("log:17").unwrap();
}

/// What a host whose clock was ahead stored of its run, and rubbish.
#[test]
fn an_old_record_of_a_run_or_one_that_is_none_stops_no_sweep() {
    block_on(async {
        let scene = Scene::new().await;
        let sweeper = sweeper(&scene.book, Brakes::default().always_allowed(100));
        let (ahead, now) = (at("2099-01-01"), at("2026-05-01"));
        sweeper.run(ahead, None).await.unwrap();
        let run = scene.records("", "confidant.retention.run").await.remove(0);
        let error = sweeper.run(now, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        let looked = RunConfirmation::new(person("staff:1"), now, 0);
        sweeper.run(now, Some(&looked)).await.unwrap();
        for value in [&run.value[..], b"rubbish", b""] {
            scene.put(&run, value).await;
            sweeper.run(now, None).await.unwrap();
        }
    });
}

#[test]
fn receipts_that_were_damaged_stop_no_sweep_and_are_told_of() {
    block_on(async {
        let (scene, now) = (Scene::new().await, at("2026-05-01"));
        let sweeper = sweeper(&scene.book, Brakes::default().always_allowed(100));
        let collection = "confidant.retention.outbox";
        let key = confidant::store::RecordKey::new(Tenant::NONE, collection, "things").unwrap();
        let batch = Batch::new().put(key.clone(), b"rubbish".to_vec());
        scene.store.commit(batch).await.unwrap();
        sweeper.run(now, None).await.unwrap();
        assert!(scene.store.get(&key).await.unwrap().is_none());
        assert_eq!(scene.count("retention.damaged", Outcome::Denied).await, 1);
    });
}
