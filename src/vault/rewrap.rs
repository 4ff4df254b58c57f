//! Wrapping keys anew.

use super::SecretRef;
use super::fault::RecordFault;
use super::find::Inspected;
use super::open::refused;
use super::record::{self, HeadRecord, Version, name_of};
use super::rewrap_secrets::Cursor;
use super::rewrapped::Rewrapped;
use super::tenants::Held;
use super::trail::Trail;
use super::vault::{Inner, PAGE, Vault};
use crate::audit::Caller;
use crate::seal::{Envelope, TenantKey};
use crate::store::{StoredRecord, Tries};
use crate::{Error, ErrorKind};

/// Which version of a tenant's key a record needs, if it needs one.
type VersionOf = fn(&TenantKey, &StoredRecord) -> Option<u32>;

/// What became of the key of a tenant.
enum Wrapped {
    Anew,
    /// It is under the current version of the provider's key.
    Current,
    /// It is gone, and the log may explain that.
    Gone,
}

/// A key that has got another version.
struct Rotated {
    key: TenantKey,
    record: [u8; 32],
}

impl Vault {
    /// Wraps the keys of all tenants anew, under the current version of the
    /// provider's key, from the tenant behind `after` on: what is to be done when that
    /// key was rotated, whatever the number of secrets. A key that is under that version
    /// already is not wrapped again, where the provider tells its versions. `progress` is
    /// told after each tenant. One that is shredded meanwhile counts as overtaken. One whose record does
    /// not open, was shredded and put back, is older than the log says or is gone without
    /// an entry that says why counts as rejected, and stays as it is.
    ///
    /// # Errors
    /// Those of the store, the key service and the log, which end it. What was done until
    /// then is done.
    pub async fn rewrap_tenant_keys(
        &self,
        caller: &Caller,
        after: Option<&str>,
        mut progress: impl FnMut(&Rewrapped),
    ) -> Result<Rewrapped, Error> {
        let inner = &*self.inner;
        let mut done = Rewrapped::default();
        let mut after = after.map(str::to_owned);
        // Which tenants must have a key.
        inner.ledger.follow_all().await?;
        loop {
            let tenants = inner.store.tenants(after.as_deref(), PAGE).await?;
            let is_last = tenants.len() < PAGE;
            for tenant in tenants {
                let has_key = inner.tenants.keys.read(&tenant).await?.is_some();
                if has_key || !inner.tenants.is_gone(&tenant).await? {
                    let trail = Trail::of_tenant(inner, caller, "tenant.rewrap", &tenant)?;
                    let trail = trail.attempt().await?;
                    let rewrapped = inner.rewrap_tenant_key(&tenant, has_key).await;
                    let count = u64::from(matches!(rewrapped, Ok(Wrapped::Anew)));
                    let trail = trail.count("rewrapped", count)?;
                    match trail.end_change(rewrapped).await {
                        Ok(Wrapped::Anew) => done.rewrapped += 1,
                        Ok(Wrapped::Current) => done.current += 1,
                        Ok(Wrapped::Gone) => done.overtaken += 1,
                        // It must not keep those behind it from being wrapped anew.
                        Err(error) if is_of_record(&error) => done.reject(&tenant),
                        Err(error) => return Err(error),
                    }
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
    /// [`Refused`](crate::ErrorKind::Refused) where a secret needs a version that would
    /// be dropped, [`NotFound`](crate::ErrorKind::NotFound) where the tenant has no key,
    /// [`Integrity`](crate::ErrorKind::Integrity) where its key is not the one that the
    /// log tells of, and those of the store, the key service and the log.
    pub async fn rotate_tenant_key(
        &self,
        caller: &Caller,
        tenant: &str,
        keep: usize,
    ) -> Result<(), Error> {
        let inner = &*self.inner;
        let trail = Trail::of_tenant(inner, caller, "tenant.rotate", tenant)?;
        let mut trail = trail.attempt().await?;
        let rotated = inner.rotate_tenant_key(tenant, keep).await;
        if let Ok(Rotated { key, record }) = &rotated {
            let version = number(key.current().as_str())?;
            trail = trail.instance(key.id().as_str())?.digest(*record);
            trail = trail.count("key-version", version.into())?;
        }
        trail.end_change(rotated.map(drop)).await
    }

    /// Drops the versions of the key of a tenant but the current one and the `keep`
    /// youngest before it, and returns how many are left. It adds none, so what
    /// [`rewrap_secrets`](Self::rewrap_secrets) has brought up to the current version can
    /// be left with that one alone. None is dropped that a secret of this vault still
    /// needs.
    ///
    /// # Errors
    /// Those of [`rotate_tenant_key`](Self::rotate_tenant_key).
    ///
    /// # Security
    /// A version is gone for good only when no copy of the record from before is left.
    pub async fn drop_tenant_key_versions(
        &self,
        caller: &Caller,
        tenant: &str,
        keep: usize,
    ) -> Result<usize, Error> {
        let inner = &*self.inner;
        let trail = Trail::of_tenant(inner, caller, "tenant.drop-versions", tenant)?;
        let mut trail = trail.attempt().await?;
        let dropped = inner.drop_tenant_key_versions(tenant, keep).await;
        if let Ok(Rotated { key, record }) = &dropped {
            trail = trail.instance(key.id().as_str())?.digest(*record);
            trail = trail.count("versions", key.versions() as u64)?;
        }
        let dropped = trail.end_change(dropped).await?;
        Ok(dropped.key.versions())
    }

    /// Wraps the data keys of a tenant's secrets anew, and tags the secrets' records
    /// anew, under the current version of the tenant's key. Values are neither decrypted
    /// nor written again. It commits some hundreds at a time; `progress` is told after
    /// each commit, and [`Rewrapped::last`] is then what to begin `after` another time.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where the tenant has no key or `after` is
    /// none of those texts, and those of the store, the key service and the log. What
    /// was done until then is done.
    pub async fn rewrap_secrets(
        &self,
        caller: &Caller,
        tenant: &str,
        after: Option<&str>,
        mut progress: impl FnMut(&Rewrapped),
    ) -> Result<Rewrapped, Error> {
        let mut cursor = Cursor::parse(after)?;
        let trail = Trail::of_tenant(&self.inner, caller, "secret.rewrap", tenant)?;
        let trail = trail.attempt().await?;
        let mut done = Rewrapped::default();
        let work = async {
            let mut is_more = true;
            while is_more {
                let page = self.inner.rewrap_page(tenant, &mut cursor, &mut done);
                is_more = page.await?;
                done.last = Some(cursor.to_text());
                progress(&done);
            }
            Ok(())
        };
        let worked = work.await;
        let trail = trail.count("rewrapped", done.rewrapped)?;
        let trail = trail.count("rejected", done.rejected)?;
        trail.end_change(worked).await?;
        Ok(done)
    }
}

impl Inner {
    /// Wraps the key of a tenant anew, if it is the one that the log tells of.
    /// One that the tenant `had` may be shredded meanwhile.
    async fn rewrap_tenant_key(&self, tenant: &str, had: bool) -> Result<Wrapped, Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = async {
                let Some((_, record)) = self.tenants.read(tenant).await? else {
                    if !had {
                        // An error of its own where the log says that there is one.
                        self.tenants.load(tenant).await?;
                    }
                    return Ok(Wrapped::Gone);
                };
                let keys = &self.tenants.keys;
                if keys.is_current(tenant, &record).await? {
                    return Ok(Wrapped::Current);
                }
                keys.rewrap_record(tenant, record, None).await?;
                Ok(Wrapped::Anew)
            };
            let attempt = attempt.await;
            if let Some(rewrapped) = tries.ended(attempt)? {
                return Ok(rewrapped);
            }
        }
    }

    async fn rotate_tenant_key(&self, tenant: &str, keep: usize) -> Result<Rotated, Error> {
        let mut tries = Tries::default();
        let mut before = None;
        loop {
            let in_doubt = tries.in_doubt();
            let attempt = async {
                let (held, record) = self.present(tenant).await?;
                let current = number(held.key.current().as_str())?;
                if in_doubt && before.is_some_and(|before| before < current) {
                    return Ok(Rotated {
                        key: held.key,
                        record: held.digest,
                    });
                }
                before = Some(current);
                self.check_unneeded(tenant, &held.key, current, keep)
                    .await?;
                let keys = &self.tenants.keys;
                let highest = self
                    .ledger
                    .highest_key(&self.tenants.name(tenant), &held.key);
                let above = u32::try_from(highest).map_err(|_| record::damaged())?;
                let rotated = keys.rotate_record(tenant, record, keep, above);
                let (key, record) = rotated.await?;
                Ok(Rotated { key, record })
            };
            let attempt = attempt.await;
            if let Some(rotated) = tries.ended(attempt)? {
                return Ok(rotated);
            }
        }
    }

    async fn drop_tenant_key_versions(&self, tenant: &str, keep: usize) -> Result<Rotated, Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = async {
                let (held, record) = self.present(tenant).await?;
                let current = number(held.key.current().as_str())?;
                // The current one is kept besides.
                let needed = keep.saturating_add(1);
                self.check_unneeded(tenant, &held.key, current, needed)
                    .await?;
                let keys = &self.tenants.keys;
                let dropped = keys.drop_versions_of(tenant, record, keep).await?;
                let (key, record) = dropped.unwrap_or((held.key, held.digest));
                Ok(Rotated { key, record })
            };
            let attempt = attempt.await;
            if let Some(dropped) = tries.ended(attempt)? {
                return Ok(dropped);
            }
        }
    }

