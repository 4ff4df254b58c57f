//! Wrapping keys anew.

use super::info::Filter;
use super::open::refused;
use super::pages::PAGE;
use super::put::{Inner, Vault};
use super::record::{self, Version};
use super::trail::Trail;
use super::tries::Tries;
use super::{Caller, SecretInfo};
use crate::seal::{Envelope, TenantKeys};
use crate::store::{Batch, Condition, Record};
use crate::{Error, ErrorKind};

/// How far wrapping anew has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewrapped {
    /// How many envelopes, or keys of tenants, were wrapped anew.
    pub rewrapped: u64,
    /// How many were under the current key already.
    pub current: u64,
    /// How many somebody else changed or took away meanwhile, or whose tenant's key
    /// was changed: another call sees to those that are left.
    pub overtaken: u64,
    /// The name of the secret, or the tenant, that was done last: what to begin
    /// [`after`](Vault::rewrap_secrets) another time.
    pub last: Option<String>,
}

impl Vault {
    /// Wraps the keys of all tenants anew, under the current version of the
    /// provider's key, from the tenant behind `after` on: what is to be done when that
    /// key was rotated, whatever the number of secrets. `progress` is told after each
    /// tenant.
    ///
    /// # Errors
    /// Those of the store, the key service and the log. What was done until then is
    /// done.
    pub async fn rewrap_tenant_keys(
        &self,
        caller: &Caller,
        after: Option<&str>,
        mut progress: impl FnMut(&Rewrapped),
    ) -> Result<Rewrapped, Error> {
        let inner = &*self.inner;
        let mut done = Rewrapped::default();
        let mut after = after.map(str::to_owned);
        loop {
            let tenants = inner.store.tenants(after.as_deref(), PAGE).await?;
            let is_last = tenants.len() < PAGE;
            for tenant in tenants {
                if inner.tenants.keys.read(&tenant).await?.is_some() {
                    let trail = Trail::of_tenant(inner, caller, "tenant.rewrap", &tenant)?;
                    trail.attempt().await?;
                    let rewrapped = inner.rewrap_tenant_key(&tenant).await;
                    trail.end_change(rewrapped).await?;
                    done.rewrapped += 1;
                }
                done.last = Some(tenant.clone());
                progress(&done);
                after = Some(tenant);
            }
            if is_last {
                return Ok(done);
            }
        }
    }

    /// Adds a version to the key of a tenant, under which its secrets are sealed from
    /// then on, and drops all but the `keep` youngest before it. Those that are kept
    /// still open what was sealed under them. None is dropped that a secret of this
    /// vault still needs: [`rewrap_secrets`](Self::rewrap_secrets) comes first. What
    /// else was sealed under the key of the tenant is not looked at.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where a secret needs a version that would be
    /// dropped, [`Config`](ErrorKind::Config) where the tenant has no key, and those of
    /// the store, the key service and the log.
    pub async fn rotate_tenant_key(
        &self,
        caller: &Caller,
        tenant: &str,
        keep: usize,
    ) -> Result<(), Error> {
        let inner = &*self.inner;
        let trail = Trail::of_tenant(inner, caller, "tenant.rotate", tenant)?;
        trail.attempt().await?;
        let rotated = inner.rotate_tenant_key(tenant, keep).await;
        trail.end_change(rotated).await
    }

    /// Wraps the data keys of a tenant's secrets anew, under the current version of
    /// the tenant's key, from the name behind `after` on. Values are neither decrypted
    /// nor written again. `progress` is told after each secret.
    ///
    /// # Errors
    /// [`Open`](ErrorKind::Open) where what is stored is not what was put, and those of
    /// the store, the key service and the log. What was done until then is done.
    pub async fn rewrap_secrets(
        &self,
        caller: &Caller,
        tenant: &str,
        after: Option<&str>,
        mut progress: impl FnMut(&Rewrapped),
    ) -> Result<Rewrapped, Error> {
        let trail = Trail::of_tenant(&self.inner, caller, "secret.rewrap", tenant)?;
        trail.attempt().await?;
        let mut done = Rewrapped::default();
        let mut filter = Filter::new();
        if let Some(after) = after {
            filter = filter.after(after);
        }
        let work = async {
            let mut pages = self.inner.secret_pages(tenant, filter);
            while let Some(page) = pages.next().await? {
                for info in &page {
                    self.inner.rewrap(info, &mut done).await?;
                    done.last = Some(info.secret.name().to_owned());
                    progress(&done);
                }
            }
            Ok(())
        };
        let worked = work.await;
        let count = done.rewrapped;
        let trail = trail.count("rewrapped", count)?;
        trail.end_change(worked).await?;
        Ok(done)
    }
}

