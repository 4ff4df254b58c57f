//! Telling redactors what the vault holds.

use super::info::Filter;
use super::put::{Inner, Vault};
use super::trail::Trail;
use super::{Caller, SecretRef};
use crate::redact::KnownValues;
use crate::{Error, ErrorKind};

impl Vault {
    /// Tells `known` every value of a tenant, so that redactors that ask it find them
    /// wherever they stand: in a prompt, a tool call, a log. Returns how many it took:
    /// of fewer than 8 bytes they are too short to be told from ordinary text, and of
    /// more than 8,192 too long.
    ///
    /// Values that are put later go to what was named when the vault was built.
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
        let fed = self.inner.feed(tenant, known).await;
        let count = *fed.as_ref().unwrap_or(&0);
        trail.count("values", count)?.end(fed).await
    }
}

impl Inner {
    async fn feed(&self, tenant: &str, known: &KnownValues) -> Result<u64, Error> {
        let mut count = 0;
        // One that was hidden could be used again later, and no redactor would know it.
        for info in self.all_secrets(tenant, &Filter::new()).await? {
            match self.feed_secret(&info.secret, known).await {
                Ok(fed) => count += fed,
                // It was shredded since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    async fn feed_secret(&self, secret: &SecretRef, known: &KnownValues) -> Result<u64, Error> {
        let mut found = self.find(secret).await?;
        let mut count = 0;
        let numbers: Vec<_> = found.head.versions().collect();
        for number in numbers {
            match self.decrypt(secret, &mut found, number, &|_| Ok(())).await {
                Ok(value) => count += u64::from(tell(known, value.expose_secret())),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}

/// Tells a value, unless it is too short to be told from ordinary text, or longer
/// than a known value may be; answers whether it was taken.
pub(super) fn tell(known: &KnownValues, value: &[u8]) -> bool {
    known.insert(value).is_ok()
}
