//! Deletion plans: what is deleted, and what stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Kept;
use crate::Error;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::retention::{
    Decider, DispositionKind, Holds, Record, Schedule, Status, Stores, Verdict,
};
use crate::taxonomy::{Category, DataStore, Processor};
use crate::time::{Moment, Rounding};

/// What has to be done in one store for one category.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// The store.
    pub store: DataStore,
    /// The category.
    pub category: Category,
    /// What is done.
    pub action: DispositionKind,
    /// How many records it is about.
    pub records: u64,
    /// The moment before which it is done.
    pub by: Moment,
    /// The clause that demands it.
    pub clause: ClauseId,
    /// The processor that does it, where it is not the product itself.
    pub processor: Option<Processor>,
    /// By when the store is rid of it without anybody's doing, as in a backup that is
    /// written over.
    pub expires_by: Option<Moment>,
}

/// What a request for deletion comes to: a task for every declared store that may hold
/// what goes, and what stays, why and until when.
///
/// It is made of the verdicts of the retention schedule over the records of the data
/// subject, whose events include the request. It is a function of its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionPlan {
    tasks: Vec<Task>,
    kept: Vec<Kept>,
    held: BTreeSet<Category>,
    unknown: BTreeSet<Category>,
}

/// What a [`DeletionPlan`] goes by.
#[derive(Clone, Copy, Debug)]
pub struct DeletionRules<'a> {
    schedule: &'a Schedule,
    holds: &'a Holds,
    stores: &'a Stores,
}

impl<'a> DeletionRules<'a> {
    /// Takes the retention schedule, the holds that are in force, and the declared stores.
    #[must_use]
    pub const fn new(schedule: &'a Schedule, holds: &'a Holds, stores: &'a Stores) -> Self {
        Self {
            schedule,
            holds,
            stores,
        }
    }
}

impl DeletionPlan {
    /// Makes the plan. Every record should have the event
    /// [`DeletionRequested`](crate::retention::Trigger::DeletionRequested).
    ///
    /// # Errors
    /// `Config` where a category lies in no declared store, or a clause that decided is
    /// not in the schedule; `Limit` past [`Moment::MAX`].
    pub fn new<'r>(
        rules: &DeletionRules<'_>,
        records: impl IntoIterator<Item = Record<'r>>,
        now: Moment,
    ) -> Result<Self, Error> {
        let DeletionRules {
            schedule,
            holds,
            stores,
        } = *rules;
        let mut tasks: BTreeMap<(DataStore, Category), Task> = BTreeMap::new();
        let mut kept = BTreeSet::new();
        let (mut held, mut unknown) = (BTreeSet::new(), BTreeSet::new());
        for record in records {
            let category = record.category();
            let verdict = schedule.evaluate(&record, holds, now);
            match fate(schedule, holds, &verdict)? {
                Fate::Unknown => {
                    unknown.insert(category.clone());
                }
                Fate::Kept {
                    clause,
                    until,
                    by_hold,
                } => {
                    if by_hold {
                        held.insert(category.clone());
                    }
                    kept.insert(Kept {
                        category: category.clone(),
                        clause,
                        until,
                    });
                }
                Fate::Goes { action, by, clause } => {
                    let mut found = false;
                    for store in stores.holding(category) {
                        found = true;
                        let expires = store.expiry();
                        let expires = expires.map(|period| period.after(by, Rounding::Forward));
                        let task = Task {
                            store: store.name().clone(),
                            category: category.clone(),
                            action,
                            records: 1,
                            by,
                            clause: clause.clone(),
                            processor: store.held_by().cloned(),
                            expires_by: expires.transpose()?,
                        };
                        let key = (task.store.clone(), category.clone());
                        tasks
                            .entry(key)
                            .and_modify(|known| known.join(&task))
                            .or_insert(task);
                    }
                    if !found {
                        let what = "store of a category";
                        let error = Error::from(RightsCause::Unknown { what });
                        return Err(error.with_id(category.as_str()));
                    }
                }
            }
        }
        Ok(Self {
            tasks: tasks.into_values().collect(),
            kept: kept.into_iter().collect(),
            held,
            unknown,
        })
    }

    /// Returns what has to be done, in order of the stores.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Returns what stays, with the clause that keeps it and until when.
    #[must_use]
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// Returns the categories that a hold keeps.
    pub fn held(&self) -> impl Iterator<Item = &Category> {
        self.held.iter()
    }

    /// Returns the categories of which something is not known that the answer depends
    /// on. While there is one, the plan is not complete.
    pub fn unknown(&self) -> impl Iterator<Item = &Category> {
        self.unknown.iter()
    }

    /// Returns whether everything is known.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unknown.is_empty()
    }

    /// Returns what a store keeps, for its report.
    #[must_use]
    pub fn kept_in(&self, stores: &Stores, store: &DataStore) -> Vec<Kept> {
        let mut declared = stores.iter();
        let declared = declared.find(|declared| declared.name() == store);
        let kept = self
            .kept
            .iter()
            .filter(|kept| declared.is_some_and(|declared| declared.holds(&kept.category)));
        kept.cloned().collect()
    }
}

