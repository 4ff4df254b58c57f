//! Erasure in every store that the policy declares.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use confidant::retention::{
    Completion, ErasureReceipt, Executor, Keeper, KeeperOutcome, Order, Progress, StoreKind,
};
use confidant::taxonomy::DataStore;
use confidant::time::Moment;
use confidant::{Error, ErrorKind};

use super::{Fallible, Switch, World, id, lock};

/// What a store of the product's holds of each category, as a count.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    is_down: AtomicBool,
    at: Mutex<Option<Moment>>,
    counts: Mutex<BTreeMap<String, u64>>,
}

/// A store that a processor runs: it takes an order, and reports later.
#[derive(Debug, Default)]
pub(crate) struct Provider;

impl Holding {
    /// Returns a store that holds so many records of each of these categories.
    pub(crate) fn of(categories: &[&str], count: u64, at: Moment) -> Arc<Self> {
        let counts = categories.iter().map(|name| ((*name).to_owned(), count));
        Arc::new(Self {
            is_down: AtomicBool::new(false),
            at: Mutex::new(Some(at)),
            counts: Mutex::new(counts.collect()),
        })
    }

    /// Says whether the store answers at all.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    fn take(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Error::foreign(ErrorKind::Store, "the store is down"));
        }
        let gone = lock(&self.counts).remove(order.category().as_str());
        let at = lock(&self.at).unwrap_or(Moment::UNIX_EPOCH);
        Ok(KeeperOutcome::Done(ErasureReceipt::new(
            at,
            gone.unwrap_or(0),
        )))
    }

    /// Returns how many records are left.
    pub(crate) fn left(&self) -> u64 {
        lock(&self.counts).values().sum()
    }
}

#[async_trait]
impl Keeper for Holding {
    async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.take(order)
    }

    async fn shred(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.take(order)
    }

    async fn count(&self, order: &Order) -> Result<u64, Error> {
        let counts = lock(&self.counts);
        Ok(counts.get(order.category().as_str()).copied().unwrap_or(0))
    }
}

#[async_trait]
impl Keeper for Provider {
    async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        Ok(KeeperOutcome::Accepted)
    }

    async fn shred(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        Ok(KeeperOutcome::Accepted)
    }

    async fn count(&self, _: &Order) -> Result<u64, Error> {
        Ok(0)
    }
}

impl World {
    /// Returns an executor over every store of the policy: `own` stands for those that the
    /// product runs and that expire by nothing, and a processor for each of the others.
    pub(crate) fn executor(&self, own: &Arc<Holding>) -> Fallible<Executor> {
        let mut builder = Executor::builder(self.holds.clone(), id("service:retention")?)
            .stores(self.policy.stores().clone());
        for store in self.policy.stores().iter() {
            let is_provider = matches!(
                store.kind(),
                StoreKind::ProviderResponses
                    | StoreKind::ProviderFiles
                    | StoreKind::ProviderBatches
                    | StoreKind::ProviderCache
            );
            let keeper: Arc<dyn Keeper> = match is_provider {
                true => Arc::new(Provider),
                false => Arc::clone(own) as Arc<dyn Keeper>,
            };
            if store.expiry().is_none() || is_provider {
                builder = builder.keeper(store.name().clone(), keeper);
            }
        }
        Ok(builder.build()?)
    }

    /// Closes an order, unless a store has not reported.
    pub(crate) async fn close(
        &self,
        executor: &Executor,
        order: &Order,
    ) -> Fallible<Result<Option<Completion>, Error>> {
        let closed = executor.close(order, self.now()).await;
        Ok(match closed {
            Err(_) if self.is_off(Switch::ReportsUnawaited) => Ok(None),
            closed => closed.map(Some),
        })
    }

    /// Returns the stores that have not reported.
    pub(crate) fn open_stores(progress: &Progress) -> Vec<DataStore> {
        progress.open().cloned().collect()
    }
}
