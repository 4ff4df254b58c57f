//! Consents and requests: who they are about, and what was said, is not shown.

use std::sync::Arc;

use confidant::audit::{Caller, Identifier, Log};
use confidant::consent::{
    ConsentFacts, ConsentRules, ConsentState, Event, Ledger, LedgerKey, NewReceipt, NoticeRef,
    ReceiptId,
};
use confidant::store::MemoryStore;
use confidant::taxonomy::{Purpose, Subject, Tenant};
use confidant::time::{Clock, SystemClock};
use pollster::block_on;

use super::{CANARY, assert_unseen, error, value};

fn purpose() -> Purpose {
    Purpose::new("training").unwrap()
}

fn caller() -> Caller {
    Caller::new(Identifier::new("service:test").unwrap())
}

/// The canary as reason, signal and way to withdraw.
fn receipt() -> NewReceipt {
    let now = SystemClock::new().now();
    NewReceipt::new(Event::OptedOut, [purpose()], now)
        .method("form")
        .reason(CANARY)
        .signal(CANARY.as_bytes())
        .withdrawal_route(CANARY)
}

#[test]
fn types_of_consent_show_nobody_and_nothing_that_was_said() {
    block_on(async {
        let (me, subject) = (caller(), Subject::new(CANARY).unwrap());
        let log = Log::in_memory().unwrap();
        let key = LedgerKey::from_bytes([b'A'; 32]);
        let ledger = Ledger::new(Arc::new(MemoryStore::new()), key.clone(), log);
        let rules = ConsentRules::builder().build().unwrap();
        let recorded = ledger
            .record(&me, CANARY, &subject, receipt())
            .await
            .unwrap();
        let receipts = ledger.receipts(CANARY, &subject).await;
        let export = ledger
            .begin_export(&me, Tenant::new("acme"), "set", &purpose())
            .await;
        assert_unseen(vec![
            value("Subject", &subject),
            value("NewReceipt", &receipt()),
            value("Recorded", &recorded),
            value("Confirmation", &recorded.receipt.confirmation()),
            value("receipts", &receipts),
            value("Facts", &ConsentFacts::new(vec![recorded.receipt.clone()])),
            value("Ledger", &ledger),
            value("LedgerKey", &key),
            value("Rules", &rules),
            value("Export", &export),
            value("Verified", &ledger.verify_tenant(CANARY).await),
        ]);
    });
}

#[test]
fn errors_of_consent_do_not_show_what_was_given() {
    let now = SystemClock::new().now();
    let spaced = format!("{CANARY} {CANARY}");
    let id = ReceiptId::from_bytes([1; 16]);
    assert_unseen(vec![
        error("ReceiptId of other text", CANARY.parse::<ReceiptId>()),
        error("ConsentState of other text", CANARY.parse::<ConsentState>()),
        error(
            "NoticeRef with blanks",
            NoticeRef::new(&spaced, "en", [0; 32]),
        ),
        error("a method with blanks", receipt().method(&spaced).check()),
        error(
            "a long reason",
            receipt().reason(&CANARY.repeat(100)).check(),
        ),
        error(
            "a long signal",
            receipt().signal(&[b'1'; 300]).id(id).check(),
        ),
        error("a consent without a notice", {
            let given = NewReceipt::consent(ConsentState::Given, [purpose()], now);
            given.method("form").reason(CANARY).check()
        }),
    ]);
}

#[cfg(feature = "rights")]
mod rights {
    use confidant::decision::ClauseId;
    use confidant::rights::{
        BundleBuilder, ClockTable, DrpRequest, Import, Intake, NewCorrection, Register, Request,
        RequestId, RequestKind,
    };
    use confidant::taxonomy::{DataCategory, DataStore, Evidence};
    use serde_json::json;

    use super::*;

    #[test]
    fn types_of_rights_show_nobody_and_no_content() {
        block_on(async {
            let (me, subject) = (caller(), Subject::new(CANARY).unwrap());
            let log = Log::in_memory().unwrap();
            let key = LedgerKey::generate().unwrap();
            let register = Register::new(Arc::new(MemoryStore::new()), key, log);
            let now = SystemClock::new().now();
            let intake = Intake::new(RequestKind::Access, now, "form");
            let intake = intake.identity(Evidence::new(now, [1; 32]));
            let opened = register.open(&me, CANARY, &subject, intake).await;
            let opened = opened.unwrap();
            let correct = register.correct(
                &me,
                CANARY,
                &subject,
                NewCorrection::new("name", CANARY.as_bytes()).source("subject"),
            );
            let correction = correct.await;
            let import = Import::new("name", CANARY.as_bytes());
            let clause = ClauseId::new("c").unwrap();
            let decision = register.may_import(CANARY, &subject, import, &clause).await;
            let mut builder = BundleBuilder::new(&opened.request).unwrap();
            let (store, category) = (DataStore::new("primary"), DataCategory::new("chat"));
            let (store, category) = (store.unwrap(), category.unwrap());
            builder.add(&store, &category, now, json!(CANARY)).unwrap();
            let shown = vec![value("BundleBuilder", &builder)];
            let drp = json!({
                "agent-id": "A", "business-id": "B", "issued-at": "2027-01-01T00:00:00Z",
                "expires-at": "2027-01-01T00:10:00Z", "drp.version": "1.0",
                "exercise": "access", "name": CANARY, "email": CANARY,
                "status_callback": CANARY, "agent-request-id": CANARY,
            });
            let drp = DrpRequest::parse(drp.to_string().as_bytes());
            assert_unseen(shown);
            assert_unseen(vec![
                value("Opened", &opened),
                value("Correction", &correction),
                value("Import", &import),
                value("the decision", &decision),
                value("Bundle", &builder.build(now)),
                value("DrpRequest", &drp),
                value("Register", &register),
                value("requests", &register.requests_of(CANARY, &subject).await),
            ]);
        });
    }

    #[test]
    fn errors_of_rights_do_not_show_what_was_given() {
        let now = SystemClock::new().now();
        let spaced = format!("{CANARY} {CANARY}");
        let intake = || Intake::new(RequestKind::Access, now, "form");
        let id = RequestId::from_bytes([1; 16]);
        let broken = json!({"agent-id": CANARY, "exercise": CANARY});
        let table = json!({"version": 1, "read": CANARY, "requests": [{"id": CANARY}]});
        assert_unseen(vec![
            error("RequestId of other text", CANARY.parse::<RequestId>()),
            error(
                "a channel with blanks",
                Intake::new(RequestKind::Access, now, &spaced).check(),
            ),
            error(
                "an agent with blanks",
                Request::new(id, intake().agent(&spaced)),
            ),
            error(
                "DrpRequest without fields",
                DrpRequest::parse(broken.to_string().as_bytes()),
            ),
            error(
                "DrpRequest of other text",
                DrpRequest::parse(CANARY.as_bytes()),
            ),
            error("ClockTable of other text", ClockTable::from_json(CANARY)),
            error(
                "ClockTable with a broken row",
                ClockTable::from_json(&table.to_string()),
            ),
        ]);
    }
}
