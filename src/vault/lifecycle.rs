//! Disabling, expiring and shredding.

use super::SecretRef;
use super::find::Found;
use super::record::{self, Head, HeadRecord, HeadState};
use super::trail::Trail;
use super::vault::{Inner, Vault};
use crate::Error;
use crate::audit::Caller;
use crate::seal::{TenantKeys, TenantReceipt};
use crate::store::{Batch, Condition, StoredRecord, Tries};
use crate::time::Moment;

impl Vault {
    /// Disables a secret until it is enabled again. No use that begins after this has
    /// returned gets the value, in any process; one that began before may.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such secret,
    /// [`Integrity`](crate::ErrorKind::Integrity) where its record is not the one that
    /// was written last,
    /// [`Store`](crate::ErrorKind::Store) where the store or the log fails and nothing
    /// was changed, [`InDoubt`](crate::ErrorKind::InDoubt) where that is not known, or
    /// the log failed only behind the change. It does no harm to do it again.
    pub async fn disable(&self, caller: &Caller, secret: &SecretRef) -> Result<(), Error> {
        self.change(caller, "secret.disable", secret, None, |head| {
            head.disabled = true
        })
        .await
    }

    /// Enables a disabled secret again.
    ///
    /// # Errors
    /// As [`disable`](Self::disable).
    pub async fn enable(&self, caller: &Caller, secret: &SecretRef) -> Result<(), Error> {
        self.change(caller, "secret.enable", secret, None, |head| {
            head.disabled = false
        })
        .await
    }

    /// Sets when every version of a secret stops being usable; now or in the past means at
    /// once. The expiry that a version was put with still counts if it is earlier.
    ///
    /// # Errors
    /// As [`disable`](Self::disable).
    pub async fn expire(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        moment: Moment,
    ) -> Result<(), Error> {
        self.change(caller, "secret.expire", secret, Some(moment), |head| {
            head.expires = Some(moment);
        })
        .await
    }

    /// Destroys a secret, all versions of it, and frees its name. Returns whether
    /// there was one: it is no error to shred twice. No use that begins after this has
    /// returned gets the value, in any process; one that began before may.
    ///
    /// What was shredded stays shredded: should somebody put the records back, they are
    /// refused, as long as the log says that they were shredded.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a reference to one version:
    /// [`shred_version`](Self::shred_version) shreds one.
    /// [`Store`](crate::ErrorKind::Store) and [`InDoubt`](crate::ErrorKind::InDoubt) as
    /// with [`disable`](Self::disable).
    ///
    /// # Security
    /// The data keys are gone with their envelopes. Backups and replicas of the store
    /// keep them until they are gone, or the key of the tenant is.
    pub async fn shred(&self, caller: &Caller, secret: &SecretRef) -> Result<bool, Error> {
        secret.check_is_whole()?;
        let trail = Trail::of_secret(&self.inner, caller, "secret.shred", secret)?;
        let trail = trail.attempt().await?;
        let shredded = self.inner.shred(secret).await;
        #[cfg(feature = "redact")]
        if shredded.is_ok() {
            self.inner.forget_known(secret, None);
        }
        trail.end_change(shredded).await
    }

    /// Destroys one version of a secret that is not the latest. Returns whether there
    /// was one.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such secret,
    /// [`Config`](crate::ErrorKind::Config) for its latest version, and those of [`shred`](Self::shred).
    pub async fn shred_version(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        number: u64,
    ) -> Result<bool, Error> {
        let inner = &*self.inner;
        let trail = Trail::of_secret(inner, caller, "secret.shred_version", secret)?;
        let trail = trail.count("version", number)?.attempt().await?;
        let shredded = inner.shred_version(secret, number).await;
        #[cfg(feature = "redact")]
        if shredded.is_ok() {
            inner.forget_known(secret, Some(number));
        }
        let state = shredded.as_ref().ok().copied().flatten();
        let shredded = shredded.map(|state| state.is_some());
        trail.state(state)?.end_change(shredded).await
    }

    /// Destroys the key of a tenant and with it, in one commit, every secret of it.
    /// The receipt says whether there was a key, and how final it is that it is gone: it
    /// is no error to shred twice.
    ///
    /// # Errors
    /// Those of [`shred`](Self::shred). That the provider's key of the tenant could not
    /// be destroyed, in a vault where each tenant has one, is no error: it stands in the
    /// receipt, and to shred the tenant again is to try that again.
    ///
    /// # Security
    /// One record decides: copies of secrets in backups and replicas can be opened
    /// only with a copy of that record and the key of the provider. So it is final once
    /// the last copy of the record is gone, or the key of the provider is: see
    /// [`Finality`](crate::seal::Finality). What else was sealed under the key of this
    /// tenant is lost as well: that is what it is for.
    pub async fn shred_tenant(
        &self,
        caller: &Caller,
        tenant: &str,
    ) -> Result<TenantReceipt, Error> {
        let inner = &*self.inner;
        let trail = Trail::of_tenant(inner, caller, "tenant.shred", tenant)?;
        let mut trail = trail.attempt().await?;
        // Which key it is names it in the log; that it cannot be told stops nothing.
        if let Ok(Some((held, _))) = inner.tenants.read(tenant).await {
            trail = trail.instance(held.key.id().as_str())?;
        }
        let shredded = inner.shred_tenant(tenant).await;
        #[cfg(feature = "redact")]
        if shredded.is_ok() {
            inner.forget_tenant(tenant);
        }
        let receipt = match shredded {
            Ok(record) => Ok(inner.tenants.keys.receipt(tenant, record.as_ref()).await),
            Err(error) => Err(error),
        };
        if let Ok(receipt) = &receipt {
            let is_final = receipt.finality == crate::seal::Finality::KeyDestroyed;
            trail = trail.count("key-destroyed", u64::from(is_final))?;
            if let Some(record) = receipt.record {
                trail = trail.digest(record);
            }
        }
        trail.end_change(receipt).await
    }

