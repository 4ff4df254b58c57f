//! The schedule: all clauses, compiled.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use super::clause::Clause;
use super::record::{Record, Source};
use super::rules::Rules;
use super::verdict::Decider;
use crate::decision::ClauseId;
use crate::hash::NameHash;
use crate::taxonomy::{DataCategory, Jurisdiction};
use crate::time::{Period, Zone};

/// A retention schedule: what is kept until when, and what is done by when.
///
/// It cannot be changed. Every answer is a function of the schedule, the record, the
/// holds and the moment that it is given, and the order of its clauses does not count.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::retention::{
///     Disposition, Categories, Clause, Events, Holds, Record, Schedule, Status, Trigger,
/// };
/// use confidant::taxonomy::DataCategory;
/// use confidant::time::{Moment, Period};
///
/// let chat = DataCategory::new("chat")?;
/// let rolling = Clause::new(ClauseId::new("CC-36")?, chat.clone().into(), Trigger::Created)
///     .act_by(Disposition::Delete, Period::days(90));
/// let request = Clause::new(ClauseId::new("CC-44")?, Categories::All, Trigger::DeletionRequested)
///     .act_by(Disposition::Delete, Period::days(7));
/// let schedule = Schedule::builder().category(chat.clone()).clause(rolling).clause(request).build()?;
///
/// let at = |text: &str| text.parse::<Moment>();
/// let events = Events::created(at("2026-04-01T00:00:00Z")?)
///     .at(Trigger::DeletionRequested, at("2026-04-24T00:00:00Z")?);
/// let record = Record::new(&chat, events);
/// let verdict = schedule.evaluate(&record, &Holds::none(), at("2026-04-25T00:00:00Z")?);
/// assert_eq!(verdict.status(), Status::Due);
/// assert_eq!(verdict.due_by(), Some(at("2026-05-01T00:00:00Z")?));
///
/// let why = schedule.explain(&record, &Holds::none(), at("2026-04-25T00:00:00Z")?);
/// assert_eq!(
///     why.to_string(),
///     "due: delete by 2026-05-01T00:00:00Z because of `CC-44` (deletion_requested at \
///      2026-04-24T00:00:00Z, P7D); `CC-36` lost: its deadline is later",
/// );
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Schedule {
    /// Ordered by their ids.
    pub(super) clauses: Vec<Clause>,
    pub(super) categories: HashMap<DataCategory, Rules, NameHash>,
    pub(super) settings: Settings,
}

/// What holds for all clauses.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) zone: Zone,
    pub(super) skew: Duration,
    pub(super) lead: Duration,
    pub(super) min_group: u32,
    pub(super) notices: Vec<(Jurisdiction, Period)>,
    pub(super) digest: Option<[u8; 32]>,
}

impl Schedule {
    /// The most clauses.
    pub const MAX_CLAUSES: usize = 4_096;
    /// The most categories.
    pub const MAX_CATEGORIES: usize = 65_536;

    /// Returns the clauses in the order of their ids.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Returns the clause with an index, as verdicts name it.
    #[must_use]
    pub fn clause(&self, index: u16) -> Option<&Clause> {
        self.clauses.get(usize::from(index))
    }

    /// Returns the categories that are declared, in no order.
    pub fn categories(&self) -> impl Iterator<Item = &DataCategory> {
        self.categories.keys()
    }

    /// Returns the declared categories, in order, whose data no clause ever erases by the
    /// passing of time alone, unless somebody asks: "as long as needed".
    #[must_use]
    pub fn unbounded(&self) -> Vec<&DataCategory> {
        let unbounded = self.categories.iter().filter(|(_, rules)| {
            let mut acts = rules.acts.iter();
            !rules.anonymous && !acts.any(|act| act.kind.erases() && act.is_bound_to_come())
        });
        let mut unbounded: Vec<_> = unbounded.map(|(category, _)| category).collect();
        unbounded.sort();
        unbounded
    }

    /// Returns the time zone in which days are counted.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.settings.zone
    }

    /// Returns by how much the clock may be wrong either way.
    #[must_use]
    pub const fn skew(&self) -> Duration {
        self.settings.skew
    }

    /// Returns the digest of the policy that it was compiled from, if it was.
    #[must_use]
    pub const fn digest(&self) -> Option<&[u8; 32]> {
        self.settings.digest.as_ref()
    }

    /// The id of the clause that decided about a record.
    pub(super) fn decider_id<'s>(
        &'s self,
        record: &'s Record<'_>,
        decider: Decider,
    ) -> Option<&'s ClauseId> {
        match decider {
            Decider::Clause(index) => self.clause(index).map(Clause::id),
            Decider::Source => record.source.as_ref().and_then(Source::clause),
            Decider::Hold(_) => None,
        }
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule")
            .field("clauses", &self.clauses.len())
            .field("categories", &self.categories.len())
            .field("zone", &self.settings.zone)
            .finish_non_exhaustive()
    }
}
