//! Multiples of a period.

use super::Period;
use crate::error::{Error, TimeCause};

impl Period {
    /// Returns the period `count` times over: two of `P1M` are `P2M`.
    ///
    /// It is the way to the end of the n-th period in one step, from the start of the
    /// first.
    ///
    /// # Errors
    /// `Limit` where a number of it is too large to be kept.
    ///
    /// # Example
    /// ```
    /// use confidant::time::Period;
    ///
    /// assert_eq!(Period::months(5).times(3)?.to_string(), "P1Y3M");
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn times(self, count: u32) -> Result<Self, Error> {
        let multiple = || {
            Some(Self {
                months: self.months.checked_mul(count)?,
                days: self.days.checked_mul(count)?,
                seconds: self.seconds.checked_mul(u64::from(count))?,
            })
        };
        multiple().ok_or_else(|| TimeCause::PeriodMultiple.into())
    }
}
