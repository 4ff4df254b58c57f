//! The entries of retention in the audit log.

use crate::audit::{Entry, Identifier, Log, Outcome};
use crate::{Error, ErrorKind};

/// Something that is done, with an entry before and one behind it.
pub(super) struct Trail<'l> {
    log: &'l Log,
    entry: Entry,
}

impl<'l> Trail<'l> {
    pub(super) fn new(log: &'l Log, action: &str, actor: Identifier) -> Result<Self, Error> {
        let action = Identifier::new(action)?;
        Ok(Self {
            log,
            entry: Entry::new(action, Outcome::Attempted).actor(actor),
        })
    }

    /// Has more said of it.
    pub(super) fn with(mut self, add: impl FnOnce(Entry) -> Entry) -> Self {
        self.entry = add(self.entry);
        self
    }

    pub(super) fn count(mut self, name: &str, count: u64) -> Result<Self, Error> {
        self.entry = self.entry.count(name, count)?;
        Ok(self)
    }

    /// The entry with an outcome.
    pub(super) fn entry(&self, outcome: Outcome) -> Entry {
        self.entry.clone().with_outcome(outcome)
    }

    /// Says that it is about to be done. Nothing is, unless this returns.
    pub(super) async fn attempt(&self) -> Result<(), Error> {
        self.write(Outcome::Attempted).await
    }

    /// Says how it ended. Of what is in doubt nothing is said.
    pub(super) async fn end<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let outcome = match &result {
            Ok(_) => Outcome::Succeeded,
            Err(error) if error.kind() == ErrorKind::Refused => Outcome::Denied,
            Err(error) if error.kind() == ErrorKind::InDoubt => return result,
            Err(_) => Outcome::Failed,
        };
        let written = self.write(outcome).await;
        let value = result?;
        match written {
            Ok(()) => Ok(value),
            Err(error) => {
                let what = "the change was made, but the log did not take how it ended";
                Err(Error::message(ErrorKind::InDoubt, what).with_source(error))
            }
        }
    }

    pub(super) async fn write(&self, outcome: Outcome) -> Result<(), Error> {
        append(self.log, &[self.entry(outcome)]).await
    }
}

/// Appends entries, of which the log takes all or none.
pub(super) async fn append(log: &Log, entries: &[Entry]) -> Result<(), Error> {
    match log.append_all(entries).await {
        Ok(_) => Ok(()),
        // It is the entry that is in doubt, not what it tells of.
        Err(error) if error.kind() == ErrorKind::InDoubt => {
            let what = "it is not known whether the log took an entry";
            Err(Error::message(ErrorKind::Store, what).with_source(error))
        }
        Err(error) => Err(error),
    }
}
