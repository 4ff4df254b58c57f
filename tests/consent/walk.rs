//! One walk through all that a ledger does, the same on every store.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{Log, Outcome};
use confidant::consent::{
    Actor, Admission, ConsentFacts, ConsentState, Event, Export, Exports, Ledger, NewReceipt, Why,
};
use confidant::store::{MAX_PAGE, MemoryStore, Range, Store};
use confidant::taxonomy::{ObligationKind, Obligor, Tenant};

use super::{
    TENANT, adult, caller, category, entries, given, id, kind, ledger, now, purpose, rules, signer,
    subject, trail, withdrawn,
};

async fn walk(store: Arc<dyn Store>, log: Log) {
    let ledger = ledger(Arc::clone(&store), log.clone());
    chains(&ledger).await;
    repeats(&ledger).await;
    signals(&ledger).await;
    lineage(&ledger).await;
    shredding(&ledger, &*store).await;
    restrictions(&ledger).await;
    retention(&ledger).await;
    let found = ledger.verify_tenant(TENANT).await.unwrap();
    assert!(found.subjects >= 4 && found.receipts >= 6, "{found:?}");
    // Nothing was done that was not announced, and nothing personal was said of it.
    let trail = trail(&log).await;
    for (request, action, outcome) in trail.keys() {
        // An export that is there, or finished, is refused by the store.
        let fails = action.starts_with("consent.export_") && *outcome == Outcome::Failed;
        assert!(fails || matches!(outcome, Outcome::Attempted | Outcome::Succeeded));
        let announced = (request.clone(), action.clone(), Outcome::Attempted);
        assert!(trail.contains_key(&announced), "{action}");
    }
    for record in entries(&log).await {
        let shown = format!("{record:?}");
        assert!(!shown.contains("mail.test"), "{shown}");
    }
}

async fn chains(ledger: &Ledger) {
    let (me, jo, rules) = (caller("chains"), subject("jo@mail.test"), rules());
    let decide = async |name| {
        let facts = ledger.facts(TENANT, &jo).await.unwrap();
        let verdict = rules.decide(&facts, (&purpose(name), &category()), now(), adult());
        verdict.why()
    };
    let unknown = Why::NotConsented(ConsentState::Unknown);
    assert_eq!(decide("training").await, unknown);
    let first = ledger
        .record(&me, TENANT, &jo, given("training"))
        .await
        .unwrap();
    assert_eq!((first.number, first.repeated), (1, false));
    assert_eq!(decide("training").await, Why::Consented);
    // Others and other tenants know nothing of it.
    let other = subject("al@mail.test");
    assert_eq!(ledger.receipts(TENANT, &other).await.unwrap().len(), 0);
    assert_eq!(ledger.receipts("globex", &jo).await.unwrap().len(), 0);

    let what = withdrawn("training");
    let ended = ledger
        .under(&rules)
        .withdraw(&me, TENANT, &jo, what)
        .await
        .unwrap();
    assert_eq!(ended.recorded.number, 2);
    let owed = &ended.obligations[0];
    assert_eq!(
        (owed.what(), owed.clause().as_str()),
        (ObligationKind::StopProcessing, "labeller")
    );
    assert!(matches!(owed.who(), Obligor::Processor(who) if who.as_str() == "labeller"));
    assert_eq!(
        decide("training").await,
        Why::NotConsented(ConsentState::Withdrawn)
    );
    // A consent is no withdrawal.
    let wrong = ledger
        .under(&rules)
        .withdraw(&me, TENANT, &jo, given("training"))
        .await;
    assert_eq!(kind(wrong), Some(ErrorKind::Config));

    let accepted = NewReceipt::new(Event::PolicyAccepted, [purpose("training")], now());
    let accepted = accepted
        .method("use")
        .notice(confidant::consent::NoticeRef::new("v1", "en", [1; 32]).unwrap());
    ledger.record(&me, TENANT, &jo, accepted).await.unwrap();
    assert_eq!(
        decide("training").await,
        Why::NotConsented(ConsentState::Withdrawn)
    );
}

async fn repeats(ledger: &Ledger) {
    let (me, al) = (caller("repeats"), subject("al@mail.test"));
    let receipt = given("sale").id(id(1));
    let first = ledger
        .record(&me, TENANT, &al, receipt.clone())
        .await
        .unwrap();
    let again = ledger.record(&me, TENANT, &al, receipt).await.unwrap();
    assert!(again.repeated && again.receipt == first.receipt);
    let another = withdrawn("sale").id(id(1));
    assert_eq!(
        kind(ledger.record(&me, TENANT, &al, another).await),
        Some(ErrorKind::Config)
    );
    // An id is one of a chain, so somebody else's says nothing.
    let bo = subject("bo@mail.test");
    let other = ledger
        .record(&me, TENANT, &bo, given("sale").id(id(1)))
        .await
        .unwrap();
    assert!(!other.repeated);
    let later = NewReceipt::new(
        Event::ObjectionLifted,
        [purpose("sale")],
        confidant::time::Moment::MAX,
    );
    assert_eq!(
        kind(ledger.record(&me, TENANT, &al, later.method("form")).await),
        Some(ErrorKind::Config)
    );
}

