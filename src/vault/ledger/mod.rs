//! The contents of the store, according to the log.
//!
//! A vault follows its log: before a verb reads a record, it knows every entry that
//! stands before its own. So a record that somebody put back is found out, whichever
//! process made the change that it undoes.

mod event;
mod frontier;
mod marks;
#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use event::{Event, is_followed};
use frontier::Frontier;
pub(super) use marks::{Absence, Standing};
use marks::{Marks, Numbers};

use super::record::HeadState;
use crate::Error;
use crate::audit::{Entry, Log};
use crate::seal::{Flights, TenantKey};

/// What is known of a log, and how far.
pub(super) struct Ledger {
    log: Log,
    state: Arc<Mutex<State>>,
    following: Flights<(), ()>,
}

#[derive(Default)]
struct State {
    frontier: Frontier,
    marks: Marks,
}

/// A moment in what is known: what becomes known later says nothing against a record
/// that was read before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp(u64);

impl Ledger {
    pub(super) fn new(log: Log) -> Self {
        Self {
            log,
            state: Arc::default(),
            following: Flights::new(),
        }
    }

    /// Appends an entry of the vault, and learns what it says. Returns its index.
    pub(super) async fn append(&self, entry: Entry) -> Result<u64, Error> {
        let event = Event::of(&entry);
        let index = self.log.append(entry).await?.index();
        let mut state = self.state();
        let State { frontier, marks } = &mut *state;
        if !frontier.knows(index) {
            if let Some(event) = event {
                marks.apply(index, event);
            }
            frontier.add(index);
        }
        Ok(index)
    }

    /// Learns what all entries before `until` say.
    pub(super) async fn follow(&self, until: u64) -> Result<(), Error> {
        // Appends of this process that were in the same batch are over by now, and their
        // callers note what they wrote when they run next.
        if self.next() < until {
            step_aside().await;
        }
        while self.next() < until {
            self.read_to(until).await?;
        }
        Ok(())
    }

    /// Learns what the whole log says, as it is now.
    pub(super) async fn follow_all(&self) -> Result<(), Error> {
        let end = self.log.checkpoint().await?.size();
        while self.next() < end {
            self.read_to(end).await?;
        }
        Ok(())
    }

    /// The first entry that is not known.
    fn next(&self) -> u64 {
        self.state().frontier.next()
    }

    /// Reads the log up to `until`, unless somebody is reading it already.
    async fn read_to(&self, until: u64) -> Result<(), Error> {
        let begin = || {
            let (log, state) = (self.log.clone(), Arc::clone(&self.state));
            read_to(log, state, until)
        };
        self.following.join((), begin).await
    }

    /// Reads begin: see [`Stamp`].
    pub(super) fn stamp(&self) -> Stamp {
        Stamp(self.state().marks.now())
    }

    /// What the log says of a head that was read since `read`.
    pub(super) fn head(&self, secret: &[u8; 16], found: HeadState, read: Stamp) -> Standing {
        self.state().marks.head(secret, found, read.0)
    }

    /// What the log says of the record of a tenant's key that was read since `read`.
    pub(super) fn key(
        &self,
        tenant: &[u8; 32],
        record: &[u8; 32],
        key: &TenantKey,
        read: Stamp,
    ) -> Standing {
        // A key whose version is no number was not made by this crate.
        let version = key.current().as_str().parse().unwrap_or_default();
        let marks = &self.state().marks;
        marks.key(tenant, record, key.id().as_str(), version, read.0)
    }

    /// What the log says of a secret whose record is not there.
    pub(super) async fn no_head(&self, secret: &[u8; 16]) -> Result<Absence, Error> {
        self.absence(|marks| marks.no_head(secret)).await
    }

    /// What the log says of a tenant whose key is not there.
    pub(super) async fn no_key(&self, tenant: &[u8; 32]) -> Result<Absence, Error> {
        self.absence(|marks| marks.no_key(tenant)).await
    }

    /// Whoever takes something away announces it first, so the log explains by now what
    /// is missing.
    async fn absence(&self, of: impl Fn(&Marks) -> Absence) -> Result<Absence, Error> {
        if of(&self.state().marks) == Absence::Plausible {
            return Ok(Absence::Plausible);
        }
        self.follow_all().await?;
        Ok(of(&self.state().marks))
    }

    /// The greatest numbers that the log has ever named for a secret: what is written
    /// has a greater one, so that no earlier record comes after it, whatever store was
    /// accepted in between.
    pub(super) fn highest(&self, secret: &[u8; 16]) -> Numbers {
        self.state().marks.highest(secret)
    }

    /// The greatest version that the log has ever named for a tenant's key.
    pub(super) fn highest_key(&self, tenant: &[u8; 32], key: &TenantKey) -> u64 {
        let state = self.state();
        state.marks.highest_key(tenant, key.id().as_str())
    }

    /// Whether the log announces the shredding of a tenant, and not its end.
    pub(super) fn is_being_shredded(&self, tenant: &[u8; 32]) -> bool {
        self.state().marks.is_being_shredded(tenant)
    }

    /// Whether the log announces a shredding of a tenant after the entry `index`, as it is
    /// now.
    pub(super) async fn is_shredded_since(
        &self,
        tenant: &[u8; 32],
        index: u64,
    ) -> Result<bool, Error> {
        self.follow_all().await?;
        Ok(self.state().marks.is_shredded_since(tenant, index))
    }

    /// The secrets that must be there, with the digests of their tenants.
    pub(super) fn living(&self) -> Vec<([u8; 16], [u8; 32])> {
        let state = self.state();
        let living = state.marks.living();
        living.map(|(secret, tenant)| (*secret, *tenant)).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets whatever else is ready run first.
async fn step_aside() {
    let mut is_first = true;
    poll_fn(|context| {
        if !std::mem::take(&mut is_first) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn read_to(log: Log, state: Arc<Mutex<State>>, until: u64) -> Result<(), Error> {
    loop {
        let from = lock(&state).frontier.next();
        if from >= until {
            return Ok(());
        }
        let (end, records) = log.follow(from..until, is_followed).await?;
        let mut state = lock(&state);
        let State { frontier, marks } = &mut *state;
        for record in records {
            if !frontier.knows(record.index)
                && let Some(event) = Event::of(&record.entry)
            {
                marks.apply(record.index, event);
            }
        }
        frontier.reach(end);
    }
}
