//! Records of tenant keys in a store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use super::{
    Envelope, Finality, Flights, KeyDestruction, KeyVersion, Keyring, TenantKey, TenantKeyrings,
    TenantReceipt,
};
use crate::store::{Batch, Condition, RecordKey, Store, StoredRecord};
use crate::taxonomy::Tenant;
use crate::{Error, ErrorKind};

const COLLECTION: &str = "confidant.tenant-key";

/// The records of tenant keys in a [`Store`], one for each tenant.
///
/// # Example
/// ```no_run
/// use std::sync::Arc;
///
/// use confidant::seal::{Context, Keyring, LocalKeys, TenantKeys};
/// use confidant::store::Store;
/// use confidant::taxonomy::Tenant;
///
/// # async fn example(store: Arc<dyn Store>) -> Result<(), confidant::Error> {
/// let keyring = Keyring::new(LocalKeys::load("local:main", "/etc/acme/keys")?);
/// let keys = TenantKeys::new(keyring, store);
///
/// let acme = keys.load_or_create("acme").await?;
/// let envelope = acme.seal(b"a token", &Context::new(Tenant::new("acme"), "github-token")?)?;
///
/// // Nothing that was sealed for this tenant can be opened any more.
/// keys.destroy("acme").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TenantKeys {
    inner: Arc<Inner>,
}

struct Inner {
    keyrings: Keyrings,
    store: Arc<dyn Store>,
    /// Whether providers are refused under whose keys others can wrap.
    demands_authentic: bool,
    /// By tenant and digest of the record.
    unwrapping: Flights<(Box<str>, [u8; 32]), TenantKey>,
    /// By tenant.
    creating: Flights<Box<str>, TenantKey>,
    /// Whether the provider has opened a record, or has nothing to do with other records.
    is_proven: AtomicBool,
}

#[derive(Clone, Debug)]
enum Keyrings {
    Each(Arc<dyn TenantKeyrings>),
    One(Keyring),
}

impl Keyrings {
    async fn of(&self, tenant: &str) -> Result<Keyring, Error> {
        match self {
            Self::Each(keyrings) => keyrings.keyring(tenant).await,
            Self::One(keyring) => Ok(keyring.clone()),
        }
    }
}

impl TenantKeys {
    /// Creates the records in `store`, which the keys of `keyring` open.
    #[must_use]
    pub fn new(keyring: Keyring, store: Arc<dyn Store>) -> Self {
        Self::of(Keyrings::One(keyring), store, false)
    }

    /// The same, but only keys are used whose wraps nobody else can make.
    pub(crate) fn authentic(keyring: Keyring, store: Arc<dyn Store>) -> Self {
        Self::of(Keyrings::One(keyring), store, true)
    }

    /// Like [`per_tenant`](Self::per_tenant), but only keys are used whose wraps nobody
    /// else can make.
    pub(crate) fn authentic_per_tenant(
        keyrings: Arc<dyn TenantKeyrings>,
        store: Arc<dyn Store>,
    ) -> Self {
        Self::of(Keyrings::Each(keyrings), store, true)
    }

    /// Whether each tenant has a keyring of its own.
    pub(crate) fn is_per_tenant(&self) -> bool {
        matches!(self.inner.keyrings, Keyrings::Each(_))
    }

    /// Creates the records in `store`, each of which a keyring of its tenant opens.
    #[must_use]
    pub fn per_tenant(keyrings: Arc<dyn TenantKeyrings>, store: Arc<dyn Store>) -> Self {
        Self::of(Keyrings::Each(keyrings), store, false)
    }

    fn of(keyrings: Keyrings, store: Arc<dyn Store>, demands_authentic: bool) -> Self {
        Self {
            inner: Arc::new(Inner {
                keyrings,
                store,
                demands_authentic,
                unwrapping: Flights::new(),
                creating: Flights::new(),
                is_proven: AtomicBool::new(false),
            }),
        }
    }

    /// Makes a key for a tenant that has none.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where it has one, and those of
    /// [`Keyring::seal`] and of the store.
    pub async fn create(&self, tenant: &str) -> Result<TenantKey, Error> {
        let (key, _) = self.inner.create(tenant).await?;
        Ok(key)
    }

