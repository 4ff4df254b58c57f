use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;

fn timestamp(moment: Moment) -> Timestamp {
    Timestamp::from_nanosecond(moment.unix_nanoseconds()).unwrap()
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

#[test]
fn text_is_read_and_written() {
    for (text, period, written) in [
        ("P90D", Period::days(90), "P90D"),
        ("P7Y", Period::years(7), "P7Y"),
        ("P24M", Period::years(2), "P2Y"),
        ("P1Y6M", Period::months(18), "P1Y6M"),
        ("P2W", Period::days(14), "P14D"),
        ("P1W1D", Period::days(8), "P8D"),
        ("PT15M", Period::seconds(900), "PT15M"),
        ("PT24H", Period::seconds(86_400), "PT24H"),
        ("PT3661S", Period::seconds(3_661), "PT1H1M1S"),
        ("P0D", Period::ZERO, "PT0S"),
        ("P007D", Period::days(7), "P7D"),
    ] {
        let read: Period = text.parse().unwrap();
        assert_eq!(read, period, "{text}");
        assert_eq!(read.to_string(), written);
    }
    let all: Period = "P1Y2M3DT4H5M6S".parse().unwrap();
    assert_eq!(all.to_string(), "P1Y2M3DT4H5M6S");
}

#[test]
fn what_is_not_a_period_is_refused_at_its_place() {
    for (text, at) in [
        ("", 0),
        ("P", 1),
        ("PT", 2),
        ("P1DT", 4),
        ("90D", 0),
        ("p90d", 0),
        ("P90", 3),
        ("P90d", 3),
        ("PD", 1),
        ("P-1D", 1),
        ("-P1D", 0),
        ("P1.5D", 2),
        ("P1,5D", 2),
        ("P1D1D", 4),
        ("P1D1M", 4),
        ("P1H", 2),
        ("PT1D", 3),
        ("PT1Y", 3),
        ("PT1S1M", 5),
        ("P1DTT1H", 4),
        ("P1 D", 2),
        ("P90D ", 4),
        ("P1é", 2),
        ("as needed", 0),
    ] {
        let error = text.parse::<Period>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{text}");
        let place = format!("at byte {at}");
        assert!(error.to_string().ends_with(&place), "{text}: {error}");
    }
}

#[test]
fn numbers_that_do_not_fit_are_a_limit() {
    for text in [
        "P4294967296D",
        "P400000000Y",
        "P357913941Y4M",
        "P4294967295W",
        "P99999999999999999999D",
        "PT4294967296S",
    ] {
        let error = text.parse::<Period>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{text}");
    }
    let start = Moment::UNIX_EPOCH;
    for period in [
        Period::years(u16::MAX),
        Period::years(8_030),
        Period::months(u32::MAX),
        Period::days(u32::MAX),
        Period::seconds(u64::MAX),
        Period::seconds(i64::MAX.unsigned_abs()),
    ] {
        for rounding in [Rounding::Back, Rounding::Forward] {
            let error = period.after(start, rounding).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Limit, "{period}");
        }
    }
}

#[test]
fn a_missing_day_goes_the_way_that_is_safe() {
    for (start, period, back, forward) in [
        (
            "2024-02-29T10:00:00Z",
            "P7Y",
            "2031-02-28T10:00:00Z",
            "2031-03-01T10:00:00Z",
        ),
        (
            "2024-02-29T10:00:00Z",
            "P4Y",
            "2028-02-29T10:00:00Z",
            "2028-02-29T10:00:00Z",
        ),
        (
            "2026-01-31T00:00:00Z",
            "P1M",
            "2026-02-28T00:00:00Z",
            "2026-03-01T00:00:00Z",
        ),
        (
            "2026-01-31T00:00:00Z",
            "P2M",
            "2026-03-31T00:00:00Z",
            "2026-03-31T00:00:00Z",
        ),
        (
            "2026-10-31T23:59:59.5Z",
            "P1M",
            "2026-11-30T23:59:59.5Z",
            "2026-12-01T23:59:59.5Z",
        ),
        // Years and months are one step, not two.
        (
            "2024-02-29T00:00:00Z",
            "P1Y1M",
            "2025-03-29T00:00:00Z",
            "2025-03-29T00:00:00Z",
        ),
        // Days count from the rounded date.
        (
            "2026-01-31T00:00:00Z",
            "P1M1D",
            "2026-03-01T00:00:00Z",
            "2026-03-02T00:00:00Z",
        ),
        (
            "1899-12-31T00:00:00Z",
            "P2M",
            "1900-02-28T00:00:00Z",
            "1900-03-01T00:00:00Z",
        ),
        (
            "2026-12-15T00:00:00Z",
            "P1M",
            "2027-01-15T00:00:00Z",
            "2027-01-15T00:00:00Z",
        ),
    ] {
        let (start, period) = (moment(start), period.parse::<Period>().unwrap());
        assert_eq!(period.after(start, Rounding::Back).unwrap(), moment(back));
        assert_eq!(
            period.after(start, Rounding::Forward).unwrap(),
            moment(forward)
        );
    }
}

