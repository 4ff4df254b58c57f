//! What the audit log says was done, against which the records of the store are held.
//!
//! A record that was put back has the MAC that it had, so no MAC tells that it is old. The
//! log does: it is followed before a record is believed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hold::Hold;
use super::name::HoldId;
use crate::Error;
use crate::audit::{Entry, Identifier, Log, Outcome};
use crate::error::RetentionCause;
use crate::time::Moment;

/// The count of an entry that says at which moment, in whole seconds since 1970, something
/// happened.
pub(super) const AT: &str = "at";
/// The count of an entry that says how often an order had been closed before.
pub(super) const ROUND: &str = "round";
/// The count of an entry that says which commit deleted records.
pub(super) const BATCH: &str = "batch";
/// The count of an entry that tells of a hold which was found in the store, untold.
pub(super) const RECOVERED: &str = "recovered";
/// The counts of an entry about a hold of a store that is accepted.
pub(super) const RELEASED: &str = "released";
pub(super) const EXCEPTIONS: &str = "exceptions";
/// The count of an entry that ends an acceptance: how many holds it has.
pub(super) const HOLDS: &str = "holds";

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
    /// A hold that was placed twice, which only a store that lost the first allows.
    twice: Option<Box<str>>,
    /// What an acceptance that has begun tells of, and what was placed since.
    accepting: Option<Accepting>,
    /// Holds that an accepted store had lost, until they are placed again or released.
    lost: BTreeSet<Box<str>>,
    /// How often each order was closed, by the first bytes of its digest. Where two share
    /// them, a record of one may count as closed: it is then carried out again.
    closed: HashMap<[u8; 8], u64>,
    /// When each sweeper began its last run.
    runs: BTreeMap<Identifier, Moment>,
    /// The deletions whose receipts are in the log, by the numbers of their commits.
    batches: HashSet<u64>,
}

#[derive(Clone, Debug, Default)]
struct ToldHold {
    /// Whether the log tells that it was placed, and not only that it was found.
    is_placed: bool,
    is_released: bool,
    exceptions: u64,
}

#[derive(Debug, Default)]
struct Accepting {
    holds: BTreeMap<Box<str>, ToldHold>,
    lost: BTreeSet<Box<str>>,
}

impl ToldHold {
    /// Whether a hold is in this state, or has changed since.
    fn is(&self, hold: &Hold) -> bool {
        (hold.release.is_some() || !self.is_released)
            && hold.overrides.len() as u64 >= self.exceptions
    }
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

    /// Whether a hold is not in an earlier state than the log tells of.
    pub(super) fn is_current(&self, hold: &Hold) -> bool {
        let state = self.state();
        let told = state.told.holds.get(hold.id.as_str());
        told.is_none_or(|told| told.is(hold))
    }

    /// Whether a hold of this name was placed.
    pub(super) fn has(&self, id: &HoldId) -> bool {
        self.state().told.holds.contains_key(id.as_str())
    }

    /// The holds among these of which the log does not tell.
    pub(super) fn untold<'h>(&self, holds: impl IntoIterator<Item = &'h Hold>) -> Vec<&'h Hold> {
        let state = self.state();
        let is_untold = |hold: &&Hold| !state.told.holds.contains_key(hold.id.as_str());
        holds.into_iter().filter(is_untold).collect()
    }

    /// Whether an accepted store had lost a hold that was not placed again.
    pub(super) fn is_lost(&self, id: &HoldId) -> bool {
        self.state().told.lost.contains(id.as_str())
    }

    /// The holds that an accepted store had lost.
    pub(super) fn lost(&self) -> Vec<HoldId> {
        let state = self.state();
        let lost = state.told.lost.iter();
        lost.filter_map(|name| HoldId::new(name).ok()).collect()
    }

    /// The holds that count and that are not among these: those the log tells of, unless
    /// they were released, and those that were lost before.
    pub(super) fn missing(&self, holds: &[Hold]) -> Vec<HoldId> {
        let state = self.state();
        let here: BTreeSet<&str> = holds.iter().map(|hold| hold.id.as_str()).collect();
        let told = state
            .told
            .holds
            .iter()
            .filter(|(_, told)| !told.is_released);
        let names: BTreeSet<&str> = told
            .map(|(name, _)| &**name)
            .chain(state.told.lost.iter().map(|name| &**name))
            .collect();
        let missing = names.difference(&here);
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
            ("hold.accept", Outcome::Attempted) => self.accepting = Some(Accepting::default()),
            ("hold.accept", outcome) if outcome == done => self.accept(entry),
            (action, outcome) if outcome == done => return self.add_hold(action, entry),
            _ => {}
        }
        false
    }

    /// An acceptance counts if all of its holds are there. Of two that cross, the end of one
    /// may come before the holds of the other.
    fn accept(&mut self, entry: &Entry) {
        let accepting = self.accepting.take_if(|accepting| {
            count(entry, HOLDS).is_some_and(|holds| accepting.holds.len() as u64 >= holds)
        });
        if let Some(accepted) = accepting {
            self.holds = accepted.holds;
            self.lost = accepted.lost;
            self.twice = None;
        }
    }

    fn add_hold(&mut self, action: &str, entry: &Entry) -> bool {
        let id = entry.resource_id().and_then(Identifier::as_str);
        let Some(id) = id.filter(|_| action.starts_with("hold.")) else {
            return false;
        };
        match action {
            "hold.accepted" => {
                let told = ToldHold {
                    is_placed: true,
                    is_released: count(entry, RELEASED).unwrap_or_default() > 0,
                    exceptions: count(entry, EXCEPTIONS).unwrap_or_default(),
                };
                if let Some(accepting) = &mut self.accepting {
                    accepting.holds.entry(id.into()).or_insert(told);
                }
                return true;
            }
            "hold.missing" => {
                if let Some(accepting) = &mut self.accepting
                    && !accepting.holds.contains_key(id)
                {
                    accepting.lost.insert(id.into());
                }
                return true;
            }
            // A hold that was lost is given up.
            "hold.release" if self.lost.remove(id) => return true,
            "hold.place" => {
                self.lost.remove(id);
            }
            _ => {}
        }
        let is_found = count(entry, RECOVERED).is_some();
        let change = |told: &mut ToldHold| match action {
            "hold.place" => told.is_placed |= !is_found,
            "hold.release" => told.is_released = true,
            "hold.override.approve" => told.exceptions += 1,
            _ => {}
        };
        if let Some(accepting) = &mut self.accepting
            && (action == "hold.place" || accepting.holds.contains_key(id))
        {
            accepting.lost.remove(id);
            change(accepting.holds.entry(id.into()).or_default());
        }
        let told = self.holds.entry(id.into()).or_default();
        if action == "hold.place" && !is_found && told.is_placed {
            self.twice.get_or_insert_with(|| id.into());
        }
        change(told);
        true
    }

    /// Checks that these are the holds which the log tells of: each that was placed is
    /// there, once, released where the log says so, and with all of its exceptions. More
    /// may be there: an entry follows what it tells of.
    pub(super) fn check(&self, holds: &[Hold]) -> Result<(), Error> {
        let holds: BTreeMap<&str, &Hold> =
            holds.iter().map(|hold| (hold.id.as_str(), hold)).collect();
        let is_there = |id: &str, told: &ToldHold| holds.get(id).is_some_and(|hold| told.is(hold));
        let mut told = self.holds.iter();
        let other = told.find(|(id, told)| !is_there(id, told));
        let other = other.map(|(id, _)| id).or(self.twice.as_ref());
        other.map_or(Ok(()), |id| {
            Err(Error::from(RetentionCause::Holds).with_id(id))
        })
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
