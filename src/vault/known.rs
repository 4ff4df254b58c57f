//! Telling redactors the values in the vault.

use super::SecretRef;
use super::info::Filter;
use super::trail::Trail;
use super::vault::{Inner, Vault};
use crate::audit::Caller;
use crate::redact::KnownValues;
use crate::{Error, ErrorKind};

/// What came of the values of a tenant when redactors were told of them.
///
/// # Example
/// ```
/// # async fn refresh(
/// #     vault: &confidant::vault::Vault,
/// #     caller: &confidant::audit::Caller,
/// # ) -> Result<(), confidant::Error> {
/// let told = vault.refresh_known_values(caller, "acme").await?;
/// if told.too_short() > 0 {
///     // These values cannot be hidden by what they are. Choose longer ones.
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToldValues {
    told: u64,
    too_short: u64,
    too_long: u64,
    words: u64,
}

impl ToldValues {
    /// Returns the number of values that redactors find now.
    #[must_use]
    pub const fn told(self) -> u64 {
        self.told
    }

    /// Returns the number of values of fewer than 8 bytes. They are not found, because
    /// texts contain such values by chance.
    #[must_use]
    pub const fn too_short(self) -> u64 {
        self.too_short
    }

    /// Returns the number of values of more than 8,192 bytes, which are not found.
    #[must_use]
    pub const fn too_long(self) -> u64 {
        self.too_long
    }

    /// Returns the number of values, among those that are found, that are nothing but
    /// small letters. If they are words, texts lose these words wherever they stand.
    #[must_use]
    pub const fn words(self) -> u64 {
        self.words
    }

    fn note(&mut self, value: &[u8], taken: bool) {
        match value.len() {
            ..KnownValues::MIN_LEN => self.too_short += 1,
            len if len > KnownValues::MAX_LEN => self.too_long += 1,
            _ => {
                self.told += u64::from(taken);
                let is_word = value.iter().all(u8::is_ascii_lowercase);
                self.words += u64::from(taken && is_word);
            }
        }
    }
}

impl Vault {
    /// Tells `known` every value of a tenant, so that redactors that ask it find them
    /// wherever they stand: in a prompt, a tool call, a log. Returns how many it took:
    /// of fewer than 8 bytes they are too short to be told from ordinary text, and of
    /// more than 8,192 too long.
    ///
    /// Use one set for each tenant. Values that are put later go to what was named when
    /// the vault was built.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open) and [`Integrity`](crate::ErrorKind::Integrity) where what is
    /// stored is not what was put or a secret is gone that the log tells of, and those of the store, the key service and the log.
    pub async fn feed_known_values(
        &self,
        caller: &Caller,
        tenant: &str,
        known: &KnownValues,
    ) -> Result<u64, Error> {
        let trail = Trail::of_tenant(&self.inner, caller, "secret.feed_known_values", tenant)?;
        let trail = trail.attempt().await?;
        let fed = self
            .inner
            .feed(tenant, &mut |_, value| known.insert(value).is_ok())
            .await;
        let fed = fed.map(ToldValues::told);
        let count = *fed.as_ref().unwrap_or(&0);
        trail.count("values", count)?.end(fed).await
    }

    /// Brings the known values of a tenant, in the collection that was named when the
    /// vault was built, up to date with what the vault holds: after a restart, and for
    /// what other processes have put and shredded. Values that are gone are known no
    /// more.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where no collection was named, and those of
    /// [`feed_known_values`](Self::feed_known_values). What was known then stays known.
    pub async fn refresh_known_values(
        &self,
        caller: &Caller,
        tenant: &str,
    ) -> Result<ToldValues, Error> {
        let Some(known) = &self.inner.known else {
            return Err(Error::config("vault was built without known values"));
        };
        let trail = Trail::of_tenant(&self.inner, caller, "secret.feed_known_values", tenant)?;
        let trail = trail.attempt().await?;
        // What others put meanwhile is not among these, and stays.
        let mut gone = known.owners(tenant);
        let fed = self
            .inner
            .feed(tenant, &mut |owner, value| {
                gone.retain(|other| **other != *owner);
                known.insert(tenant, owner, value)
            })
            .await;
        if fed.is_ok() {
            for owner in gone {
                known.remove(tenant, &owner);
            }
        }
        let count = fed.as_ref().map_or(0, |fed| fed.told);
        trail.count("values", count)?.end(fed).await
    }
}

impl Inner {
    /// Passes every value of a tenant to `tell`, with its owner.
    async fn feed(
        &self,
        tenant: &str,
        tell: &mut (dyn FnMut(&str, &[u8]) -> bool + Send),
    ) -> Result<ToldValues, Error> {
        let mut told = ToldValues::default();
        // One that was hidden could be used again later, and no redactor would know it.
        for info in self.all_secrets(tenant, &Filter::new()).await? {
            match self.feed_secret(&info.secret, tell, &mut told).await {
                Ok(()) => {}
                // It was shredded since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(told)
    }

    async fn feed_secret(
        &self,
        secret: &SecretRef,
        tell: &mut (dyn FnMut(&str, &[u8]) -> bool + Send),
        told: &mut ToldValues,
    ) -> Result<(), Error> {
        let mut found = self.find(secret).await?;
        let numbers: Vec<_> = found.head.versions().collect();
        for number in numbers {
            match self.decrypt(secret, &mut found, number, &|_| Ok(())).await {
                Ok(value) => {
                    let value: &[u8] = value.expose_secret();
                    let taken = tell(&owner(secret, Some(number)), value);
                    told.note(value, taken);
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Tells redactors a value that was put or may have been, or is about to be.
    pub(super) fn tell_known(&self, tenant: &str, owner: &str, value: &[u8]) {
        if let Some(known) = &self.known {
            known.insert(tenant, owner, value);
        }
    }

    /// Takes back what redactors were told under an owner.
    pub(super) fn forget_owner(&self, tenant: &str, owner: &str) {
        if let Some(known) = &self.known {
            known.remove(tenant, owner);
        }
    }

    /// Tells redactors that a secret is gone, or one version of it.
    pub(super) fn forget_known(&self, secret: &SecretRef, version: Option<u64>) {
        if let Some(known) = &self.known {
            known.remove(secret.tenant(), &owner(secret, version));
        }
    }

    /// Tells redactors that all secrets of a tenant are gone.
    pub(super) fn forget_tenant(&self, tenant: &str) {
        if let Some(known) = &self.known {
            known.clear(tenant);
        }
    }
}

/// Returns the name under which a version of a secret owns its value, or what the
/// names of all its versions begin with.
pub(super) fn owner(secret: &SecretRef, version: Option<u64>) -> String {
    match version {
        // Of fixed length, so that no version's name begins another's.
        Some(version) => format!("{}/{version:020}", secret.id_text()),
        None => format!("{}/", secret.id_text()),
    }
}
