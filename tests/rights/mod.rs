//! The register of requests: on every store, through failures, kills and attacks.

mod acts;
mod attack;
mod faults;
#[cfg(feature = "sqlite")]
mod kill;
#[cfg(feature = "postgres")]
mod postgres;
mod vectors;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use confidant::audit::{Access, Caller, Identifier, Log, Outcome, Signer, SigningKey};
use confidant::consent::LedgerKey;
use confidant::decision::ClauseId;
use confidant::retention::{
    Clause, DeclaredStore, Disposition, Hold, HoldId, HoldReason, Holds, Person, Schedule,
    Selector, Start, StoreKind, Stores, Trigger,
};
use confidant::rights::{
    Intake, KindRule, Register, RequestId, RequestKind, RightsRules, Step, StoreOutcome,
};
use confidant::store::Store;
use confidant::taxonomy::{DataCategory, DataStore, Evidence, Jurisdiction, Subject};
use confidant::time::{Clock, Moment, Period, SystemClock};
use confidant::{Error, ErrorKind};

const TENANT: &str = "acme";

fn signer() -> Arc<dyn Signer> {
    Arc::new(SigningKey::from_seed("test.example/rights", &[3; 32]).unwrap())
}

fn register(store: Arc<dyn Store>, log: Log) -> Register {
    Register::new(store, LedgerKey::from_bytes([6; 32]), log)
}

fn caller(request: &str) -> Caller {
    let actor = Identifier::new("service:test").unwrap();
    Caller::new(actor).request(Identifier::new(request).unwrap())
}

fn subject(name: &str) -> Subject {
    Subject::new(name).unwrap()
}

fn clause(id: &str) -> ClauseId {
    ClauseId::new(id).unwrap()
}

fn store(name: &str) -> DataStore {
    DataStore::new(name).unwrap()
}

fn now() -> Moment {
    SystemClock::new().now()
}

fn evidence() -> Evidence {
    Evidence::new(now(), [7; 32])
}

fn rules() -> RightsRules {
    let declared = |name, kind| DeclaredStore::new(store(name), kind);
    let stores = vec![
        declared("primary", StoreKind::Primary),
        declared("vectors", StoreKind::VectorIndex),
    ];
    let builder = RightsRules::builder(Stores::new(stores).unwrap());
    let kinds = RequestKind::ALL.into_iter();
    let rule = |kind: RequestKind| KindRule::new(kind, clause(kind.as_str()));
    kinds
        .fold(builder, |builder, kind| builder.kind(rule(kind)))
        .build()
        .unwrap()
}

fn deletion() -> Intake {
    let intake = Intake::new(RequestKind::Deletion, now(), "form");
    intake
        .jurisdiction(Jurisdiction::new("DE").unwrap())
        .identity(evidence())
}

fn report(name: &str) -> Step {
    Step::Report {
        store: store(name),
        outcome: StoreOutcome::Done {
            records: 3,
            evidence: evidence(),
        },
        kept: vec![],
    }
}

fn id(number: u8) -> RequestId {
    RequestId::from_bytes([number; 16])
}

fn kind<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// How often each action of each request ended in which way.
async fn trail(log: &Log) -> BTreeMap<(String, String, Outcome), usize> {
    let access = Access::new(Identifier::new("auditor:7").unwrap());
    let size = log.checkpoint().await.unwrap().size();
    let (mut trail, mut index) = (BTreeMap::new(), 0);
    while index < size {
        for record in log.read(index..size, &access).await.unwrap() {
            let entry = &record.entry;
            let text = |id: Option<&Identifier>| id.and_then(Identifier::as_str).map(str::to_owned);
            if let Some(request) = text(entry.request_id()) {
                let action = text(Some(entry.action())).unwrap();
                *trail.entry((request, action, entry.outcome())).or_default() += 1;
            }
            index += 1;
        }
    }
    trail
}

/// A schedule by which records of requests go so many days after their end.
fn own_schedule(days: u32) -> (DataCategory, Schedule) {
    let records = DataCategory::new("rights_records").unwrap();
    let rule = Clause::new(clause("own"), records.clone().into(), Trigger::PurposeEnded);
    let rule = rule
        .act_by(Disposition::Delete, Period::days(days))
        .start(Start::Before(Duration::ZERO));
    let builder = Schedule::builder().category(records.clone()).clause(rule);
    (records, builder.build().unwrap())
}

/// A hold on one person, who may be anybody here.
fn hold_on_somebody() -> Holds {
    let day = |text: &str| format!("{text}T00:00:00Z").parse().unwrap();
    let hold = Hold::builder(
        HoldId::new("hold/1").unwrap(),
        Selector::everything().subjects(vec![subject("somebody")]),
    )
    .reason(HoldReason::new("case:1").unwrap())
    .placed(Person::new("staff:1").unwrap(), day("2020-01-01"))
    .review_by(day("2099-01-01"))
    .build();
    Holds::new(vec![hold.unwrap()]).unwrap()
}
