//! Putting secrets in.

use std::sync::atomic::{AtomicU64, Ordering};

use super::find::Found;
use super::new_secret::{Terms, check_value};
use super::open::refused;
use super::record::{self, Gaps, Head, HeadState, Version};
use super::tenants::Held;
use super::trail::Trail;
use super::vault::{Inner, Vault};
use super::{NewSecret, SecretRef};
use crate::audit::{Caller, Identifier};
use crate::random::random;
use crate::seal::TenantKeys;
use crate::store::{Batch, Condition, RecordKey, Store, Tries};
use crate::time::Moment;
use crate::{Error, ErrorKind};

/// A version that is sealed and not stored yet.
struct Sealed {
    number: u64,
    place: RecordKey,
    record: Vec<u8>,
    /// The state of the secret that comes with it.
    state: HeadState,
}

/// A version that was stored, and the state in which that left its secret.
struct Stored<T> {
    what: T,
    state: HeadState,
}

impl Vault {
    /// Puts a secret in, under a name that the tenant has not used yet.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) where there is a secret of that name,
    /// [`Config`](ErrorKind::Config) and [`Limit`](ErrorKind::Limit) for what may not
    /// be put, [`Integrity`](ErrorKind::Integrity) where the key of the tenant is not the
    /// one that the log tells of, [`KeyService`](ErrorKind::KeyService) and
    /// [`Store`](ErrorKind::Store) where the key service, the store or the log fails:
    /// in all of them nothing was put. [`InDoubt`](ErrorKind::InDoubt) where it may
    /// have been put, as the store was lost at the very end, or was put, and the log
    /// failed only after that; [`find`](Self::find) tells.
    pub async fn put(&self, caller: &Caller, secret: &NewSecret<'_>) -> Result<SecretRef, Error> {
        secret.check()?;
        let (tenant, name) = (secret.tenant, secret.name);
        let trail = Trail::of_name(&self.inner, caller, "secret.put", tenant, name)?;
        let mut trail = trail.count("version", 1)?.attempt().await?;
        let stored = self.inner.store_new(caller, secret).await;
        let stored = self
            .inner
            .outlasting(tenant, trail.attempted(), stored)
            .await;
        if let Ok(stored) = &stored {
            trail = trail.secret(&stored.what)?.state(Some(stored.state))?;
        }
        trail.end_change(stored.map(|stored| stored.what)).await
    }

    /// Puts a new value in the place of the latest one, on the same terms. The
    /// versions before it stay, and answer a reference that is fixed to them, until
    /// [`shred_version`](Self::shred_version). Returns the number of the new one.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) where there is no such secret,
    /// [`Refused`](ErrorKind::Refused) where its latest version has expired, so that
    /// on the same terms the new one would have too,
    /// [`Conflict`](ErrorKind::Conflict) where others were quicker again and again,
    /// [`Open`](ErrorKind::Open) and [`Integrity`](ErrorKind::Integrity) where the record
    /// of the secret, or what the new version inherits from the latest, is not what was
    /// written last: the value of the latest version is not decrypted, so that it was
    /// changed is no error here; and those of [`put`](Self::put). Where it is in doubt, [`versions`](Self::versions) tells.
    pub async fn rotate(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        value: &[u8],
    ) -> Result<u64, Error> {
        self.add(caller, secret, value, None).await
    }

    /// Like [`rotate`](Self::rotate), but the new version expires at `expires`, or
    /// not by itself for `None`: a token that was refreshed. An
    /// [`expire`](Self::expire) of the whole secret holds all the same.
    ///
    /// # Errors
    /// Those of [`rotate`](Self::rotate).
    pub async fn rotate_until(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        value: &[u8],
        expires: Option<Moment>,
    ) -> Result<u64, Error> {
        self.add(caller, secret, value, Some(expires)).await
    }

    async fn add(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        value: &[u8],
        expires: Option<Option<Moment>>,
    ) -> Result<u64, Error> {
        check_value(value)?;
        secret.check_is_whole()?;
        let trail = Trail::of_secret(&self.inner, caller, "secret.rotate", secret)?;
        let mut trail = trail.attempt().await?;
        let stored = self.inner.store_next(secret, value, expires).await;
        let tenant = secret.tenant();
        let stored = self
            .inner
            .outlasting(tenant, trail.attempted(), stored)
            .await;
        if let Ok(stored) = &stored {
            trail = trail
                .version(Some(stored.what))?
                .state(Some(stored.state))?;
        }
        trail.end_change(stored.map(|stored| stored.what)).await
    }
}

impl Inner {
    /// What a secret is called in the log.
    pub(super) fn resource(&self, tenant: &str, name: &str) -> Identifier {
        // With its length before it, a tenant does not run into a name.
        let whole = format!("{}:{tenant}{name}", tenant.len());
        self.log_key.digest("secret", &whole)
    }

