//! The entries of the vault in the audit log.

use super::record::HeadState;
use super::vault::Inner;
use super::{Scope, SecretPurpose, SecretRef};
use crate::Error;
use crate::audit::{Caller, Entry, Identifier, made_but_not_logged, not_logged, outcome_of};
use crate::time::Moment;

/// What is done to a secret or a tenant: one action, and up to two entries of it.
pub(super) struct Trail<'v> {
    vault: &'v Inner,
    entry: Entry,
}

impl<'v> Trail<'v> {
    /// An action of `caller` on the whole vault.
    pub(super) fn of_vault(vault: &'v Inner, caller: &Caller, action: &str) -> Result<Self, Error> {
        let entry = caller.attempts(action)?;
        Ok(Self { vault, entry })
    }

    /// An action of `caller` on all of a tenant.
    pub(super) fn of_tenant(
        vault: &'v Inner,
        caller: &Caller,
        action: &str,
        tenant: &str,
    ) -> Result<Self, Error> {
        let mut this = Self::of_vault(vault, caller, action)?;
        this.entry = this.entry.tenant(vault.log_key.digest("tenant", tenant));
        Ok(this)
    }

    /// An action of `caller` on one secret, and on one version of it where the reference
    /// is fixed to one.
    pub(super) fn of_secret(
        vault: &'v Inner,
        caller: &Caller,
        action: &str,
        secret: &SecretRef,
    ) -> Result<Self, Error> {
        let this = Self::of_name(vault, caller, action, secret.tenant(), secret.name())?;
        this.secret(secret)?.version(secret.version())
    }

    /// An action of `caller` on whatever has a name.
    pub(super) fn of_name(
        vault: &'v Inner,
        caller: &Caller,
        action: &str,
        tenant: &str,
        name: &str,
    ) -> Result<Self, Error> {
        let mut this = Self::of_tenant(vault, caller, action, tenant)?;
        this.entry = this.entry.resource(vault.resource(tenant, name));
        Ok(this)
    }

    /// Says which secret of that name it is.
    pub(super) fn secret(self, secret: &SecretRef) -> Result<Self, Error> {
        self.instance(&secret.id_text())
    }

    /// Says which thing of that name it is.
    pub(super) fn instance(mut self, id: &str) -> Result<Self, Error> {
        self.entry = self.entry.instance(Identifier::new(id)?);
        Ok(self)
    }

    /// Says for which purpose, and on which scope if there is one.
    pub(super) fn purpose(
        mut self,
        purpose: &SecretPurpose,
        scope: Option<&Scope>,
    ) -> Result<Self, Error> {
        self.entry = self.entry.purpose(Identifier::new(purpose.as_str())?);
        if let Some(scope) = scope {
            self.entry = self.entry.scope(Identifier::new(scope.as_str())?);
        }
        Ok(self)
    }

    /// Adds a count.
    pub(super) fn count(mut self, name: &str, count: u64) -> Result<Self, Error> {
        self.entry = self.entry.count(name, count)?;
        Ok(self)
    }

    /// The entry that announced it, once there is one.
    pub(super) fn attempted(&self) -> Option<u64> {
        let mut counts = self.entry.counts();
        let attempt = counts.find(|(name, _)| *name == "attempt");
        attempt.map(|(_, index)| index)
    }

    /// Says which version it is, if that is known.
    pub(super) fn version(self, number: Option<u64>) -> Result<Self, Error> {
        match number {
            Some(number) => self.count("version", number),
            None => Ok(self),
        }
    }

    /// Says which moment it sets.
    pub(super) fn moment(mut self, moment: Moment) -> Self {
        self.entry = self.entry.moment(moment);
        self
    }

    /// Names the record that it left or ended.
    pub(super) fn digest(mut self, digest: [u8; 32]) -> Self {
        self.entry = self.entry.digest(digest);
        self
    }

    /// Says in which state it left the secret, if it did.
    pub(super) fn state(self, state: Option<HeadState>) -> Result<Self, Error> {
        match state {
            Some(HeadState { sequence, digest }) => {
                Ok(self.count("sequence", sequence)?.digest(digest))
            }
            None => Ok(self),
        }
    }

    /// The entry that announces it.
    pub(super) fn into_entry(self) -> Entry {
        self.entry
    }

    /// Says that it is about to be done, and learns what the log says up to there.
    /// Nothing is done unless this returns.
    pub(super) async fn attempt(self) -> Result<Self, Error> {
        let index = write(self.vault, self.entry.clone()).await?;
        let followed = self.vault.ledger.follow(index).await;
        let this = self.count("attempt", index)?;
        match followed {
            Ok(()) => Ok(this),
            Err(error) => this.end(Err(error)).await,
        }
    }

    /// Says how it ended, and hands on the result; one that the log does not take
    /// is an error too. Of what is in doubt nothing is said: an attempt without an
    /// end.
    pub(super) async fn end<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        let Some(outcome) = outcome_of(&result) else {
            return result;
        };
        let written = write(self.vault, self.entry.with_outcome(outcome)).await;
        let value = result?;
        written.map(|_| value)
    }

    /// The same for a change. One that was made stays made where the log does not
    /// take how it ended, so the error must not say that nothing happened.
    pub(super) async fn end_change<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        let is_made = result.is_ok();
        let ended = self.end(result).await;
        ended.map_err(|error| match is_made {
            true => made_but_not_logged(error),
            false => error,
        })
    }
}

async fn write(vault: &Inner, entry: Entry) -> Result<u64, Error> {
    vault.ledger.append(entry).await.map_err(not_logged)
}
