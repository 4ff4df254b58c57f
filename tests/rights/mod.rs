//! The register of requests: on every store, through failures, kills and attacks.

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

use confidant::audit::{Access, Identifier, Log, Outcome, Signer, SigningKey};
use confidant::consent::{Caller, LedgerKey};
use confidant::decision::ClauseId;
use confidant::retention::{DeclaredStore, StoreKind, Stores};
use confidant::rights::{
    Intake, KindRule, Register, RequestId, RequestKind, Rules, Step, StoreOutcome,
};
use confidant::store::Store;
use confidant::taxonomy::{DataStore, Evidence, Jurisdiction, Subject};
use confidant::time::{Clock, Moment, SystemClock};
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

fn rules() -> Rules {
    let declared = |name, kind| DeclaredStore::new(store(name), kind);
    let stores = vec![
        declared("primary", StoreKind::Primary),
        declared("vectors", StoreKind::VectorIndex),
    ];
    let builder = Rules::builder(Stores::new(stores).unwrap());
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
