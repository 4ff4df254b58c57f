//! Using a secret without ever returning it.

use super::find::Found;
use super::new_secret::Terms;
use super::record::Version;
use super::trail::Trail;
use super::vault::{Inner, Vault};
use super::{Scope, SecretPurpose, SecretRef, SecretUse};
use crate::audit::Caller;
use crate::secret::Secret;
use crate::time::Moment;
use crate::{Error, ErrorKind};

impl Vault {
    /// Hands a secret to `work`, for a use that it was put for, and returns what
    /// that returns. A [`SecretPurpose`] alone is a use on nothing in particular.
    ///
    /// Two entries go into the log, both durable before `work` is called: that it is
    /// attempted, before the value is decrypted, and how that ended. The value is
    /// wiped when `work` returns.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) for a purpose or scope that it was not put
    /// for, and where it is disabled or expired; [`NotFound`](ErrorKind::NotFound) where
    /// there is none; [`Open`](ErrorKind::Open) and
    /// [`Integrity`](ErrorKind::Integrity) where what is stored is not what was written
    /// last, as far as the log tells; [`KeyService`](ErrorKind::KeyService) and [`Store`](ErrorKind::Store) where the
    /// key service, the store or the log fails. In all of them, `work` is not called.
    pub async fn use_with<'u, T>(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        usage: impl Into<SecretUse<'u>>,
        work: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Error> {
        let value = self.open(caller, secret, usage.into()).await?;
        Ok(work(value.expose_secret()))
    }

    /// Like [`use_with`](Self::use_with), for work that waits: a call over the
    /// network.
    ///
    /// # Errors
    /// Those of [`use_with`](Self::use_with).
    pub async fn use_with_async<'u, T>(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        usage: impl Into<SecretUse<'u>>,
        work: impl AsyncFnOnce(&[u8]) -> T,
    ) -> Result<T, Error> {
        let value = self.open(caller, secret, usage.into()).await?;
        Ok(work(value.expose_secret()).await)
    }

    async fn open(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        usage: SecretUse<'_>,
    ) -> Result<Secret<[u8]>, Error> {
        let SecretUse { purpose, scope } = usage;
        let inner = &*self.inner;
        let trail = Trail::of_secret(inner, caller, "secret.use", secret)?;
        let trail = trail.purpose(purpose, scope)?.attempt().await?;
        let allows = |terms: &Terms| may_use(terms, purpose, scope);
        let (number, opened) = inner.open(secret, &allows).await;
        trail.version(number)?.end(opened).await
    }
}

impl Inner {
    /// Decrypts a secret that is neither disabled nor expired and whose terms allow
    /// it. Says which version that is, as soon as it is known.
    pub(super) async fn open(
        &self,
        secret: &SecretRef,
        allows: &(dyn Fn(&Terms) -> Result<(), Error> + Send + Sync),
    ) -> (Option<u64>, Result<Secret<[u8]>, Error>) {
        let mut found = match self.find(secret).await {
            Ok(found) => found,
            Err(error) => return (secret.version(), Err(error)),
        };
        let number = secret.version().unwrap_or(found.head.latest);
        (
            Some(number),
            self.open_found(secret, &mut found, number, allows).await,
        )
    }

    async fn open_found(
        &self,
        secret: &SecretRef,
        found: &mut Found,
        number: u64,
        allows: &(dyn Fn(&Terms) -> Result<(), Error> + Send + Sync),
    ) -> Result<Secret<[u8]>, Error> {
        let now = self.clock.now();
        let is_past = |moment: Option<Moment>| moment.is_some_and(|moment| moment <= now);
        if found.head.disabled {
            return Err(refused("the secret is disabled"));
        }
        if is_past(found.head.expires) {
            return Err(refused("the secret has expired"));
        }
        let allows = |version: &Version| {
            if is_past(version.terms.expires) {
                return Err(refused("the secret has expired"));
            }
            allows(&version.terms)
        };
        self.decrypt(secret, found, number, &allows).await
    }
}

fn may_use(terms: &Terms, purpose: &SecretPurpose, scope: Option<&Scope>) -> Result<(), Error> {
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
