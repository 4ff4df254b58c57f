//! Changes in the log: an entry before each, and one that says how it ended.

use super::{Entry, Identifier, Log, Outcome};
use crate::{Error, ErrorKind};

/// One change, with an entry before it and one behind it.
pub(crate) struct Trail<'l> {
    log: &'l Log,
    entry: Entry,
}

impl<'l> Trail<'l> {
    pub(crate) fn new(log: &'l Log, action: &str, actor: Identifier) -> Result<Self, Error> {
        let action = Identifier::new(action)?;
        let entry = Entry::new(action, Outcome::Attempted).actor(actor);
        Ok(Self { log, entry })
    }

    /// Adds to what both entries say.
    pub(crate) fn with(mut self, add: impl FnOnce(Entry) -> Entry) -> Self {
        self.entry = add(self.entry);
        self
    }

    pub(crate) fn subject(self, subject: Identifier) -> Self {
        self.with(|entry| entry.subject(subject))
    }

    pub(crate) fn resource(self, resource: Identifier) -> Self {
        self.with(|entry| entry.resource(resource))
    }

    pub(crate) fn purpose(self, purpose: &str) -> Result<Self, Error> {
        let purpose = Identifier::new(purpose)?;
        Ok(self.with(|entry| entry.purpose(purpose)))
    }

    pub(crate) fn scope(self, scope: &str) -> Result<Self, Error> {
        let scope = Identifier::new(scope)?;
        Ok(self.with(|entry| entry.scope(scope)))
    }

    pub(crate) fn digest(self, digest: [u8; 32]) -> Self {
        self.with(|entry| entry.digest(digest))
    }

    pub(crate) fn count(mut self, name: &str, count: u64) -> Result<Self, Error> {
        self.entry = self.entry.count(name, count)?;
        Ok(self)
    }

    /// Returns the entry with an outcome.
    pub(crate) fn entry(&self, outcome: Outcome) -> Entry {
        self.entry.clone().with_outcome(outcome)
    }

    /// Says that the change is about to be made. It is not made unless this succeeds.
    pub(crate) async fn attempt(&self) -> Result<(), Error> {
        self.write(Outcome::Attempted).await
    }

    /// Says how the change ended, and passes the result on.
    ///
    /// Nothing is said of what is in doubt. A change that was made stays made where the
    /// log does not take that, so the error then does not say that nothing happened.
    pub(crate) async fn end<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let Some(outcome) = outcome_of(&result) else {
            return result;
        };
        let written = self.write(outcome).await;
        let value = result?;
        written.map(|()| value).map_err(unsaid)
    }

    pub(crate) async fn write(&self, outcome: Outcome) -> Result<(), Error> {
        append(self.log, &[self.entry(outcome)]).await
    }
}

/// Appends entries, of which the log takes all or none.
pub(crate) async fn append(log: &Log, entries: &[Entry]) -> Result<(), Error> {
    log.append_all(entries).await.map(drop).map_err(untaken)
}

/// How something ended; nothing where that is in doubt.
pub(crate) fn outcome_of<T>(result: &Result<T, Error>) -> Option<Outcome> {
    match result {
        Ok(_) => Some(Outcome::Succeeded),
        Err(error) if error.kind() == ErrorKind::Refused => Some(Outcome::Denied),
        Err(error) if error.kind() == ErrorKind::InDoubt => None,
        Err(_) => Some(Outcome::Failed),
    }
}

/// The error where the log did not take an entry. If that is in doubt, it is the entry that
/// is, and not what the entry tells of.
pub(crate) fn untaken(error: Error) -> Error {
    if error.kind() == ErrorKind::InDoubt {
        let what = "it is not known whether the log took an entry";
        return Error::message(ErrorKind::Store, what).with_source(error);
    }
    error
}

/// The error where a change was made, and the log did not take how it ended.
pub(crate) fn unsaid(error: Error) -> Error {
    let what = "the change was made, but the log did not take how it ended";
    Error::message(ErrorKind::InDoubt, what).with_source(error)
}
