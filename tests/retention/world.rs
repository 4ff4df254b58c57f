//! A small product around an executor and a sweeper: a store and a log that fail when
//! they are told to, and keepers that do as well.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use confidant::audit::{Access, Entry, Identifier, Log, LogKey, Outcome as Logged, SigningKey};
use confidant::retention::{
    DeclaredStore, Disposition, ErasureReceipt, Executor, Hold, HoldBook, Keeper, KeeperOutcome,
    Order, Selector, StoreKind, Stores,
};
use confidant::store::{Batch, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::taxonomy::{DataStore, Processor, Subject, Tenant};
use confidant::time::{Moment, Period};
use confidant::{Error, ErrorKind};

use super::{at, category, hold_id, id, person, reason};
use crate::support::fault::FaultStore;

pub(super) fn log_key() -> LogKey {
    LogKey::from_bytes([5; 32])
}

pub(super) fn actor() -> Identifier {
    Identifier::new("service:retention").unwrap()
}

pub(super) async fn open_log(store: Arc<dyn Store>) -> Log {
    let key = SigningKey::from_seed("test.example/retention", &[3; 32]).unwrap();
    let opened = Log::builder(Arc::new(key)).open_store(store, "main");
    opened.await.unwrap()
}

/// What a keeper does at one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Works,
    /// Fails before it has done anything.
    FailsBefore,
    /// Fails when it has done everything.
    FailsAfter,
    /// Does everything, and cannot say so.
    Doubts,
    /// Does it later.
    Accepts,
    /// Says that it is done, and leaves something.
    Lies,
}

pub(super) const STEPS: [Step; 6] = [
    Step::Works,
    Step::FailsBefore,
    Step::FailsAfter,
    Step::Doubts,
    Step::Accepts,
    Step::Lies,
];

/// What happened in the stores of the product.
#[derive(Debug, Default)]
pub(super) struct World {
    /// What is left in each.
    pub(super) left: Mutex<BTreeMap<String, u64>>,
    /// How long the log was at each call, by store.
    pub(super) calls: Mutex<BTreeMap<String, Vec<u64>>>,
    /// Whether a hold was placed, and whoever placed it was told so.
    pub(super) is_held: AtomicBool,
    /// How many things of the tenant there were when the hold was placed.
    pub(super) things: AtomicU64,
}

#[derive(Debug)]
pub(super) struct TestKeeper {
    name: String,
    world: Arc<World>,
    log: LogSize,
    steps: Mutex<VecDeque<Step>>,
}

struct LogSize(Log);

impl std::fmt::Debug for LogSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogSize")
    }
}

#[async_trait]
impl Keeper for TestKeeper {
    async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        let held = self.world.is_held.load(Ordering::SeqCst);
        assert!(!held, "{} deletes under a hold", self.name);
        let size = self.log.0.checkpoint().await.unwrap().size();
        let mut calls = self.world.calls.lock().unwrap();
        calls.entry(self.name.clone()).or_default().push(size);
        drop(calls);
        let step = self
            .steps
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Step::Works);
        if step == Step::FailsBefore {
            return Err(Error::foreign(ErrorKind::Store, "disk is full"));
        }
        let mut left = self.world.left.lock().unwrap();
        let gone = left.get(&self.name).copied().unwrap_or_default();
        let rest = u64::from(step == Step::Lies || step == Step::Accepts);
        left.insert(self.name.clone(), rest);
        match step {
            Step::FailsAfter => Err(Error::foreign(ErrorKind::Store, "answer was garbled")),
            Step::Doubts => Err(Error::foreign(ErrorKind::InDoubt, "answer was lost")),
            Step::Accepts => Ok(KeeperOutcome::Accepted),
            _ => Ok(KeeperOutcome::Done(ErasureReceipt::new(
                at("2026-05-01"),
                gone,
            ))),
        }
    }

    async fn count(&self, _: &Order) -> Result<u64, Error> {
        Ok(self
            .world
            .left
            .lock()
            .unwrap()
            .get(&self.name)
            .copied()
            .unwrap_or_default())
    }
}

/// The stores in which a keeper acts, and one in which everything only expires.
pub(super) const KEPT: [&str; 3] = ["files", "primary", "vectors"];

