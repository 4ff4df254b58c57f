//! Requests, and what is made of them: what the topics below share.

mod agents;
mod breaches;
mod bundles;
mod deadlines;
mod edges;
mod intake;
mod machine;
mod plans;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::json;

use super::*;
use crate::ErrorKind;
use crate::audit::Identifier;
use crate::decision::ClauseId;
use crate::retention::{
    Clause, DeclaredStore, Disposition, Events, Hold, HoldId, HoldReason, Holds, Person, Record,
    Schedule, Selector, StoreKind, Stores, Trigger,
};
use crate::taxonomy::{
    DataCategory, DataStore, Evidence, Jurisdiction, LawfulBasis, ObligationKind, ObligationState,
    Processor,
};
use crate::time::{Moment, Period};

fn at(seconds: i64) -> Moment {
    Moment::from_unix_seconds(seconds).unwrap()
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

/// A day of 2027, counted from 1.
fn day(number: i64) -> Moment {
    at(1_798_761_600 + (number - 1) * 86_400)
}

fn clause(id: &str) -> ClauseId {
    ClauseId::new(id).unwrap()
}

fn store(name: &str) -> DataStore {
    DataStore::new(name).unwrap()
}

fn category(name: &str) -> DataCategory {
    DataCategory::new(name).unwrap()
}

fn evidence() -> Evidence {
    Evidence::new(day(1), [3; 32])
}

fn stores() -> Stores {
    let declared = |name, kind| DeclaredStore::new(store(name), kind);
    Stores::new(vec![
        declared("primary", StoreKind::Primary),
        declared("backup", StoreKind::Backup).expires_within(Period::days(35)),
    ])
    .unwrap()
}

fn rules() -> RightsRules {
    let builder = RightsRules::builder(stores());
    let kinds = RequestKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| *kind != RequestKind::Portability);
    kinds
        .fold(builder, |builder, kind| {
            builder.kind(KindRule::new(kind, clause(kind.as_str())))
        })
        .correction_recipient(
            Processor::new("crm").unwrap(),
            Period::days(3),
            clause("crm"),
        )
        .build()
        .unwrap()
}

fn intake(kind: RequestKind) -> Intake {
    let intake = Intake::new(kind, day(1), "form");
    match kind {
        RequestKind::Appeal => intake.appeals(RequestId::from_bytes([9; 16])),
        _ => intake,
    }
}

fn request(intake: Intake) -> Request {
    Request::new(RequestId::from_bytes([7; 16]), intake).unwrap()
}

fn kept() -> Kept {
    Kept {
        category: category("billing"),
        clause: clause("CC-40"),
        until: Some(day(3000)),
    }
}

fn done(records: u64) -> StoreOutcome {
    StoreOutcome::Done {
        records,
        evidence: evidence(),
    }
}

fn report(name: &str, outcome: StoreOutcome, kept: Vec<Kept>) -> Step {
    Step::Report {
        store: store(name),
        outcome,
        kept,
    }
}

/// Takes steps, one a day.
fn run(request: &Request, steps: impl IntoIterator<Item = Step>) -> Result<Request, crate::Error> {
    let mut request = request.clone();
    for step in steps {
        let next = day(2 + request.steps.len() as i64);
        request = request.apply(&rules(), step, next)?;
    }
    Ok(request)
}

pub(super) fn opened() -> Request {
    let range = DateRange::new(day(1)..).unwrap();
    request(
        intake(RequestKind::Access)
            .agent("agent-1")
            .authority(evidence())
            .jurisdiction(Jurisdiction::new("US-CA").unwrap())
            .range(range),
    )
}

pub(super) fn completed() -> Request {
    let steps = [
        Step::Accept,
        Step::Begin,
        report("primary", done(5), vec![kept()]),
        report(
            "backup",
            StoreOutcome::ExpiresBy {
                at: day(40),
                evidence: evidence(),
            },
            vec![],
        ),
        Step::Complete([8; 32]),
    ];
    run(
        &request(intake(RequestKind::Deletion).identity(evidence())),
        steps,
    )
    .unwrap()
}

/// A request that no machine would let be, for the form of its record.
pub(super) fn with_every_step() -> Request {
    let mut request = completed();
    let more = [
        Step::Acknowledge,
        Step::AskIdentity,
        Step::ProveIdentity(evidence()),
        Step::ProveAuthority(evidence()),
        Step::AskFee,
        Step::PayFee,
        Step::AskClarification,
        Step::Clarify,
        Step::Extend(clause("more-time")),
        Step::Refuse(clause("no"), Refusal::Excessive),
        Step::Withdraw,
        Step::MarkDuplicate(RequestId::from_bytes([1; 16])),
        report("backup", StoreOutcome::Nothing, vec![]),
    ];
    request.steps.extend(more.map(|step| (day(50), step)));
    let outcome = (StoreOutcome::Nothing, vec![]);
    request.tasks.insert(store("backup"), Some(outcome));
    request
}
