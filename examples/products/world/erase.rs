//! What is kept of data subjects, and its erasure in every store that the policy declares.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use confidant::retention::{
    AnonymityProof, Completion, ErasureReceipt, Executor, Keeper, KeeperOutcome, Order, Progress,
    StoreKind,
};
use confidant::store::{Batch, Range, RecordKey, Store, StoredRecord};
use confidant::taxonomy::{DataCategory, DataStore, Tenant};
use confidant::time::{Clock, ManualClock, Moment};
use confidant::{Error, ErrorKind};

use super::{Fallible, Switch, TENANT, World, category, id};

/// The most records that a shelf is read by at once.
const PAGE: usize = 1_000;

/// The records of one declared store: by category, each under whose they are.
#[derive(Debug)]
struct Shelf {
    place: Box<str>,
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    is_down: Arc<AtomicBool>,
}

/// A store that says at once that it has erased what it was asked to, and does nothing.
#[derive(Debug)]
struct Liar(Moment);

/// A store that a processor runs: it takes an order, and reports later.
#[derive(Debug)]
struct Provider;

fn collection(place: &str, of: &str) -> String {
    format!("data.{place}.{of}")
}

fn key(place: &str, of: &str, whose: &str, name: &str) -> Fallible<RecordKey> {
    let path = format!("{whose}/{name}");
    Ok(RecordKey::new(
        Tenant::new(TENANT),
        &collection(place, of),
        path.as_bytes(),
    )?)
}

/// Reads what a store keeps of a category.
async fn kept(store: &dyn Store, place: &str, of: &str) -> Result<Vec<StoredRecord>, Error> {
    let range = Range::collection(Tenant::new(TENANT), &collection(place, of))?;
    store.scan(&range, PAGE).await
}

fn is_of(record: &StoredRecord, whose: &str) -> bool {
    let name = record.key.path();
    name.strip_prefix(whose.as_bytes())
        .is_some_and(|rest| rest.first() == Some(&b'/'))
}

impl Shelf {
    fn check_up(&self) -> Result<(), Error> {
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(Error::foreign(ErrorKind::Store, "the store is down")),
            false => Ok(()),
        }
    }

    async fn meant(&self, order: &Order) -> Result<Vec<StoredRecord>, Error> {
        let all = kept(&*self.store, &self.place, order.category().as_str()).await?;
        let subject = order.data_subject();
        let meant = all
            .into_iter()
            .filter(|record| subject.is_none_or(|subject| is_of(record, subject.expose_id())));
        Ok(meant.collect())
    }

    async fn erase(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.check_up()?;
        let meant = self.meant(order).await?;
        let (mut batch, mut count) = (Batch::new(), 0);
        for record in meant {
            batch = batch.delete(record.key);
            count += 1;
        }
        if count > 0 {
            self.store.commit(batch).await?;
        }
        Ok(KeeperOutcome::Done(ErasureReceipt::new(
            self.clock.now(),
            count,
        )))
    }
}

#[async_trait]
impl Keeper for Shelf {
    async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.erase(order).await
    }

    async fn shred(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.erase(order).await
    }

    /// Leaves a count behind, which is about as many persons as there were.
    async fn anonymise(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.check_up()?;
        let meant = self.meant(order).await?;
        let persons: BTreeSet<Vec<u8>> = meant
            .iter()
            .filter_map(|record| record.key.path().split(|byte| *byte == b'/').next())
            .map(<[u8]>::to_vec)
            .collect();
        let now = self.clock.now();
        let group = u32::try_from(persons.len()).unwrap_or(u32::MAX);
        let proof = AnonymityProof::new(now, [5; 32])
            .with_smallest_group(group)
            .with_identifiers(0);
        let count = u64::try_from(meant.len()).unwrap_or(u64::MAX);
        Ok(KeeperOutcome::Done(
            ErasureReceipt::new(now, count).proof(proof),
        ))
    }

    async fn count(&self, order: &Order) -> Result<u64, Error> {
        self.check_up()?;
        Ok(u64::try_from(self.meant(order).await?.len()).unwrap_or(u64::MAX))
    }
}

