//! Millions of records pass through a plan, and none stays.

use std::fs;
use std::time::Duration;

use confidant::retention::{Clause, Disposition, Events, Holds, Record, Schedule, Trigger};
use confidant::taxonomy::Subject;
use confidant::time::Period;

use super::{at, category, id};
use crate::support::child;

const RECORDS: u64 = 3_000_000;

/// The most memory that this process ever had, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_plan_over_millions_of_records_holds_none() {
    child::run(&mut child::command("retention::memory::child", "plan"));
}

#[test]
fn child() {
    if child::task().is_none() {
        return;
    }
    let logs = category("logs");
    let subjects = ["jo", "al"].map(|id| Subject::new(id).unwrap());
    let clause = Clause::new(id("IC-62"), logs.clone().into(), Trigger::Created);
    let clause = clause.act_by(Disposition::Delete, Period::days(90));
    let schedule = Schedule::builder()
        .category(logs.clone())
        .clause(clause)
        .build()
        .unwrap();
    let start = at("2025-01-01");
    let records = || {
        (0..RECORDS).map(|number| {
            let created = start.saturating_add(Duration::from_secs(number * 10));
            let subject = &subjects[(number % 2) as usize];
            (
                number,
                Record::new(&logs, Events::created(created)).subject(subject),
            )
        })
    };
    let holds = Holds::none();
    let now = at("2025-09-01");
    // What is needed however many there are: pages of code, most of all.
    let few = schedule.plan(records().take(1_000), &holds, now);
    assert_eq!(
        few.filter(|planned| planned.verdict.may_act()).count(),
        1_000
    );
    let before = peak();
    let mut plan = schedule.plan(records(), &holds, now);
    let due = plan
        .by_ref()
        .filter(|planned| planned.verdict.may_act())
        .count() as u64;
    assert_eq!(plan.tally().records, RECORDS);
    assert_eq!(due, plan.tally().erasures);
    assert!(due > 1_000_000);
    let grown = peak() - before;
    assert!(grown < 1_024, "{RECORDS} records took {grown} KiB");
}