    /// Makes a key for a tenant that has none. Those who ask at the same time get the
    /// same answer.
    async fn create_once(&self, tenant: &str) -> Result<TenantKey, Error> {
        let begin = || {
            let (inner, tenant) = (Arc::clone(&self.inner), tenant.to_owned());
            async move {
                // Somebody else may have been quicker since the caller looked.
                if inner.store.get(&Self::place(&tenant)?).await?.is_some() {
                    return Err(Error::message(ErrorKind::Conflict, "the tenant has a key"));
                }
                let (key, _) = inner.create(&tenant).await?;
                Ok(key)
            }
        };
        self.inner.creating.join(tenant.into(), begin).await
    }

    /// Loads the key of a tenant, if it has one.
    ///
    /// # Errors
    /// Those of [`Keyring::open`] and of the store.
    pub async fn load(&self, tenant: &str) -> Result<Option<TenantKey>, Error> {
        match self.read(tenant).await? {
            Some(record) => self.unwrap(tenant, &record).await.map(Some),
            None => Ok(None),
        }
    }

    /// Loads the key of a tenant, and makes one where there is none.
    ///
    /// # Errors
    /// Those of [`load`](Self::load) and [`create`](Self::create).
    pub async fn load_or_create(&self, tenant: &str) -> Result<TenantKey, Error> {
        if let Some(key) = self.load(tenant).await? {
            return Ok(key);
        }
        match self.create_once(tenant).await {
            // Somebody else was quicker.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                self.load(tenant).await?.ok_or(error)
            }
            created => created,
        }
    }

    /// Adds a version to the key of a tenant: see
    /// [`Keyring::rotate_tenant_key`].
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where the tenant has no key,
    /// [`Conflict`](crate::ErrorKind::Conflict) where the record was changed at
    /// the same time, and those of the keyring and the store.
    pub async fn rotate(&self, tenant: &str, keep: usize) -> Result<TenantKey, Error> {
        let record = self.record(tenant).await?;
        let (key, _) = self.rotate_record(tenant, record, keep, 0).await?;
        Ok(key)
    }

    /// Rotates a key whose record was read, to a version with a number above `above`.
    /// Returns the digest of the new record too.
    pub(crate) async fn rotate_record(
        &self,
        tenant: &str,
        record: StoredRecord,
        keep: usize,
        above: u32,
    ) -> Result<(TenantKey, [u8; 32]), Error> {
        let keyring = self.inner.keyring(tenant).await?;
        let rotated = keyring.rotate_tenant_key_above(&record.value, tenant, keep, above);
        let (key, envelope) = rotated.await?;
        let digest = digest(envelope.as_bytes());
        self.replace(record, envelope.into_bytes()).await?;
        Ok((key, digest))
    }

    /// Forgets older versions of the key of a tenant and adds none, and tells whether
    /// there were any: see [`Keyring::drop_tenant_key_versions`].
    ///
    /// # Errors
    /// Those of [`rotate`](Self::rotate).
    pub async fn drop_versions(&self, tenant: &str, keep: usize) -> Result<bool, Error> {
        let record = self.record(tenant).await?;
        let dropped = self.drop_versions_of(tenant, record, keep).await?;
        Ok(dropped.is_some())
    }

    /// Drops versions of a key whose record was read. Returns the key that is left and
    /// the digest of its record, or nothing where there was none to drop.
    pub(crate) async fn drop_versions_of(
        &self,
        tenant: &str,
        record: StoredRecord,
        keep: usize,
    ) -> Result<Option<(TenantKey, [u8; 32])>, Error> {
        let keyring = self.inner.keyring(tenant).await?;
        let dropped = keyring.drop_tenant_key_versions(&record.value, tenant, keep);
        let Some((key, envelope)) = dropped.await? else {
            return Ok(None);
        };
        let digest = digest(envelope.as_bytes());
        self.replace(record, envelope.into_bytes()).await?;
        Ok(Some((key, digest)))
    }

    /// Whether a record is under the current version of the key that wraps new ones.
    /// Under a key whose provider does not tell its versions, none is.
    pub(crate) async fn is_current(
        &self,
        tenant: &str,
        record: &StoredRecord,
    ) -> Result<bool, Error> {
        let keyring = self.inner.keyring(tenant).await?;
        let envelope = Envelope::parse(&record.value)?;
        if envelope.key_id() != keyring.key_id().as_str() || envelope.key_version().is_empty() {
            return Ok(false);
        }
        let current = keyring.current_version().await?;
        Ok(envelope.key_version() == current.as_str())
    }

    /// Whether the provider has another key under the same id than the processes before
    /// this one: none of the first `most` tenants' keys under its current version opens.
    /// This is looked at until the provider has opened a record.
    pub(crate) async fn is_foreign(&self, most: usize) -> Result<bool, Error> {
        let of_all = matches!(self.inner.keyrings, Keyrings::One(_));
        if !of_all || self.inner.is_proven.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let mut is_refused = false;
        for tenant in self.inner.store.tenants(None, most).await? {
            let Some(record) = self.read(&tenant).await? else {
                continue;
            };
            // What is no envelope proves nothing.
            if !self.is_current(&tenant, &record).await.unwrap_or(false) {
                continue;
            }
            match self.unwrap(&tenant, &record).await {
                Ok(_) => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Open => is_refused = true,
                Err(error) => return Err(error),
            }
        }
        Ok(is_refused)
    }

    /// Wraps the record of a tenant's key anew, under `version` of the
    /// provider's key or its current one: all that re-wrapping a tenant takes.
    ///
    /// # Errors
    /// Those of [`rotate`](Self::rotate).
    pub async fn rewrap(&self, tenant: &str, version: Option<&KeyVersion>) -> Result<(), Error> {
        let record = self.record(tenant).await?;
        self.rewrap_record(tenant, record, version).await
    }

    /// Wraps a record anew that was read.
    pub(crate) async fn rewrap_record(
        &self,
        tenant: &str,
        record: StoredRecord,
        version: Option<&KeyVersion>,
    ) -> Result<(), Error> {
        let keyring = self.inner.keyring(tenant).await?;
        let rewrapped = keyring.rewrap_tenant_key(&record.value, tenant, version);
        let envelope = rewrapped.await?;
        self.replace(record, envelope.into_bytes()).await
    }

    /// Destroys the key of a tenant, and with it all that was sealed under it. Where the
    /// provider's keys are [one for each tenant](Self::per_tenant), that of this tenant
    /// is destroyed as well. The receipt says how final that is.
    ///
    /// It is no error to destroy twice, and completes what the provider did not do
    /// before.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where the record was changed at
    /// the same time, and those of the store. That the provider failed is no error but
    /// stands in the receipt, since the record is gone.
    ///
    /// # Security
    /// Values can still be opened with what is outside of the store: keys that
    /// were loaded before, for as long as they are held; copies of the record in
    /// backups, replicas and logs of the database, until they are gone or the
    /// provider's key is.
    pub async fn destroy(&self, tenant: &str) -> Result<TenantReceipt, Error> {
        let place = Self::place(tenant)?;
        let record = self.inner.store.get(&place).await?;
        if let Some(record) = &record {
            let batch = Batch::new()
                .require(place.clone(), Condition::Revision(record.revision))
                .delete(place);
            self.inner.store.commit(batch).await?;
        }
        Ok(self.receipt(tenant, record.as_ref()).await)
    }

    /// Destroys the provider's key of a tenant whose record is deleted, where it has one
    /// of its own.
    pub(crate) async fn receipt(
        &self,
        tenant: &str,
        record: Option<&StoredRecord>,
    ) -> TenantReceipt {
        let destroyed = match &self.inner.keyrings {
            Keyrings::One(_) => Ok(None),
            Keyrings::Each(keyrings) => destroy_own(&**keyrings, tenant, record).await,
        };
        TenantReceipt {
            record: record.map(|record| digest(&record.value)),
            finality: match destroyed {
                Ok(Some(KeyDestruction::Destroyed)) => Finality::KeyDestroyed,
                Ok(Some(KeyDestruction::Scheduled)) => Finality::KeyScheduled,
                Ok(None) | Err(_) => Finality::RecordDeleted,
            },
            key_error: destroyed.err(),
        }
    }

    /// Makes a key for a tenant that has none. Returns the digest of its record too.
    pub(crate) async fn create_recorded(
        &self,
        tenant: &str,
    ) -> Result<(TenantKey, [u8; 32]), Error> {
        self.inner.create(tenant).await
    }

    /// Deletes the record of a key with that digest, unless another is there by now.
    pub(crate) async fn discard(&self, tenant: &str, made: &[u8; 32]) -> Result<(), Error> {
        let Some(record) = self.read(tenant).await? else {
            return Ok(());
        };
        if digest(&record.value) != *made {
            return Ok(());
        }
        let batch = Batch::new()
            .require(record.key.clone(), Condition::Revision(record.revision))
            .delete(record.key);
        self.inner.store.commit(batch).await?;
        Ok(())
    }

    /// The record of a tenant's key, if it has one.
    pub(crate) async fn read(&self, tenant: &str) -> Result<Option<StoredRecord>, Error> {
        self.inner.store.get(&Self::place(tenant)?).await
    }

    /// The key of a tenant out of its record. Those who want the same key at the same
    /// time share one question to the key service.
    pub(crate) async fn unwrap(
        &self,
        tenant: &str,
        record: &StoredRecord,
    ) -> Result<TenantKey, Error> {
        let begin = || {
            let (inner, tenant) = (Arc::clone(&self.inner), tenant.to_owned());
            let value = record.value.clone();
            async move {
                let keyring = inner.keyring(&tenant).await?;
                let key = keyring.load_tenant_key(&value, &tenant).await?;
                inner.is_proven.store(true, Ordering::Relaxed);
                Ok(key)
            }
        };
        let name = (tenant.into(), digest(&record.value));
        self.inner.unwrapping.join(name, begin).await
    }

    /// Where the record of a tenant's key lies.
    pub(crate) fn place(tenant: &str) -> Result<RecordKey, Error> {
        RecordKey::new(Tenant::new(tenant), COLLECTION, b"key")
    }

    async fn record(&self, tenant: &str) -> Result<StoredRecord, Error> {
        let record = self.read(tenant).await?;
        record.ok_or_else(|| Error::not_found("the tenant has no key"))
    }

    async fn replace(&self, record: StoredRecord, value: Vec<u8>) -> Result<(), Error> {
        let unchanged = Condition::Revision(record.revision);
        let batch = Batch::new()
            .require(record.key.clone(), unchanged)
            .put(record.key, value);
        self.inner.store.commit(batch).await?;
        Ok(())
    }
}

