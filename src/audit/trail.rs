//! An action in the log: an entry before it, and one that says how it ended.

use super::{Entry, Identifier, Log, Outcome};
use crate::{Error, ErrorKind};

/// An action that is announced before it is taken, and whose end is logged.
pub(crate) struct Trail<'l> {
    log: &'l Log,
    entry: Entry,
}

impl<'l> Trail<'l> {
    /// Begins with the entry that announces the action.
    pub(crate) fn new(log: &'l Log, entry: Entry) -> Self {
        Self { log, entry }
    }

    /// Adds to both entries.
    pub(crate) fn with(mut self, add: impl FnOnce(Entry) -> Entry) -> Self {
        self.entry = add(self.entry);
        self
    }

    pub(crate) fn purpose(self, purpose: &str) -> Result<Self, Error> {
        let purpose = Identifier::new(purpose)?;
        Ok(self.with(|entry| entry.purpose(purpose)))
    }

    pub(crate) fn scope(self, scope: &str) -> Result<Self, Error> {
        let scope = Identifier::new(scope)?;
        Ok(self.with(|entry| entry.scope(scope)))
    }

    pub(crate) fn count(mut self, name: &str, count: u64) -> Result<Self, Error> {
        self.entry = self.entry.count(name, count)?;
        Ok(self)
    }

    /// Returns the entry with an outcome.
    pub(crate) fn entry(&self, outcome: Outcome) -> Entry {
        self.entry.clone().with_outcome(outcome)
    }

    /// Announces the action. It may be taken only if this returns `Ok`.
    pub(crate) async fn attempt(&self) -> Result<(), Error> {
        self.write(Outcome::Attempted).await
    }

    /// Logs how a change ended, and returns its result.
    ///
    /// Nothing is logged of a result in doubt: it stays an attempt without an end. A
    /// change that was made stays made where the log does not take its end, so the error
    /// is then `InDoubt`.
    pub(crate) async fn end<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let Some(outcome) = outcome_of(&result) else {
            return result;
        };
        let written = self.write(outcome).await;
        let value = result?;
        written.map(|()| value).map_err(made_but_not_logged)
    }

    pub(crate) async fn write(&self, outcome: Outcome) -> Result<(), Error> {
        append(self.log, &[self.entry(outcome)]).await
    }
}

/// Appends entries, of which the log takes all or none.
pub(crate) async fn append(log: &Log, entries: &[Entry]) -> Result<(), Error> {
    log.append_all(entries).await.map_err(not_logged)?;
    Ok(())
}

/// Returns the outcome that an entry gives of a result, unless the result is in doubt.
pub(crate) fn outcome_of<T>(result: &Result<T, Error>) -> Option<Outcome> {
    match result {
        Ok(_) => Some(Outcome::Succeeded),
        Err(error) if error.kind() == ErrorKind::Refused => Some(Outcome::Denied),
        Err(error) if error.kind() == ErrorKind::InDoubt => None,
        Err(_) => Some(Outcome::Failed),
    }
}

/// Tells a caller that an entry was not taken. An entry in doubt does not put in doubt
/// what it tells of.
pub(crate) fn not_logged(error: Error) -> Error {
    if error.kind() != ErrorKind::InDoubt {
        return error;
    }
    let what = "it is not known whether the log took an entry";
    Error::message(ErrorKind::Store, what).with_source(error)
}

/// Tells a caller that a change was made although its end was not logged.
pub(crate) fn made_but_not_logged(error: Error) -> Error {
    let what = "the change was made, but the log did not take how it ended";
    Error::message(ErrorKind::InDoubt, what).with_source(error)
}
