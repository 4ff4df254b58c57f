//! The kit that collects trials.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::check::Check;
use super::report::PromiseReport;
use super::stray::Stray;
use super::trial::Trial;
use crate::policy::{Policy, Promise};
use crate::time::Moment;

/// Collects trials of the promises of one product. The [module](super) has an example.
#[derive(Debug)]
pub struct Kit {
    policy: Policy,
    promises: Vec<Promise>,
    ended: BTreeMap<Box<str>, Trial>,
    strays: Vec<Stray>,
    /// The number of the kit in this process.
    number: u64,
    /// How many trials have begun, and how many were given back.
    begun: AtomicUsize,
    back: usize,
}

impl Kit {
    /// Begins with no trial of any promise.
    #[must_use]
    pub fn new(policy: &Policy, promises: Vec<Promise>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            policy: policy.clone(),
            promises,
            ended: BTreeMap::new(),
            strays: Vec::new(),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            begun: AtomicUsize::new(0),
            back: 0,
        }
    }

    /// Returns the promises.
    #[must_use]
    pub fn promises(&self) -> &[Promise] {
        &self.promises
    }

    /// Begins a trial of a promise.
    pub fn trial(&self, promise: &str) -> Trial {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Trial::new(promise, self.number, &self.policy)
    }

    /// Takes a trial back. Several of the same promise count together, also those of other
    /// kits of the policy. One of a promise that is not on the list makes the report fail,
    /// and so do one of another policy and one that this kit began and never got back.
    pub fn end(&mut self, trial: Trial) {
        self.back += usize::from(trial.kit == self.number);
        if trial.policy.digest() != self.policy.digest() {
            self.strays.push(Stray::Foreign(trial.id));
            return;
        }
        let mut listed = self.promises.iter().map(|own| own.id().as_str());
        if !listed.any(|id| id == &*trial.id) {
            self.strays.push(Stray::Unlisted(trial.id));
            return;
        }
        match self.ended.get_mut(&trial.id) {
            Some(known) => {
                known.mechanisms.extend(trial.mechanisms);
                known.evidence.extend(trial.evidence);
            }
            None => {
                self.ended.insert(trial.id.clone(), trial);
            }
        }
    }

    /// Says for each promise what it comes to, as far as trials have shown it.
    #[must_use]
    pub fn report(&self, now: Moment) -> PromiseReport {
        let checks = self.promises.iter().map(|promise| {
            let trial = self.ended.get(promise.id().as_str());
            Check::new(promise, &self.policy, trial, now)
        });
        let mut strays = self.strays.clone();
        let open = self.begun.load(Ordering::Relaxed).saturating_sub(self.back);
        if open > 0 {
            strays.push(Stray::Open(open));
        }
        PromiseReport::new(&self.policy, checks.collect(), strays, now)
    }
}
