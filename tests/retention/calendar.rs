//! The calendar in both directions, against the calendar of another language, and the
//! moments around each bound.

use std::time::Duration;

use confidant::retention::{Clause, Disposition, Events, Holds, Record, Schedule, Status, Trigger};
use confidant::taxonomy::LawfulBasis;
use confidant::time::{Moment, Period, Rounding, Zone};

use super::{at, category, id};

/// Zone, start, period, end rounded back, end rounded forward.
type Row = (String, String, String, String, String);

fn rows() -> Vec<Row> {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../data/calendar/cases.json")).unwrap();
    assert!(rows.len() >= 60);
    rows
}

#[test]
fn periods_end_where_another_calendar_says() {
    let mut differ = 0;
    for (zone, start, period, back, forward) in rows() {
        let name = format!("{start} + {period} in {zone}");
        let (zone, start) = (Zone::new(&zone).unwrap(), at(&start));
        let period: Period = period.parse().unwrap();
        let end = |rounding| period.after_in(start, &zone, rounding).unwrap();
        assert_eq!(end(Rounding::Back), at(&back), "{name}, back");
        assert_eq!(end(Rounding::Forward), at(&forward), "{name}, forward");
        assert!(back <= forward, "{name}");
        differ += u32::from(back != forward);
        for rounding in [Rounding::Back, Rounding::Forward] {
            let length = end(rounding).since(start).unwrap();
            assert!(
                period.shortest() <= length && length <= period.longest(),
                "{name}"
            );
        }
        if zone == Zone::UTC {
            assert_eq!(period.after(start, Rounding::Back).unwrap(), at(&back));
        }
    }
    assert!(
        differ >= 30,
        "the table has few cases in which the direction counts"
    );
}

#[test]
fn a_period_begins_at_an_instant_whatever_its_nanoseconds() {
    let berlin = Zone::new("Europe/Berlin").unwrap();
    for start in ["2026-03-28T01:30:00.123456789Z", "1960-02-29T01:30:00.9Z"] {
        let start = at(start);
        let end = Period::days(1)
            .after_in(start, &berlin, Rounding::Forward)
            .unwrap();
        let nanoseconds = |moment: Moment| moment.unix_nanoseconds().rem_euclid(1_000_000_000);
        assert_eq!(nanoseconds(end), nanoseconds(start));
    }
}

/// A schedule that keeps by law for a period, or deletes by its end.
fn schedule(zone: &Zone, period: Period, keeps: bool, skew: u64) -> Schedule {
    let clause = Clause::new(id("c"), category("x").into(), Trigger::Created);
    let clause = if keeps {
        let clause = clause.keep_for(period).basis(LawfulBasis::LegalObligation);
        clause.then(Disposition::Delete, Period::days(30))
    } else {
        clause.act_by(Disposition::Delete, period)
    };
    Schedule::builder()
        .category(category("x"))
        .clause(clause)
        .zone(zone.clone())
        .skew(Duration::from_secs(skew))
        .lead(Duration::from_secs(1))
        .build()
        .unwrap()
}

#[test]
fn bounds_hold_to_the_second_with_both_errors_of_the_clock() {
    let second = |seconds: i64, from: Moment| {
        let step = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 {
            from.saturating_sub(step)
        } else {
            from.saturating_add(step)
        }
    };
    let mut checked = 0;
    for (zone, start, period, back, forward) in rows() {
        let (zone, start) = (Zone::new(&zone).unwrap(), at(&start));
        let period: Period = period.parse().unwrap();
        let (back, forward) = (at(&back), at(&forward));
        if start > at("9000-01-01") {
            continue;
        }
        for skew in [0, 1, 300] {
            let x = category("x");
            let record = Record::new(&x, Events::created(start));
            let status = |schedule: &Schedule, now| {
                let verdict = schedule.evaluate(&record, &Holds::none(), now);
                (verdict.status(), verdict.may_act())
            };
            // What is kept may go when even the slowest clock says so.
            let keeps = schedule(&zone, period, true, skew as u64);
            let freed = second(skew, forward);
            assert_eq!(status(&keeps, second(-1, freed)), (Status::Keep, false));
            assert_eq!(status(&keeps, freed), (Status::Due, true));
            // What is to be deleted is overdue when even one clock says so.
            let deletes = schedule(&zone, period, false, skew as u64);
            let last = second(-skew, back);
            assert_ne!(status(&deletes, last).0, Status::Overdue);
            assert_eq!(status(&deletes, second(1, last)), (Status::Overdue, true));
            checked += 4;
        }
    }
    assert!(checked > 900);
}