impl Inner {
    async fn keyring(&self, tenant: &str) -> Result<Keyring, Error> {
        let keyring = self.keyrings.of(tenant).await?;
        if self.demands_authentic && !keyring.authenticates() {
            return Err(Error::config(
                "key provider wraps for whoever knows its public key, and so for whoever plants a key",
            ));
        }
        Ok(keyring)
    }

    async fn create(&self, tenant: &str) -> Result<(TenantKey, [u8; 32]), Error> {
        let place = TenantKeys::place(tenant)?;
        let keyring = self.keyring(tenant).await?;
        let (key, record) = keyring.create_tenant_key(tenant).await?;
        let made = digest(record.as_bytes());
        let batch = Batch::new()
            .require(place.clone(), Condition::Absent)
            .put(place, record.into_bytes());
        self.store.commit(batch).await?;
        Ok((key, made))
    }
}

/// Destroys the keys of a tenant's own keyring. Says what came of it only where they are
/// those under which the tenant's key was.
async fn destroy_own(
    keyrings: &dyn TenantKeyrings,
    tenant: &str,
    record: Option<&StoredRecord>,
) -> Result<Option<KeyDestruction>, Error> {
    let Some(keyring) = keyrings.existing_keyring(tenant).await? else {
        return match record {
            Some(_) => Err(Error::not_found(
                "the provider has no key of the tenant, and nothing shows where it went",
            )),
            None => Ok(None),
        };
    };
    // Only the provider can show that it is the key.
    keyring.purge_cache();
    let opened = match record {
        Some(record) => keyring.load_tenant_key(&record.value, tenant).await.err(),
        None => None,
    };
    let destroyed = keyring.destroy_keys().await?;
    match opened {
        Some(error) => {
            let what = "the key that was destroyed did not open the record of the tenant's key";
            Err(Error::message(error.kind(), what).with_source(error))
        }
        None => Ok(Some(destroyed)),
    }
}

/// What tells one record from another, whatever their revisions.
pub(crate) fn digest(record: &[u8]) -> [u8; 32] {
    Sha256::digest(record).into()
}

impl fmt::Debug for TenantKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantKeys")
            .field("keyrings", &self.inner.keyrings)
            .finish_non_exhaustive()
    }
}
