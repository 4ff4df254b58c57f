//! The ledger of consents: on every store, through failures, kills and attacks.

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

use confidant::audit::{Access, Caller, Identifier, Log, LogRecord, Outcome, Signer, SigningKey};
use confidant::consent::{
    Age, ConsentRules, ConsentState, GpcConflict, Ledger, LedgerKey, NewReceipt, Notice, NoticeRef,
    PurposeRule, ReceiptId, Signals,
};
use confidant::decision::ClauseId;
use confidant::store::Store;
use confidant::taxonomy::{DataCategory, Processor, Purpose, Subject};
use confidant::time::{Clock, Moment, Period, SystemClock};
use confidant::{Error, ErrorKind};

const TENANT: &str = "acme";

fn signer() -> Arc<dyn Signer> {
    Arc::new(SigningKey::from_seed("test.example/consent", &[3; 32]).unwrap())
}

/// A ledger under the key that all of them here have, so that each reads what another
/// wrote.
fn ledger(store: Arc<dyn Store>, log: Log) -> Ledger {
    Ledger::new(store, LedgerKey::from_bytes([6; 32]), log)
}

fn caller(request: &str) -> Caller {
    let actor = Identifier::new("service:test").unwrap();
    Caller::new(actor).request(Identifier::new(request).unwrap())
}

fn subject(name: &str) -> Subject {
    Subject::new(name).unwrap()
}

fn purpose(name: &str) -> Purpose {
    Purpose::new(name).unwrap()
}

fn category() -> DataCategory {
    DataCategory::new("chat").unwrap()
}

fn clause(id: &str) -> ClauseId {
    ClauseId::new(id).unwrap()
}

fn now() -> Moment {
    SystemClock::new().now()
}

fn adult() -> Signals {
    Signals::new().age(Age::Years(30))
}

fn rules() -> ConsentRules {
    let rule = |name: &str| PurposeRule::by_consent(purpose(name), clause(name));
    let sale = rule("sale").category(category()).sale_or_sharing();
    let labeller = Processor::new("labeller").unwrap();
    let training = rule("training").category(category()).recipient(
        labeller,
        Period::days(7),
        clause("labeller"),
    );
    let notice = Notice::new("v1").text("en", [1; 32]).unwrap();
    ConsentRules::builder()
        .purpose(training)
        .purpose(sale)
        .notice(notice.covers(purpose("training")).covers(purpose("sale")))
        .gpc(GpcConflict::SignalWins, clause("gpc"))
        .build()
        .unwrap()
}

fn given(name: &str) -> NewReceipt {
    NewReceipt::consent(ConsentState::Given, [purpose(name)], now())
        .notice(NoticeRef::new("v1", "en", [1; 32]).unwrap())
        .method("form")
        .withdrawal_route("https://acme.test/privacy")
}

fn withdrawn(name: &str) -> NewReceipt {
    NewReceipt::consent(ConsentState::Withdrawn, [purpose(name)], now()).method("settings")
}

fn id(number: u8) -> ReceiptId {
    ReceiptId::from_bytes([number; 16])
}

fn kind<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// Every entry of a log.
async fn entries(log: &Log) -> Vec<LogRecord> {
    let access = Access::new(Identifier::new("auditor:7").unwrap());
    let size = log.checkpoint().await.unwrap().size();
    let (mut all, mut index) = (Vec::new(), 0);
    while index < size {
        let page = log.read(index..size, &access).await.unwrap();
        index += page.len() as u64;
        all.extend(page);
    }
    all
}

/// How often each action of each request ended in which way.
async fn trail(log: &Log) -> BTreeMap<(String, String, Outcome), usize> {
    let mut trail = BTreeMap::new();
    for record in entries(log).await {
        let entry = &record.entry;
        let text = |id: Option<&Identifier>| id.and_then(Identifier::as_str).map(str::to_owned);
        if let Some(request) = text(entry.request_id()) {
            let action = text(Some(entry.action())).unwrap();
            *trail.entry((request, action, entry.outcome())).or_default() += 1;
        }
    }
    trail
}
