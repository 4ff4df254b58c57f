//! The builder of vaults.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ledger::Ledger;
use super::reveal_policy::{DenyReveal, RevealPolicy};
use super::tenants::Tenants;
use super::vault::{Inner, Vault};
use crate::Error;
use crate::audit::{Log, LogKey};
#[cfg(feature = "redact")]
use crate::redact::KnownTenants;
use crate::seal::{Keyring, TenantKeyrings, TenantKeys};
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// Puts a [`Vault`] together: see [`Vault::builder`].
pub struct VaultBuilder {
    keyrings: Keyrings,
    store: Arc<dyn Store>,
    log: Log,
    log_key: LogKey,
    clock: Arc<dyn Clock>,
    policy: Arc<dyn RevealPolicy>,
    key_age: Duration,
    allows_public_wrapping: bool,
    #[cfg(feature = "redact")]
    known: Option<KnownTenants>,
}

enum Keyrings {
    Each(Arc<dyn TenantKeyrings>),
    One(Keyring),
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
        VaultBuilder::new(Keyrings::One(keyring), store, log, log_key)
    }

    /// Begins a vault in which each tenant's key is wrapped by a keyring of its own, so
    /// that shredding a tenant can be [final](crate::seal::Finality) at once.
    #[must_use]
    pub fn builder_per_tenant(
        keyrings: Arc<dyn TenantKeyrings>,
        store: Arc<dyn Store>,
        log: Log,
        log_key: LogKey,
    ) -> VaultBuilder {
        VaultBuilder::new(Keyrings::Each(keyrings), store, log, log_key)
    }
}

impl VaultBuilder {
    fn new(keyrings: Keyrings, store: Arc<dyn Store>, log: Log, log_key: LogKey) -> Self {
        Self {
            keyrings,
            store,
            log,
            log_key,
            clock: Arc::new(SystemClock::new()),
            policy: Arc::new(DenyReveal),
            key_age: Duration::from_secs(300),
            allows_public_wrapping: false,
            #[cfg(feature = "redact")]
            known: None,
        }
    }

    /// Sets the clock by which secrets expire. The default is that of the system.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the policy that decides whether a secret is shown. Without one, none is.
    #[must_use]
    pub fn reveal_policy(mut self, policy: Arc<dyn RevealPolicy>) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how long the key of a tenant is used from memory once the key service has
    /// unwrapped it: 5 minutes by default, not at all for zero. Keys that are older are
    /// wiped at the next use of any tenant. A process that is idle keeps the last ones
    /// until [`Vault::purge_tenant_keys`].
    ///
    /// A key whose record was destroyed or changed is not used any more, at once:
    /// each use reads the record.
    #[must_use]
    pub fn tenant_key_age(mut self, age: Duration) -> Self {
        self.key_age = age;
        self
    }

    /// Takes a key provider that wraps by a public key, such as Azure Key Vault with RSA.
    /// Without this, every verb that needs the key of a tenant is an error of kind
    /// [`Config`](crate::ErrorKind::Config) there.
    ///
    /// # Security
    /// Whoever knows the public key and can write to the store can then give a tenant a
    /// key that they know. New secrets of the tenant are sealed under it, and they can
    /// read them. A key of a managed HSM with
    /// [AES key wrap](crate::seal::KeyServiceCapabilities::authenticates) does not have
    /// this weakness.
    #[must_use]
    pub fn danger_allow_public_wrapping(mut self) -> Self {
        self.allows_public_wrapping = true;
        self
    }

    /// Tells the set of each tenant of every value of it that is put, so that the
    /// tenant's redactors find it, and of every one that is shredded. The versions
    /// before a rotation stay known until they are shredded, since they can still be
    /// used. [`Vault::refresh_known_values`] tells of those that are in the vault
    /// already, and of what other processes do.
    #[cfg(feature = "redact")]
    #[must_use]
    pub fn known_values(mut self, known: KnownTenants) -> Self {
        self.known = Some(known);
        self
    }

    /// Returns the vault. None of the settings can be wrong.
    ///
    /// The vault reads the log when it is first asked for something, which takes as long
    /// as the log is long; [`open`](Self::open) does that beforehand. What it keeps of the
    /// log takes some 200 bytes of memory for each secret that was ever put.
    #[must_use]
    pub fn build(self) -> Vault {
        let store = Arc::clone(&self.store);
        let keys = match (self.keyrings, self.allows_public_wrapping) {
            (Keyrings::Each(keyrings), false) => TenantKeys::authentic_per_tenant(keyrings, store),
            (Keyrings::Each(keyrings), true) => TenantKeys::per_tenant(keyrings, store),
            (Keyrings::One(keyring), false) => TenantKeys::authentic(keyring, store),
            (Keyrings::One(keyring), true) => TenantKeys::new(keyring, store),
        };
        let ledger = Arc::new(Ledger::new(self.log));
        Vault::new(Inner {
            tenants: Tenants::new(
                keys,
                Arc::clone(&ledger),
                self.log_key.clone(),
                Arc::clone(&self.clock),
                self.key_age,
            ),
            ledger,
            store: self.store,
            log_key: self.log_key,
            clock: self.clock,
            policy: self.policy,
            #[cfg(feature = "redact")]
            known: self.known,
        })
    }

    /// Returns the vault once it has read the whole log.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where an entry of the log is not what
    /// was written, and [`Store`](crate::ErrorKind::Store) where the log cannot be read.
    pub async fn open(self) -> Result<Vault, Error> {
        let vault = self.build();
        vault.inner.ledger.follow_all().await?;
        Ok(vault)
    }
}

impl fmt::Debug for VaultBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultBuilder").finish_non_exhaustive()
    }
}