    /// The key of a tenant that must have one, and its record.
    async fn present(&self, tenant: &str) -> Result<(Held, StoredRecord), Error> {
        if let Some(found) = self.tenants.read(tenant).await? {
            return Ok(found);
        }
        // An error of its own where the log says that there is one.
        self.tenants.load(tenant).await?;
        Err(Error::not_found("the tenant has no key"))
    }

    /// Refuses to drop versions of a key that a secret needs, all but the `keep` youngest. A secret that is
    /// put meanwhile is sealed under the current version, or not committed. What is not
    /// authentic under any version needs none.
    async fn check_unneeded(
        &self,
        tenant: &str,
        key: &TenantKey,
        current: u32,
        keep: usize,
    ) -> Result<(), Error> {
        for (mut range, version_of) in [
            (record::heads(tenant)?, version_of_head as VersionOf),
            (record::versions(tenant)?, version_of_envelope),
        ] {
            loop {
                let page = self.store.scan(&range, PAGE).await?;
                for record in &page {
                    let behind = version_of(key, record).map(|needed| current.abs_diff(needed));
                    if behind.is_some_and(|behind| behind as usize >= keep)
                        && self.is_needed(record).await?
                    {
                        return Err(refused(
                            "a secret needs a version of the key that would be dropped",
                        ));
                    }
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => range = range.after(last.key.path()),
                    _ => break,
                }
            }
        }
        Ok(())
    }
}

