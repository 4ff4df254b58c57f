//! Deletion plans: what is deleted, and what stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::step::merged;
use super::{Kept, Request};
use crate::Error;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::retention::{
    Decider, DispositionKind, History, Holds, Record, RetentionVerdict, Schedule, Status, Stores,
    Trigger,
};
use crate::taxonomy::{DataCategory, DataStore, Processor};
use crate::time::{Moment, Rounding};

/// What has to be done in one store for one category.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// The store.
    pub store: DataStore,
    /// The category.
    pub category: DataCategory,
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

/// What a plan is made under: one schedule, or the history of its versions, by which what was
/// promised when data was collected stays promised.
///
/// # Example
/// ```
/// use confidant::retention::{History, Schedule};
/// use confidant::rights::Promised;
/// use confidant::time::Moment;
///
/// let schedule = Schedule::builder().build()?;
/// let of_one: Promised<'_> = (&schedule).into();
/// let history = History::new(Moment::UNIX_EPOCH, schedule.clone());
/// let of_all: Promised<'_> = (&history).into();
/// # let _ = (of_one, of_all);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Promised<'s>(Versions<'s>);

#[derive(Clone, Copy, Debug)]
enum Versions<'s> {
    One(&'s Schedule),
    All(&'s History),
}

impl<'s> From<&'s Schedule> for Promised<'s> {
    fn from(schedule: &'s Schedule) -> Self {
        Self(Versions::One(schedule))
    }
}

impl<'s> From<&'s History> for Promised<'s> {
    fn from(history: &'s History) -> Self {
        Self(Versions::All(history))
    }
}

impl<'s> Promised<'s> {
    /// The schedule that applies to a record; none where it is not known which.
    fn of(self, record: &Record<'_>) -> Option<&'s Schedule> {
        match self.0 {
            Versions::One(schedule) => Some(schedule),
            Versions::All(history) => history.schedule_for(record),
        }
    }
}

/// The plan for a request for deletion: a task for every declared store that may hold the
/// data, and what stays, with the clause and until when.
///
/// It is made of the verdicts of the retention schedule over the records of the data
/// subject, whose events include the request. It is a function of its arguments.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::retention::{
///     Categories, Clause, DeclaredStore, Disposition, Events, Holds, Record, Schedule, StoreKind,
///     Stores, Trigger,
/// };
/// use confidant::rights::{DeletionPlan, DeletionRules};
/// use confidant::taxonomy::{DataCategory, DataStore};
/// use confidant::time::{Moment, Period};
///
/// let chat = DataCategory::new("chat")?;
/// let request = Clause::new(ClauseId::new("CC-44")?, Categories::All, Trigger::DeletionRequested)
///     .act_by(Disposition::Delete, Period::days(7));
/// let schedule = Schedule::builder().category(chat.clone()).clause(request).build()?;
/// let primary = DeclaredStore::new(DataStore::new("primary")?, StoreKind::Primary);
/// let stores = Stores::new(vec![primary])?;
///
/// let created: Moment = "2026-04-01T00:00:00Z".parse()?;
/// let asked: Moment = "2026-04-24T00:00:00Z".parse()?;
/// let now: Moment = "2026-04-25T00:00:00Z".parse()?;
/// let events = Events::created(created).at(Trigger::DeletionRequested, asked);
/// let holds = Holds::none();
/// let rules = DeletionRules::new(&schedule, &holds, &stores);
/// let plan = DeletionPlan::new(&rules, [Record::new(&chat, events)], now)?;
/// assert!(plan.is_complete());
/// assert_eq!(plan.tasks()[0].store.as_str(), "primary");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionPlan {
    tasks: Vec<Task>,
    kept: Vec<Kept>,
    held: BTreeSet<DataCategory>,
    unknown: BTreeSet<DataCategory>,
}

/// What a [`DeletionPlan`] is made under.
#[derive(Clone, Copy, Debug)]
pub struct DeletionRules<'a> {
    schedule: Promised<'a>,
    holds: &'a Holds,
    stores: &'a Stores,
}

impl<'a> DeletionRules<'a> {
    /// Takes the retention schedule, or the history of its versions, the holds that are in
    /// force, and the declared stores.
    #[must_use]
    pub fn new(schedule: impl Into<Promised<'a>>, holds: &'a Holds, stores: &'a Stores) -> Self {
        Self {
            schedule: schedule.into(),
            holds,
            stores,
        }
    }
}

