//! Telling redactors what the vault holds.

use super::info::{Filter, PAGE};
use super::trail::Trail;
use super::vault::{Inner, Vault};
use super::{Caller, record};
use crate::redact::KnownValues;
use crate::{Error, ErrorKind};

impl Vault {
    /// Tells `known` every value of a tenant, so that redactors that ask it find them
    /// wherever they stand: in a prompt, a tool call, a log. Returns how many it took;
    /// those of fewer than 8 bytes are too short to be told from ordinary text.
    ///
    /// Values that are put later go to what was named when the vault was built.
    ///
    /// # Errors
    /// [`Open`](ErrorKind::Open) and [`Integrity`](ErrorKind::Integrity) where what is
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
        let mut filter = Filter::new();
        loop {
            let page = self.select(tenant, &filter, PAGE).await?;
            for info in &page {
                let range = record::versions_of(tenant, info.secret.id())?;
                for record in self.store.scan(&range, PAGE).await? {
                    let (_, number) = record::version_of(record.key.path())?;
                    let version = record::Version::parse(&record.value)?;
                    let value = self.decrypt(&info.secret, number, &version).await?;
                    count += u64::from(tell(known, value.expose_secret())?);
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => filter = filter.after(last.secret.name()),
                _ => return Ok(count),
            }
        }
    }
}

/// Tells a value, unless it is too short to be told from ordinary text; answers
/// whether it was taken.
pub(super) fn tell(known: &KnownValues, value: &[u8]) -> Result<bool, Error> {
    match known.insert(value) {
        Ok(_) => Ok(true),
        // Config: shorter than a known value may be.
        Err(error) if error.kind() == ErrorKind::Config => Ok(false),
        Err(error) => Err(error),
    }
}
