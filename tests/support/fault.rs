//! A store that fails when it is told to.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use confidant::store::{Batch, Range, RecordKey, Store, StoredRecord};
use confidant::{Error, ErrorKind};

/// How a commit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing happened, and the error says so.
    Refused,
    /// Nothing happened, but that cannot be known.
    LostBefore,
    /// All of it happened, but that cannot be known.
    LostAfter,
}

/// Hands everything to another store, but for the commits that are to fail.
#[derive(Debug)]
pub(crate) struct FaultStore<S> {
    inner: S,
    commits: AtomicU64,
    faults: Mutex<Vec<(u64, Fault)>>,
    down: AtomicBool,
    then_down: bool,
}

impl<S: Store> FaultStore<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self {
            inner,
            commits: AtomicU64::new(0),
            faults: Mutex::new(Vec::new()),
            down: AtomicBool::new(false),
            then_down: false,
        }
    }

    /// Commit number `at` fails, counted from 0 and from the first one on.
    pub(crate) fn fail(self, at: u64, fault: Fault) -> Self {
        self.faults.lock().unwrap().push((at, fault));
        self
    }

    /// With the first commit that fails the store goes down.
    pub(crate) fn then_down(self) -> Self {
        Self {
            then_down: true,
            ..self
        }
    }

    /// From now on every call fails, or none but the commits that are to.
    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// How many commits there were, those that failed included.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// The store behind it, which does not fail.
    pub(crate) fn inner(&self) -> &S {
        &self.inner
    }

    fn up(&self) -> Result<&S, Error> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::foreign(ErrorKind::Store, "store is down").retry());
        }
        Ok(&self.inner)
    }
}

#[async_trait]
impl<S: Store> Store for FaultStore<S> {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.up()?.get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        self.up()?.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        let at = self.commits.fetch_add(1, Ordering::SeqCst);
        let store = self.up()?;
        let fault = {
            let faults = self.faults.lock().unwrap();
            faults
                .iter()
                .find(|(number, _)| *number == at)
                .map(|(_, fault)| *fault)
        };
        if fault.is_some() && self.then_down {
            self.set_down(true);
        }
        let lost = || Error::foreign(ErrorKind::InDoubt, "answer to a commit was lost");
        match fault {
            None => store.commit(batch).await,
            Some(Fault::Refused) => {
                Err(Error::foreign(ErrorKind::Store, "commit was refused").retry())
            }
            Some(Fault::LostBefore) => Err(lost()),
            Some(Fault::LostAfter) => {
                store.commit(batch).await?;
                Err(lost())
            }
        }
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.up()?.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.up()?.collections(tenant, after, limit).await
    }
}
