//! Records of tenant keys in a store.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{KeyVersion, Keyring, TenantKey};
use crate::Error;
use crate::store::{Batch, Condition, Key, Record, Store};

const COLLECTION: &str = "confidant.tenant-key";

/// The records of tenant keys in a [`Store`], one for each tenant.
///
/// # Example
/// ```no_run
/// use std::sync::Arc;
///
/// use confidant::seal::{Context, Keyring, LocalKeys, TenantKeys};
/// use confidant::store::Store;
///
/// # async fn example(store: Arc<dyn Store>) -> Result<(), confidant::Error> {
/// let keyring = Keyring::new(LocalKeys::from_file("local:main", "/etc/acme/keys")?);
/// let keys = TenantKeys::new(keyring, store);
///
/// let acme = keys.load_or_create("acme").await?;
/// let envelope = acme.seal(b"a token", &Context::new("acme", "github-token")?)?;
///
/// // Nothing that was sealed for this tenant can be opened any more.
/// keys.destroy("acme").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TenantKeys {
    keyring: Keyring,
    store: Arc<dyn Store>,
}

impl TenantKeys {
    /// The records in `store`, which the keys of `keyring` open.
    #[must_use]
    pub fn new(keyring: Keyring, store: Arc<dyn Store>) -> Self {
        Self { keyring, store }
    }

    /// Makes a key for a tenant that has none.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where it has one, and those of
    /// [`Keyring::seal`] and of the store.
    pub async fn create(&self, tenant: &str) -> Result<TenantKey, Error> {
        let place = Self::place(tenant)?;
        let (key, record) = self.keyring.create_tenant_key(tenant).await?;
        let batch = Batch::new()
            .require(place.clone(), Condition::Absent)
            .put(place, record.into_bytes());
        self.store.commit(batch).await?;
        Ok(key)
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
        match self.create(tenant).await {
            // Somebody else was quicker.
            Err(error) if error.kind() == crate::ErrorKind::Conflict => {
                self.load(tenant).await?.ok_or(error)
            }
            created => created,
        }
    }

    /// Adds a version to the key of a tenant: see
    /// [`Keyring::rotate_tenant_key`].
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the tenant has no key,
    /// [`Conflict`](crate::ErrorKind::Conflict) where the record was changed at
    /// the same time, and those of the keyring and the store.
    pub async fn rotate(&self, tenant: &str, keep: usize) -> Result<TenantKey, Error> {
        let record = self.record(tenant).await?;
        self.rotate_record(tenant, record, keep).await
    }

    /// Rotates a key whose record was read.
    pub(crate) async fn rotate_record(
        &self,
        tenant: &str,
        record: Record,
        keep: usize,
    ) -> Result<TenantKey, Error> {
        let rotated = self.keyring.rotate_tenant_key(&record.value, tenant, keep);
        let (key, envelope) = rotated.await?;
        self.replace(record, envelope.into_bytes()).await?;
        Ok(key)
    }

    /// Wraps the record of a tenant's key anew, under `version` of the
    /// provider's key or its current one: all that re-wrapping a tenant takes.
    ///
    /// # Errors
    /// Those of [`rotate`](Self::rotate).
    pub async fn rewrap(&self, tenant: &str, version: Option<&KeyVersion>) -> Result<(), Error> {
        let record = self.record(tenant).await?;
        let rewrapped = self
            .keyring
            .rewrap_tenant_key(&record.value, tenant, version);
        let envelope = rewrapped.await?;
        self.replace(record, envelope.into_bytes()).await
    }

    /// Destroys the key of a tenant, and with it all that was sealed under it.
    /// Returns the SHA-256 digest of the record that died, for the audit; `None`
    /// where there was none.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where the record was changed at
    /// the same time, and those of the store.
    ///
    /// # Security
    /// Values can still be opened with what is outside of the store: keys that
    /// were loaded before, for as long as they are held; copies of the record in
    /// backups, replicas and logs of the database, until they are gone or the
    /// provider's key is.
    pub async fn destroy(&self, tenant: &str) -> Result<Option<[u8; 32]>, Error> {
        let place = Self::place(tenant)?;
        let Some(record) = self.store.get(&place).await? else {
            return Ok(None);
        };
        let batch = Batch::new()
            .require(place.clone(), Condition::Revision(record.revision))
            .delete(place);
        self.store.commit(batch).await?;
        Ok(Some(Sha256::digest(&record.value).into()))
    }

    /// The record of a tenant's key, if it has one.
    pub(crate) async fn read(&self, tenant: &str) -> Result<Option<Record>, Error> {
        self.store.get(&Self::place(tenant)?).await
    }

    /// The key of a tenant out of its record.
    pub(crate) async fn unwrap(&self, tenant: &str, record: &Record) -> Result<TenantKey, Error> {
        self.keyring.load_tenant_key(&record.value, tenant).await
    }

    /// Where the record of a tenant's key lies.
    pub(crate) fn place(tenant: &str) -> Result<Key, Error> {
        Key::new(tenant, COLLECTION, b"key")
    }

    async fn record(&self, tenant: &str) -> Result<Record, Error> {
        let record = self.read(tenant).await?;
        record.ok_or_else(|| Error::config("the tenant has no key"))
    }

    async fn replace(&self, record: Record, value: Vec<u8>) -> Result<(), Error> {
        let unchanged = Condition::Revision(record.revision);
        let batch = Batch::new()
            .require(record.key.clone(), unchanged)
            .put(record.key, value);
        self.store.commit(batch).await?;
        Ok(())
    }
}

impl fmt::Debug for TenantKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantKeys")
            .field("keyring", &self.keyring)
            .finish_non_exhaustive()
    }
}
