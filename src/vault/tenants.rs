//! Keys of tenants, held for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::seal::{TenantKey, TenantKeys};
use crate::store::Record;
use crate::time::{Clock, Moment};
use crate::{Error, ErrorKind};

/// The most keys that are held at a time.
const MOST: usize = 1024;

/// The keys of tenants, and those of them that were used lately.
pub(super) struct Tenants {
    pub(super) keys: TenantKeys,
    clock: Arc<dyn Clock>,
    age: Duration,
    held: Mutex<HashMap<Box<str>, Held>>,
}

/// A key, with the revision of the record that it was read from.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) key: TenantKey,
    pub(super) revision: u64,
    since: Moment,
}

impl Tenants {
    pub(super) fn new(keys: TenantKeys, clock: Arc<dyn Clock>, age: Duration) -> Self {
        Self {
            keys,
            clock,
            age,
            held: Mutex::default(),
        }
    }

    /// The key of a tenant, if it has one. The record is read in any case: one that
    /// was destroyed opens nothing from then on.
    pub(super) async fn load(&self, tenant: &str) -> Result<Option<Held>, Error> {
        let Some(record) = self.keys.read(tenant).await? else {
            self.forget(tenant);
            return Ok(None);
        };
        let now = self.clock.now();
        if let Some(held) = self.fresh(tenant, record.revision, now) {
            return Ok(Some(held));
        }
        let held = Held {
            key: self.keys.unwrap(tenant, &record).await?,
            revision: record.revision,
            since: now,
        };
        self.hold(tenant, held.clone());
        Ok(Some(held))
    }

    /// The key of a tenant, made where there is none.
    pub(super) async fn load_or_create(&self, tenant: &str) -> Result<Held, Error> {
        if let Some(held) = self.load(tenant).await? {
            return Ok(held);
        }
        match self.keys.create(tenant).await {
            Ok(_) => {}
            // Somebody else was quicker, or it can be seen whether this was done.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InDoubt) => {}
            Err(error) => return Err(error),
        }
        let held = self.load(tenant).await?;
        held.ok_or_else(|| Error::message(ErrorKind::Conflict, "the key of a tenant was destroyed"))
    }

    /// The key of a tenant and the record that it was read from.
    pub(super) async fn current(&self, tenant: &str) -> Result<(TenantKey, Record), Error> {
        let record = self.keys.read(tenant).await?;
        let record = record.ok_or_else(|| Error::config("the tenant has no key"))?;
        let key = self.keys.unwrap(tenant, &record).await?;
        Ok((key, record))
    }

    pub(super) fn forget(&self, tenant: &str) {
        self.table().remove(tenant);
    }

    fn fresh(&self, tenant: &str, revision: u64, now: Moment) -> Option<Held> {
        let table = self.table();
        let held = table.get(tenant)?;
        // A clock that went back makes nothing younger.
        let age = now.since(held.since)?;
        (held.revision == revision && age < self.age).then(|| held.clone())
    }

    fn hold(&self, tenant: &str, held: Held) {
        if self.age.is_zero() {
            return;
        }
        let mut table = self.table();
        if table.len() >= MOST && !table.contains_key(tenant) {
            let oldest = table.iter().min_by_key(|(_, held)| held.since);
            if let Some(oldest) = oldest.map(|(tenant, _)| tenant.clone()) {
                table.remove(&oldest);
            }
        }
        table.insert(tenant.into(), held);
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