impl Inner {
    async fn rewrap_tenant_key(&self, tenant: &str) -> Result<(), Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = self.tenants.keys.rewrap(tenant, None).await;
            if tries.ended(attempt)?.is_some() {
                return Ok(());
            }
        }
    }

    async fn rotate_tenant_key(&self, tenant: &str, keep: usize) -> Result<(), Error> {
        let mut tries = Tries::default();
        let mut before = None;
        loop {
            let in_doubt = tries.in_doubt();
            let attempt = async {
                let (key, record) = self.tenants.current(tenant).await?;
                let current = number(key.current().as_str())?;
                if in_doubt && before.is_some_and(|before| before < current) {
                    return Ok(());
                }
                before = Some(current);
                self.check_unneeded(tenant, current, keep).await?;
                let keys = &self.tenants.keys;
                keys.rotate_record(tenant, record, keep).await?;
                Ok(())
            };
            let attempt = attempt.await;
            if tries.ended(attempt)?.is_some() {
                return Ok(());
            }
        }
    }

    /// Refuses to rotate a key whose dropped versions a secret needs. A secret that is
    /// put meanwhile is sealed under the current version, or not committed.
    async fn check_unneeded(&self, tenant: &str, current: u32, keep: usize) -> Result<(), Error> {
        let mut range = record::versions(tenant)?;
        loop {
            let page = self.store.scan(&range, PAGE).await?;
            for record in &page {
                let version = Version::parse(&record.value)?;
                let envelope = Envelope::parse(&version.envelope)?;
                let behind = current.saturating_sub(number(envelope.key_version())?);
                if behind as usize >= keep {
                    return Err(refused(
                        "a secret needs a version of the key that would be dropped",
                    ));
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => range = range.after(last.key.path()),
                _ => return Ok(()),
            }
        }
    }

    async fn rewrap(&self, info: &SecretInfo, done: &mut Rewrapped) -> Result<(), Error> {
        let mut pages = self.version_pages(&info.secret);
        while let Some(page) = pages.next().await? {
            for (number, record) in page {
                match self.rewrap_one(info, number, record).await {
                    Ok(true) => done.rewrapped += 1,
                    Ok(false) => done.current += 1,
                    Err(error) if error.kind() == ErrorKind::Conflict => done.overtaken += 1,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Wraps one data key anew; answers whether it was not under the current key.
    async fn rewrap_one(
        &self,
        info: &SecretInfo,
        number: u64,
        record: Record,
    ) -> Result<bool, Error> {
        let secret = &info.secret;
        let held = self.tenants.load(secret.tenant()).await?;
        let held = held.ok_or_else(crate::seal::rejected)?;
        let version = Version::parse(&record.value)?;
        let envelope = Envelope::parse(&version.envelope)?;
        if envelope.key_id() == held.key.id().as_str()
            && envelope.key_version() == held.key.current().as_str()
        {
            return Ok(false);
        }
        let context = record::context(secret, number, version.created, &version.terms)?;
        let envelope = held.key.rewrap(&version.envelope, &context)?;
        let version = Version {
            envelope: envelope.into_bytes(),
            ..version
        };
        // The version of the key that it is wrapped under now must not be dropped.
        let key = TenantKeys::place(secret.tenant())?;
        let batch = Batch::new()
            .require(key, Condition::Revision(held.revision))
            .require(record.key.clone(), Condition::Revision(record.revision))
            .put(record.key, version.to_bytes());
        self.store.commit(batch).await?;
        Ok(true)
    }
}

/// The number that a version of a tenant's key is.
fn number(version: &str) -> Result<u32, Error> {
    version.parse().map_err(|_| record::damaged())
}
