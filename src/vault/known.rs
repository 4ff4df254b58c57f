//! Telling redactors what the vault holds.

use super::Caller;
use super::info::Filter;
use super::put::{Inner, Vault};
use super::record::Version;
use super::trail::Trail;
use crate::Error;
use crate::redact::KnownValues;

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
    /// stored is not what was put, and those of the store, the key service and the log.
    pub async fn feed_known_values(
        &self,
        caller: &Caller,
        tenant: &str,
        known: &KnownValues,
    ) -> Result<u64, Error> {
        let trail = Trail::of_tenant(&self.inner, caller, "secret.feed_known_values", tenant)?;
        trail.attempt().await?;
        let fed = self.inner.feed(tenant, known).await;
        let count = *fed.as_ref().unwrap_or(&0);
        trail.count("values", count)?.end(fed).await
    }
}

impl Inner {
    async fn feed(&self, tenant: &str, known: &KnownValues) -> Result<u64, Error> {
        let mut count = 0;
        let mut pages = self.secret_pages(tenant, Filter::new());
        while let Some(page) = pages.next().await? {
            for info in &page {
                let mut versions = self.version_pages(&info.secret);
                while let Some(versions) = versions.next().await? {
                    for (number, record) in &versions {
                        let version = Version::parse(&record.value)?;
                        let value = self.decrypt(&info.secret, *number, &version).await?;
                        count += u64::from(tell(known, value.expose_secret()));
                    }
                }
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
