//! Disabling, expiring and shredding.

use super::put::{Found, Inner, Vault};
use super::record::{self, Head};
use super::trail::Trail;
use super::tries::Tries;
use super::{Caller, SecretRef};
use crate::Error;
use crate::seal::TenantKeys;
use crate::store::{Batch, Condition};
use crate::time::Moment;

impl Vault {
    /// Lets a secret be used no more, until it is enabled again. Takes effect at
    /// once, in every process.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is no such secret,
    /// [`Store`](crate::ErrorKind::Store) where the store or the log fails and nothing
    /// was changed, [`InDoubt`](crate::ErrorKind::InDoubt) where that is not known, or
    /// the log failed only behind the change. It does no harm to do it again.
    pub async fn disable(&self, caller: &Caller, secret: &SecretRef) -> Result<(), Error> {
        self.change(caller, "secret.disable", secret, |head| {
            head.disabled = true
        })
        .await
    }

    /// Lets a disabled secret be used again.
    ///
    /// # Errors
    /// As [`disable`](Self::disable).
    pub async fn enable(&self, caller: &Caller, secret: &SecretRef) -> Result<(), Error> {
        self.change(caller, "secret.enable", secret, |head| {
            head.disabled = false
        })
        .await
    }

    /// Says from when on no version of a secret is used any more; now or in the past
    /// means at once. What each version was put with holds as well, if it is earlier.
    ///
    /// # Errors
    /// As [`disable`](Self::disable).
    pub async fn expire(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        moment: Moment,
    ) -> Result<(), Error> {
        self.change(caller, "secret.expire", secret, |head| {
            head.expires = Some(moment);
        })
        .await
    }

    /// Destroys a secret, all versions of it, and frees its name. Returns whether
    /// there was one: it is no error to shred twice.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) and [`InDoubt`](crate::ErrorKind::InDoubt) as
    /// with [`disable`](Self::disable).
    ///
    /// # Security
    /// The data keys are gone with their envelopes. Backups and replicas of the store
    /// keep them until they are gone, or the key of the tenant is.
    pub async fn shred(&self, caller: &Caller, secret: &SecretRef) -> Result<bool, Error> {
        let trail = Trail::of_secret(&self.inner, caller, "secret.shred", secret)?;
        trail.attempt().await?;
        let shredded = self.inner.shred(secret).await;
        trail.end_change(shredded).await
    }

    /// Destroys one version of a secret that is not the latest. Returns whether there
    /// was one.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is no such secret or it is the
    /// latest version, and those of [`shred`](Self::shred).
    pub async fn shred_version(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        number: u64,
    ) -> Result<bool, Error> {
        let inner = &*self.inner;
        let trail = Trail::of_secret(inner, caller, "secret.shred_version", secret)?;
        let trail = trail.count("version", number)?;
        trail.attempt().await?;
        let shredded = inner.shred_version(secret, number).await;
        trail.end_change(shredded).await
    }

    /// Destroys the key of a tenant and with it, in one commit, every secret of it.
    /// Returns whether there was a key.
    ///
    /// # Errors
    /// Those of [`shred`](Self::shred).
    ///
    /// # Security
    /// One record decides: copies of secrets in backups and replicas can be opened
    /// only with a copy of that record and the key of the provider. What else was
    /// sealed under the key of this tenant is lost as well: that is what it is for.
    pub async fn shred_tenant(&self, caller: &Caller, tenant: &str) -> Result<bool, Error> {
        let inner = &*self.inner;
        let trail = Trail::of_tenant(inner, caller, "tenant.shred", tenant)?;
        trail.attempt().await?;
        let shredded = inner.shred_tenant(tenant).await;
        trail.end_change(shredded).await
    }

    async fn change(
        &self,
        caller: &Caller,
        action: &str,
        secret: &SecretRef,
        change: impl Fn(&mut Head),
    ) -> Result<(), Error> {
        let trail = Trail::of_secret(&self.inner, caller, action, secret)?;
        trail.attempt().await?;
        let changed = self.inner.change(secret, change).await;
        trail.end_change(changed).await
    }
}

impl Inner {
    /// Changes the record of a secret.
    async fn change(&self, secret: &SecretRef, change: impl Fn(&mut Head)) -> Result<(), Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = async {
                let Found { mut head, revision } = self.find(secret).await?;
                change(&mut head);
                let place = record::head_key(secret.tenant(), secret.name())?;
                let batch = Batch::new()
                    .require(place.clone(), Condition::Revision(revision))
                    .put(place, head.to_bytes());
                self.store.commit(batch).await
            };
            if tries.ended(attempt.await)?.is_some() {
                return Ok(());
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

    async fn try_shred(&self, secret: &SecretRef) -> Result<bool, Error> {
        let place = record::head_key(secret.tenant(), secret.name())?;
        let Some(record) = self.store.get(&place).await? else {
            return Ok(false);
        };
        if Head::parse(&record.value)?.id != *secret.id() {
            return Ok(false);
        }
        let batch = Batch::new()
            .require(place.clone(), Condition::Revision(record.revision))
            .delete_range(record::versions_of(secret.tenant(), secret.id())?)
            .delete(place);
        self.store.commit(batch).await?;
        Ok(true)
    }

    async fn shred_version(&self, secret: &SecretRef, number: u64) -> Result<bool, Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = self.try_shred_version(secret, number).await;
            if let Some(shredded) = tries.ended(attempt)? {
                return Ok(shredded || tries.in_doubt());
            }
        }
    }

    async fn try_shred_version(&self, secret: &SecretRef, number: u64) -> Result<bool, Error> {
        let Found { head, revision } = self.find(secret).await?;
        if number >= head.latest {
            return Err(Error::config(
                "the latest version is shredded with its secret",
            ));
        }
        let place = record::version_key(secret.tenant(), secret.id(), number)?;
        if self.store.get(&place).await?.is_none() {
            return Ok(false);
        }
        let unchanged = record::head_key(secret.tenant(), secret.name())?;
        let batch = Batch::new()
            .require(unchanged, Condition::Revision(revision))
            .delete(place);
        self.store.commit(batch).await?;
        Ok(true)
    }

    async fn shred_tenant(&self, tenant: &str) -> Result<bool, Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = self.try_shred_tenant(tenant).await;
            if let Some(shredded) = tries.ended(attempt)? {
                return Ok(shredded || tries.in_doubt());
            }
        }
    }

    async fn try_shred_tenant(&self, tenant: &str) -> Result<bool, Error> {
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
        self.store.commit(batch).await?;
        self.tenants.forget(tenant);
        Ok(record.is_some())
    }
}
