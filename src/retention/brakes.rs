//! Brakes against a wrong clock or a wrong policy, which must not empty a database.

use std::time::Duration;

use super::name::Person;
use super::plan::Tally;
use crate::Error;
use crate::error::RetentionCause;
use crate::time::Moment;

/// What stops a run before it erases anything.
///
/// # Example
/// ```
/// use confidant::retention::{Brakes, RunConfirmation, Person};
/// use confidant::time::Moment;
///
/// let brakes = Brakes::default();
/// let last: Moment = "2026-05-01T00:00:00Z".parse()?;
/// let skew = std::time::Duration::from_secs(300);
/// assert!(brakes.check_clock(Some(last), "2026-05-02T00:00:00Z".parse()?, skew, None).is_ok());
/// // A clock that says it is a year later is not believed, unless somebody looked.
/// let later: Moment = "2027-05-01T00:00:00Z".parse()?;
/// assert!(brakes.check_clock(Some(last), later, skew, None).is_err());
/// let looked = RunConfirmation::new(Person::new("staff:4711")?, later, 0);
/// assert!(brakes.check_clock(Some(last), later, skew, Some(&looked)).is_ok());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brakes {
    max_jump: Duration,
    max_percent: u8,
    always_allowed: u64,
}

/// A person's confirmation that the time and the number of records are right, which lets a
/// run continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunConfirmation {
    by: Person,
    at: Moment,
    erasures: u64,
}

impl Brakes {
    /// How far ahead of the last run the clock may be unless told otherwise: eight days.
    pub const DEFAULT_MAX_JUMP: Duration = Duration::from_secs(8 * 86_400);
    /// The share of all records, in percent, that one run may erase unless told
    /// otherwise.
    pub const DEFAULT_MAX_PERCENT: u8 = 5;
    /// How many records one run may erase whatever their share, unless told otherwise.
    pub const DEFAULT_ALWAYS_ALLOWED: u64 = 100;

    /// Sets how far ahead of the last run the clock may be.
    #[must_use]
    pub const fn max_jump(mut self, jump: Duration) -> Self {
        self.max_jump = jump;
        self
    }

    /// Sets the share of all records, in percent, that one run may erase.
    #[must_use]
    pub const fn max_percent(mut self, percent: u8) -> Self {
        self.max_percent = percent;
        self
    }

    /// Sets how many records one run may erase whatever their share.
    #[must_use]
    pub const fn always_allowed(mut self, records: u64) -> Self {
        self.always_allowed = records;
        self
    }

    /// Checks the clock against that of the last run.
    ///
    /// # Errors
    /// `Refused` where it is behind by more than the skew, or ahead by more than the
    /// jump that is allowed, and nobody has confirmed it.
    pub fn check_clock(
        &self,
        last: Option<Moment>,
        now: Moment,
        skew: Duration,
        confirmation: Option<&RunConfirmation>,
    ) -> Result<(), Error> {
        let Some(last) = last else { return Ok(()) };
        let cause = if now.saturating_add(skew) < last {
            RetentionCause::ClockBehind
        } else if now > last.saturating_add(self.max_jump) {
            RetentionCause::ClockAhead
        } else {
            return Ok(());
        };
        let is_confirmed = confirmation.is_some_and(|confirmed| confirmed.is_fresh(now));
        if is_confirmed {
            Ok(())
        } else {
            Err(cause.into())
        }
    }

    /// Checks the number of records that a run would erase against the number of all
    /// records.
    ///
    /// # Errors
    /// `Refused` where it is more than the share that is allowed, and nobody has confirmed
    /// as many.
    pub fn check_share(
        &self,
        tally: &Tally,
        now: Moment,
        confirmation: Option<&RunConfirmation>,
    ) -> Result<(), Error> {
        if tally.erasures <= self.allowed(tally.records, now, confirmation) {
            return Ok(());
        }
        Err(RetentionCause::Share.into())
    }

    /// Returns how many records a run may erase, of this many in all.
    #[must_use]
    pub fn allowed(
        &self,
        records: u64,
        now: Moment,
        confirmation: Option<&RunConfirmation>,
    ) -> u64 {
        let percent = u128::from(self.max_percent.min(100));
        let share = u128::from(records) * percent / 100;
        let share = u64::try_from(share).unwrap_or(u64::MAX);
        let confirmed = confirmation.filter(|confirmed| confirmed.is_fresh(now));
        let confirmed = confirmed.map_or(0, |confirmed| confirmed.erasures);
        share.max(self.always_allowed).max(confirmed)
    }
}

impl Default for Brakes {
    fn default() -> Self {
        Self {
            max_jump: Self::DEFAULT_MAX_JUMP,
            max_percent: Self::DEFAULT_MAX_PERCENT,
            always_allowed: Self::DEFAULT_ALWAYS_ALLOWED,
        }
    }
}

impl RunConfirmation {
    /// For how long a confirmation counts: an hour.
    pub const VALID_FOR: Duration = Duration::from_secs(3_600);

    /// Records that a person says that it is `at` now, and that up to that many records
    /// may be erased. It counts for an hour.
    #[must_use]
    pub const fn new(by: Person, at: Moment, erasures: u64) -> Self {
        Self { by, at, erasures }
    }

    /// Returns who confirmed.
    #[must_use]
    pub const fn by(&self) -> &Person {
        &self.by
    }

    fn is_fresh(&self, now: Moment) -> bool {
        now >= self.at && now <= self.at.saturating_add(Self::VALID_FOR)
    }
}
