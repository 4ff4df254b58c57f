//! Sums of periods.

use super::Period;
use crate::error::{Error, TimeCause};

impl Period {
    /// Returns the period of both together, unit by unit: one month and two months are
    /// three. To add it to a moment is one step, where to add one after the other may
    /// lose a day on the way.
    ///
    /// # Errors
    /// `Limit` where a unit is too large to be kept.
    ///
    /// # Example
    /// ```
    /// use confidant::time::Period;
    ///
    /// assert_eq!(Period::months(1).checked_add(Period::months(2))?, Period::months(3));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn checked_add(self, other: Self) -> Result<Self, Error> {
        let sum = || {
            Some(Self {
                months: self.months.checked_add(other.months)?,
                days: self.days.checked_add(other.days)?,
                seconds: self.seconds.checked_add(other.seconds)?,
            })
        };
        sum().ok_or_else(|| TimeCause::MomentRange.into())
    }
}
