//! Disconnecting accounts of third parties.

use std::fmt;

use async_trait::async_trait;

use super::info::Filter;
use super::purpose::check;
use super::trail::Trail;
use super::vault::Vault;
use super::{NewSecret, SecretInfo};
use crate::audit::Caller;
use crate::pointer::for_pointers;
use crate::taxonomy::Tenant;
use crate::{Error, ErrorKind};

/// Revokes a token at the third party that issued it.
#[async_trait]
pub trait RevokeToken: Send + Sync + fmt::Debug {
    /// Revokes the token. One that the third party does not know any more is
    /// revoked.
    ///
    /// # Errors
    /// Any: it will be tried again.
    async fn revoke(&self, secret: &SecretInfo, token: &[u8]) -> Result<(), Error>;
}

for_pointers! {
    #[async_trait]
    impl RevokeToken {
        async fn revoke(&self, secret: &SecretInfo, token: &[u8]) -> Result<(), Error> {
            (**self).revoke(secret, token).await
        }
    }
}

/// What became of the secrets of a connected account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Disconnected {
    /// How many were revoked and shredded.
    pub shredded: u64,
    /// Those that could not be revoked. They are disabled, and kept so that it can be
    /// tried again.
    pub remaining: Vec<Remaining>,
}

/// A secret of a disconnected account that could not be revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remaining {
    /// What is known of the secret.
    pub info: SecretInfo,
    /// What failed: the kind of the error of the third party, or of reading the value.
    pub why: ErrorKind,
}

impl Vault {
    /// Disconnects an account: every secret of it is disabled first, then revoked at
    /// the third party, in all of its versions, then shredded. What could not be revoked
    /// stays, disabled, for the next call; shred it to give up on that. It is no error to
    /// disconnect twice.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for what is no name of a connection.
    /// [`Integrity`](crate::ErrorKind::Integrity) where the record of a secret is not the one
    /// that was written last, or where a secret of the tenant is gone that the log tells of.
    /// This is checked before anything is revoked; a record that is changed later can still
    /// stop the call half way. [`Store`](crate::ErrorKind::Store) where the store or the log
    /// fails.
    ///
    /// # Security
    /// A value goes only to the third party of the connection that it was put with.
    pub async fn disconnect(
        &self,
        caller: &Caller,
        tenant: Tenant<'_>,
        connection: &str,
        third_party: &dyn RevokeToken,
    ) -> Result<Disconnected, Error> {
        let tenant = tenant.as_str();
        check(connection, "connection", NewSecret::MAX_LABEL)?;
        let trail = Trail::of_tenant(&self.inner, caller, "connection.disconnect", tenant)?;
        let trail = trail.attempt().await?;
        let done = self
            .revoke_all(caller, tenant, connection, third_party)
            .await;
        let (shredded, remaining) = done
            .as_ref()
            .map_or((0, 0), |done| (done.shredded, done.remaining.len() as u64));
        let trail = trail.count("shredded", shredded)?;
        trail.count("remaining", remaining)?.end_change(done).await
    }

    async fn revoke_all(
        &self,
        caller: &Caller,
        tenant: &str,
        connection: &str,
        third_party: &dyn RevokeToken,
    ) -> Result<Disconnected, Error> {
        let mut done = Disconnected::default();
        let filter = Filter::new().connection(connection);
        let secrets = self.inner.all_secrets(tenant, &filter).await?;
        // None of them answers while the others are being revoked.
        for info in &secrets {
            match self.disable(caller, &info.secret).await {
                // Somebody shredded it meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                disabled => disabled?,
            }
        }
        for info in secrets {
            match self.revoke(caller, &info, third_party).await? {
                Some(why) => done.remaining.push(Remaining { info, why }),
                None => {
                    self.shred(caller, &info.secret).await?;
                    done.shredded += 1;
                }
            }
        }
        Ok(done)
    }

    /// Revokes every version of a secret, since a token that was replaced may still
    /// be good; returns why that could not be done, or `None` if it is done.
    async fn revoke(
        &self,
        caller: &Caller,
        info: &SecretInfo,
        third_party: &dyn RevokeToken,
    ) -> Result<Option<ErrorKind>, Error> {
        let (inner, secret) = (&*self.inner, &info.secret);
        let trail = Trail::of_secret(inner, caller, "secret.revoke", secret)?;
        let trail = trail.attempt().await?;
        let mut count = 0;
        let revoked = async {
            let mut found = inner.find(secret).await?;
            // Whose account it belongs to was read when it was listed.
            if found.head.connection.as_deref() != info.connection.as_deref() {
                return Err(super::find::missing());
            }
            let numbers: Vec<_> = found.head.versions().collect();
            for number in numbers {
                let token = inner.decrypt(secret, &mut found, number, &|_| Ok(()));
                let token = token.await?;
                third_party.revoke(info, token.expose_secret()).await?;
                count += 1;
            }
            Ok(())
        };
        let revoked: Result<(), Error> = revoked.await;
        let is_revoked = revoked.is_ok();
        match trail.count("versions", count)?.end(revoked).await {
            Ok(()) => Ok(None),
            Err(error) if is_revoked => Err(error),
            // What nobody can read any more, nobody can revoke with.
            Err(error) => Ok(Some(error.kind())),
        }
    }
}
