//! The list of what providers keep.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::copy::{ProviderCopy, damaged};
use super::keeper::ProviderCopyKeeper;
use crate::audit::{Entry, Identifier, Log, LogKey, LogRecord, Outcome};
use crate::guard::call::ModelCaller;
use crate::model::{KeptItem, ModelDescriptor, ProviderStorage, ServerState};
use crate::random::random;
use crate::store::{Batch, Condition, MAX_PAGE, Range, RecordKey, Store};
use crate::taxonomy::Tenant;
use crate::time::{Clock, Moment, SystemClock};
use crate::{Error, ErrorKind};

const COLLECTION: &str = "confidant.guard.copy";
/// What the MAC of a record is for.
const RECORD: &str = "confidant.guard.copy";
const KEPT: &str = "model.copy.kept";
const GONE: &str = "model.copy.gone";

/// The list of what providers keep of what left: files, batches, stored responses.
///
/// Something is on the list before the provider is asked to keep it, and is taken off once
/// the provider has deleted it. What nobody can ask the provider to delete stays on it until
/// its expiry is over. So an erasure finds every copy, and a
/// [keeper](Self::keeper) of the list joins it to the orders of
/// [`retention`](crate::retention): an order is complete when each copy is deleted or its
/// expiry is on record.
///
/// # Security
/// The list holds ids of the provider's and of the product's, and persons as keyed digests.
/// Each record has a MAC under the key of the log: one that was changed, or put in the place
/// of another, is an error of kind [`Integrity`](crate::ErrorKind::Integrity), and no erasure
/// is complete then. One that was taken away is found by [`check_log`](Self::check_log).
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Log, LogKey};
/// use confidant::guard::ProviderCopies;
/// use confidant::store::MemoryStore;
///
/// let (log, key) = (Log::in_memory()?, LogKey::generate()?);
/// let copies = ProviderCopies::new(Arc::new(MemoryStore::new()), log, key);
/// # let _ = copies;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct ProviderCopies {
    inner: Arc<Inner>,
    clock: Arc<dyn Clock>,
}

struct Inner {
    store: Arc<dyn Store>,
    log: Log,
    key: LogKey,
}

