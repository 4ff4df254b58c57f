//! Retention of the secrets of a vault, through the vault's own verbs.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::keeper::{ErasureReceipt, Keeper, KeeperOutcome};
use super::order::Order;
use super::record::Record;
use super::trigger::{Events, Trigger};
use crate::Error;
use crate::audit::Caller;
use crate::error::ErrorKind;
use crate::taxonomy::{DataCategory, Tenant};
use crate::time::{Clock, SystemClock};
use crate::vault::{Filter, SecretInfo, SecretRef, Vault};

/// Judges the secrets of a [`Vault`] as data of one category, and destroys those that are
/// due.
///
/// Secrets go through the vault, never past it: their records are authenticated and
/// numbered in the audit log, so a record that was deleted in the store counts as taken
/// away. [`records`](Self::records) returns what a schedule judges, and as a [`Keeper`] it
/// carries out the orders of an [`Executor`](super::Executor). Deleting and shredding are
/// one: both destroy the secret with all its versions. An order without a record destroys
/// the tenant's key and with it all secrets of the tenant. An order of another category does
/// nothing here. One about a person is refused, since a vault does not know whose its
/// secrets are, and so is one of a category below that of the secrets.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Identifier, Log, LogKey, Caller};
/// use confidant::retention::VaultSecrets;
/// use confidant::seal::{Keyring, LocalKeys};
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::DataCategory;
/// use confidant::vault::{NewSecret, SecretPurpose, Vault};
/// use confidant::taxonomy::Tenant;
///
/// # fn main() -> Result<(), confidant::Error> {
/// pollster::block_on(async {
///     let keyring = Keyring::new(LocalKeys::generate("local:main")?);
///     let (log, log_key) = (Log::in_memory()?, LogKey::generate()?);
///     let vault = Vault::builder(keyring, Arc::new(MemoryStore::new()), log, log_key).build();
///     let caller = Caller::new(Identifier::new("service:retention")?);
///     let token = NewSecret::new(Tenant::new("acme"), "registry", b"not a real token", SecretPurpose::new("ci")?);
///     vault.put(&caller, &token).await?;
///
///     let secrets = VaultSecrets::new(vault, caller, DataCategory::new("credentials")?);
///     let page = secrets.records("acme", None).await?;
///     assert_eq!(page.len(), 1);
///     assert_eq!(page[0].0.name(), "registry");
///     # Ok(())
/// })
/// # }
/// ```
#[derive(Clone)]
pub struct VaultSecrets {
    vault: Vault,
    caller: Caller,
    category: DataCategory,
    clock: Arc<dyn Clock>,
}

impl VaultSecrets {
    /// The most secrets that one page of [`records`](Self::records) has.
    pub const PAGE: usize = 1_000;

    /// Treats the secrets of `vault` as data of this category, and acts as `caller`.
    #[must_use]
    pub fn new(vault: Vault, caller: Caller, category: DataCategory) -> Self {
        Self {
            vault,
            caller,
            category,
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// Takes the moments of receipts from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns a page of a tenant's secrets by name, the first behind `after`, each with
    /// the record that a schedule judges. A page with fewer than [`PAGE`](Self::PAGE) is
    /// the last.
    ///
    /// A secret was [`Created`](Trigger::Created) when it was put, and its purpose ends
    /// ([`PurposeEnded`](Trigger::PurposeEnded)) when it expires, where an expiry was set.
    ///
    /// # Errors
    /// Those of [`Vault::list`].
    pub async fn records<'s>(
        &'s self,
        tenant: &'s str,
        after: Option<&str>,
    ) -> Result<Vec<(SecretRef, Record<'s>)>, Error> {
        let mut filter = Filter::new().limit(Self::PAGE);
        if let Some(after) = after {
            filter = filter.after(after);
        }
        let page = self.vault.list(&self.caller, tenant, &filter).await?;
        let record = |info: SecretInfo| {
            let mut events = Events::created(info.created);
            if let Some(expires) = info.expires {
                events = events.at(Trigger::PurposeEnded, expires);
            }
            let record = Record::new(&self.category, events).tenant(tenant);
            (info.secret, record)
        };
        Ok(page.into_iter().map(record).collect())
    }

    /// Returns the key by which an [`Order::record`] names a secret.
    #[must_use]
    pub fn record_key(secret: &SecretRef) -> Vec<u8> {
        format!("{}:{}", secret.to_text(), secret.name()).into_bytes()
    }

    /// Returns the secret that an order is about, or `None` for all of its tenant.
    fn secret(order: &Order) -> Result<Option<SecretRef>, Error> {
        let Some(key) = order.record_key() else {
            return match order.data_subject() {
                None => Ok(None),
                Some(_) => Err(Error::message(
                    ErrorKind::Refused,
                    "vault does not know whose its secrets are",
                )),
            };
        };
        let malformed = || Error::config("order names no secret of a vault");
        let key = str::from_utf8(key).map_err(|_| malformed())?;
        let (id, name) = key.split_once(':').ok_or_else(malformed)?;
        SecretRef::parse(Tenant::new(order.tenant_name()), name, id).map(Some)
    }

    async fn destroy(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        if !order.is_about(&self.category)? {
            let done = ErasureReceipt::new(self.clock.now(), 0);
            return Ok(KeeperOutcome::Done(done));
        }
        let items = match Self::secret(order)? {
            Some(secret) => u64::from(self.vault.shred(&self.caller, &secret).await?),
            None => {
                let tenant = order.tenant_name();
                self.vault.shred_tenant(&self.caller, tenant).await?;
                1
            }
        };
        Ok(KeeperOutcome::Done(ErasureReceipt::new(
            self.clock.now(),
            items,
        )))
    }
}

#[async_trait]
impl Keeper for VaultSecrets {
    async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.destroy(order).await
    }

    async fn shred(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.destroy(order).await
    }

    async fn count(&self, order: &Order) -> Result<u64, Error> {
        if !order.is_about(&self.category)? {
            return Ok(0);
        }
        let (vault, tenant) = (&self.vault, order.tenant_name());
        match Self::secret(order)? {
            Some(secret) => {
                let found = vault
                    .find(&self.caller, Tenant::new(tenant), secret.name())
                    .await?;
                Ok(u64::from(found.is_some_and(|info| info.secret == secret)))
            }
            None => {
                let one = Filter::new().limit(1);
                let left = vault.list(&self.caller, tenant, &one).await?;
                Ok(left.len() as u64)
            }
        }
    }
}

impl fmt::Debug for VaultSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultSecrets")
            .field("category", &self.category)
            .finish_non_exhaustive()
    }
}