async fn signals(ledger: &Ledger) {
    let (me, al, rules) = (caller("signals"), subject("al@mail.test"), rules());
    let signal = async |value: &[u8]| {
        ledger
            .under(&rules)
            .record_gpc(&me, TENANT, &al, value)
            .await
            .unwrap()
    };
    for value in [&b"0"[..], b"", b"1, 1", b"true"] {
        assert!(signal(value).await.is_none());
    }
    let shown = signal(b"1").await.unwrap();
    assert_eq!(shown.signal.as_deref(), Some(&b"1"[..]));
    assert_eq!(
        (shown.conflicts.len(), shown.conflicts[0].consent),
        (1, id(1))
    );
    assert_eq!(shown.conflicts[0].clause.as_str(), "gpc");
    // With each request the signal comes again, and is recorded once.
    assert_eq!(signal(b"1").await.unwrap(), shown);
    let all = ledger.confirmations(TENANT, &al).await.unwrap();
    assert_eq!(all, [shown]);
    let facts = ledger.facts(TENANT, &al).await.unwrap();
    let verdict = rules.decide(&facts, (&purpose("sale"), &category()), now(), adult());
    assert_eq!(verdict.why(), Why::OptedOut);
    assert!(
        facts
            .receipts()
            .any(|receipt| receipt.actor == Actor::Software)
    );
}

async fn lineage(ledger: &Ledger) {
    let (me, rules, training) = (caller("lineage"), rules(), purpose("training"));
    let people: Vec<_> = (0..5)
        .map(|number| subject(&format!("p{number}@mail.test")))
        .collect();
    for (number, person) in people.iter().enumerate() {
        if number != 2 {
            let receipt = given("training").id(id(number as u8));
            ledger.record(&me, TENANT, person, receipt).await.unwrap();
        }
    }
    let begin = ledger.begin_export(&me, Tenant::new(TENANT), "set-1", &training);
    let export = begin.await.unwrap();
    let again = ledger.begin_export(&me, Tenant::new(TENANT), "set-1", &training);
    assert_eq!(kind(again.await), Some(ErrorKind::Conflict));
    let admit = async |export: &Export, people| {
        ledger
            .under(&rules)
            .admit(
                &me,
                export,
                Admission::new(&category(), people, now()).signals(adult()),
            )
            .await
    };
    let verdicts = admit(&export, &people).await.unwrap();
    let allowed: Vec<_> = verdicts.iter().map(|verdict| verdict.is_allow()).collect();
    assert_eq!(allowed, [true, true, false, true, true]);
    // Once more is the same.
    admit(&export, &people[..1]).await.unwrap();
    let copy = export.clone();
    ledger.finish_export(&me, export, [4; 32]).await.unwrap();
    assert_eq!(kind(admit(&copy, &people).await), Some(ErrorKind::Config));
    assert_eq!(
        kind(ledger.finish_export(&me, copy, [5; 32]).await),
        Some(ErrorKind::Config)
    );

    let of = async |person| ledger.exports_of(TENANT, person).await.unwrap();
    let found = of(&people[3]).await;
    let [first] = &found.list[..] else {
        panic!("{found:?}");
    };
    assert_eq!((&*first.name, first.receipt), ("set-1", Some(id(3))));
    assert_eq!(first.finished.unwrap().1, [4; 32]);
    assert!(of(&people[2]).await.list.is_empty());
    let what = withdrawn("training");
    let ended = ledger
        .under(&rules)
        .withdraw(&me, TENANT, &people[3], what)
        .await
        .unwrap();
    assert_eq!(ended.exports, found);
    let begin = ledger.begin_export(&me, Tenant::new(TENANT), "set-2", &training);
    let next = begin.await.unwrap();
    let verdicts = admit(&next, &people).await.unwrap();
    assert_eq!(
        verdicts.iter().filter(|verdict| verdict.is_allow()).count(),
        3
    );
    assert_eq!(of(&people[3]).await.list.len(), 1);
    assert_eq!(of(&people[0]).await.list.len(), 2);
    assert!(of(&people[0]).await.list[1].finished.is_none());
}

async fn shredding(ledger: &Ledger, store: &dyn Store) {
    let (me, gone) = (caller("shredding"), subject("p0@mail.test"));
    let count = async || {
        let mut count = 0;
        for name in ["subject", "receipt", "lineage"] {
            let range =
                Range::collection(Tenant::new(TENANT), &format!("confidant.consent.{name}"))
                    .unwrap();
            count += store.scan(&range, MAX_PAGE).await.unwrap().len();
        }
        count
    };
    let before = count().await;
    assert!(ledger.shred(&me, TENANT, &gone).await.unwrap());
    // The record, one receipt and two places in exports.
    assert_eq!(count().await, before - 4);
    assert!(!ledger.shred(&me, TENANT, &gone).await.unwrap());
    assert!(ledger.receipts(TENANT, &gone).await.unwrap().is_empty());
    let exports = ledger.exports_of(TENANT, &gone).await.unwrap();
    assert_eq!(exports, Exports::default());
    // No other chain depends on it.
    assert_eq!(
        ledger
            .receipts(TENANT, &subject("p1@mail.test"))
            .await
            .unwrap()
            .len(),
        1
    );
    // Whoever comes back begins anew.
    let again = ledger
        .record(&me, TENANT, &gone, given("training"))
        .await
        .unwrap();
    assert_eq!(again.number, 1);
}

