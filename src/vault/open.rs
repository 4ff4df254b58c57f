//! Using a secret without ever returning it.

use super::new_secret::Terms;
use super::put::{Found, Inner, Vault};
use super::record;
use super::trail::Trail;
use super::{Caller, Purpose, Scope, SecretRef};
use crate::secret::Secret;
use crate::time::Moment;
use crate::{Error, ErrorKind};

impl Vault {
    /// Hands a secret to `work`, for a purpose and a scope that it was put for, and
    /// returns what that returns.
    ///
    /// Two entries go into the log, both durable before `work` is called: that it is
    /// attempted, before the value is decrypted, and how that ended. The value is
    /// wiped when `work` returns.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) for a purpose or scope that it was not put
    /// for, and where it is disabled or expired; [`Config`](ErrorKind::Config) where
    /// there is none; [`Open`](ErrorKind::Open) and
    /// [`Integrity`](ErrorKind::Integrity) where what is stored is not what was put;
    /// [`KeyService`](ErrorKind::KeyService) and [`Store`](ErrorKind::Store) where the
    /// key service, the store or the log fails. In all of them, `work` is not called.
    pub async fn use_with<T>(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        purpose: &Purpose,
        scope: Option<&Scope>,
        work: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Error> {
        let value = self.open(caller, secret, purpose, scope).await?;
        Ok(work(value.expose_secret()))
    }

    /// Like [`use_with`](Self::use_with), for work that waits: a call over the
    /// network.
    ///
    /// # Errors
    /// Those of [`use_with`](Self::use_with).
    pub async fn use_with_async<T>(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        purpose: &Purpose,
        scope: Option<&Scope>,
        work: impl AsyncFnOnce(&[u8]) -> T,
    ) -> Result<T, Error> {
        let value = self.open(caller, secret, purpose, scope).await?;
        Ok(work(value.expose_secret()).await)
    }

    async fn open(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        purpose: &Purpose,
        scope: Option<&Scope>,
    ) -> Result<Secret<[u8]>, Error> {
        let inner = &*self.inner;
        let trail = Trail::of_secret(inner, caller, "secret.use", secret)?;
        let trail = trail.purpose(purpose, scope)?;
        trail.attempt().await?;
        let opened = async {
            let found = inner.find(secret).await?;
            let allows = |terms: &Terms| may_use(terms, purpose, scope);
            inner.open(secret, &found, allows).await
        };
        let opened = opened.await;
        trail.end(opened).await
    }
}

impl Inner {
    /// Decrypts a secret that is neither disabled nor expired and whose terms allow
    /// it.
    pub(super) async fn open(
        &self,
        secret: &SecretRef,
        found: &Found,
        allows: impl FnOnce(&Terms) -> Result<(), Error>,
    ) -> Result<Secret<[u8]>, Error> {
        let now = self.clock.now();
        let is_past = |moment: Option<Moment>| moment.is_some_and(|moment| moment <= now);
        if found.head.disabled {
            return Err(refused("the secret is disabled"));
        }
        let number = secret.version().unwrap_or(found.head.latest);
        let version = self.version(secret, number).await?;
        if is_past(found.head.expires) || is_past(version.terms.expires) {
            return Err(refused("the secret has expired"));
        }
        allows(&version.terms)?;
        self.decrypt(secret, number, &version).await
    }

    /// Decrypts one version, whatever its terms.
    pub(super) async fn decrypt(
        &self,
        secret: &SecretRef,
        number: u64,
        version: &record::Version,
    ) -> Result<Secret<[u8]>, Error> {
        let held = self.tenants.load(secret.tenant()).await?;
        let held = held.ok_or_else(crate::seal::rejected)?;
        let context = record::context(secret, number, version.created, &version.terms)?;
        held.key.open(&version.envelope, &context)
    }
}

fn may_use(terms: &Terms, purpose: &Purpose, scope: Option<&Scope>) -> Result<(), Error> {
    if !terms.purposes.contains(purpose) {
        return Err(refused("the secret was not put for this purpose"));
    }
    let in_scope = match scope {
        Some(scope) => terms.scopes.contains(scope) || terms.scopes.is_empty(),
        None => terms.scopes.is_empty(),
    };
    if in_scope {
        Ok(())
    } else {
        Err(refused("the secret was not put for this scope"))
    }
}

#[cold]
pub(super) fn refused(why: &'static str) -> Error {
    Error::message(ErrorKind::Refused, why)
}
