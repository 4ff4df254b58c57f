//! Dates of the proleptic Gregorian calendar as numbers of days.

use super::period::Rounding;

pub(super) const DAY: i64 = 86_400;
/// The days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
/// The days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// Returns year, month and day of the date that many days after 1970-01-01.
pub(super) const fn date(days: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that a leap day is the last day of its year.
    let days = days + EPOCH;
    let era = days.div_euclid(ERA);
    let day_of_era = days.rem_euclid(ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + (month <= 2) as i64;
    (year, month, day)
}

/// Returns how many days after 1970-01-01 a date lies.
pub(super) const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - (month <= 2) as i64;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA + day_of_era - EPOCH
}

/// Returns the day that lies `months` after the day `start`; where its month lacks that
/// day, `rounding` says which way to go.
pub(super) const fn add_months(start: i64, months: u32, rounding: Rounding) -> i64 {
    let (year, month, day) = date(start);
    let month = year * 12 + month - 1 + months as i64;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let first = days(year, month, 1);
    let next = days(year + month / 12, month % 12 + 1, 1);
    let there = first + day - 1;
    if there < next {
        return there;
    }
    match rounding {
        Rounding::Back => next - 1,
        Rounding::Forward => next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_on_by_the_rules_of_the_calendar() {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut year, mut month, mut day) = (-1, 1, 1);
        let mut number = days(year, month, day);
        while year < 10_000 {
            assert_eq!(date(number), (year, month, day));
            assert_eq!(days(year, month, day), number);
            number += 1;
            day += 1;
            let length = match month {
                2 => 28 + i64::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(days(1970, 1, 1), 0);
    }
}