#[test]
fn seven_years_are_more_than_seven_times_365_days() {
    let start = moment("2020-01-01T00:00:00Z");
    for day in 0..8 * 365 {
        let start = Period::days(day).after(start, Rounding::Back).unwrap();
        let end = Period::years(7).after(start, Rounding::Forward).unwrap();
        let days = end.since(start).unwrap().as_secs() / 86_400;
        assert!(days == 2_556 || days == 2_557, "{start}: {days}");
    }
}

prop_compose! {
    fn periods()(
        months in 0..1_200_u32,
        days in 0..40_000_u32,
        seconds in 0..10_000_000_u64,
    ) -> Period {
        Period { months, days, seconds }
    }
}

prop_compose! {
    fn moments()(seconds in -2_208_988_800_i64..7_258_118_400, ns in 0..1_000_000_000_i128) -> Moment {
        Moment::from_unix_nanoseconds(i128::from(seconds) * 1_000_000_000 + ns).unwrap()
    }
}

proptest! {
    #[test]
    fn written_text_reads_back(months: u32, days: u32, seconds in 0..=u64::from(u32::MAX) * 3_600) {
        let period = Period { months, days, seconds };
        prop_assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(P|T|[0-9]{1,4}|[YMWDHS]|\\PC){0,9}") {
        if let Ok(period) = text.parse::<Period>() {
            prop_assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
        }
    }

    /// Rounding back is what the calendar library does when it adds in UTC.
    #[test]
    fn rounding_back_is_the_library_s_sum(start in moments(), period in periods()) {
        let span = i64::from(period.months).months()
            .days(i64::from(period.days))
            .seconds(i64::try_from(period.seconds).unwrap());
        let sum = timestamp(start).to_zoned_datetime(TimeZone::UTC).checked_add(span).unwrap();
        let after = period.after(start, Rounding::Back).unwrap();
        prop_assert_eq!(timestamp(after), sum.timestamp());
    }

    /// What the calendar library chooses in a zone lies between the two directions.
    #[test]
    fn directions_embrace_the_library_s_sum_in_a_zone(
        start in moments(),
        period in periods(),
        zone in prop::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe",
            "Africa/Casablanca", "Asia/Kolkata", "America/St_Johns",
        ]),
    ) {
        let rules = TimeZoneDatabase::bundled().get(zone).unwrap();
        let zone = Zone::new(zone).unwrap();
        let span = i64::from(period.months).months().days(i64::from(period.days));
        let sum = timestamp(start).to_zoned_datetime(rules).checked_add(span).unwrap();
        let seconds = Duration::from_secs(period.seconds);
        let sum = sum.timestamp().checked_add(seconds).unwrap();
        let back = period.after_in(start, &zone, Rounding::Back).unwrap();
        let forward = period.after_in(start, &zone, Rounding::Forward).unwrap();
        prop_assert!(timestamp(back) <= sum && sum <= timestamp(forward));
        let length = forward.since(start).unwrap();
        prop_assert!(back.since(start).unwrap() >= period.shortest());
        prop_assert!(length <= period.longest());
    }

    /// Forward is back, or a day later where the day is missing.
    #[test]
    fn forward_is_at_most_a_day_later(start in moments(), period in periods()) {
        let back = period.after(start, Rounding::Back).unwrap();
        let forward = period.after(start, Rounding::Forward).unwrap();
        let between = forward.since(back).unwrap().as_secs();
        prop_assert!(between == 0 || between == 86_400);
        let day = timestamp(start).to_zoned_datetime(TimeZone::UTC).day();
        prop_assert!(between == 0 || (day > 28 && period.months > 0));
    }

    /// A later start never ends earlier, nor does a longer period.
    #[test]
    fn ends_keep_the_order_of_starts(one in moments(), other in moments(), period in periods()) {
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        let longer = Period { months: period.months + 1, ..period };
        for rounding in [Rounding::Back, Rounding::Forward] {
            let end = period.after(first, rounding).unwrap();
            prop_assert!(end <= period.after(second, rounding).unwrap());
            prop_assert!(end <= longer.after(first, rounding).unwrap());
            prop_assert!(end >= first);
        }
    }
}