#[async_trait]
impl Keeper for Liar {
    async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        Ok(KeeperOutcome::Done(ErasureReceipt::new(self.0, 0)))
    }

    async fn shred(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        Ok(KeeperOutcome::Done(ErasureReceipt::new(self.0, 0)))
    }

    async fn count(&self, _: &Order) -> Result<u64, Error> {
        Ok(0)
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

const fn is_providers(kind: StoreKind) -> bool {
    matches!(
        kind,
        StoreKind::ProviderResponses
            | StoreKind::ProviderFiles
            | StoreKind::ProviderBatches
            | StoreKind::ProviderCache
    )
}

impl World {
    /// Returns the declared stores that the product runs and that hold a category, but for
    /// those from which things go by themselves.
    fn own_stores(&self, of: &DataCategory) -> Vec<String> {
        let all = self.policy.stores().holding(of);
        let own = all.filter(|store| !is_providers(store.kind()) && store.expiry().is_none());
        own.map(|store| store.name().as_str().to_owned()).collect()
    }

    /// Keeps something of somebody's in every store that holds its category.
    pub(crate) async fn keep(&self, of: &str, whose: &str, name: &str, what: &str) -> Fallible {
        for place in self.own_stores(&category(of)?) {
            let put = Batch::new().put(key(&place, of, whose, name)?, what.as_bytes().to_vec());
            self.store.commit(put).await?;
        }
        Ok(())
    }

    /// Keeps so many things of somebody's, of each of these categories.
    pub(crate) async fn keep_some(&self, of: &[&str], whose: &str, count: u32) -> Fallible {
        for of in of {
            for number in 0..count {
                let what = format!("`{of}` number {number} of {whose}");
                self.keep(of, whose, &number.to_string(), &what).await?;
            }
        }
        Ok(())
    }

    /// Returns what is kept of somebody, of a category, with the store that keeps it.
    pub(crate) async fn kept_of(&self, of: &str, whose: &str) -> Fallible<Vec<(String, String)>> {
        let mut found = Vec::new();
        for place in self.own_stores(&category(of)?) {
            for record in kept(&*self.store, &place, of).await? {
                if self.is_off(Switch::SubjectIgnored) || is_of(&record, whose) {
                    let text = String::from_utf8_lossy(&record.value).into_owned();
                    found.push((place.clone(), text));
                }
            }
        }
        Ok(found)
    }

    /// Forgets what is kept of somebody, of a category, without an order.
    pub(crate) async fn forget(&self, of: &str, whose: &str) -> Fallible {
        self.forget_where(of, |record| is_of(record, whose)).await
    }

    /// Forgets what is kept of everybody.
    pub(crate) async fn forget_all(&self, of: &str) -> Fallible {
        self.forget_where(of, |_| true).await
    }

    async fn forget_where(&self, of: &str, is_meant: impl Fn(&StoredRecord) -> bool) -> Fallible {
        for place in self.own_stores(&category(of)?) {
            for record in kept(&*self.store, &place, of).await? {
                if is_meant(&record) {
                    self.store.commit(Batch::new().delete(record.key)).await?;
                }
            }
        }
        Ok(())
    }

    /// Returns an executor over every store of the policy: those of the product's own, and
    /// a processor for each of the others. Its own stores answer unless `is_down` says that
    /// they are down.
    pub(crate) fn executor(&self, is_down: &Arc<AtomicBool>) -> Fallible<Executor> {
        let mut builder = Executor::builder(self.holds.clone(), id("service:retention")?)
            .stores(self.policy.stores().clone());
        for store in self.policy.stores().iter() {
            let is_provider = is_providers(store.kind());
            let keeper: Arc<dyn Keeper> = match is_provider {
                _ if self.is_off(Switch::ReportsUnawaited) => Arc::new(Liar(self.now())),
                true => Arc::new(Provider),
                false => Arc::new(Shelf {
                    place: store.name().as_str().into(),
                    store: Arc::clone(&self.store),
                    clock: Arc::clone(&self.clock),
                    is_down: Arc::clone(is_down),
                }),
            };
            if store.expiry().is_none() {
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
    ) -> Result<Completion, Error> {
        executor.close(order, self.now()).await
    }

    /// Returns the stores that have not reported.
    pub(crate) fn open_stores(progress: &Progress) -> Vec<DataStore> {
        progress.open().cloned().collect()
    }
}
