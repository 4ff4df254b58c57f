//! Keys of tenants, held for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ledger::{Absence, Ledger, Stamp, Standing};
use crate::audit::{Entry, Identifier, LogKey, Outcome};
use crate::seal::{Flights, TenantKey, TenantKeys, record_digest};
use crate::store::StoredRecord;
use crate::time::{Clock, Moment};
use crate::{Error, ErrorKind};

/// The most keys that are held at a time.
const MOST: usize = 1024;

/// How many tenants are looked at before a key is made for another one.
const NEIGHBOURS: usize = 4;

/// The keys of tenants, and those of them that were used lately.
pub(super) struct Tenants {
    pub(super) keys: TenantKeys,
    ledger: Arc<Ledger>,
    log_key: LogKey,
    clock: Arc<dyn Clock>,
    cache: Arc<Cache>,
    /// By tenant and digest of the record.
    unwrapping: Flights<(Box<str>, [u8; 32]), Cached>,
    /// By tenant.
    creating: Flights<Box<str>, ()>,
}

/// The keys that were used lately.
struct Cache {
    age: Duration,
    held: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: HashMap<Box<str>, Cached>,
    /// No key is held since before this moment.
    oldest: Option<Moment>,
}

/// The key of a tenant, as its record says now.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) key: TenantKey,
    /// The digest of the record that it was read from.
    pub(super) digest: [u8; 32],
    /// The revision of the record.
    pub(super) revision: u64,
}

/// The key of a tenant, as it was found.
pub(super) struct Looked {
    pub(super) held: Held,
    pub(super) record: StoredRecord,
    pub(super) standing: Standing,
}

#[derive(Clone)]
struct Cached {
    key: TenantKey,
    /// Revisions repeat when a store is put back, so a record is known by its bytes.
    record: Arc<[u8]>,
    digest: [u8; 32],
    since: Moment,
    /// What the log calls the tenant.
    tenant: [u8; 32],
}

impl Tenants {
    pub(super) fn new(
        keys: TenantKeys,
        ledger: Arc<Ledger>,
        log_key: LogKey,
        clock: Arc<dyn Clock>,
        age: Duration,
    ) -> Self {
        Self {
            keys,
            ledger,
            log_key,
            clock,
            cache: Arc::new(Cache {
                age,
                held: Mutex::default(),
            }),
            unwrapping: Flights::new(),
            creating: Flights::new(),
        }
    }

    /// The key of a tenant, if it has one. The record is read in any case: one that
    /// was destroyed opens nothing from then on.
    ///
    /// # Errors
    /// [`Integrity`](ErrorKind::Integrity) where the log says that the record is an
    /// older one, or that there is one.
    pub(super) async fn load(&self, tenant: &str) -> Result<Option<Held>, Error> {
        match self.read(tenant).await? {
            Some((held, _)) => Ok(Some(held)),
            None if self.is_gone(tenant).await? => Ok(None),
            None => Err(damaged(
                "the key of a tenant is gone, and the log does not say why",
            )),
        }
    }

    /// The key of a tenant and its record, without asking the log about a tenant that
    /// has none.
    pub(super) async fn read(&self, tenant: &str) -> Result<Option<(Held, StoredRecord)>, Error> {
        let Some(looked) = self.look(tenant).await? else {
            return Ok(None);
        };
        match looked.standing {
            Standing::Foreign => Err(damaged(
                "the key of a tenant is not the one that it was given",
            )),
            Standing::Good => Ok(Some((looked.held, looked.record))),
            Standing::Reverted => Err(damaged("the key of a tenant is older than the log says")),
            Standing::Revived => Err(damaged("the key of a tenant was shredded, and is back")),
        }
    }

    /// The key of a tenant, and what the log says of it.
    pub(super) async fn look(&self, tenant: &str) -> Result<Option<Looked>, Error> {
        let mut tried = false;
        loop {
            let stamp = self.ledger.stamp();
            let Some(record) = self.keys.read(tenant).await? else {
                self.forget(tenant);
                return Ok(None);
            };
            let now = self.clock.now();
            let cached = match self.cache.fresh(tenant, &record.value, now) {
                Some(cached) => cached,
                None => self.unwrap(tenant, &record, now).await?,
            };
            let standing = self.standing(&cached, stamp);
            // It may have been destroyed since it was read, or another one made since the
            // log was.
            if matches!(standing, Standing::Foreign | Standing::Revived) && !tried {
                tried = true;
                self.ledger.follow_all().await?;
                continue;
            }
            let held = Held {
                key: cached.key,
                digest: cached.digest,
                revision: record.revision,
            };
            return Ok(Some(Looked {
                held,
                record,
                standing,
            }));
        }
    }

