//! Schedules over time: what a change of the policy means for data that is there.

use std::fmt;

use super::explain::RetentionExplanation;
use super::holds::Holds;
use super::record::{Record, Source};
use super::rules::{Act, Cap, Keep, Rules};
use super::schedule::Schedule;
use super::trigger::{Known, Trigger};
use super::verdict::{Missing, RetentionVerdict};
use crate::Error;
use crate::error::RetentionCause;
use crate::taxonomy::DataCategory;
use crate::time::Moment;

/// All versions of a schedule, each with the moment from which it counts.
///
/// A later version that shortens a period applies to all data from the moment on from
/// which it counts, and one that lengthens it only to data that is collected afterwards:
/// what was promised when data was collected stays promised, until the data subject
/// [consents anew](Record::reconsented). A longer legal obligation applies to what is
/// there where its clause [says so](super::Clause::for_existing_data).
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::retention::{Disposition, Clause, Events, History, Holds, Record, Schedule, Trigger};
/// use confidant::taxonomy::DataCategory;
/// use confidant::time::{Moment, Period};
///
/// let logs = DataCategory::new("logs")?;
/// let days = |days| {
///     let clause = Clause::new(ClauseId::new("IC-62")?, logs.clone().into(), Trigger::Created);
///     let clause = clause.act_by(Disposition::Delete, Period::days(days));
///     Schedule::builder().category(logs.clone()).clause(clause).build()
/// };
/// let at = |text: &str| text.parse::<Moment>();
/// let history = History::new(at("2026-01-01T00:00:00Z")?, days(90)?)
///     .then(at("2026-06-01T00:00:00Z")?, days(180)?)?;
///
/// let due = |created: &str| -> Result<_, confidant::Error> {
///     let record = Record::new(&logs, Events::created(at(created)?));
///     Ok(history.evaluate(&record, &Holds::none(), at("2026-06-02T00:00:00Z")?).due_by())
/// };
/// assert_eq!(due("2026-05-31T00:00:00Z")?, Some(at("2026-08-29T00:00:00Z")?));
/// assert_eq!(due("2026-06-01T00:00:00Z")?, Some(at("2026-11-28T00:00:00Z")?));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct History {
    /// As they were given, in order.
    versions: Vec<(Moment, Schedule)>,
    /// For data that was collected under each version: what applies to it by all.
    merged: Vec<Schedule>,
}

impl History {
    /// The most versions.
    pub const MAX: usize = 1_024;

    /// Begins with a first version. Data from before it counts as collected under it.
    #[must_use]
    pub fn new(from: Moment, first: Schedule) -> Self {
        Self {
            merged: vec![first.clone()],
            versions: vec![(from, first)],
        }
    }

    /// Adds the next version.
    ///
    /// # Errors
    /// `Config` where it does not count later than the one before, `Limit` for more than
    /// [`MAX`](Self::MAX) versions, or more than [`Schedule::MAX_CLAUSES`] clauses of all
    /// versions together.
    pub fn then(mut self, from: Moment, next: Schedule) -> Result<Self, Error> {
        let is_later = self.versions.last().is_some_and(|(last, _)| *last < from);
        if !is_later {
            let problem = "counts from no later than the version before";
            return Err(RetentionCause::Clause { problem }.into());
        }
        if self.versions.len() >= Self::MAX {
            return Err(Error::limit("number of versions", Self::MAX as u64));
        }
        self.versions.push((from, next));
        self.merged = (0..self.versions.len())
            .map(|version| self.merge(version))
            .collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Returns what the versions demand of a record at a moment.
    ///
    /// Without the time at which it was [created](Trigger::Created), the answer is
    /// [unknown](super::Status::Unknown).
    pub fn evaluate(&self, record: &Record<'_>, holds: &Holds, now: Moment) -> RetentionVerdict {
        match self.schedule_for(record) {
            Some(schedule) => schedule.evaluate(record, holds, now),
            None => RetentionVerdict::unknown(Missing::Event(Trigger::Created)),
        }
    }

    /// Returns the verdict together with the clauses that decided, and the reason why each
    /// other clause lost. `None` without the time at which the record was created.
    #[must_use]
    pub fn explain(
        &self,
        record: &Record<'_>,
        holds: &Holds,
        now: Moment,
    ) -> Option<RetentionExplanation> {
        let schedule = self.schedule_for(record)?;
        Some(schedule.explain(record, holds, now))
    }

    /// Returns what data that is derived from a record takes over from it.
    #[must_use]
    pub fn source(&self, record: &Record<'_>, holds: &Holds, now: Moment) -> Source {
        match self.schedule_for(record) {
            Some(schedule) => schedule.source(record, holds, now),
            None => Source::unknown(),
        }
    }

    /// Returns the schedule that applies to a record: the clauses of the version that it
    /// was collected under, and what later ones change for it. Verdicts about the record
    /// name clauses by their index in it. `None` without the time at which the record
    /// was created.
    #[must_use]
    pub fn schedule_for(&self, record: &Record<'_>) -> Option<&Schedule> {
        let Known::At(created) = record.events.known(Trigger::Created) else {
            return None;
        };
        let promised = record.reconsented.map_or(created, |anew| anew.max(created));
        let later = self.versions.partition_point(|(from, _)| *from <= promised);
        self.merged.get(later.saturating_sub(1))
    }

    /// Returns the versions, each with the moment from which it counts.
    pub fn versions(&self) -> impl Iterator<Item = (Moment, &Schedule)> {
        self.versions
            .iter()
            .map(|(from, schedule)| (*from, schedule))
    }

    /// Returns the latest version: what applies to data that is collected from now on.
    #[must_use]
    pub fn latest(&self) -> Option<&Schedule> {
        self.versions.last().map(|(_, schedule)| schedule)
    }

    /// What applies to data that was collected under one version.
    fn merge(&self, version: usize) -> Result<Schedule, Error> {
        let mut versions = self.versions.iter().skip(version);
        let (_, first) = versions.next().ok_or(RetentionCause::Undeclared {
            what: "version of a schedule",
        })?;
        let mut merged = first.clone();
        for (from, later) in versions {
            let offset = merged.clauses.len();
            merged.clauses.extend(later.clauses.iter().cloned());
            if merged.clauses.len() > Schedule::MAX_CLAUSES {
                let limit = Schedule::MAX_CLAUSES as u64;
                return Err(Error::limit("number of clauses of all versions", limit));
            }
            let step = Step {
                from: *from,
                later,
                offset: u16::try_from(offset).unwrap_or(u16::MAX),
            };
            for (category, rules) in &mut merged.categories {
                step.apply(category, rules, &merged.clauses);
            }
            for (category, rules) in &later.categories {
                if !merged.categories.contains_key(category) {
                    // Nothing was promised of it before.
                    let moved = step.moved(rules);
                    merged.categories.insert(category.clone(), moved);
                }
            }
        }
        // Explanations are about the policy that is in force.
        if let Some((_, latest)) = self.versions.last() {
            merged.settings = latest.settings.clone();
        }
        Ok(merged)
    }
}

/// One later version, as it changes what was promised.
struct Step<'s> {
    from: Moment,
    later: &'s Schedule,
    /// Where its clauses begin among all of them.
    offset: u16,
}

