//! A calendar period.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::moment::Moment;
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

/// Which way to go where a month lacks the day that a period leads to, as
/// February lacks the 31st.
///
/// Rounding both kinds of bound alike, as calendar libraries do, either keeps
/// for too short or deletes too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rounding {
    /// To the last day the month has: for a bound by which something must have
    /// happened, such as a deletion or the end of a consent.
    Back,
    /// To the first day of the next month: for a bound until which something
    /// must be kept.
    Forward,
}

impl Period {
    /// No time at all: `PT0S`.
    pub const ZERO: Self = Self {
        months: 0,
        days: 0,
        seconds: 0,
    };

    /// That many calendar years.
    #[must_use]
    pub const fn years(years: u16) -> Self {
        // u16::MAX years are 786,420 months.
        Self::months(years as u32 * 12)
    }

    /// That many calendar months.
    #[must_use]
    pub const fn months(months: u32) -> Self {
        Self {
            months,
            ..Self::ZERO
        }
    }

    /// That many calendar days.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self { days, ..Self::ZERO }
    }

    /// That many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self {
            seconds,
            ..Self::ZERO
        }
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.months == 0 && self.days == 0 && self.seconds == 0
    }

    /// The instant at which this period is over when it begins at `start`.
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
        self.timestamp_after(start.timestamp(), rounding)
            .map_or(Err(TimeCause::MomentRange.into()), |at| {
                Moment::within_bounds(Ok(at))
            })
    }

    fn timestamp_after(self, start: Timestamp, rounding: Rounding) -> Option<Timestamp> {
        let mut at = start;
        if self.months > 0 {
            let start = start.to_zoned(TimeZone::UTC).datetime();
            let date = add_months(start.date(), self.months, rounding)?;
            let there = date.to_datetime(start.time()).to_zoned(TimeZone::UTC);
            at = there.ok()?.timestamp();
        }
        let days = i64::from(self.days) * 86_400;
        let seconds = i64::try_from(self.seconds).ok()?.checked_add(days)?;
        at.checked_add(SignedDuration::from_secs(seconds)).ok()
    }
}

fn add_months(date: Date, months: u32, rounding: Rounding) -> Option<Date> {
    let month = i64::from(date.year()) * 12 + i64::from(date.month()) - 1 + i64::from(months);
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let first = Date::new(year, i8::try_from(month.rem_euclid(12)).ok()? + 1, 1).ok()?;
    if date.day() <= first.days_in_month() {
        return Date::new(year, first.month(), date.day()).ok();
    }
    match rounding {
        Rounding::Back => Some(first.last_of_month()),
        Rounding::Forward => first.last_of_month().tomorrow().ok(),
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
#[cfg(test)]
mod tests;