    /// The key of a tenant out of its record. Those who want it at the same time share
    /// one question to the key service.
    async fn unwrap(
        &self,
        tenant: &str,
        record: &StoredRecord,
        now: Moment,
    ) -> Result<Cached, Error> {
        let digest = record_digest(&record.value);
        let begin = || {
            let (keys, cache) = (self.keys.clone(), Arc::clone(&self.cache));
            let (record, name) = (record.clone(), self.name(tenant));
            let tenant = tenant.to_owned();
            async move {
                // It may have been held since the caller looked.
                if let Some(cached) = cache.fresh(&tenant, &record.value, now) {
                    return Ok(cached);
                }
                let cached = Cached {
                    key: keys.unwrap(&tenant, &record).await?,
                    record: record.value.as_slice().into(),
                    digest,
                    since: now,
                    tenant: name,
                };
                cache.hold(&tenant, cached.clone());
                Ok(cached)
            }
        };
        self.unwrapping.join((tenant.into(), digest), begin).await
    }

    fn standing(&self, cached: &Cached, stamp: Stamp) -> Standing {
        let Cached { tenant, digest, .. } = cached;
        self.ledger.key(tenant, digest, &cached.key, stamp)
    }

    /// Whether the log explains that a tenant has no key.
    pub(super) async fn is_gone(&self, tenant: &str) -> Result<bool, Error> {
        let absence = self.ledger.no_key(&self.name(tenant)).await?;
        Ok(absence == Absence::Plausible)
    }

    /// The key of a tenant, made where there is none.
    /// `entry` is the one that announces this.
    pub(super) async fn load_or_create(
        &self,
        tenant: &str,
        entry: impl FnOnce() -> Result<Entry, Error>,
    ) -> Result<Held, Error> {
        let name = self.name(tenant);
        // The provider's key of the tenant may be the next to go.
        if self.keys.is_per_tenant() && self.ledger.is_being_shredded(&name) {
            return Err(shredding());
        }
        if let Some(held) = self.load(tenant).await? {
            return Ok(held);
        }
        let entry = entry()?;
        let create = || {
            let (keys, ledger) = (self.keys.clone(), Arc::clone(&self.ledger));
            create(keys, ledger, (tenant.to_owned(), name), entry)
        };
        match self.creating.join(tenant.into(), create).await {
            Ok(()) => {}
            // Somebody else was quicker, or it can be seen whether this was done.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InDoubt) => {}
            Err(error) => return Err(error),
        }
        let held = self.load(tenant).await?;
        held.ok_or_else(|| Error::message(ErrorKind::Conflict, "the key of a tenant was destroyed"))
    }

    /// Makes sure that no shredding of a tenant with a provider's key of its own was
    /// announced after the entry `attempt`: what was sealed since goes with that key.
    pub(super) async fn check_not_shredded_since(
        &self,
        tenant: &str,
        attempt: Option<u64>,
    ) -> Result<(), Error> {
        let Some(attempt) = attempt.filter(|_| self.keys.is_per_tenant()) else {
            return Ok(());
        };
        match self
            .ledger
            .is_shredded_since(&self.name(tenant), attempt)
            .await?
        {
            true => Err(shredding()),
            false => Ok(()),
        }
    }

    pub(super) fn forget(&self, tenant: &str) {
        self.cache.kept().keys.remove(tenant);
    }

    /// Wipes every key that is held and not in use.
    pub(super) fn purge(&self) {
        *self.cache.kept() = Kept::default();
    }

    /// What the log calls a tenant.
    pub(super) fn name(&self, tenant: &str) -> [u8; 32] {
        let name = self.log_key.digest("tenant", tenant);
        digest_of(&name)
    }
}

impl Cache {
    fn fresh(&self, tenant: &str, record: &[u8], now: Moment) -> Option<Cached> {
        let mut kept = self.kept();
        kept.wipe_expired(now, self.age);
        let cached = kept.keys.get(tenant)?;
        (*cached.record == *record).then(|| cached.clone())
    }

