//! What the audit log says was done, against which the records of the store are held.
//!
//! A record that was put back has the MAC that it had, so no MAC tells that it is old. The
//! log does: it is followed before a record is believed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::format::damaged;
use super::hold::Hold;
use super::name::HoldId;
use crate::Error;
use crate::audit::{Entry, Identifier, Log, Outcome};
use crate::time::Moment;

/// The count of an entry that says at which moment, in whole seconds since 1970, something
/// happened.
pub(super) const AT: &str = "at";
/// The count of an entry that says how often an order had been closed before.
pub(super) const ROUND: &str = "round";
/// The count of an entry that says which commit deleted records.
pub(super) const BATCH: &str = "batch";
const WHAT: &str = "the holds";

/// What a log says, as far as it was followed. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Followed {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// The first entry that was not read.
    next: u64,
    told: Told,
}

/// What entries of a log say.
#[derive(Debug, Default)]
pub(super) struct Told {
    holds: BTreeMap<Box<str>, ToldHold>,
    /// Whether a hold was placed twice, which only a store that lost the first allows.
    is_twice: bool,
    /// How often each order was closed, by the first bytes of its digest. Where two share
    /// them, a record of one may count as closed: it is then carried out again.
    closed: HashMap<[u8; 8], u64>,
    /// When each sweeper began its last run.
    runs: BTreeMap<Identifier, Moment>,
    /// The deletions whose receipts are in the log, by the numbers of their commits.
    batches: HashSet<u64>,
}

#[derive(Debug, Default)]
struct ToldHold {
    is_released: bool,
    exceptions: usize,
}

impl Followed {
    /// Learns all that the log says by now.
    pub(super) async fn follow(&self, log: &Log) -> Result<(), Error> {
        let end = log.checkpoint().await?.size();
        loop {
            let from = self.state().next;
            if from >= end {
                return Ok(());
            }
            let (next, records) = log.follow(from..end, is_followed).await?;
            let mut state = self.state();
            // Somebody else may have read the same.
            if state.next == from {
                for record in records {
                    state.told.add(&record.entry);
                }
                state.next = next;
            }
        }
    }

    /// The same as [`Told::check`].
    pub(super) fn check(&self, holds: &[Hold]) -> Result<(), Error> {
        self.state().told.check(holds)
    }

    /// Whether a hold of this name was placed.
    pub(super) fn has(&self, id: &HoldId) -> bool {
        self.state().told.holds.contains_key(id.as_str())
    }

    /// The holds that the log says were placed and that are not among these.
    pub(super) fn missing(&self, holds: &[Hold]) -> Vec<HoldId> {
        let state = self.state();
        let names = state.told.holds.keys();
        let missing = names.filter(|name| !holds.iter().any(|hold| hold.id.as_str() == &***name));
        missing.filter_map(|name| HoldId::new(name).ok()).collect()
    }

    /// How often an order was closed.
    pub(super) fn closed(&self, order: &Identifier) -> u64 {
        let closed = short(order).and_then(|short| self.state().told.closed.get(&short).copied());
        closed.unwrap_or_default()
    }

    /// When a sweeper began its last run, in whole seconds.
    pub(super) fn last_run(&self, sweeper: &Identifier) -> Option<Moment> {
        self.state().told.runs.get(sweeper).copied()
    }

    /// Whether the log has the receipts of a commit that deleted records.
    pub(super) fn has_batch(&self, number: u64) -> bool {
        self.state().told.batches.contains(&number)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    /// Takes in what an entry says, and returns whether it is about a hold.
    pub(super) fn add(&mut self, entry: &Entry) -> bool {
        let (action, done) = (entry.action().as_str(), Outcome::Succeeded);
        match (action.unwrap_or_default(), entry.outcome()) {
            ("retention.sweep", Outcome::Attempted) => {
                let at = count(entry, AT).and_then(|seconds| i64::try_from(seconds).ok());
                let at = at.and_then(|seconds| Moment::from_unix_seconds(seconds).ok());
                if let (Some(sweeper), Some(at)) = (entry.scope_id(), at) {
                    self.runs.insert(sweeper.clone(), at);
                }
            }
            ("retention.batch", outcome) if outcome == done => {
                self.batches.extend(count(entry, BATCH));
            }
            ("retention.close", outcome) if outcome == done => {
                if let Some(short) = entry.resource_id().and_then(short) {
                    let closed = self.closed.entry(short).or_default();
                    // Two processes may have closed it at once: that is one round.
                    let round = count(entry, ROUND).unwrap_or(*closed);
                    *closed = round.saturating_add(1).max(*closed);
                }
            }
            ("hold.accept", outcome) if outcome == done => {
                self.holds.clear();
                self.is_twice = false;
            }
            (action, outcome) if outcome == done => return self.add_hold(action, entry),
            _ => {}
        }
        false
    }

    fn add_hold(&mut self, action: &str, entry: &Entry) -> bool {
        let id = entry.resource_id().and_then(Identifier::as_str);
        let Some(id) = id.filter(|_| action.starts_with("hold.")) else {
            return false;
        };
        if action == "hold.place" {
            let before = self.holds.insert(id.into(), ToldHold::default());
            self.is_twice |= before.is_some();
            return true;
        }
        let told = self.holds.entry(id.into()).or_default();
        match action {
            "hold.release" => told.is_released = true,
            "hold.override.approve" => told.exceptions += 1,
            _ => {}
        }
        true
    }

    /// Checks that these are the holds which the log tells of: each that was placed is
    /// there, once, released where the log says so, and with all of its exceptions. More
    /// may be there: an entry follows what it tells of.
    pub(super) fn check(&self, holds: &[Hold]) -> Result<(), Error> {
        let holds: BTreeMap<&str, &Hold> =
            holds.iter().map(|hold| (hold.id.as_str(), hold)).collect();
        let mut told = self.holds.iter().map(|(id, told)| (&**id, told));
        let is_there = |(id, told): (&str, &ToldHold)| {
            holds.get(id).is_some_and(|hold| {
                (hold.release.is_some() || !told.is_released)
                    && hold.overrides.len() >= told.exceptions
            })
        };
        match self.is_twice || !told.all(is_there) {
            true => Err(damaged(WHAT)),
            false => Ok(()),
        }
    }
}

fn count(entry: &Entry, name: &str) -> Option<u64> {
    let mut counts = entry.counts().filter(|(known, _)| *known == name);
    counts.next().map(|(_, count)| count)
}

fn short(id: &Identifier) -> Option<[u8; 8]> {
    let (_, digest) = id.as_digest()?;
    digest.first_chunk().copied()
}

fn is_followed(action: &[u8]) -> bool {
    action.starts_with(b"hold.")
        || matches!(
            action,
            b"retention.batch" | b"retention.close" | b"retention.sweep"
        )
}