async fn restrictions(ledger: &Ledger) {
    let (me, bo, rules) = (caller("restrictions"), subject("bo@mail.test"), rules());
    ledger
        .record(&me, TENANT, &bo, given("training"))
        .await
        .unwrap();
    let restrict = NewReceipt::new(Event::Restricted, [], now()).method("request");
    ledger
        .under(&rules)
        .withdraw(&me, TENANT, &bo, restrict)
        .await
        .unwrap();
    let facts: ConsentFacts = ledger.facts(TENANT, &bo).await.unwrap();
    let verdict = rules.decide(&facts, (&purpose("training"), &category()), now(), adult());
    assert_eq!(verdict.why(), Why::Restricted);
}

#[test]
fn consent_a_walk_in_memory() {
    pollster::block_on(async {
        let log = Log::builder(signer()).in_memory().unwrap();
        walk(Arc::new(MemoryStore::new()), log).await;
        // The log beside the receipts.
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let log = Log::builder(signer());
        let log = log.open_store(Arc::clone(&store), "main").await.unwrap();
        walk(store, log).await;
    });
}

#[test]
#[cfg(feature = "sqlite")]
fn consent_a_walk_in_files() {
    use confidant::store::SqliteStore;

    use crate::support::folder::Folder;

    let folder = Folder::new();
    pollster::block_on(async {
        let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
        let log = Log::builder(signer()).open(folder.join("log")).await;
        walk(store, log.unwrap()).await;
    });
}

#[test]
#[cfg(feature = "postgres")]
fn postgres_consent_a_walk() {
    use crate::store::postgres::{address, connect, runtime, schema};

    let Some(address) = address() else { return };
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema("consent")).await);
        let log = Log::builder(signer());
        let log = log.open_store(Arc::clone(&store), "main").await.unwrap();
        walk(store, log).await;
    });
}

/// Chains go by the schedule, but for those that a hold may be about, and those in which
/// something is stopped.
async fn retention(ledger: &Ledger) {
    use confidant::retention::{
        Clause, Disposition, Hold, HoldId, HoldReason, Holds, OwnRecords, Person, Schedule,
        Selector, Trigger,
    };
    use confidant::taxonomy::DataCategory;
    use confidant::time::Period;

    let (me, tenant) = (caller("retention"), "initech");
    for (name, receipts) in [
        ("given", vec![given("training")]),
        ("withdrawn", vec![given("training"), withdrawn("training")]),
        (
            "objected",
            vec![NewReceipt::new(Event::Objected, [purpose("sale")], now()).method("form")],
        ),
        (
            "opted-out",
            vec![NewReceipt::new(Event::OptedOut, [purpose("sale")], now()).method("form")],
        ),
    ] {
        for receipt in receipts {
            ledger
                .record(&me, tenant, &subject(name), receipt)
                .await
                .unwrap();
        }
    }
    let records = DataCategory::new("consent_log").unwrap();
    let rule = Clause::new(
        super::clause("own"),
        records.clone().into(),
        Trigger::LastModified,
    );
    let rule = rule.act_by(Disposition::CryptoShred, Period::years(3));
    let schedule = Schedule::builder()
        .category(records.clone())
        .clause(rule)
        .build()
        .unwrap();
    let erase = async |holds: &Holds, now| {
        let own = OwnRecords::new(&records, &schedule, holds);
        let done = ledger.erase_due(&me, tenant, &own, now).await.unwrap();
        (done.erased, done.held, done.standing)
    };
    let later = now().saturating_add(std::time::Duration::from_secs(3 * 366 * 86_400));
    let none = Holds::none();
    assert_eq!(erase(&none, now()).await, (0, 0, 0));
    let hold = Hold::builder(
        HoldId::new("hold/1").unwrap(),
        Selector::everything().subjects(vec![subject("somebody")]),
    )
    .reason(HoldReason::new("case:1").unwrap())
    .placed(Person::new("staff:1").unwrap(), now())
    .review_by(later)
    .build();
    let holds = Holds::new(vec![hold.unwrap()]).unwrap();
    assert_eq!(erase(&holds, later).await, (0, 4, 0));
    assert_eq!(erase(&none, later).await, (2, 0, 2));
    assert_eq!(erase(&none, later).await, (0, 0, 2));
    for (name, count) in [
        ("given", 0),
        ("withdrawn", 0),
        ("objected", 1),
        ("opted-out", 1),
    ] {
        let left = ledger.receipts(tenant, &subject(name)).await.unwrap();
        assert_eq!(left.len(), count, "{name}");
    }
    ledger.verify_tenant(tenant).await.unwrap();
}