    /// What was stored, unless it goes with a tenant whose shredding began meanwhile.
    async fn outlasting<T>(
        &self,
        tenant: &str,
        attempt: Option<u64>,
        stored: Result<Stored<T>, Error>,
    ) -> Result<Stored<T>, Error> {
        let stored = stored?;
        self.tenants
            .check_not_shredded_since(tenant, attempt)
            .await?;
        Ok(stored)
    }

    async fn store_new(
        &self,
        caller: &Caller,
        secret: &NewSecret<'_>,
    ) -> Result<Stored<SecretRef>, Error> {
        let taken = || Error::message(ErrorKind::Conflict, "there is a secret of this name");
        let mut tries = Tries::default();
        let mut tried = Vec::new();
        loop {
            let attempt = self.try_new(caller, secret, &mut tried).await;
            if let Some(stored) = tries.ended(attempt)? {
                return stored.ok_or_else(taken);
            }
        }
    }

    /// Stores a secret, or finds that one of those `tried` before was; nothing where
    /// there is another of its name.
    async fn try_new(
        &self,
        caller: &Caller,
        secret: &NewSecret<'_>,
        tried: &mut Vec<(SecretRef, HeadState)>,
    ) -> Result<Option<Stored<SecretRef>>, Error> {
        let place = record::head_key(secret.tenant, secret.name)?;
        if let Some(found) = self.find_named(secret.tenant, secret.name).await? {
            let is_this = |(tried, _): &&(SecretRef, HeadState)| *tried.id() == found.head.id;
            let tried = tried.iter().find(is_this).cloned();
            return Ok(tried.map(|(what, state)| Stored { what, state }));
        }
        // Each attempt has an id of its own: should one before it have happened after
        // all, and been shredded since, it does not come back.
        let mut id = [0; 16];
        random(&mut id)?;
        let reference = SecretRef::new(secret.tenant, secret.name, id);
        let entry = || {
            let trail = Trail::of_tenant(self, caller, "tenant.create", secret.tenant)?;
            Ok(trail.into_entry())
        };
        let held = self.tenants.load_or_create(secret.tenant, entry).await?;
        let head = Head {
            id,
            sequence: 1,
            created: self.clock.now(),
            latest: 1,
            shredded: Gaps::default(),
            disabled: false,
            expires: None,
            connection: secret.connection.clone(),
            labels: secret.labels.clone(),
        };
        let batch = Batch::new().require(place.clone(), Condition::Absent);
        let terms = secret.terms.clone();
        let (batch, sealed) =
            self.seal_version(batch, &held, &reference, &head, terms, secret.value)?;
        tried.push((reference.clone(), sealed.state));
        // Before it is put, so that nobody uses a value that no redactor knows, also
        // where nobody waits for the answer any more.
        self.tell_version(&reference, 1, secret.value);
        let committed = self.store.commit(batch).await;
        if committed.as_ref().is_err_and(is_certain) {
            self.forget_version(&reference, 1);
        }
        committed?;
        Ok(Some(Stored {
            what: reference,
            state: sealed.state,
        }))
    }

    /// Adds a version on the terms of the latest, or with another expiry.
    async fn store_next(
        &self,
        secret: &SecretRef,
        value: &[u8],
        expires: Option<Option<Moment>>,
    ) -> Result<Stored<u64>, Error> {
        let mut tries = Tries::default();
        let mut tried: Option<Sealed> = None;
        loop {
            if let Some(tried) = tried.as_ref().filter(|_| tries.in_doubt()) {
                let found = tries.ended(self.store.get(&tried.place).await)?.flatten();
                if found.is_some_and(|found| found.value == tried.record) {
                    self.tell_version(secret, tried.number, value);
                    return Ok(tried.stored());
                }
            }
            let attempt = self.try_next(secret, value, expires, &mut tried).await;
            if let Some(stored) = tries.ended(attempt)? {
                return Ok(stored);
            }
        }
    }