    async fn change(
        &self,
        caller: &Caller,
        action: &str,
        secret: &SecretRef,
        moment: Option<Moment>,
        change: impl Fn(&mut Head),
    ) -> Result<(), Error> {
        secret.check_is_whole()?;
        let mut trail = Trail::of_secret(&self.inner, caller, action, secret)?;
        if let Some(moment) = moment {
            trail = trail.moment(moment);
        }
        let trail = trail.attempt().await?;
        let changed = self.inner.change(secret, change).await;
        let state = changed.as_ref().ok().copied();
        trail.state(state)?.end_change(changed.map(drop)).await
    }
}

impl Inner {
    /// Changes the record of a secret.
    async fn change(
        &self,
        secret: &SecretRef,
        change: impl Fn(&mut Head),
    ) -> Result<HeadState, Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = async {
                let found = self.find(secret).await?;
                let mut head = self.next_head(&found)?;
                change(&mut head);
                let (batch, state) = head_batch(secret, &found, &head)?;
                self.store.commit(batch).await?;
                Ok(state)
            };
            if let Some(state) = tries.ended(attempt.await)? {
                return Ok(state);
            }
        }
    }

    /// Deletes the record of a secret and all versions, together.
    async fn shred(&self, secret: &SecretRef) -> Result<bool, Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = self.try_shred(secret).await;
            if let Some(shredded) = tries.ended(attempt)? {
                return Ok(shredded || tries.in_doubt());
            }
        }
    }

    /// Deletes whatever claims to be of a secret: that it is authentic does not matter
    /// for that, and nothing of another secret is touched.
    async fn try_shred(&self, secret: &SecretRef) -> Result<bool, Error> {
        let place = record::head_key(secret.tenant(), secret.name())?;
        let versions = record::versions_of(secret.tenant(), secret.id())?;
        let record = self.store.get(&place).await?;
        let condition = record.as_ref().map_or(Condition::Absent, |record| {
            Condition::Revision(record.revision)
        });
        let is_its = |value: &[u8]| {
            HeadRecord::parse(value).is_ok_and(|head| head.claimed_id() == secret.id())
        };
        let has_head = record.is_some_and(|record| is_its(&record.value));
        if !has_head && self.store.scan(&versions, 1).await?.is_empty() {
            return Ok(false);
        }
        let mut batch = Batch::new()
            .require(place.clone(), condition)
            .delete_range(versions);
        if has_head {
            batch = batch.delete(place);
        }
        self.store.commit(batch).await?;
        Ok(true)
    }

    /// Deletes a version; nothing where it is gone already.
    async fn shred_version(
        &self,
        secret: &SecretRef,
        number: u64,
    ) -> Result<Option<HeadState>, Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = self
                .try_shred_version(secret, number, tries.in_doubt())
                .await;
            if let Some(shredded) = tries.ended(attempt)? {
                return Ok(shredded);
            }
        }
    }

    async fn try_shred_version(
        &self,
        secret: &SecretRef,
        number: u64,
        in_doubt: bool,
    ) -> Result<Option<HeadState>, Error> {
        let found = self.find(secret).await?;
        if number == 0 {
            return Ok(None);
        }
        if number >= found.head.latest {
            return Err(Error::config(
                "the latest version is shredded with its secret",
            ));
        }
        let place = record::version_key(secret.tenant(), secret.id(), number)?;
        let is_gone = !found.head.has(number) && !in_doubt;
        if is_gone && self.store.get(&place).await?.is_none() {
            return Ok(None);
        }
        let mut head = self.next_head(&found)?;
        head.shredded.insert(number)?;
        let (batch, state) = head_batch(secret, &found, &head)?;
        self.store.commit(batch.delete(place)).await?;
        Ok(Some(state))
    }

    /// Deletes all that a tenant has, and returns the digest of its key's record.
    async fn shred_tenant(&self, tenant: &str) -> Result<Option<StoredRecord>, Error> {
        let mut tries = Tries::default();
        let mut tried = None;
        loop {
            let attempt = self.try_shred_tenant(tenant, &mut tried).await;
            if tries.ended(attempt)?.is_some() {
                return Ok(tried);
            }
        }
    }

    async fn try_shred_tenant(
        &self,
        tenant: &str,
        tried: &mut Option<StoredRecord>,
    ) -> Result<(), Error> {
        let place = TenantKeys::place(tenant)?;
        let record = self.store.get(&place).await?;
        let condition = record.as_ref().map_or(Condition::Absent, |record| {
            Condition::Revision(record.revision)
        });
        let batch = Batch::new()
            .require(place.clone(), condition)
            .delete(place)
            .delete_range(record::versions(tenant)?)
            .delete_range(record::heads(tenant)?);
        // Should the answer be lost, this is what was there.
        *tried = record.or(tried.take());
        self.store.commit(batch).await?;
        self.tenants.forget(tenant);
        Ok(())
    }
}

/// Writes a head in the place of the one that was found, unless that or the key of the
/// tenant was changed since.
fn head_batch(secret: &SecretRef, found: &Found, head: &Head) -> Result<(Batch, HeadState), Error> {
    let (tenant, name) = (secret.tenant(), secret.name());
    let place = record::head_key(tenant, name)?;
    let (record, state) = head.to_record(&found.held.key, name)?;
    let batch = Batch::new()
        .require(
            TenantKeys::place(tenant)?,
            Condition::Revision(found.held.revision),
        )
        .require(place.clone(), Condition::Revision(found.revision))
        .put(place, record);
    Ok((batch, state))
}
