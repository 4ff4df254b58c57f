//! The kit that collects trials.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::check::Check;
use super::report::PromiseReport;
use super::trial::Trial;
use crate::policy::{Policy, Promise};
use crate::time::Moment;

/// Collects trials of the promises of one product. The [module](super) has an example.
#[derive(Debug)]
pub struct Kit {
    policy: Policy,
    promises: Vec<Promise>,
    ended: BTreeMap<Box<str>, Trial>,
    unknown: Vec<Box<str>>,
    /// How many trials have begun, and how many were given back.
    begun: AtomicUsize,
    back: usize,
}

impl Kit {
    /// Begins with no trial of any promise.
    #[must_use]
    pub fn new(policy: &Policy, promises: Vec<Promise>) -> Self {
        Self {
            policy: policy.clone(),
            promises,
            ended: BTreeMap::new(),
            unknown: Vec::new(),
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
        Trial::new(promise, &self.policy)
    }

    /// Takes a trial back. Several of the same promise count together. One of a promise
    /// that is not on the list makes the report fail, and so do one of another policy and
    /// one that is never given back.
    pub fn end(&mut self, trial: Trial) {
        self.back += 1;
        if trial.policy.digest() != self.policy.digest() {
            self.unknown.push(trial.id);
            return;
        }
        let listed = self.promises.iter();
        if !listed
            .map(|own| own.id().as_str())
            .any(|id| id == &*trial.id)
        {
            self.unknown.push(trial.id);
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
        let mut unknown = self.unknown.clone();
        if self.begun.load(Ordering::Relaxed) > self.back {
            unknown.push("a trial that was begun and not ended".into());
        }
        PromiseReport::new(&self.policy, checks.collect(), unknown, now)
    }
}
