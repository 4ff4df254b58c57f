//! The clauses of a schedule.

use std::time::Duration;

use super::disposition::Disposition;
use super::trigger::Trigger;
use crate::decision::ClauseId;
use crate::taxonomy::{DataCategory, LawfulBasis};
use crate::time::Period;

/// One clause: from an event on, data of some categories is kept for a period, or acted
/// on by the end of one, or both.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::retention::{Disposition, Categories, Clause, Trigger};
/// use confidant::taxonomy::{DataCategory, LawfulBasis};
/// use confidant::time::Period;
///
/// // Bills are kept for seven years because the law says so, and then deleted.
/// let billing = DataCategory::new("billing")?;
/// let bills = Clause::new(ClauseId::new("CC-40")?, billing.into(), Trigger::Created)
///     .keep_for(Period::years(7))
///     .basis(LawfulBasis::LegalObligation)
///     .then(Disposition::Delete, Period::days(30));
///
/// // Whatever it is, it is deleted within seven days of a request.
/// let request = Clause::new(ClauseId::new("CC-44")?, Categories::All, Trigger::DeletionRequested)
///     .act_by(Disposition::Delete, Period::days(7));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    pub(super) id: ClauseId,
    pub(super) categories: Categories,
    pub(super) trigger: Trigger,
    pub(super) keep: Option<Period>,
    pub(super) act: Option<Act>,
    pub(super) start: Option<Start>,
    pub(super) yields_to: Vec<ClauseId>,
    pub(super) notice: Option<Period>,
    /// The basis, where it was given before anything is kept.
    pub(super) basis: Option<LawfulBasis>,
    /// Acts after the data was kept, `within` this period of the moment at which keeping
    /// ends.
    pub(super) then: Option<(Disposition, Period)>,
    pub(super) for_existing_data: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Act {
    pub(super) action: Disposition,
    pub(super) period: Period,
}

/// Which categories of data a clause or a hold is about. Those below a category in the
/// tree belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Categories {
    /// All categories.
    All,
    /// These categories and those below them.
    Of(Vec<DataCategory>),
}

/// From when on an action may be taken, other than by its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Start {
    /// From the event on, as for the demands of data subjects.
    AtOnce,
    /// This long before the deadline, but not before the event.
    Before(Duration),
}

impl Clause {
    /// Begins a clause that says nothing yet.
    #[must_use]
    pub const fn new(id: ClauseId, categories: Categories, trigger: Trigger) -> Self {
        Self {
            id,
            categories,
            trigger,
            keep: None,
            act: None,
            start: None,
            yields_to: Vec::new(),
            notice: None,
            basis: None,
            then: None,
            for_existing_data: false,
        }
    }

    /// Begins a clause that keeps data while the account is active: until it is closed.
    /// [`keep_for`](Self::keep_for) adds a period behind that.
    #[must_use]
    pub const fn keep_while_active(id: ClauseId, categories: Categories) -> Self {
        Self::new(id, categories, Trigger::WhileActive).keep_for(Period::ZERO)
    }

    /// Begins a clause that keeps data while the contract runs: until it ends.
    /// [`keep_for`](Self::keep_for) adds a period behind that.
    #[must_use]
    pub const fn keep_while_under_contract(id: ClauseId, categories: Categories) -> Self {
        Self::new(id, categories, Trigger::WhileUnderContract).keep_for(Period::ZERO)
    }

    /// Keeps the data for this long after the event. Where the calendar leaves open when
    /// that ends, the latest possible moment counts.
    #[must_use]
    pub const fn keep_for(mut self, period: Period) -> Self {
        self.keep = Some(period);
        self
    }

    /// Says why the data may be kept. A
    /// [legal obligation or claim](LawfulBasis::outweighs_erasure) stands against
    /// deletion; no other basis does.
    #[must_use]
    pub const fn basis(mut self, basis: LawfulBasis) -> Self {
        self.basis = Some(basis);
        self
    }

    /// Does this after the data was kept, `within` that period of the moment at which
    /// keeping it ends.
    #[must_use]
    pub fn then(mut self, action: Disposition, within: Period) -> Self {
        self.then = Some((action, within));
        self
    }

