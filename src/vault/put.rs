//! The vault: putting secrets in, and finding their records.

use std::fmt;
use std::sync::Arc;

use super::builder::VaultBuilder;
use super::new_secret::{Terms, check_value};
use super::open::refused;
use super::record::{self, Head, Version};
use super::reveal::RevealPolicy;
use super::tenants::Tenants;
use super::trail::Trail;
use super::tries::Tries;
use super::{Caller, NewSecret, SecretRef};
use crate::audit::{Identifier, Log, LogKey};
use crate::random::random;
#[cfg(feature = "redact")]
use crate::redact::KnownValues;
use crate::seal::{Keyring, TenantKeys};
use crate::store::{Batch, Condition, Key, Store};
use crate::time::{Clock, Moment};
use crate::{Error, ErrorKind};

/// A write-only store of secrets: see the [module](super).
///
/// A clone is the same vault. Several vaults, in several processes, may share one
/// store and one log.
#[derive(Clone)]
pub struct Vault {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) tenants: Tenants,
    pub(super) store: Arc<dyn Store>,
    pub(super) log: Log,
    pub(super) log_key: LogKey,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) policy: Arc<dyn RevealPolicy>,
    #[cfg(feature = "redact")]
    pub(super) known: Option<KnownValues>,
}

/// A version that is sealed and not stored yet.
struct Sealed {
    number: u64,
    place: Key,
    record: Vec<u8>,
    /// The record of the tenant's key under which it was sealed.
    key_revision: u64,
}

impl Sealed {
    /// Has a batch store it, unless the tenant's key was changed or destroyed since.
    fn add_to(&self, batch: Batch) -> Result<Batch, Error> {
        let key = TenantKeys::place(self.place.tenant())?;
        Ok(batch
            .require(key, Condition::Revision(self.key_revision))
            .require(self.place.clone(), Condition::Absent)
            .put(self.place.clone(), self.record.clone()))
    }
}

/// The record of a secret, with its revision in the store.
pub(super) struct Found {
    pub(super) head: Head,
    pub(super) revision: u64,
}

impl Vault {
    /// Begins a vault over `store`, whose keys `keyring` wraps and whose touches go
    /// into `log`, with names as digests under `log_key`.
    #[must_use]
    pub fn builder(
        keyring: Keyring,
        store: Arc<dyn Store>,
        log: Log,
        log_key: LogKey,
    ) -> VaultBuilder {
        VaultBuilder::new(keyring, store, log, log_key)
    }

    pub(super) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Puts a secret in, under a name that the tenant has not used yet.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) where there is a secret of that name,
    /// [`Config`](ErrorKind::Config) and [`Limit`](ErrorKind::Limit) for what may not
    /// be put, [`KeyService`](ErrorKind::KeyService) and
    /// [`Store`](ErrorKind::Store) where the key service, the store or the log fails:
    /// in all of them nothing was put. [`InDoubt`](ErrorKind::InDoubt) where it may
    /// have been put, as the store was lost at the very end, or was put, and the log
    /// failed only after that; [`find`](Self::find) tells.
    pub async fn put(&self, caller: &Caller, secret: &NewSecret<'_>) -> Result<SecretRef, Error> {
        secret.check()?;
        let (tenant, name) = (secret.tenant, secret.name);
        let trail = Trail::of_name(&self.inner, caller, "secret.put", tenant, name)?;
        let trail = trail.count("version", 1)?;
        trail.attempt().await?;
        let stored = self.inner.store_new(secret).await;
        self.inner.tell_known(secret.value, &stored);
        trail.end_change(stored).await
    }

    /// Puts a new value in the place of the latest one, on the same terms. The
    /// versions before it stay, and answer a reference that is fixed to them, until
    /// [`shred_version`](Self::shred_version). Returns the number of the new one.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where there is no such secret,
    /// [`Refused`](ErrorKind::Refused) where its latest version has expired, so that
    /// on the same terms the new one would have too,
    /// [`Conflict`](ErrorKind::Conflict) where others were quicker again and again,
    /// and those of [`put`](Self::put); where it is in doubt,
    /// [`versions`](Self::versions) tells.
    pub async fn rotate(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        value: &[u8],
    ) -> Result<u64, Error> {
        self.add(caller, secret, value, None).await
    }

    /// Like [`rotate`](Self::rotate), but the new version expires at `expires`, or
    /// not by itself for `None`: a token that was refreshed. An
    /// [`expire`](Self::expire) of the whole secret holds all the same.
    ///
    /// # Errors
    /// Those of [`rotate`](Self::rotate).
    pub async fn rotate_until(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        value: &[u8],
        expires: Option<Moment>,
    ) -> Result<u64, Error> {
        self.add(caller, secret, value, Some(expires)).await
    }

    async fn add(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        value: &[u8],
        expires: Option<Option<Moment>>,
    ) -> Result<u64, Error> {
        check_value(value)?;
        let trail = Trail::of_secret(&self.inner, caller, "secret.rotate", secret)?;
        trail.attempt().await?;
        let stored = self.inner.store_next(secret, value, expires).await;
        self.inner.tell_known(value, &stored);
        trail.end_change(stored).await
    }
}

impl Inner {
    /// What a secret is called in the log.
    pub(super) fn resource(&self, tenant: &str, name: &str) -> Identifier {
        // With its length before it, a tenant does not run into a name.
        let whole = format!("{}:{tenant}{name}", tenant.len());
        self.log_key.digest("secret", &whole)
    }