impl Step<'_> {
    fn apply(&self, category: &DataCategory, rules: &mut Rules, clauses: &[super::Clause]) {
        let Some(later) = self.later.categories.get(category) else {
            return;
        };
        self.shorten(&mut rules.keeps, later, clauses);
        for act in &mut rules.acts {
            self.shorten(&mut act.waits_for, later, clauses);
        }
        for act in later.acts.iter().map(|act| self.moved_act(act)) {
            if rules.acts.iter().any(|known| known.precedes(&act)) {
                rules.repeated.push(act);
            } else {
                rules.acts.push(act);
            }
        }
        let existing = later.keeps.iter().filter(|keep| {
            let clause = self.later.clause(keep.clause);
            clause.is_some_and(|clause| clause.for_existing_data)
        });
        rules
            .keeps
            .extend(existing.map(|keep| self.moved_keep(keep)));
    }

    /// Shortens bounds as the later version does. One that gives way there to what it did
    /// not give way to before ends when that version counts, and goes on as it says.
    fn shorten(&self, keeps: &mut Vec<Keep>, later: &Rules, clauses: &[super::Clause]) {
        let from = self.from;
        let mut weaker = Vec::new();
        for keep in keeps.iter_mut() {
            let name = clauses.get(usize::from(keep.clause)).map(super::Clause::id);
            // The clause of the same name.
            let mut same = later.keeps.iter().filter(|keep| {
                let clause = self.later.clause(keep.clause);
                clause.map(super::Clause::id) == name
            });
            let same = same.next();
            let bound = same.map(|same| (same.trigger, same.period));
            let mine = (keep.trigger, keep.period);
            if let Some(same) = same.filter(|same| same.is_weaker(keep)) {
                let mut same = self.moved_keep(same);
                // Not for longer than it was promised.
                same.caps.clone_from(&keep.caps);
                same.caps.push(Cap {
                    from: Moment::MIN,
                    bound: Some(mine),
                });
                weaker.push(same);
                keep.caps.push(Cap { from, bound: None });
            } else if bound != Some(mine) {
                keep.caps.push(Cap { from, bound });
            }
        }
        keeps.extend(weaker);
    }

    fn moved(&self, rules: &Rules) -> Rules {
        let moved = |acts: &[Act]| acts.iter().map(|act| self.moved_act(act)).collect();
        Rules {
            acts: moved(&rules.acts),
            repeated: moved(&rules.repeated),
            keeps: rules
                .keeps
                .iter()
                .map(|keep| self.moved_keep(keep))
                .collect(),
            displaced: rules
                .displaced
                .iter()
                .map(|index| index + self.offset)
                .collect(),
            anonymous: rules.anonymous,
        }
    }

    fn moved_act(&self, act: &Act) -> Act {
        let waits_for = act.waits_for.iter().map(|keep| self.moved_keep(keep));
        Act {
            clause: act.clause + self.offset,
            floor: act.floor.max(Some(self.from)),
            waits_for: waits_for.collect(),
            ..act.clone()
        }
    }

    fn moved_keep(&self, keep: &Keep) -> Keep {
        Keep {
            clause: keep.clause + self.offset,
            ..keep.clone()
        }
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History")
            .field("versions", &self.versions)
            .finish_non_exhaustive()
    }
}