impl Task {
    /// Takes in another record of the same store and category: the earlier deadline
    /// counts, and the stronger action.
    fn join(&mut self, other: &Self) {
        self.records += other.records;
        if other.by < self.by {
            self.by = other.by;
            self.clause = other.clause.clone();
        }
        self.action = self.action.max(other.action);
        self.expires_by = self.expires_by.max(other.expires_by);
    }
}

enum Fate {
    Goes {
        action: DispositionKind,
        by: Moment,
        clause: ClauseId,
    },
    Kept {
        clause: ClauseId,
        until: Option<Moment>,
        by_hold: bool,
    },
    Unknown,
}

fn fate(schedule: &Schedule, holds: &Holds, verdict: &Verdict) -> Result<Fate, Error> {
    let clause = |index: u16| schedule.clause(index).map(|clause| clause.id().clone());
    let named = |decider: Option<Decider>| match decider {
        Some(Decider::Clause(index)) => clause(index),
        Some(Decider::Hold(index)) => {
            let hold = usize::try_from(index)
                .ok()
                .and_then(|index| holds.iter().nth(index));
            hold.and_then(|hold| ClauseId::new(hold.id().as_str()).ok())
        }
        _ => None,
    };
    let source = || ClauseId::new("source");
    let known = |until: Option<Moment>| until.filter(|until| *until < Moment::MAX);
    Ok(match verdict.status() {
        Status::Unknown => Fate::Unknown,
        Status::Held => Fate::Kept {
            clause: named(verdict.decided_by()).map_or_else(source, Ok)?,
            until: None,
            by_hold: true,
        },
        Status::Restrict => match verdict.kept_by().and_then(clause) {
            Some(clause) => Fate::Kept {
                clause,
                until: known(verdict.not_before()),
                by_hold: false,
            },
            None => Fate::Unknown,
        },
        Status::Due | Status::Overdue => match (verdict.action(), verdict.due_by()) {
            (Some(action), Some(by)) => Fate::Goes {
                action,
                by,
                clause: named(verdict.decided_by()).map_or_else(source, Ok)?,
            },
            _ => Fate::Unknown,
        },
        Status::Keep => match named(verdict.decided_by()) {
            Some(clause) => Fate::Kept {
                clause,
                until: known(verdict.not_before()),
                by_hold: false,
            },
            // Nothing demands that it goes and nothing that it stays.
            None => Fate::Unknown,
        },
    })
}

impl fmt::Display for DeletionPlan {
    /// Writes one line for each task and each thing that stays.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for task in &self.tasks {
            let (store, category) = (&task.store, &task.category);
            let (records, by, clause) = (task.records, task.by, &task.clause);
            let action = task.action.as_str();
            writeln!(
                f,
                "{store}: {action} {records} of {category} by {by} because of {clause}"
            )?;
        }
        for kept in &self.kept {
            write!(f, "kept: {} because of {}", kept.category, kept.clause)?;
            match kept.until {
                Some(until) => writeln!(f, " until {until}")?,
                None => writeln!(f, ", no end is known")?,
            }
        }
        for category in &self.unknown {
            writeln!(f, "unknown: {category}")?;
        }
        Ok(())
    }
}
