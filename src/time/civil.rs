//! Dates of the proleptic Gregorian calendar as numbers of days, by the arithmetic of
//! Neri and Schneider ("Euclidean affine functions and their application to calendar
//! algorithms", 2022): multiplications in place of divisions.

use super::rounding::Rounding;

pub(super) const DAY: i64 = 86_400;
/// The days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;
/// The days from the March of the year -400 to 1970-01-01: days are counted from there,
/// so that none is negative.
const EPOCH: i64 = 719_468 + ERA;
/// The years from there to the year 0.
const YEARS: i64 = 400;
/// The most months that lead from a moment to another one.
const MAX_MONTHS: u32 = 10_000 * 12;

/// Returns year, month and day of the date that many days after 1970-01-01; `None`
/// outside the years -400 to 100,000.
pub(super) fn date(days: i64) -> Option<(i64, u32, u32)> {
    let days = u32::try_from(days.checked_add(EPOCH)?).ok()?;
    let quarters = days.checked_mul(4)?.checked_add(3)?;
    let (century, of_century) = (quarters / 146_097, (quarters % 146_097) | 3);
    let product = u64::from(of_century) * 2_939_745;
    // The upper half is the year of the century, the lower half leads to its day.
    let (year, rest) = (product >> 32, product & 0xffff_ffff);
    let day_of_year = rest / 2_939_745 / 4;
    let shifted = day_of_year * 2_141 + 197_913;
    let (month, day) = (shifted >> 16, (shifted & 0xffff) / 2_141);
    // Years begin in March here, so that a leap day is the last day of its year.
    let is_next = day_of_year >= 306;
    let year = i64::from(century) * 100 + i64::try_from(year).ok()? + i64::from(is_next);
    let month = u32::try_from(month).ok()?;
    let month = if is_next { month - 12 } else { month };
    Some((year - YEARS, month, u32::try_from(day).ok()? + 1))
}

/// Returns how many days after 1970-01-01 a date lies; `None` outside the years -400 to
/// 100,000.
fn days(year: i64, month: u32, day: u32) -> Option<i64> {
    let year = u32::try_from(year.checked_add(YEARS)?).ok()?;
    let is_next = month <= 2;
    let year = year.checked_sub(u32::from(is_next))?;
    let month = if is_next { month + 12 } else { month };
    let century = year / 100;
    let of_years = year.checked_mul(1_461)? / 4 - century + century / 4;
    let of_months = (979 * month - 2_919) / 32;
    Some(i64::from(of_years + of_months + day) - 1 - EPOCH)
}

const fn length(year: i64, month: u32) -> u32 {
    if month == 2 {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return if is_leap { 29 } else { 28 };
    }
    // The months with 31 days are odd up to July, and even from August on.
    30 + ((month ^ (month >> 3)) & 1)
}

/// Returns the day that lies `months` after the day `start`; where its month lacks that
/// day, `rounding` says which way to go. `None` beyond the years of a moment.
pub(super) fn add_months(start: i64, months: u32, rounding: Rounding) -> Option<i64> {
    if months > MAX_MONTHS {
        return None;
    }
    let (year, month, day) = date(start)?;
    let month = month - 1 + months;
    let (year, month) = (year + i64::from(month / 12), month % 12 + 1);
    let last = length(year, month);
    if day <= last {
        return days(year, month, day);
    }
    let last = days(year, month, last)?;
    match rounding {
        Rounding::Back => Some(last),
        Rounding::Forward => Some(last + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_on_by_the_rules_of_the_calendar() {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut year, mut month, mut day) = (-1, 1, 1);
        let mut number = days(year, month, day).unwrap();
        while year < 10_000 {
            assert_eq!(date(number), Some((year, month, day)));
            assert_eq!(days(year, month, day), Some(number));
            number += 1;
            day += 1;
            let last = match month {
                2 => 28 + u32::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            assert_eq!(length(year, month), last);
            if day > last {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(days(1970, 1, 1), Some(0));
        for far in [i64::MIN, i64::MAX, -1_000_000, 40_000_000_000] {
            assert_eq!(date(far), None);
        }
    }
}
