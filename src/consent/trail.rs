//! The entries of the ledger in the audit log, and their actors.

use crate::audit::{Entry, Identifier, Log, Outcome};
use crate::{Error, ErrorKind};

/// Who records or changes something, and in which request: what every entry of the
/// audit log names.
///
/// # Example
/// ```
/// use confidant::audit::Identifier;
/// use confidant::consent::Caller;
///
/// let caller = Caller::new(Identifier::new("service:web")?)
///     .request(Identifier::new("req-81")?);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    actor: Identifier,
    request: Option<Identifier>,
}

impl Caller {
    /// Names a service, or a person under a keyed digest.
    #[must_use]
    pub const fn new(actor: Identifier) -> Self {
        Self {
            actor,
            request: None,
        }
    }

    /// Names the request in which it is done.
    #[must_use]
    pub fn request(mut self, request: Identifier) -> Self {
        self.request = Some(request);
        self
    }

    /// Returns who it is.
    #[must_use]
    pub const fn actor(&self) -> &Identifier {
        &self.actor
    }
}

/// One change: an entry before it, and one that says how it ended.
pub(crate) struct Trail<'l> {
    log: &'l Log,
    entry: Entry,
}

impl<'l> Trail<'l> {
    pub(crate) fn new(
        log: &'l Log,
        caller: &Caller,
        action: &str,
        tenant: Identifier,
    ) -> Result<Self, Error> {
        let entry = Entry::new(Identifier::new(action)?, Outcome::Attempted)
            .actor(caller.actor.clone())
            .tenant(tenant);
        let entry = match &caller.request {
            Some(request) => entry.request(request.clone()),
            None => entry,
        };
        Ok(Self { log, entry })
    }

    pub(crate) fn subject(mut self, subject: Identifier) -> Self {
        self.entry = self.entry.subject(subject);
        self
    }

    pub(crate) fn resource(mut self, resource: Identifier) -> Self {
        self.entry = self.entry.resource(resource);
        self
    }

    pub(crate) fn purpose(mut self, purpose: &str) -> Result<Self, Error> {
        self.entry = self.entry.purpose(Identifier::new(purpose)?);
        Ok(self)
    }

    pub(crate) fn scope(mut self, scope: &str) -> Result<Self, Error> {
        self.entry = self.entry.scope(Identifier::new(scope)?);
        Ok(self)
    }

    pub(crate) fn digest(mut self, digest: [u8; 32]) -> Self {
        self.entry = self.entry.digest(digest);
        self
    }

    pub(crate) fn count(mut self, name: &str, count: u64) -> Result<Self, Error> {
        self.entry = self.entry.count(name, count)?;
        Ok(self)
    }

    /// Says that it is about to be done. Nothing is, unless this returns.
    pub(crate) async fn attempt(&self) -> Result<(), Error> {
        self.write(Outcome::Attempted).await
    }

    /// Says how a change ended, and hands on the result. Of what is in doubt nothing is
    /// said: an attempt without an end. A change that was made stays made where the log
    /// does not take that, so the error then does not say that nothing happened.
    pub(crate) async fn end<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let outcome = match &result {
            Ok(_) => Outcome::Succeeded,
            Err(error) if error.kind() == ErrorKind::Refused => Outcome::Denied,
            Err(error) if error.kind() == ErrorKind::InDoubt => return result,
            Err(_) => Outcome::Failed,
        };
        let written = self.write(outcome).await;
        let value = result?;
        written.map(|()| value).map_err(|error| {
            let what = "the change was made, but the log did not take how it ended";
            Error::message(ErrorKind::InDoubt, what).with_source(error)
        })
    }

    async fn write(&self, outcome: Outcome) -> Result<(), Error> {
        let entry = self.entry.clone().with_outcome(outcome);
        match self.log.append(entry).await {
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