    async fn store_new(&self, secret: &NewSecret<'_>) -> Result<SecretRef, Error> {
        let taken = || Error::message(ErrorKind::Conflict, "there is a secret of this name");
        let mut tries = Tries::default();
        let mut tried = Vec::new();
        loop {
            let attempt = self.try_new(secret, &mut tried).await;
            if let Some(stored) = tries.ended(attempt)? {
                return stored.ok_or_else(taken);
            }
        }
    }

    /// Stores a secret, or finds that one of those `tried` before was; nothing where
    /// there is another of its name.
    async fn try_new(
        &self,
        secret: &NewSecret<'_>,
        tried: &mut Vec<SecretRef>,
    ) -> Result<Option<SecretRef>, Error> {
        let place = record::head_key(secret.tenant, secret.name)?;
        if let Some(record) = self.store.get(&place).await? {
            let id = Head::parse(&record.value)?.id;
            return Ok(tried.iter().find(|tried| *tried.id() == id).cloned());
        }
        // Each attempt has an id of its own: should one before it have happened after
        // all, and been shredded since, it does not come back.
        let mut id = [0; 16];
        random(&mut id)?;
        let reference = SecretRef::new(secret.tenant, secret.name, id);
        let head = Head {
            id,
            created: self.clock.now(),
            latest: 1,
            disabled: false,
            expires: None,
            connection: secret.connection.clone(),
            labels: secret.labels.clone(),
        };
        let batch = Batch::new()
            .require(place.clone(), Condition::Absent)
            .put(place, head.to_bytes());
        let terms = secret.terms.clone();
        let sealed = self.seal_version(&reference, 1, terms, secret.value);
        let sealed = sealed.await?;
        tried.push(reference.clone());
        self.store.commit(sealed.add_to(batch)?).await?;
        Ok(Some(reference))
    }

    /// Adds a version on the terms of the latest, or with another expiry.
    async fn store_next(
        &self,
        secret: &SecretRef,
        value: &[u8],
        expires: Option<Option<Moment>>,
    ) -> Result<u64, Error> {
        let mut tries = Tries::default();
        let mut tried: Option<Sealed> = None;
        loop {
            if let Some(tried) = tried.as_ref().filter(|_| tries.in_doubt()) {
                let found = tries.ended(self.store.get(&tried.place).await)?.flatten();
                if found.is_some_and(|found| found.value == tried.record) {
                    return Ok(tried.number);
                }
            }
            let attempt = self.try_next(secret, value, expires, &mut tried).await;
            if let Some(number) = tries.ended(attempt)? {
                return Ok(number);
            }
        }
    }

    async fn try_next(
        &self,
        secret: &SecretRef,
        value: &[u8],
        expires: Option<Option<Moment>>,
        tried: &mut Option<Sealed>,
    ) -> Result<u64, Error> {
        let Found { mut head, revision } = self.find(secret).await?;
        let mut terms = self.version(secret, head.latest).await?.terms;
        let is_past = |moment: Moment| moment <= self.clock.now();
        match expires {
            Some(expires) => terms.expires = expires,
            None if terms.expires.is_some_and(is_past) => {
                return Err(refused("the latest version of the secret has expired"));
            }
            None => {}
        }
        let number = head.latest.checked_add(1).ok_or_else(record::damaged)?;
        head.latest = number;
        let place = record::head_key(secret.tenant(), secret.name())?;
        let batch = Batch::new()
            .require(place.clone(), Condition::Revision(revision))
            .put(place, head.to_bytes());
        let sealed = self.seal_version(secret, number, terms, value).await?;
        let batch = sealed.add_to(batch)?;
        *tried = Some(sealed);
        self.store.commit(batch).await?;
        Ok(number)
    }

    /// Seals a new version of a secret under the key that its tenant has now.
    async fn seal_version(
        &self,
        secret: &SecretRef,
        number: u64,
        terms: Terms,
        value: &[u8],
    ) -> Result<Sealed, Error> {
        let tenant = secret.tenant();
        let held = self.tenants.load_or_create(tenant).await?;
        let created = self.clock.now();
        let context = record::context(secret, number, created, &terms)?;
        let version = Version {
            created,
            envelope: held.key.seal(value, &context)?.into_bytes(),
            terms,
        };
        Ok(Sealed {
            number,
            place: record::version_key(tenant, secret.id(), number)?,
            record: version.to_bytes(),
            key_revision: held.revision,
        })
    }

    /// The record of a secret; the one that was meant, not another of its name.
    pub(super) async fn find(&self, secret: &SecretRef) -> Result<Found, Error> {
        let place = record::head_key(secret.tenant(), secret.name())?;
        let record = self.store.get(&place).await?.ok_or_else(missing)?;
        let head = Head::parse(&record.value)?;
        if head.id != *secret.id() {
            return Err(missing());
        }
        Ok(Found {
            head,
            revision: record.revision,
        })
    }

    /// One version of a secret.
    pub(super) async fn version(&self, secret: &SecretRef, number: u64) -> Result<Version, Error> {
        let place = record::version_key(secret.tenant(), secret.id(), number)?;
        let record = self.store.get(&place).await?.ok_or_else(missing)?;
        Version::parse(&record.value)
    }

    /// Tells redactors of a value that was put, or may have been.
    fn tell_known<T>(&self, value: &[u8], stored: &Result<T, Error>) {
        #[cfg(feature = "redact")]
        if let Some(known) = &self.known {
            let is_kept = |error: &Error| error.kind() == ErrorKind::InDoubt;
            if stored.as_ref().err().is_none_or(is_kept) {
                super::known::tell(known, value);
            }
        }
        #[cfg(not(feature = "redact"))]
        let _ = (value, stored);
    }
}

/// There is no such secret, or it is another one by now.
#[cold]
pub(super) fn missing() -> Error {
    Error::config("there is no such secret, or no such version of it")
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}
