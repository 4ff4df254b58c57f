//! A calendar period.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::civil::{self, DAY};
use super::moment::Moment;
use super::rounding::Rounding;
use super::zone::Zone;
use crate::error::{Error, TimeCause};

/// A calendar period, as promises are made in: 90 days, 7 years, 15 minutes.
///
/// As text it is ISO 8601: `P90D`, `P7Y`, `P1Y6M`, `P2W`, `PT15M`, `P1DT12H`.
/// Units are capital letters from the largest down, each at most once, each
/// after a whole number; signs and fractions are refused.
///
/// It is kept as months, days and seconds, because only years to months, weeks
/// to days, and hours and minutes to seconds convert exactly. So `P12M` and
/// `P1Y` are equal and both written `P1Y`, while `P1M` and `P30D`, or `P1D` and
/// `PT24H`, are neither equal nor ordered.
///
/// # Example
/// ```
/// use confidant::time::Period;
///
/// assert_eq!("P2W".parse::<Period>()?, Period::days(14));
/// assert_eq!("PT90M".parse::<Period>()?.to_string(), "PT1H30M");
/// assert_ne!(Period::years(7), Period::days(7 * 365));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    months: u32,
    days: u32,
    seconds: u64,
}

impl Period {
    /// No time at all: `PT0S`.
    pub const ZERO: Self = Self {
        months: 0,
        days: 0,
        seconds: 0,
    };

    /// Creates a period of that many calendar years.
    #[must_use]
    pub const fn years(years: u16) -> Self {
        // u16::MAX years are 786,420 months.
        Self::months(years as u32 * 12)
    }

    /// Creates a period of that many calendar months.
    #[must_use]
    pub const fn months(months: u32) -> Self {
        Self {
            months,
            ..Self::ZERO
        }
    }

    /// Creates a period of that many calendar days.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self { days, ..Self::ZERO }
    }

    /// Creates a period of that many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self {
            seconds,
            ..Self::ZERO
        }
    }

    /// Returns whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.months == 0 && self.days == 0 && self.seconds == 0
    }

    /// Returns the instant at which this period is over when it begins at `start`.
    ///
    /// Months are added first and in one step, then days, then seconds, all in
    /// UTC. Where that leads to a day that the month lacks, `rounding` says
    /// which way to go; the time of day stays.
    ///
    /// Adding one month twice is not adding two: a deadline is computed from
    /// the event that began it, never from another deadline.
    ///
    /// # Errors
    /// `Limit` past [`Moment::MAX`].
    ///
    /// # Example
    /// ```
    /// use confidant::time::{Moment, Period, Rounding};
    ///
    /// let start: Moment = "2026-01-31T08:00:00Z".parse()?;
    /// let end = Period::months(1).after(start, Rounding::Back)?;
    /// assert_eq!(end.to_string(), "2026-02-28T08:00:00Z");
    /// let end = Period::months(1).after(start, Rounding::Forward)?;
    /// assert_eq!(end.to_string(), "2026-03-01T08:00:00Z");
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn after(self, start: Moment, rounding: Rounding) -> Result<Moment, Error> {
        self.after_in(start, &Zone::UTC, rounding)
    }

    /// Returns the instant at which this period is over when it begins at `start`, with
    /// days and months counted in a time zone.
    ///
    /// Months are added first and in one step, then days, both to what the clocks of
    /// the zone show at `start`. Where that leads to a day that the month lacks, or to
    /// a time that the clocks show twice or never, `rounding` says which way to go.
    /// Hours, minutes and seconds are added last, and pass as they do everywhere.
    ///
    /// # Errors
    /// `Limit` past [`Moment::MAX`].
    pub fn after_in(self, start: Moment, zone: &Zone, rounding: Rounding) -> Result<Moment, Error> {
        let end = self.seconds_after(start, zone, rounding);
        Moment::from_parts(end, start.nanosecond())
    }

    #[inline]
    fn seconds_after(self, start: Moment, zone: &Zone, rounding: Rounding) -> Option<i64> {
        let mut at = start.unix_seconds();
        if self.months > 0 || self.days > 0 {
            let local = zone.local(at)?;
            let mut day = local.div_euclid(DAY);
            if self.months > 0 {
                day = civil::add_months(day, self.months, rounding)?;
            }
            day += i64::from(self.days);
            at = zone.instant(day * DAY + local.rem_euclid(DAY), rounding)?;
        }
        at.checked_add(i64::try_from(self.seconds).ok()?)
    }

    /// Returns a length that this period never falls short of, whenever and wherever it
    /// begins.
    #[must_use]
    pub fn shortest(self) -> Duration {
        self.length(365, 28, -1)
    }

    /// Returns a length that this period never goes beyond, whenever and wherever it
    /// begins.
    #[must_use]
    pub fn longest(self) -> Duration {
        // Where a month lacks the day, it goes a day beyond.
        self.length(366, 31, 1)
    }

    /// Counts so many days to a year and to a month, and takes the day that clocks which
    /// are set anew can make of it.
    fn length(self, year: u64, month: u64, slack: i64) -> Duration {
        let months = u64::from(self.months);
        let days = months / 12 * year + months % 12 * month + u64::from(self.days);
        let seconds = (days * 86_400).saturating_add(self.seconds);
        let is_calendar = self.months > 0 || self.days > 0;
        let slack = if is_calendar { slack * 2 * DAY } else { 0 };
        Duration::from_secs(seconds.saturating_add_signed(slack))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("PT0S");
        }
        f.write_str("P")?;
        let date = [
            (u64::from(self.months / 12), 'Y'),
            (u64::from(self.months % 12), 'M'),
            (u64::from(self.days), 'D'),
        ];
        let time = [
            (self.seconds / 3_600, 'H'),
            (self.seconds / 60 % 60, 'M'),
            (self.seconds % 60, 'S'),
        ];
        for (number, unit) in date.into_iter().filter(|(number, _)| *number > 0) {
            write!(f, "{number}{unit}")?;
        }
        if self.seconds > 0 {
            f.write_str("T")?;
        }
        for (number, unit) in time.into_iter().filter(|(number, _)| *number > 0) {
            write!(f, "{number}{unit}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Period({self})")
    }
}