    /// Acts by the end of a period after the event. Where the calendar leaves open when
    /// that is, the earliest possible moment counts.
    #[must_use]
    pub fn act_by(mut self, action: Disposition, period: Period) -> Self {
        self.act = Some(Act { action, period });
        self
    }

    /// Says from when on [`act_by`](Self::act_by) may be done: at once where nothing is
    /// said and the event [is a demand](Trigger::is_demand), else the schedule's
    /// [lead](super::ScheduleBuilder::lead) before the deadline.
    #[must_use]
    pub const fn start(mut self, start: Start) -> Self {
        self.start = Some(start);
        self
    }

    /// Gives way to another clause where both apply.
    ///
    /// A clause that acts and yields to one that keeps waits until keeping ends, whatever
    /// its basis. A clause that keeps and yields to one that acts ends with the event of
    /// that clause, whatever its own basis.
    #[must_use]
    pub fn yields_to(mut self, clause: ClauseId) -> Self {
        self.yields_to.push(clause);
        self
    }

    /// Demands that data subjects are told this long before the clause erases the data.
    #[must_use]
    pub const fn notice(mut self, period: Period) -> Self {
        self.notice = Some(period);
        self
    }

    /// Keeps data longer than an earlier version of the schedule even if it was collected
    /// under that version, as for a new legal obligation. See [`History`](super::History).
    #[must_use]
    pub const fn for_existing_data(mut self) -> Self {
        self.for_existing_data = true;
        self
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> &ClauseId {
        &self.id
    }

    /// Returns the categories it is about.
    #[must_use]
    pub const fn categories(&self) -> &Categories {
        &self.categories
    }

    /// Returns the event from which it counts.
    #[must_use]
    pub const fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// Returns for how long it keeps data, if it does.
    #[must_use]
    pub const fn keep_period(&self) -> Option<Period> {
        self.keep
    }

    /// Returns the basis on which it keeps data.
    #[must_use]
    pub const fn lawful_basis(&self) -> Option<LawfulBasis> {
        self.basis
    }

    /// Returns the disposition and the period at whose end it is due, if there is one.
    #[must_use]
    pub fn action(&self) -> Option<(&Disposition, Period)> {
        self.act.as_ref().map(|act| (&act.action, act.period))
    }

    /// Returns what it does after keeping, and within which period, if it does.
    #[must_use]
    pub fn after_keeping(&self) -> Option<(&Disposition, Period)> {
        self.then.as_ref().map(|(action, within)| (action, *within))
    }

    /// Returns whether it keeps data in the face of a deletion that is due.
    #[must_use]
    pub fn outweighs_erasure(&self) -> bool {
        self.basis.is_some_and(LawfulBasis::outweighs_erasure)
    }
}

impl Categories {
    /// Returns whether data of `category` is meant.
    #[must_use]
    pub fn contains(&self, category: &DataCategory) -> bool {
        self.depth(category).is_some()
    }

    /// Whether some data of `category`, or of one below it, is meant.
    pub(super) fn touches(&self, category: &DataCategory) -> bool {
        match self {
            Self::All => true,
            Self::Of(named) => {
                let mut named = named.iter();
                named.any(|named| category.is_within(named) || named.is_within(category))
            }
        }
    }

    /// How closely `category` is named: 0 for all data, 1 for the top of the tree, and so
    /// on; `None` where it is not meant.
    pub(super) fn depth(&self, category: &DataCategory) -> Option<usize> {
        match self {
            Self::All => Some(0),
            Self::Of(named) => {
                let above = named.iter().filter(|named| category.is_within(named));
                above.map(|named| named.as_str().split('.').count()).max()
            }
        }
    }
}

impl From<DataCategory> for Categories {
    fn from(category: DataCategory) -> Self {
        Self::Of(vec![category])
    }
}

impl From<Vec<DataCategory>> for Categories {
    fn from(categories: Vec<DataCategory>) -> Self {
        Self::Of(categories)
    }
}
