//! Retention: verdicts against an oracle, the calendar, and what carries them out.

mod calendar;
#[cfg(feature = "audit")]
mod execution;
#[cfg(all(feature = "audit", feature = "sqlite"))]
mod kill;
#[cfg(target_os = "linux")]
mod memory;
mod oracle;
mod properties;
#[cfg(feature = "audit")]
mod restart;
mod rng;
#[cfg(feature = "vault")]
mod secrets;
#[cfg(feature = "audit")]
mod strict;
#[cfg(feature = "audit")]
mod sweep;
#[cfg(feature = "audit")]
mod vectors;
mod verdicts;
#[cfg(feature = "audit")]
mod world;

use confidant::decision::ClauseId;
use confidant::retention::{HoldId, HoldReason, Person};
use confidant::taxonomy::DataCategory;
use confidant::time::Moment;

fn id(text: &str) -> ClauseId {
    ClauseId::new(text).unwrap()
}

fn category(text: &str) -> DataCategory {
    DataCategory::new(text).unwrap()
}

fn at(text: &str) -> Moment {
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    whole.parse().unwrap()
}

fn person(text: &str) -> Person {
    Person::new(text).unwrap()
}

fn hold_id(text: &str) -> HoldId {
    HoldId::new(text).unwrap()
}

fn reason() -> HoldReason {
    HoldReason::new("litigation:2026-17").unwrap()
}