    async fn try_next(
        &self,
        secret: &SecretRef,
        value: &[u8],
        expires: Option<Option<Moment>>,
        tried: &mut Option<Sealed>,
    ) -> Result<Stored<u64>, Error> {
        let mut found = self.find(secret).await?;
        // What is inherited was sealed by the key of the tenant, for this very version.
        let latest = self.checked_version(secret, &mut found).await?;
        let mut terms = latest.terms;
        let is_past = |moment: Moment| moment <= self.clock.now();
        match expires {
            Some(expires) => terms.expires = expires,
            None if terms.expires.is_some_and(is_past) => {
                return Err(refused("the latest version of the secret has expired"));
            }
            None => {}
        }
        let mut head = self.next_head(&found)?;
        head.add_version(self.ledger.highest(secret.id()).version)?;
        let place = record::head_key(secret.tenant(), secret.name())?;
        let batch = Batch::new().require(place, Condition::Revision(found.revision));
        let (batch, sealed) = self.seal_version(batch, &found.held, secret, &head, terms, value)?;
        let stored = sealed.stored();
        let place = sealed.place.clone();
        let number = sealed.number;
        *tried = Some(sealed);
        let pending = self.tell_pending(secret, value);
        let committed = self.store.commit(batch).await;
        if committed.is_ok() {
            self.tell_version(secret, number, value);
        }
        if committed.as_ref().err().is_none_or(is_certain) {
            self.forget_pending(secret, &pending);
        }
        match committed {
            Ok(_) => Ok(stored),
            Err(error) if error.kind() == ErrorKind::Conflict => Err(self
                .obstacle(secret, &found, &place)
                .await?
                .unwrap_or(error)),
            Err(error) => Err(error),
        }
    }

    /// What stands in the way of a version, where that is a record which the vault has
    /// not written: nobody was quicker then, and to try again is no use.
    #[cold]
    async fn obstacle(
        &self,
        secret: &SecretRef,
        found: &Found,
        place: &RecordKey,
    ) -> Result<Option<Error>, Error> {
        if self.store.get(place).await?.is_none() {
            return Ok(None);
        }
        let again = self.find(secret).await?;
        let is_same = again.revision == found.revision;
        let what = "a version of a secret stands where the next one belongs";
        Ok(is_same.then(|| Error::message(ErrorKind::Integrity, what)))
    }

    /// Seals the latest version of a secret, and has a batch write it and the head,
    /// unless the tenant's key was changed or destroyed since.
    fn seal_version(
        &self,
        batch: Batch,
        held: &Held,
        secret: &SecretRef,
        head: &Head,
        terms: Terms,
        value: &[u8],
    ) -> Result<(Batch, Sealed), Error> {
        let tenant = secret.tenant();
        let mut version = Version {
            name: secret.name().into(),
            created: self.clock.now(),
            terms,
            envelope: Vec::new(),
        };
        let context = version.context(secret, head.latest)?;
        version.envelope = held.key.seal(value, &context)?.into_bytes();
        let (record, state) = head.to_record(&held.key, secret.name())?;
        let sealed = Sealed {
            number: head.latest,
            place: record::version_key(tenant, secret.id(), head.latest)?,
            record: version.to_bytes(),
            state,
        };
        let key = TenantKeys::place(tenant)?;
        let batch = batch
            .require(key, Condition::Revision(held.revision))
            .require(sealed.place.clone(), Condition::Absent)
            .put(record::head_key(tenant, secret.name())?, record)
            .put(sealed.place.clone(), sealed.record.clone());
        Ok((batch, sealed))
    }

    /// Tells redactors the value of a version.
    fn tell_version(&self, secret: &SecretRef, number: u64, value: &[u8]) {
        #[cfg(feature = "redact")]
        {
            let owner = super::known::owner(secret, Some(number));
            self.tell_known(secret.tenant(), &owner, value);
        }
        #[cfg(not(feature = "redact"))]
        let _ = (secret, number, value);
    }

    /// Takes back what redactors were told of a version that was not put.
    fn forget_version(&self, secret: &SecretRef, number: u64) {
        #[cfg(feature = "redact")]
        self.forget_known(secret, Some(number));
        #[cfg(not(feature = "redact"))]
        let _ = (secret, number);
    }

    /// Tells redactors a value that is about to be put. Others may put another one under
    /// the same number, so it has an owner of its own, which this returns.
    fn tell_pending(&self, secret: &SecretRef, value: &[u8]) -> String {
        static PENDING: AtomicU64 = AtomicU64::new(0);

        let number = PENDING.fetch_add(1, Ordering::Relaxed);
        // Of fixed length, so that none begins another.
        let pending = format!("pending-{number:020}");
        #[cfg(feature = "redact")]
        {
            let owner = super::known::owner(secret, None) + &pending;
            self.tell_known(secret.tenant(), &owner, value);
        }
        #[cfg(not(feature = "redact"))]
        let _ = (secret, value);
        pending
    }

    /// Takes back what redactors were told of a value that is known by its version now,
    /// or was not put.
    fn forget_pending(&self, secret: &SecretRef, pending: &str) {
        #[cfg(feature = "redact")]
        {
            let owner = super::known::owner(secret, None) + pending;
            self.forget_owner(secret.tenant(), &owner);
        }
        #[cfg(not(feature = "redact"))]
        let _ = (secret, pending);
    }
}

/// Whether nothing was written, for certain.
fn is_certain(error: &Error) -> bool {
    error.kind() != ErrorKind::InDoubt
}

impl Sealed {
    const fn stored(&self) -> Stored<u64> {
        Stored {
            what: self.number,
            state: self.state,
        }
    }
}
