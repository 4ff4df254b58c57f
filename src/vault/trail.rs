//! What the vault writes into the audit log.

use super::put::Inner;
use super::{Caller, Purpose, Scope, SecretRef};
use crate::audit::{Entry, Identifier, Outcome};
use crate::{Error, ErrorKind};

/// What is done to a secret or a tenant: one action, and up to two entries of it.
pub(super) struct Trail<'v> {
    vault: &'v Inner,
    entry: Entry,
}

impl<'v> Trail<'v> {
    /// An action of `caller` on all of a tenant.
    pub(super) fn of_tenant(
        vault: &'v Inner,
        caller: &Caller,
        action: &str,
        tenant: &str,
    ) -> Result<Self, Error> {
        let mut entry = Entry::new(Identifier::new(action)?, Outcome::Attempted)
            .actor(caller.actor.clone())
            .tenant(vault.log_key.digest("tenant", tenant));
        if let Some(request) = &caller.request {
            entry = entry.request(request.clone());
        }
        if let Some(client) = &caller.client {
            entry = entry.client(client.clone());
        }
        Ok(Self { vault, entry })
    }

    /// An action of `caller` on one secret.
    pub(super) fn of_secret(
        vault: &'v Inner,
        caller: &Caller,
        action: &str,
        secret: &SecretRef,
    ) -> Result<Self, Error> {
        Self::of_name(vault, caller, action, secret.tenant(), secret.name())
    }

    /// The same, where there is no reference to it yet.
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

    /// For a purpose, and on a scope if there is one.
    pub(super) fn purpose(
        mut self,
        purpose: &Purpose,
        scope: Option<&Scope>,
    ) -> Result<Self, Error> {
        self.entry = self.entry.purpose(Identifier::new(purpose.as_str())?);
        if let Some(scope) = scope {
            self.entry = self.entry.scope(Identifier::new(scope.as_str())?);
        }
        Ok(self)
    }

    /// With a count.
    pub(super) fn count(mut self, name: &str, count: u64) -> Result<Self, Error> {
        self.entry = self.entry.count(name, count)?;
        Ok(self)
    }

    /// Says that it is about to be done. Nothing is, unless this returns.
    pub(super) async fn attempt(&self) -> Result<(), Error> {
        self.write(Outcome::Attempted).await
    }

    /// Says how it ended, and hands on the result; one that the log does not take
    /// is an error too. Of what is in doubt nothing is said: an attempt without an
    /// end.
    pub(super) async fn end<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let outcome = match &result {
            Ok(_) => Outcome::Succeeded,
            Err(error) if error.kind() == ErrorKind::Refused => Outcome::Denied,
            Err(error) if error.kind() == ErrorKind::InDoubt => return result,
            Err(_) => Outcome::Failed,
        };
        let written = self.write(outcome).await;
        let value = result?;
        written.map(|()| value)
    }

    /// The same for a change. One that was made stays made where the log does not
    /// take how it ended, so the error must not say that nothing happened.
    pub(super) async fn end_change<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let is_made = result.is_ok();
        self.end(result).await.map_err(|error| {
            if is_made {
                let what = "the change was made, but the log did not take how it ended";
                Error::message(ErrorKind::InDoubt, what).with_source(error)
            } else {
                error
            }
        })
    }

    async fn write(&self, outcome: Outcome) -> Result<(), Error> {
        let entry = self.entry.clone().with_outcome(outcome);
        match self.vault.log.append(entry).await {
            Ok(_) => Ok(()),
            // It is the entry that is in doubt, not what it tells of.
            Err(error) if error.kind() == ErrorKind::InDoubt => {
                let what = "it is not known whether the log took an entry";
                Err(Error::message(ErrorKind::Store, what).with_source(error))
            }
            Err(error) => Err(error),
        }
    }
}