pub(super) fn stores() -> Stores {
    let store = |name: &str, kind| DeclaredStore::new(DataStore::new(name).unwrap(), kind);
    Stores::new(vec![
        store("primary", StoreKind::Primary),
        store("vectors", StoreKind::VectorIndex),
        store("files", StoreKind::ProviderFiles).processor(Processor::new("anthropic").unwrap()),
        store("backup", StoreKind::Backup).expires_within(Period::days(35)),
        store("bills", StoreKind::Other)
            .categories(category("billing"))
            .expires_within(Period::days(1)),
    ])
    .unwrap()
}

pub(super) fn order() -> Order {
    Order::new(category("chat"), Disposition::Delete)
        .tenant("acme")
        .subject(Subject::new("jo@mail.test").unwrap())
        .request("dsr-1")
        .unwrap()
        .because_of(id("CC-44"), at("2026-05-08"))
}

pub(super) fn executor(
    world: &Arc<World>,
    store: Arc<dyn Store>,
    log: &Log,
    steps: &BTreeMap<&'static str, Vec<Step>>,
) -> (Executor, HoldBook) {
    let book = HoldBook::new(store, log.clone(), log_key());
    let mut builder = Executor::builder(book.clone(), actor()).stores(stores());
    for name in KEPT {
        world
            .left
            .lock()
            .unwrap()
            .entry(name.to_owned())
            .or_insert(3);
        let keeper = TestKeeper {
            name: name.to_owned(),
            world: Arc::clone(world),
            log: LogSize(log.clone()),
            steps: Mutex::new(steps.get(name).cloned().unwrap_or_default().into()),
        };
        builder = builder.keeper(DataStore::new(name).unwrap(), Arc::new(keeper));
    }
    (builder.build().unwrap(), book)
}

pub(super) fn hold(name: &str) -> Hold {
    let selector = Selector::everything().tenant("acme");
    let (placed, review) = (at("2026-04-01"), at("2027-01-01"));
    Hold::builder(hold_id(name), selector)
        .reason(reason())
        .placed(person("staff:1"), placed)
        .review_by(review)
        .build()
        .unwrap()
}

/// All entries of a log, with where each stands.
pub(super) async fn entries(log: &Log) -> Vec<(u64, Entry)> {
    let access = Access::new(Identifier::new("auditor:7").unwrap());
    let size = log.checkpoint().await.unwrap().size();
    let (mut entries, mut index) = (Vec::new(), 0);
    while index < size {
        for record in log.read(index..size, &access).await.unwrap() {
            entries.push((record.index, record.entry));
            index += 1;
        }
    }
    entries
}

/// The places of the entries of an action with an outcome, by the store they are about.
pub(super) fn places(
    entries: &[(u64, Entry)],
    action: &str,
    outcome: Logged,
) -> BTreeMap<String, Vec<u64>> {
    let mut places: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (index, entry) in entries {
        if entry.action().as_str() == Some(action) && entry.outcome() == outcome {
            let scope = entry
                .scope_id()
                .and_then(Identifier::as_str)
                .unwrap_or_default();
            places.entry(scope.to_owned()).or_default().push(*index);
        }
    }
    places
}

/// A store beside which somebody places a hold, just before one of its commits.
#[derive(Debug)]
pub(super) struct Interloper {
    pub(super) inner: Arc<FaultStore<Arc<MemoryStore>>>,
    pub(super) at: u64,
    pub(super) commits: AtomicU64,
    pub(super) world: Arc<World>,
    pub(super) log: Log,
}

#[async_trait]
impl Store for Interloper {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.inner.get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        self.inner.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        if self.commits.fetch_add(1, Ordering::SeqCst) == self.at {
            let book = HoldBook::new(Arc::clone(&self.inner) as _, self.log.clone(), log_key());
            book.place(hold("hold/late")).await.unwrap();
            let things = Range::collection(Tenant::new("acme"), "things").unwrap();
            let things = self.inner.scan(&things, 1_000).await.unwrap().len() as u64;
            self.world.things.store(things, Ordering::SeqCst);
            self.world.is_held.store(true, Ordering::SeqCst);
        }
        self.inner.commit(batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.inner.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.inner.collections(tenant, after, limit).await
    }
}

pub(super) fn now() -> Moment {
    at("2026-05-01")
}
