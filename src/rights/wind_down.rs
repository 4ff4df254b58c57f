//! The end of a service: what it owes to its users, and by when.

use super::deadline::before;
use crate::Error;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::retention::{DeclaredStore, Stores};
use crate::taxonomy::{DataStore, Obligation, ObligationKind, Obligor};
use crate::time::{Moment, Period, Rounding, Zone};

/// The plan by which a service ends: it is announced, data can be taken along until a
/// day, and every declared store is empty by another, but for what a law keeps.
///
/// What is erased when, and what stays, is for the retention schedule, whose trigger
/// [`ServiceWindDown`](crate::retention::Trigger::ServiceWindDown) has the moment
/// at which the service ends; a [`DeletionPlan`](super::DeletionPlan) of its verdicts says
/// what stays.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::retention::{DeclaredStore, StoreKind, Stores};
/// use confidant::rights::WindDown;
/// use confidant::taxonomy::DataStore;
/// use confidant::time::Period;
///
/// let primary = DeclaredStore::new(DataStore::new("primary")?, StoreKind::Primary);
/// let stores = Stores::new(vec![primary])?;
/// let plan = WindDown::new("2026-03-01T00:00:00Z".parse()?, ClauseId::new("CC-41")?)
///     .notice(Period::days(60))
///     .export_for(Period::days(14))
///     .erase_within(Period::days(30))
///     .plan(&stores)?;
/// assert_eq!(plan.announce_by().to_string(), "2025-12-31T00:00:00Z");
/// assert_eq!(plan.export_until().to_string(), "2026-03-15T00:00:00Z");
/// assert_eq!(plan.erase_by().to_string(), "2026-03-31T00:00:00Z");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WindDown {
    ends: Moment,
    clause: ClauseId,
    notice: Period,
    export_for: Period,
    erase_within: Period,
    zone: Zone,
}

/// A plan for the end of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindDownPlan {
    ends: Moment,
    announce_by: Moment,
    export_until: Moment,
    erase_by: Moment,
    tasks: Vec<(DataStore, Obligation)>,
    notice: Obligation,
}

impl WindDown {
    /// Ends the service at a moment, because of a clause. Where nothing else is said,
    /// it is announced 30 days before, data can be taken along until the end, and it is
    /// erased within 30 days of it.
    #[must_use]
    pub const fn new(ends: Moment, clause: ClauseId) -> Self {
        Self {
            ends,
            clause,
            notice: Period::days(30),
            export_for: Period::ZERO,
            erase_within: Period::days(30),
            zone: Zone::UTC,
        }
    }

    /// Sets how long before the end it is announced at the latest.
    #[must_use]
    pub const fn notice(mut self, period: Period) -> Self {
        self.notice = period;
        self
    }

    /// Sets for how long after the end data can be taken along.
    #[must_use]
    pub const fn export_for(mut self, period: Period) -> Self {
        self.export_for = period;
        self
    }

    /// Sets within which time of the end everything is erased.
    #[must_use]
    pub const fn erase_within(mut self, period: Period) -> Self {
        self.erase_within = period;
        self
    }

    /// Sets the time zone whose calendar counts; UTC where nothing is said.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// Makes the plan, with a task for each declared store. What expires on its own, such as
    /// a backup, does so within its time of the moment at which nothing is left to be
    /// copied into it.
    ///
    /// # Errors
    /// `Config` where data could be taken along after it is erased, `Limit` out of the
    /// bounds of [`Moment`].
    pub fn plan(self, stores: &Stores) -> Result<WindDownPlan, Error> {
        let after = |period: Period, rounding| period.after_in(self.ends, &self.zone, rounding);
        // Who is promised some time for taking data along gets all of it.
        let export_until = after(self.export_for, Rounding::Forward)?;
        let erase_by = after(self.erase_within, Rounding::Back)?;
        if export_until > erase_by {
            let what = "data is erased before the time to take it along is over";
            return Err(RightsCause::Unfit { what }.into());
        }
        let announce_by = before(self.notice, self.ends, &self.zone)?;
        let erase = |store: &DeclaredStore| -> Result<(DataStore, Obligation), Error> {
            let who = match store.held_by() {
                Some(processor) => Obligor::Processor(processor.clone()),
                None => Obligor::Controller,
            };
            let by = match store.expiry() {
                Some(period) => period.after_in(erase_by, &self.zone, Rounding::Forward)?,
                None => erase_by,
            };
            let clause = self.clause.clone();
            let owed = Obligation::new(who, ObligationKind::Erase, by, clause);
            Ok((store.name().clone(), owed))
        };
        let tasks: Result<Vec<_>, Error> = stores.iter().map(erase).collect();
        Ok(WindDownPlan {
            ends: self.ends,
            announce_by,
            export_until,
            erase_by,
            tasks: tasks?,
            notice: Obligation::new(
                Obligor::Controller,
                ObligationKind::NotifySubjects,
                announce_by,
                self.clause.clone(),
            ),
        })
    }
}

impl WindDownPlan {
    /// Returns when the service ends.
    #[must_use]
    pub const fn ends(&self) -> Moment {
        self.ends
    }

    /// Returns the moment before which the end is announced.
    #[must_use]
    pub const fn announce_by(&self) -> Moment {
        self.announce_by
    }

    /// Returns the moment until which data can be taken along.
    #[must_use]
    pub const fn export_until(&self) -> Moment {
        self.export_until
    }

    /// Returns the moment before which everything is erased but what expires on its own, for
    /// which the [tasks](Self::tasks) have their own.
    #[must_use]
    pub const fn erase_by(&self) -> Moment {
        self.erase_by
    }

    /// Returns what is owed in each store, in order of their names.
    #[must_use]
    pub fn tasks(&self) -> &[(DataStore, Obligation)] {
        &self.tasks
    }

    /// Returns the announcement that is owed.
    #[must_use]
    pub const fn announcement(&self) -> &Obligation {
        &self.notice
    }
}
