//! Plans: what to do with many records.

use super::disposition::{Disposition, DispositionKind};
use super::history::History;
use super::holds::Holds;
use super::record::Record;
use super::schedule::Schedule;
use super::verdict::{Decider, NoticeState, RetentionVerdict, Status};
use crate::decision::ClauseId;
use crate::time::Moment;

/// A plan for many records at one moment: an iterator over those that [need
/// attention](RetentionVerdict::needs_attention), in the order in which they come.
///
/// It reads one record at a time and keeps none, so its memory does not grow with their
/// number. The same records, holds and moment give the same plan.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::retention::{Disposition, Clause, Events, Holds, Record, Schedule, Trigger};
/// use confidant::taxonomy::DataCategory;
/// use confidant::time::{Moment, Period};
///
/// let logs = DataCategory::new("logs")?;
/// let rolling = Clause::new(ClauseId::new("IC-62")?, logs.clone().into(), Trigger::Created)
///     .act_by(Disposition::Delete, Period::days(90));
/// let schedule = Schedule::builder().category(logs.clone()).clause(rolling).build()?;
///
/// let start: Moment = "2026-01-01T00:00:00Z".parse()?;
/// let records = (0..1_000_u64).map(|number| {
///     let created = start.saturating_add(std::time::Duration::from_secs(number * 86_400));
///     (number, Record::new(&logs, Events::created(created)))
/// });
/// let holds = Holds::none();
/// let mut plan = schedule.plan(records, &holds, "2026-04-05T00:00:00Z".parse()?);
/// let due: Vec<_> = plan.by_ref().map(|planned| planned.key).collect();
/// assert_eq!(due, [0, 1, 2, 3, 4]);
/// assert_eq!((plan.tally().records, plan.tally().erasures), (1_000, 5));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a plan that nobody reads does nothing"]
pub struct Plan<'p, I> {
    judge: Judge<'p>,
    holds: &'p Holds,
    records: I,
    now: Moment,
    tally: Tally,
}

#[derive(Clone, Copy, Debug)]
enum Judge<'p> {
    Schedule(&'p Schedule),
    History(&'p History),
}

/// One record of a plan, with the key by which the caller knows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Planned<'r, K> {
    /// What the caller called the record.
    pub key: K,
    /// The record, as it was given.
    pub record: Record<'r>,
    /// What is demanded of it.
    pub verdict: RetentionVerdict,
}

/// The number of records of a plan in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// All records that were looked at.
    pub records: u64,
    /// Those with nothing to be done.
    pub kept: u64,
    /// Those whose action may be taken, with their deadline ahead.
    pub due: u64,
    /// Those whose deadline is over.
    pub overdue: u64,
    /// Those that a hold suspends.
    pub held: u64,
    /// Those that only the law keeps.
    pub restricted: u64,
    /// Those that could not be evaluated.
    pub unknown: u64,
    /// Those that may be erased at this moment.
    pub erasures: u64,
    /// Those whose data subject must be told first, and has not been.
    pub notices: u64,
}

impl Tally {
    /// Counts one more verdict.
    pub const fn add(&mut self, verdict: &RetentionVerdict) {
        let count = match verdict.status {
            Status::Keep => &mut self.kept,
            Status::Due => &mut self.due,
            Status::Overdue => &mut self.overdue,
            Status::Held => &mut self.held,
            Status::Restrict => &mut self.restricted,
            Status::Unknown => &mut self.unknown,
        };
        *count += 1;
        self.records += 1;
        if verdict.may_act()
            && let Some(action) = verdict.action
            && action.erases()
        {
            self.erasures += 1;
        }
        if matches!(verdict.notice, NoticeState::Due) {
            self.notices += 1;
        }
    }
}

impl Schedule {
    /// Plans what to do with records at a moment.
    pub fn plan<'p, 'r, K, I>(
        &'p self,
        records: I,
        holds: &'p Holds,
        now: Moment,
    ) -> Plan<'p, I::IntoIter>
    where
        I: IntoIterator<Item = (K, Record<'r>)>,
    {
        Plan::new(Judge::Schedule(self), records.into_iter(), holds, now)
    }

    /// Returns the particulars of the action that a verdict of this schedule about a
    /// record demands, and the clause that demands it. `None` where nothing is to be done.
    ///
    /// What was derived from data that is anonymised is deleted: whether it would be
    /// about nobody by itself, no clause can know.
    #[must_use]
    pub fn action_of(
        &self,
        record: &Record<'_>,
        verdict: &RetentionVerdict,
    ) -> Option<(Disposition, Option<ClauseId>)> {
        let kind = verdict.action()?;
        let decider = verdict.acts_for()?;
        let id = self.decider_id(record, decider).cloned();
        let plain = match kind {
            DispositionKind::Review => Disposition::Review,
            DispositionKind::ProcessorManaged => Disposition::ProcessorManaged,
            DispositionKind::Restrict => Disposition::Restrict,
            DispositionKind::CryptoShred => Disposition::CryptoShred,
            DispositionKind::Delete | DispositionKind::Anonymise => Disposition::Delete,
        };
        let Decider::Clause(index) = decider else {
            return Some((plain, id));
        };
        let clause = self.clause(index)?;
        let act = clause.act.as_ref().map(|act| &act.action);
        let then = clause.then.as_ref().map(|(action, _)| action);
        let mut said = act.into_iter().chain(then);
        let said = said.find(|action| action.kind() == kind).cloned();
        Some((said.unwrap_or(plain), id))
    }
}

impl History {
    /// Plans what to do with records at a moment.
    pub fn plan<'p, 'r, K, I>(
        &'p self,
        records: I,
        holds: &'p Holds,
        now: Moment,
    ) -> Plan<'p, I::IntoIter>
    where
        I: IntoIterator<Item = (K, Record<'r>)>,
    {
        Plan::new(Judge::History(self), records.into_iter(), holds, now)
    }
}

impl<'p, I> Plan<'p, I> {
    fn new(judge: Judge<'p>, records: I, holds: &'p Holds, now: Moment) -> Self {
        Self {
            judge,
            holds,
            records,
            now,
            tally: Tally::default(),
        }
    }

    /// Returns the counts of the records read so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    fn judge(&self, record: &Record<'_>) -> RetentionVerdict {
        match self.judge {
            Judge::Schedule(schedule) => schedule.evaluate(record, self.holds, self.now),
            Judge::History(history) => history.evaluate(record, self.holds, self.now),
        }
    }
}

impl<'r, K, I: Iterator<Item = (K, Record<'r>)>> Iterator for Plan<'_, I> {
    type Item = Planned<'r, K>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, record) = self.records.next()?;
            let verdict = self.judge(&record);
            self.tally.add(&verdict);
            if verdict.needs_attention() {
                return Some(Planned {
                    key,
                    record,
                    verdict,
                });
            }
        }
    }
}

impl<'r, K, I: Iterator<Item = (K, Record<'r>)>> Plan<'_, I> {
    /// Reads all remaining records and returns the counts.
    pub fn count_all(mut self) -> Tally {
        while self.next().is_some() {}
        self.tally
    }
}
