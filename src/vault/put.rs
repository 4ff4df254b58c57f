//! The vault: putting secrets in, and finding their records.

use std::fmt;
use std::sync::Arc;

use super::builder::VaultBuilder;
use super::new_secret::{Terms, check_value};
use super::record::{self, Head, Version};
use super::reveal::RevealPolicy;
use super::tenants::Tenants;
use super::trail::Trail;
use super::{Caller, NewSecret, SecretRef};
use crate::audit::{Identifier, Log, LogKey};
#[cfg(feature = "redact")]
use crate::redact::KnownValues;
use crate::seal::{Keyring, TenantKeys};
use crate::store::{Batch, Condition, Store};
use crate::time::Clock;
use crate::{Error, ErrorKind};

/// How often a change is tried again that somebody else's came before.
const MOST_TRIES: usize = 8;

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
    /// [`Store`](ErrorKind::Store) where the key service, the store or the log fails.
    /// A log that fails only after the secret was stored is an error too: the entry
    /// that it was attempted is there.
    pub async fn put(&self, caller: &Caller, secret: &NewSecret<'_>) -> Result<SecretRef, Error> {
        secret.check()?;
        let mut id = [0; 16];
        random(&mut id)?;
        let reference = SecretRef::new(secret.tenant, secret.name, id);
        let trail = Trail::of_secret(&self.inner, caller, "secret.put", &reference)?;
        let trail = trail.count("version", 1)?;
        trail.attempt().await?;
        let stored = self.inner.store_new(secret, &reference).await;
        trail.end(stored).await?;
        Ok(reference)
    }

    /// Puts a new value in the place of the latest one, on the same terms. The
    /// versions before it stay, and answer a reference that is fixed to them, until
    /// [`shred_version`](Self::shred_version). Returns the number of the new one.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where there is no such secret, and those of
    /// [`put`](Self::put).
    pub async fn rotate(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        value: &[u8],
    ) -> Result<u64, Error> {
        check_value(value)?;
        let trail = Trail::of_secret(&self.inner, caller, "secret.rotate", secret)?;
        trail.attempt().await?;
        let stored = self.inner.store_next(secret, value).await;
        trail.end(stored).await
    }
}

impl Inner {
    /// What a secret is called in the log.
    pub(super) fn resource(&self, tenant: &str, name: &str) -> Identifier {
        // With its length before it, a tenant does not run into a name.
        let whole = format!("{}:{tenant}{name}", tenant.len());
        self.log_key.digest("secret", &whole)
    }

    async fn store_new(&self, secret: &NewSecret<'_>, reference: &SecretRef) -> Result<(), Error> {
        let created = self.clock.now();
        let head = Head {
            id: *reference.id(),
            created,
            latest: 1,
            disabled: false,
            expires: None,
            connection: secret.connection.clone(),
            labels: secret.labels.clone(),
        };
        let place = record::head_key(secret.tenant, secret.name)?;
        if self.store.get(&place).await?.is_some() {
            return Err(Error::message(
                ErrorKind::Conflict,
                "there is a secret of this name",
            ));
        }
        self.retry(async || {
            let batch = Batch::new()
                .require(place.clone(), Condition::Absent)
                .put(place.clone(), head.to_bytes());
            let terms = secret.terms.clone();
            self.add_version(batch, reference, 1, terms, secret.value)
                .await
        })
        .await?;
        self.tell_known(secret.value);
        Ok(())
    }

    async fn store_next(&self, secret: &SecretRef, value: &[u8]) -> Result<u64, Error> {
        let number = self
            .retry(async || {
                let Found { mut head, revision } = self.find(secret).await?;
                let latest = self.version(secret, head.latest).await?;
                let number = head.latest.checked_add(1).ok_or_else(record::damaged)?;
                head.latest = number;
                let place = record::head_key(secret.tenant(), secret.name())?;
                let batch = Batch::new()
                    .require(place.clone(), Condition::Revision(revision))
                    .put(place, head.to_bytes());
                self.add_version(batch, secret, number, latest.terms, value)
                    .await?;
                Ok(number)
            })
            .await?;
        self.tell_known(value);
        Ok(number)
    }

    /// Commits a batch together with a new version of a secret, as long as the key of
    /// the tenant is the one under which it was sealed.
    async fn add_version(
        &self,
        batch: Batch,
        secret: &SecretRef,
        number: u64,
        terms: Terms,
        value: &[u8],
    ) -> Result<(), Error> {
        let tenant = secret.tenant();
        let held = self.tenants.load_or_create(tenant).await?;
        let created = self.clock.now();
        let context = record::context(secret, number, created, &terms)?;
        let version = Version {
            created,
            envelope: held.key.seal(value, &context)?.into_bytes(),
            terms,
        };
        let place = record::version_key(tenant, secret.id(), number)?;
        let batch = batch
            .require(
                TenantKeys::place(tenant)?,
                Condition::Revision(held.revision),
            )
            .require(place.clone(), Condition::Absent)
            .put(place, version.to_bytes());
        self.store.commit(batch).await?;
        Ok(())
    }

    /// Tries again what somebody else's change came before.
    pub(super) async fn retry<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut tries = 1;
        loop {
            match attempt().await {
                Err(error) if error.kind() == ErrorKind::Conflict && tries < MOST_TRIES => {
                    tries += 1;
                }
                result => return result,
            }
        }
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

    /// Tells redactors of a value that was put.
    fn tell_known(&self, value: &[u8]) {
        #[cfg(feature = "redact")]
        if let Some(known) = &self.known {
            super::known::tell(known, value);
        }
        #[cfg(not(feature = "redact"))]
        let _ = value;
    }
}

/// There is no such secret, or it is another one by now.
#[cold]
pub(super) fn missing() -> Error {
    Error::config("there is no such secret, or no such version of it")
}

pub(super) fn random(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|error| {
        Error::message(ErrorKind::KeyService, "the system gave no random numbers")
            .with_source(error)
    })
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}