impl ProviderCopies {
    /// Keeps the list in `store`. What is put on it and taken off goes into `log`, with ids
    /// as digests under `key`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, log: Log, key: LogKey) -> Self {
        Self {
            inner: Arc::new(Inner { store, log, key }),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// Sets the clock by which copies expire; that of the system by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Puts something on the list that a provider keeps without a
    /// [`GuardedBatches`](crate::guard::GuardedBatches) or
    /// [`GuardedFiles`](crate::guard::GuardedFiles) that put it there. That is a response that
    /// another program had stored, and whatever a chat model was allowed to keep: a guard that
    /// [allows](crate::guard::GuardBuilder::allow) stored responses, conversations, background
    /// work, containers, metadata, profiles or long caches. What a call used of these is in
    /// the [warnings](crate::model::Response::warnings) of its answer.
    ///
    /// # Errors
    /// Those of the store and of the log.
    pub async fn record(
        &self,
        caller: &ModelCaller,
        model: &ModelDescriptor,
        item: &KeptItem,
    ) -> Result<(), Error> {
        let mut copy = self.copy(caller, model, item.kind);
        copy.id = Some(item.id.clone());
        copy.expires = item.expires;
        self.put(caller, &copy, None).await.map(drop)
    }

    /// Returns what providers keep for a tenant, the oldest first, with what should have
    /// [expired](ProviderCopy::expires) by now.
    ///
    /// # Errors
    /// Those of the store, and [`Integrity`](crate::ErrorKind::Integrity) where a record is
    /// not what was written.
    pub async fn list(&self, tenant: &str) -> Result<Vec<ProviderCopy>, Error> {
        let all = self.read(tenant).await?.into_iter();
        let mut copies: Vec<_> = all.map(|(_, copy)| copy).collect();
        copies.sort_by_key(|copy| copy.created);
        Ok(copies)
    }

    /// Takes copies off the list that expired before a moment. Returns how many there were.
    ///
    /// Nobody asks the provider, and an expiry is what the provider said or promised: name a
    /// moment that is some days ago, so that no clock that is ahead takes off what is there.
    ///
    /// # Errors
    /// Those of [`list`](Self::list) and of the log.
    pub async fn take_off_expired(&self, tenant: &str, before: Moment) -> Result<u64, Error> {
        let mut count = 0;
        for (key, copy) in self.read(tenant).await? {
            if copy.expires.is_some_and(|by| by < before) {
                self.forget(&key, &copy).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// Takes a copy of [the list](Self::list) off it, of which `caller` made sure that the
    /// provider does not have it: one that nobody can ask the provider to delete, and that
    /// does not expire, otherwise leaves every order open that may be about it. Returns
    /// whether it was on the list. The log says who took it off.
    ///
    /// # Errors
    /// Those of [`list`](Self::list) and of the log.
    pub async fn settle(&self, caller: &ModelCaller, copy: &ProviderCopy) -> Result<bool, Error> {
        let bytes = copy.to_bytes();
        for (key, known) in self.read(caller.tenant_name()).await? {
            if known.to_bytes() == bytes {
                let entry = self.entry(GONE, key.tenant(), &known)?;
                self.take_off(&key, entry.actor(caller.actor.clone()))
                    .await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Holds the list of a tenant against entries of the audit log: what the log says was put
    /// on it under an id, and does not say was taken off, must be there. Give it all entries
    /// since the list began.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where something is missing, and those of
    /// [`list`](Self::list).
    pub async fn check_log<'r>(
        &self,
        tenant: &str,
        entries: impl IntoIterator<Item = &'r LogRecord>,
    ) -> Result<(), Error> {
        let own = self.inner.key.digest("tenant", tenant);
        let mut told = BTreeSet::new();
        for record in entries {
            let entry = &record.entry;
            let (true, Some(id)) = (entry.tenant_id() == Some(&own), entry.instance_id()) else {
                continue;
            };
            match (entry.action().as_str(), entry.outcome()) {
                (Some(KEPT), Outcome::Succeeded) => _ = told.insert(id.clone()),
                // One that was to be taken off may be gone, whatever became of it.
                (Some(GONE), _) => _ = told.remove(id),
                _ => {}
            }
        }
        for (_, copy) in self.read(tenant).await? {
            if let Some(id) = &copy.id {
                told.remove(&self.inner.key.digest("copy", id));
            }
        }
        match told.is_empty() {
            true => Ok(()),
            false => Err(damaged()),
        }
    }

    /// Returns what carries orders of erasure out on the list, by asking these providers
    /// to delete. What none of them keeps can only expire.
    #[must_use]
    pub fn keeper(&self, storages: Vec<Arc<dyn ProviderStorage>>) -> ProviderCopyKeeper {
        ProviderCopyKeeper::new(self.clone(), storages)
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The digest of a person.
    pub(super) fn digest(&self, id: &str) -> [u8; 32] {
        let id = id.as_bytes();
        self.inner.key.mac("confidant.guard.copy.subject", &[id])
    }

    pub(super) fn copy(
        &self,
        caller: &ModelCaller,
        model: &ModelDescriptor,
        kind: ServerState,
    ) -> ProviderCopy {
        ProviderCopy::new(caller, model, kind, self.now(), |id| self.digest(id))
    }

    /// Puts a copy on the list, in place of another where there is one.
    pub(super) async fn put(
        &self,
        caller: &ModelCaller,
        copy: &ProviderCopy,
        instead: Option<&RecordKey>,
    ) -> Result<RecordKey, Error> {
        let mut path = [0; 16];
        random(&mut path)?;
        let key = RecordKey::new(Tenant::new(caller.tenant_name()), COLLECTION, path)?;
        let mut batch = Batch::new()
            .require(key.clone(), Condition::Absent)
            .put(key.clone(), self.signed(&key, copy));
        if let Some(other) = instead {
            batch = batch.delete(other.clone());
        }
        self.inner.store.commit(batch).await?;
        let entry = self.entry(KEPT, caller.tenant_name(), copy)?;
        self.inner.log.append(entry).await?;
        Ok(key)
    }

    /// Says what a file on the list is part of, unless it was taken off meanwhile.
    pub(super) async fn link(&self, key: &RecordKey, copy: &ProviderCopy) -> Result<(), Error> {
        let Some(record) = self.inner.store.get(key).await? else {
            return Ok(());
        };
        let batch = Batch::new()
            .require(key.clone(), Condition::Revision(record.revision))
            .put(key.clone(), self.signed(key, copy));
        match self.inner.store.commit(batch).await {
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            done => done.map(drop),
        }
    }

    /// Takes what a provider has deleted off the list, with what went with it.
    pub(crate) async fn deleted(
        &self,
        tenant: &str,
        model: &ModelDescriptor,
        item: &KeptItem,
    ) -> Result<(), Error> {
        for (key, copy) in self.read(tenant).await? {
            if copy.is_at(model) && copy.goes_with(&item.id) {
                self.forget(&key, &copy).await?;
            }
        }
        Ok(())
    }

    /// Takes a copy off the list.
    pub(super) async fn forget(&self, key: &RecordKey, copy: &ProviderCopy) -> Result<(), Error> {
        let entry = self.entry(GONE, key.tenant(), copy)?;
        self.take_off(key, entry).await
    }

    /// Takes a copy off the list, with an entry before it and one after.
    async fn take_off(&self, key: &RecordKey, gone: Entry) -> Result<(), Error> {
        let log = &self.inner.log;
        log.append(gone.clone().with_outcome(Outcome::Attempted))
            .await?;
        let batch = Batch::new().delete(key.clone());
        self.inner.store.commit(batch).await?;
        log.append(gone).await.map(drop)
    }

    pub(super) async fn read(&self, tenant: &str) -> Result<Vec<(RecordKey, ProviderCopy)>, Error> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let range = Range::collection(Tenant::new(tenant), COLLECTION)?;
            let range = match &after {
                Some(path) => range.after(path),
                None => range,
            };
            let page = self.inner.store.scan(&range, MAX_PAGE).await?;
            let is_last = page.len() < MAX_PAGE;
            for record in page {
                after = Some(record.key.path().to_vec());
                let copy = self.verified(&record.key, &record.value)?;
                all.push((record.key, copy));
            }
            if is_last {
                return Ok(all);
            }
        }
    }

    /// A copy as it is stored: with a MAC of its place and its bytes, so that nobody who can
    /// write to the store changes one, or puts it in the place of another.
    fn signed(&self, key: &RecordKey, copy: &ProviderCopy) -> Vec<u8> {
        let mut value = copy.to_bytes();
        let mac = self.inner.key.mac(RECORD, &parts(key, &value));
        value.extend(mac);
        value
    }

    fn verified(&self, key: &RecordKey, value: &[u8]) -> Result<ProviderCopy, Error> {
        let (body, mac) = value.split_last_chunk().ok_or_else(damaged)?;
        match self.inner.key.is_mac(RECORD, &parts(key, body), mac) {
            true => ProviderCopy::read(body),
            false => Err(damaged()),
        }
    }

    fn entry(&self, action: &str, tenant: &str, copy: &ProviderCopy) -> Result<Entry, Error> {
        let key = &self.inner.key;
        let mut entry = Entry::new(Identifier::new(action)?, Outcome::Succeeded)
            .tenant(key.digest("tenant", tenant))
            .scope(Identifier::new(copy.kind.as_str())?)
            .resource(key.digest("provider", copy.provider.as_str()));
        if let Some(id) = &copy.id {
            entry = entry.instance(key.digest("copy", id));
        }
        if let Some(by) = copy.expires {
            let by = u64::try_from(by.unix_seconds()).unwrap_or(0);
            entry = entry.count("expires-by", by)?;
        }
        Ok(entry)
    }
}

fn parts<'p>(key: &'p RecordKey, body: &'p [u8]) -> [&'p [u8]; 3] {
    [key.tenant().as_bytes(), key.path(), body]
}

impl fmt::Debug for ProviderCopies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderCopies").finish_non_exhaustive()
    }
}