impl Inner {
    /// Whether an authentic record may still be of use. What was shredded and put back is
    /// not.
    async fn is_needed(&self, record: &StoredRecord) -> Result<bool, Error> {
        let (tenant, path) = (record.key.tenant(), record.key.path());
        if record.key.collection() == record::heads(tenant)?.collection_name() {
            let inspected = self.inspect(tenant, &name_of(path)?).await?;
            return Ok(!matches!(
                inspected,
                Inspected::Faulty(RecordFault::Revived)
            ));
        }
        let (id, version) = (record::version_of(path)?, Version::parse(&record.value)?);
        let owns = self.owns(tenant, &version.name, id).await?;
        Ok(owns != Some(false))
    }
}

/// The version of a tenant's key under which a head is tagged, if it is.
fn version_of_head(key: &TenantKey, record: &StoredRecord) -> Option<u32> {
    let name = name_of(record.key.path()).ok()?;
    let head = HeadRecord::parse(&record.value).ok()?;
    let version = head.key_version();
    head.open(key, &name).ok()?;
    Some(version)
}

/// The version of a tenant's key under which the data key of a version is wrapped, if it
/// is.
fn version_of_envelope(key: &TenantKey, record: &StoredRecord) -> Option<u32> {
    let (id, version_number) = record::version_of(record.key.path()).ok()?;
    let version = Version::parse(&record.value).ok()?;
    let secret = SecretRef::new(record.key.tenant(), &version.name, id);
    let context = version.context(&secret, version_number).ok()?;
    key.check(&version.envelope, &context).ok()?;
    let envelope = Envelope::parse(&version.envelope).ok()?;
    number(envelope.key_version()).ok()
}

/// Whether an error says that a record is not what it must be.
fn is_of_record(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Integrity | ErrorKind::Open)
}

/// The number that a version of a tenant's key is.
fn number(version: &str) -> Result<u32, Error> {
    version.parse().map_err(|_| record::damaged())
}