impl DeletionPlan {
    /// Makes the plan. Every record should have the event
    /// [`DeletionRequested`](Trigger::DeletionRequested).
    ///
    /// What a clause keeps, and the law or a hold, is kept. Of what nothing demands to be
    /// erased, nothing keeps, or somebody has to review, the plan says that it is unknown.
    /// A processor that manages the erasure is given it in the stores that it holds.
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
            schedule: promised,
            holds,
            stores,
        } = *rules;
        let mut tasks: BTreeMap<(DataStore, DataCategory), Task> = BTreeMap::new();
        let mut kept = Vec::new();
        let (mut held, mut unknown) = (BTreeSet::new(), BTreeSet::new());
        for record in records {
            let category = record.category();
            let Some(schedule) = promised.of(&record) else {
                unknown.insert(category.clone());
                continue;
            };
            let at = since_request(schedule, &record, now);
            let verdict = schedule.evaluate(&record, holds, at);
            match fate(schedule, holds, &verdict, at)? {
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
                    kept.push(Kept::new(category.clone(), clause, until));
                    if kept.len() > Request::MAX_KEPT {
                        kept = merged(kept);
                    }
                }
                Fate::Goes { action, by, clause } => {
                    let mut found = false;
                    let managed = action == DispositionKind::ProcessorManaged;
                    for store in stores.holding(category) {
                        found = true;
                        if managed && store.held_by().is_none() {
                            unknown.insert(category.clone());
                            continue;
                        }
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
            kept: merged(kept),
            held,
            unknown,
        })
    }

    /// Returns what has to be done, in order of the stores.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Returns what stays, with the clause that keeps it and until when: once for each
    /// category and clause, with the latest end.
    #[must_use]
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// Returns the categories that a hold keeps.
    pub fn held(&self) -> impl Iterator<Item = &DataCategory> {
        self.held.iter()
    }

    /// Returns the categories of which something is not known that the answer depends
    /// on. While there is one, the plan is not complete.
    pub fn unknown(&self) -> impl Iterator<Item = &DataCategory> {
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

/// The moment at which a plan asks: `now`, but for a request that was just made the moment
/// at which no clock is behind it. Until then a verdict waits, and does not say what for.
fn since_request(schedule: &Schedule, record: &Record<'_>, now: Moment) -> Moment {
    let asked = Trigger::ALL
        .into_iter()
        .filter(|trigger| trigger.is_demand());
    let asked = asked.filter_map(|trigger| record.events().get(trigger));
    let asked = asked.filter(|asked| *asked <= now.saturating_add(schedule.skew()));
    asked.fold(now, |now, asked| {
        now.max(asked.saturating_add(schedule.skew()))
    })
}

fn fate(
    schedule: &Schedule,
    holds: &Holds,
    verdict: &RetentionVerdict,
    at: Moment,
) -> Result<Fate, Error> {
    let clause = |index: u16| schedule.clause(index).map(|clause| clause.id().clone());
    let named = |decider: Option<Decider>| match decider {
        Some(Decider::Clause(index)) => clause(index),
        Some(Decider::Hold(index)) => {
            let hold = holds.get(index);
            hold.and_then(|hold| ClauseId::new(hold.id().as_str()).ok())
        }
        _ => None,
    };
    let source = || ClauseId::new("source");
    let known = |until: Option<Moment>| until.filter(|until| *until < Moment::MAX);
    // That a deadline is ahead keeps nothing: a clause must.
    let kept_by_clause = || {
        let keep = verdict.longest_keep().filter(|(until, _)| *until > at);
        let named = keep.and_then(|(until, index)| Some((until, clause(index)?)));
        named.map_or(Fate::Unknown, |(until, clause)| Fate::Kept {
            clause,
            until: known(Some(until)),
            by_hold: false,
        })
    };
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
            (Some(action), Some(by))
                if action.erases() || action == DispositionKind::ProcessorManaged =>
            {
                Fate::Goes {
                    action,
                    by,
                    clause: named(verdict.decided_by()).map_or_else(source, Ok)?,
                }
            }
            // An erasure that waits for what is not known.
            _ if verdict.missing().is_some() => Fate::Unknown,
            (Some(DispositionKind::Restrict), _) => Fate::Kept {
                clause: named(verdict.acts_for()).map_or_else(source, Ok)?,
                until: None,
                by_hold: false,
            },
            _ => kept_by_clause(),
        },
        Status::Keep => kept_by_clause(),
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