impl FromStr for Period {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is not such a period, `Limit` where one of its
    /// numbers is too large to be kept.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut period = Self::ZERO;
        let mut at = 0;
        // The units that may still come: all of them, smaller than the last.
        let mut date = "YMWD";
        let mut time = None;
        let mut empty = true;
        let syntax = |at| Error::from(TimeCause::PeriodSyntax { at });
        let mut rest = text.strip_prefix('P').ok_or_else(|| syntax(0))?;
        at += 1;
        while !rest.is_empty() {
            if let (None, Some(after)) = (time, rest.strip_prefix('T')) {
                (time, rest, at, empty) = (Some("HMS"), after, at + 1, true);
                continue;
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at_checked(digits).unwrap_or_default();
            let unit = after.chars().next().filter(|_| digits > 0);
            let unit = unit.ok_or_else(|| syntax(at + digits))?;
            let units = time.as_mut().map_or(&mut date, |units| units);
            let (_, smaller) = units.split_once(unit).ok_or_else(|| syntax(at + digits))?;
            *units = smaller;
            let range = || Error::from(TimeCause::PeriodRange { at });
            let number = number.parse().map_err(|_| range())?;
            period.add(number, unit, time.is_some()).ok_or_else(range)?;
            rest = after.get(1..).unwrap_or_default();
            at += digits + 1;
            empty = false;
        }
        if empty {
            return Err(syntax(at));
        }
        Ok(period)
    }
}

impl Period {
    /// Adds a number of one unit; `None` where it is too large to be kept.
    fn add(&mut self, number: u32, unit: char, of_time: bool) -> Option<()> {
        let (sum, factor) = match (unit, of_time) {
            ('Y', _) => (&mut self.months, 12),
            ('M', false) => (&mut self.months, 1),
            ('W', _) => (&mut self.days, 7),
            ('D', _) => (&mut self.days, 1),
            _ => {
                let factor = match unit {
                    'H' => 3_600,
                    'M' => 60,
                    _ => 1,
                };
                // u32::MAX hours, minutes and seconds are far below u64::MAX.
                self.seconds += u64::from(number) * factor;
                return Some(());
            }
        };
        *sum = number.checked_mul(factor)?.checked_add(*sum)?;
        Some(())
    }
}

mod multiple;
mod sum;
#[cfg(test)]
mod tests;