    fn hold(&self, tenant: &str, cached: Cached) {
        if self.age.is_zero() {
            return;
        }
        let mut kept = self.kept();
        kept.wipe_expired(cached.since, self.age);
        let keys = &mut kept.keys;
        if keys.len() >= MOST && !keys.contains_key(tenant) {
            let oldest = keys.iter().min_by_key(|(_, cached)| cached.since);
            if let Some(oldest) = oldest.map(|(tenant, _)| tenant.clone()) {
                keys.remove(&oldest);
            }
        }
        let since = cached.since;
        keys.insert(tenant.into(), cached);
        kept.oldest = Some(kept.oldest.map_or(since, |oldest| oldest.min(since)));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Wipes the keys that have been held for too long, whichever tenant is asked for. A
    /// clock that went back tells nothing about how long that was, and counts as too long.
    fn wipe_expired(&mut self, now: Moment, age: Duration) {
        let is_young = |since: Moment| now.since(since).is_some_and(|held| held < age);
        if self.oldest.is_none_or(is_young) {
            return;
        }
        self.keys.retain(|_, cached| is_young(cached.since));
        self.oldest = self.keys.values().map(|cached| cached.since).min();
    }
}

/// Makes a key for a tenant that has none, between two entries of the log.
async fn create(
    keys: TenantKeys,
    ledger: Arc<Ledger>,
    (tenant, name): (String, [u8; 32]),
    entry: Entry,
) -> Result<(), Error> {
    // Somebody else may have been quicker since the caller looked.
    if keys.read(&tenant).await?.is_some() {
        return Ok(());
    }
    if keys.is_foreign(NEIGHBOURS).await? {
        return Err(Error::config(
            "the key provider opens no tenant's key that is under its current version: it has another key under the same id",
        ));
    }
    let attempt = ledger.append(entry.clone()).await?;
    let entry = entry.count("attempt", attempt)?;
    ledger.follow(attempt).await?;
    let created = if keys.is_per_tenant() && ledger.is_being_shredded(&name) {
        Err(shredding())
    } else {
        keys.create_recorded(&tenant).await
    };
    let created = match created {
        // Whoever announced it since may destroy the provider's key that this one is under.
        Ok((_, made))
            if keys.is_per_tenant() && ledger.is_shredded_since(&name, attempt).await? =>
        {
            keys.discard(&tenant, &made).await?;
            Err(shredding())
        }
        created => created.map(|(key, _)| key),
    };
    let entry = match &created {
        Ok(key) => {
            let key = Identifier::new(key.id().as_str())?;
            entry.with_outcome(Outcome::Succeeded).instance(key)
        }
        // An attempt without an end.
        Err(error) if error.kind() == ErrorKind::InDoubt => return created.map(drop),
        Err(_) => entry.with_outcome(Outcome::Failed),
    };
    let written = ledger.append(entry).await;
    created?;
    written.map(drop)
}

/// The digest that an identifier of the log is.
fn digest_of(id: &Identifier) -> [u8; 32] {
    id.as_digest()
        .map(|(_, digest)| *digest)
        .unwrap_or_default()
}

#[cold]
fn shredding() -> Error {
    Error::message(ErrorKind::Conflict, "the tenant is being shredded")
}

#[cold]
fn damaged(what: &'static str) -> Error {
    Error::message(ErrorKind::Integrity, what)
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::seal::{Keyring, LocalKeys};

    #[test]
    fn a_key_that_expired_is_wiped_whichever_tenant_is_asked_for() {
        let keyring = Keyring::new(LocalKeys::generate("local:cache").unwrap());
        let at = |seconds| Moment::from_unix_seconds(seconds).unwrap();
        let cached = |tenant: &str, since| Cached {
            key: block_on(keyring.create_tenant_key(tenant)).unwrap().0,
            record: tenant.as_bytes().into(),
            digest: [0; 32],
            since: at(since),
            tenant: [0; 32],
        };
        let cache = Cache {
            age: Duration::from_secs(300),
            held: Mutex::default(),
        };
        cache.hold("a", cached("a", 1_000));
        cache.hold("b", cached("b", 1_200));
        let names = || {
            let kept = cache.kept();
            let mut names: Vec<_> = kept.keys.keys().map(|name| name.to_string()).collect();
            names.sort();
            names
        };
        assert!(cache.fresh("b", b"b", at(1_299)).is_some());
        assert_eq!(names(), ["a", "b"]);
        assert!(cache.fresh("b", b"b", at(1_300)).is_some());
        assert_eq!(names(), ["b"]);
        assert!(cache.fresh("c", b"c", at(1_500)).is_none());
        assert!(names().is_empty());
        // A clock that went back makes nothing younger.
        cache.hold("a", cached("a", 2_000));
        assert!(cache.fresh("c", b"c", at(1_999)).is_none());
        assert!(names().is_empty());
        cache.hold("a", cached("a", 2_000));
        cache.hold("b", cached("b", 2_300));
        assert_eq!(names(), ["b"]);
    }
}
