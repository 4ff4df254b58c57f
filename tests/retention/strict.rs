//! What must not happen early, and what must not be passed by: holds and a clock that is
//! not the caller's, the end of keeping, notices of another erasure, categories of others.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use confidant::retention::{
    Clause, DeclaredStore, Disposition, ErasureReceipt, Events, Executor, Hold, HoldBook, Holds,
    Keeper, KeeperOutcome, NoticeState, Order, Record, Schedule, Selector, Source, Start, Status,
    StoreKind, Stores, Trigger,
};
use confidant::store::{MemoryStore, Range, Store};
use confidant::taxonomy::{DataStore, LawfulBasis, Subject, Tenant};
use confidant::time::{Moment, Period};
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::sweep::{history, put_thing, sweeper};
use super::world::{actor, hold, log_key, open_log};
use super::{at, category, hold_id, id, person, reason};
use crate::support::fault::{Fault, FaultStore};

async fn book() -> (HoldBook, Arc<MemoryStore>) {
    let (book, store, _) = logged_book().await;
    (book, store)
}

async fn logged_book() -> (HoldBook, Arc<MemoryStore>, confidant::audit::Log) {
    let store = Arc::new(MemoryStore::new());
    let log = open_log(Arc::new(MemoryStore::new())).await;
    let book = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
    (book, store, log)
}

fn delete(name: &str, of: &str, trigger: Trigger, days: u32) -> Clause {
    Clause::new(id(name), category(of).into(), trigger)
        .act_by(Disposition::Delete, Period::days(days))
}

fn later(text: &str, seconds: u64) -> Moment {
    at(text).saturating_add(Duration::from_secs(seconds))
}

fn earlier(text: &str, seconds: u64) -> Moment {
    at(text).saturating_sub(Duration::from_secs(seconds))
}

/// A keeper that says that it deleted at a moment.
#[derive(Debug)]
struct Done(Moment);

#[async_trait]
impl Keeper for Done {
    async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        Ok(KeeperOutcome::Done(ErasureReceipt::new(self.0, 1)))
    }

    async fn count(&self, _: &Order) -> Result<u64, Error> {
        Ok(0)
    }
}

fn executor(book: &HoldBook, keeper: impl Keeper + 'static) -> Executor {
    let primary = DataStore::new("primary").unwrap();
    let backup = DataStore::new("backup").unwrap();
    let stores = Stores::new(vec![
        DeclaredStore::new(primary.clone(), StoreKind::Primary),
        DeclaredStore::new(backup, StoreKind::Backup).expires_within(Period::days(35)),
    ]);
    let builder = Executor::builder(book.clone(), actor()).stores(stores.unwrap());
    builder.keeper(primary, Arc::new(keeper)).build().unwrap()
}

fn of_record() -> Order {
    let order = Order::new(category("chat"), Disposition::Delete);
    order.tenant("acme").record(b"row-17").unwrap()
}

#[test]
fn a_hold_counts_from_its_placing_on_whatever_moment_it_names() {
    block_on(async {
        let now = at("2026-05-01");
        let (book, store) = book().await;
        let things = ["a", "b"].into_iter();
        let things = things.fold(confidant::store::Batch::new(), |batch, name| {
            put_thing(batch, "acme", name, "2026-01-01", "jo")
        });
        store.commit(things).await.unwrap();
        let placed = later("2026-05-01", 3_600);
        let base = hold("hold/ahead");
        let ahead = Hold::builder(hold_id("hold/ahead"), Selector::everything().tenant("acme"))
            .reason(reason())
            .placed(base.placed_by().clone(), placed)
            .review_by(at("2027-01-01"));
        book.place(ahead.build().unwrap()).await.unwrap();
        let swept = sweeper(
            &book,
            confidant::retention::Brakes::default().always_allowed(100),
        );
        let report = swept.run(now, None).await.unwrap();
        assert_eq!((report.erased, report.tally.held), (0, 2));
        let executor = executor(&book, Done(now));
        for order in [
            of_record(),
            of_record().subject(Subject::new("jo").unwrap()),
        ] {
            let error = executor.execute(&order, now).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused);
        }
        // It is shown as it was placed.
        let loaded = book.load().await.unwrap();
        assert_eq!(loaded.iter().next().unwrap().placed_at(), placed);
        assert!(history().versions().count() == 1);
    });
}

#[test]
fn a_record_that_names_nobody_is_held_by_a_hold_on_a_person() {
    block_on(async {
        let now = at("2026-05-01");
        let (book, _) = book().await;
        let on_jo = Selector::everything().subjects(vec![Subject::new("jo").unwrap()]);
        let placed = at("2026-04-01");
        let hold = Hold::builder(hold_id("h"), on_jo)
            .reason(reason())
            .placed(person("staff:1"), placed)
            .review_by(at("2027-01-01"));
        book.place(hold.build().unwrap()).await.unwrap();
        let executor = executor(&book, Done(now));
        let error = executor.execute(&of_record(), now).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        let als = of_record().subject(Subject::new("al").unwrap());
        assert!(executor.execute(&als, now).await.is_ok());
    });
}

#[test]
fn one_caller_makes_no_exception() {
    block_on(async {
        let (book, _) = book().await;
        let all = Selector::everything;
        let now = at("2026-05-01");
        let excepted = hold("h").overridden(all(), [person("staff:2"), person("staff:3")], now);
        let released = hold("h").released(person("staff:2"), now);
        for hold in [excepted.unwrap(), released.unwrap()] {
            let error = book.place(hold).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
        book.place(hold("h")).await.unwrap();
    });
}

#[test]
fn backups_expire_behind_the_last_receipt() {
    block_on(async {
        let (book, _) = book().await;
        let done = at("2026-05-03");
        let executor = executor(&book, Done(done));
        let order = of_record();
        executor.execute(&order, at("2026-05-02")).await.unwrap();
        let completion = executor.close(&order, done).await.unwrap();
        assert_eq!(completion.expired_by, Some(at("2026-06-07")));
    });
}

#[test]
fn a_store_that_only_expires_takes_no_keeper() {
    block_on(async {
        let (book, _) = book().await;
        let backup = DataStore::new("backup").unwrap();
        let stores = Stores::new(vec![
            DeclaredStore::new(backup.clone(), StoreKind::Backup).expires_within(Period::days(35)),
        ]);
        let builder = Executor::builder(book, actor()).stores(stores.unwrap());
        let built = builder.keeper(backup, Arc::new(Done(at("2026-05-01"))));
        assert_eq!(built.build().unwrap_err().kind(), ErrorKind::Config);
    });
}

#[test]
fn keeping_ends_by_an_event_in_the_categories_of_its_clause_alone() {
    let keep = Clause::new(
        id("K"),
        confidant::retention::Categories::All,
        Trigger::Created,
    );
    let keep = keep
        .keep_for(Period::years(7))
        .basis(LawfulBasis::LegalObligation)
        .yields_to(id("A"));
    let schedule = Schedule::builder()
        .category(category("chat"))
        .category(category("billing"))
        .clause(keep)
        .clause(delete("A", "chat", Trigger::DeletionRequested, 7))
        .clause(delete("B", "billing", Trigger::AccountClosed, 30))
        .build()
        .unwrap();
    let events = Events::created(at("2026-01-01"))
        .at(Trigger::DeletionRequested, at("2026-02-01"))
        .at(Trigger::AccountClosed, at("2026-03-01"));
    let (chat, billing) = (category("chat"), category("billing"));
    let status = |of| {
        let record = Record::new(of, events);
        schedule
            .evaluate(&record, &Holds::none(), at("2026-06-01"))
            .status()
    };
    assert_eq!(status(&chat), Status::Overdue);
    assert_eq!(status(&billing), Status::Restrict);
}

/// A clock that may be ahead puts nothing before the end of keeping, also where the
/// deadline is that very moment.
#[test]
fn nothing_goes_before_what_it_waits_for() {
    let chat = category("chat");
    let keep = Clause::new(id("K"), chat.clone().into(), Trigger::Created)
        .keep_for(Period::days(100))
        .basis(LawfulBasis::Contract);
    let schedule = Schedule::builder()
        .category(chat.clone())
        .clause(keep)
        .clause(delete("A", "chat", Trigger::DeletionRequested, 7).yields_to(id("K")))
        .build()
        .unwrap();
    let asked = Events::created(at("2026-01-01")).at(Trigger::DeletionRequested, at("2026-02-01"));
    let record = Record::new(&chat, asked);
    let until = "2026-04-11";
    let status = |now| schedule.evaluate(&record, &Holds::none(), now).status();
    assert_eq!(status(earlier(until, 1)), Status::Keep);
    assert_eq!(status(later(until, 299)), Status::Keep);
    assert_eq!(status(later(until, 300)), Status::Overdue);
    // Data that was made of it waits as well.
    let source = Source::new(
        at(until)..at(until),
        confidant::retention::DispositionKind::Delete,
        id("A"),
    );
    let made = category("chat.copy");
    let copies = Schedule::builder()
        .category(made.clone())
        .clause(delete("C", "chat", Trigger::Created, 3_000))
        .build()
        .unwrap();
    let copy = Record::new(&made, Events::created(at("2026-01-01"))).derived_from(source);
    let status = |now| copies.evaluate(&copy, &Holds::none(), now).status();
    assert_eq!(status(later(until, 299)), Status::Keep);
    assert_eq!(status(later(until, 300)), Status::Overdue);
}

#[test]
fn a_notice_counts_for_the_erasure_that_it_was_about() {
    let chat = category("chat");
    let idle = delete("A", "chat", Trigger::LastActive, 1_095).notice(Period::days(14));
    let schedule = Schedule::builder().category(chat.clone()).clause(idle);
    let schedule = schedule.build().unwrap();
    let told = at("2025-12-20");
    let notice = |active: &str, now: &str| {
        let events = Events::created(at("2020-01-01")).at(Trigger::LastActive, at(active));
        let record = Record::new(&chat, events).noticed(told);
        let verdict = schedule.evaluate(&record, &Holds::none(), at(now));
        (verdict.notice(), verdict.may_act())
    };
    assert_eq!(
        notice("2023-01-10", "2026-01-09"),
        (NoticeState::Given, true)
    );
    // The person came back, and is told again three years on.
    assert_eq!(
        notice("2026-01-05", "2029-01-04"),
        (NoticeState::Due, false)
    );
    // One that was given ahead of an event that is known to come counts.
    let ends = delete("A", "chat", Trigger::ContractEnd, 1).notice(Period::days(14));
    let schedule = Schedule::builder().category(chat.clone()).clause(ends);
    let schedule = schedule.build().unwrap();
    let events = Events::created(at("2020-01-01")).at(Trigger::ContractEnd, at("2026-01-02"));
    let record = Record::new(&chat, events).noticed(told);
    let verdict = schedule.evaluate(&record, &Holds::none(), at("2026-01-04"));
    assert_eq!(verdict.notice(), NoticeState::Given);
}

#[test]
fn an_account_and_a_contract_keep_each_by_itself() {
    let chat = category("chat");
    let state = |clause: fn(_, _) -> Clause, ended| {
        let clause = clause(id("S"), chat.clone().into());
        let clause = clause.then(Disposition::Delete, Period::days(30));
        let schedule = Schedule::builder().category(chat.clone()).clause(clause);
        let events = Events::created(at("2020-01-01")).at(ended, at("2026-03-01"));
        let record = Record::new(&chat, events);
        let schedule = schedule.build().unwrap();
        schedule
            .evaluate(&record, &Holds::none(), at("2026-06-01"))
            .status()
    };
    let (account, contract) = (Clause::keep_while_active, Clause::keep_while_under_contract);
    assert_eq!(state(account, Trigger::ContractEnd), Status::Keep);
    assert_eq!(state(account, Trigger::AccountClosed), Status::Overdue);
    assert_eq!(state(contract, Trigger::AccountClosed), Status::Keep);
    assert_eq!(state(contract, Trigger::ContractEnd), Status::Overdue);
}

#[test]
fn a_later_version_takes_a_ground_for_keeping_away() {
    let chat = category("chat");
    let version = |basis, yields: bool| {
        let mut keep = Clause::new(id("K"), chat.clone().into(), Trigger::Created)
            .keep_for(Period::years(7))
            .basis(basis);
        if yields {
            keep = keep.yields_to(id("A"));
        }
        Schedule::builder()
            .category(chat.clone())
            .clause(keep)
            .clause(delete("A", "chat", Trigger::DeletionRequested, 7))
            .build()
            .unwrap()
    };
    let (law, interest) = (
        LawfulBasis::LegalObligation,
        LawfulBasis::LegitimateInterest,
    );
    let events = Events::created(at("2025-01-01")).at(Trigger::DeletionRequested, at("2026-05-01"));
    let record = Record::new(&chat, events);
    for second in [version(interest, false), version(law, true)] {
        let history = confidant::retention::History::new(at("2024-01-01"), version(law, false));
        let status = |history: &confidant::retention::History| {
            history
                .evaluate(&record, &Holds::none(), at("2026-07-01"))
                .status()
        };
        assert_eq!(status(&history), Status::Restrict);
        let history = history.then(at("2026-01-01"), second).unwrap();
        assert_eq!(status(&history), Status::Overdue);
        // Before the new version counts, the law stood.
        let early =
            Events::created(at("2025-01-01")).at(Trigger::DeletionRequested, at("2025-05-01"));
        let early = Record::new(&chat, early);
        let verdict = history.evaluate(&early, &Holds::none(), at("2025-12-31"));
        assert_eq!(verdict.status(), Status::Restrict);
        // Without a request it is kept for as long as was promised, and no longer.
        let quiet = Record::new(&chat, Events::created(at("2025-01-01")));
        let verdict = history.evaluate(&quiet, &Holds::none(), at("2026-07-01"));
        assert_eq!(verdict.not_before(), Some(at("2032-01-01")));
    }
}

#[test]
fn when_to_start_may_be_said_before_what() {
    let chat = category("chat");
    let one = Clause::new(id("A"), chat.clone().into(), Trigger::Created);
    let first = one.clone().start(Start::AtOnce);
    let first = first.act_by(Disposition::Delete, Period::days(90));
    let last = one.clone().act_by(Disposition::Delete, Period::days(90));
    assert_eq!(first, last.start(Start::AtOnce));
    let keeps = one.keep_for(Period::days(90)).start(Start::AtOnce);
    let built = Schedule::builder()
        .category(chat.clone())
        .clause(keeps)
        .build();
    assert_eq!(built.unwrap_err().kind(), ErrorKind::Config);
    for persons in [0, 1] {
        let clause = delete("A", "chat", Trigger::Created, 1);
        let builder = Schedule::builder().category(chat.clone()).clause(clause);
        let error = builder.min_group(persons).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}

#[test]
fn a_release_restarts_no_clock_of_what_was_excepted() {
    let chat = category("chat");
    let schedule = Schedule::builder()
        .category(chat.clone())
        .clause(delete("A", "chat", Trigger::Created, 30))
        .build()
        .unwrap();
    let jo = Subject::new("jo").unwrap();
    let held = hold("h").restarts_clocks();
    let only_jo = Selector::everything().subjects(vec![jo.clone()]);
    let held = held.overridden(only_jo, [person("a"), person("b")], at("2026-05-01"));
    let held = held
        .unwrap()
        .released(person("a"), at("2026-06-01"))
        .unwrap();
    let holds = Holds::new(vec![held]).unwrap();
    let events = Events::created(at("2026-01-01"));
    let status = |subject: &Subject| {
        let record = Record::new(&chat, events).tenant("acme").subject(subject);
        schedule
            .evaluate(&record, &holds, at("2026-06-02"))
            .status()
    };
    assert_eq!(status(&jo), Status::Overdue);
    assert_eq!(status(&Subject::new("al").unwrap()), Status::Keep);
}

/// All entries of a log as the log holds them.
async fn records(log: &confidant::audit::Log) -> Vec<confidant::audit::LogRecord> {
    let access = confidant::audit::Access::new(actor());
    let size = log.checkpoint().await.unwrap().size();
    log.read(0..size, &access).await.unwrap()
}

/// Somebody who can write the store takes away, changes, copies and puts back what is
/// stored: no erasure begins, and no order ends by it.
#[test]
fn who_writes_the_store_frees_nothing() {
    block_on(async {
        let now = at("2026-05-01");
        let store = Arc::new(MemoryStore::new());
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let book = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
        let holds = Range::collection(Tenant::NONE, "confidant.retention.hold").unwrap();
        let count = confidant::store::RecordKey::new(Tenant::NONE, "confidant.retention.holds", [])
            .unwrap();
        book.place(hold("h/1")).await.unwrap();
        let first = store.scan(&holds, 10).await.unwrap().remove(0);
        book.release(&hold_id("h/1"), person("staff:2"), now)
            .await
            .unwrap();
        let released = store.get(&first.key).await.unwrap().unwrap();
        let earlier = store.get(&count).await.unwrap().unwrap();
        book.place(hold("h/2")).await.unwrap();
        let kept = store.scan(&holds, 10).await.unwrap();
        let counted = store.get(&count).await.unwrap().unwrap();
        let second = kept[1].clone();

        let put = async |changes: Vec<(confidant::store::RecordKey, Option<Vec<u8>>)>| {
            let batch = changes.into_iter();
            let batch = batch.fold(
                confidant::store::Batch::new(),
                |batch, (key, value)| match value {
                    Some(value) => batch.put(key, value),
                    None => batch.delete(key),
                },
            );
            store.commit(batch).await.unwrap();
        };
        let mut flipped = second.value.clone();
        flipped[12] ^= 1;
        let mut end = second.value.clone();
        *end.last_mut().unwrap() ^= 1;
        let attacks = [
            ("one is taken away", vec![(second.key.clone(), None)]),
            (
                "a byte is changed",
                vec![(second.key.clone(), Some(flipped))],
            ),
            ("its MAC is changed", vec![(second.key.clone(), Some(end))]),
            (
                "a released one takes its place",
                vec![(second.key.clone(), Some(released.value.clone()))],
            ),
            (
                "an earlier one is put back",
                vec![(first.key.clone(), Some(first.value.clone()))],
            ),
            ("the count is taken away", vec![(count.clone(), None)]),
            ("the count is zero", vec![(count.clone(), Some(vec![0; 8]))]),
            (
                "all holds and their count are taken away",
                vec![
                    (first.key.clone(), None),
                    (second.key.clone(), None),
                    (count.clone(), None),
                ],
            ),
            (
                "all holds and their count are put back",
                vec![
                    (second.key.clone(), None),
                    (count.clone(), Some(earlier.value.clone())),
                ],
            ),
        ];
        let executor = executor(&book, Done(now));
        for (name, changes) in attacks {
            put(changes).await;
            let error = executor.execute(&of_record(), now).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{name}");
            assert!(book.load().await.is_err(), "{name}");
            // A process that was just started sees it, and nothing covers it up.
            let begun = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
            assert!(begun.load().await.is_err(), "{name}");
            if name.starts_with("all holds") {
                assert!(begun.place(hold("h/2")).await.is_err(), "{name}");
            }
            put(vec![
                (first.key.clone(), Some(released.value.clone())),
                (second.key.clone(), Some(second.value.clone())),
                (count.clone(), Some(counted.value.clone())),
            ])
            .await;
            assert_eq!(book.load().await.unwrap().iter().count(), 2, "{name}");
        }
        // Where everything is gone, the log tells, in this process and in the next.
        let told = records(&log).await;
        assert_eq!(book.check_log(&told).await.unwrap(), 3);
        let gone = vec![
            (first.key.clone(), None),
            (second.key.clone(), None),
            (count.clone(), None),
        ];
        put(gone).await;
        let next = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
        for book in [&book, &next] {
            let error = book.check_log(&told).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
            assert_eq!(book.load().await.unwrap_err().kind(), ErrorKind::Integrity);
            let error = book.find(&hold_id("h/2")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
            let executor = self::executor(book, Done(now));
            let error = executor.execute(&of_record(), now).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
            let error = sweeper(book, confidant::retention::Brakes::default())
                .run(now, None)
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
            // A hold that is placed once more covers nothing up.
            let error = book.place(hold("h/2")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict);
        }
        // Whoever restored the store on purpose says so, and learns what is missing.
        let missing = next.accept_restored(person("staff:9")).await.unwrap();
        // The first was released before.
        assert_eq!(missing, [hold_id("h/2")]);
        for book in [&book, &next] {
            assert_eq!(book.load().await.unwrap().iter().count(), 0);
        }
        book.place(hold("h/2")).await.unwrap();
        assert_eq!(next.load().await.unwrap().iter().count(), 1);
        assert!(next.find(&hold_id("h/2")).await.unwrap().is_some());
    });
}

/// The whole of the two collections, as they were before a hold was placed.
#[test]
fn an_earlier_state_of_the_holds_is_noticed() {
    block_on(async {
        let now = at("2026-05-01");
        let store = Arc::new(MemoryStore::new());
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let book = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
        let all = async || {
            let mut records = Vec::new();
            for collection in ["confidant.retention.hold", "confidant.retention.holds"] {
                let range = Range::collection(Tenant::NONE, collection).unwrap();
                records.extend(store.scan(&range, 100).await.unwrap());
            }
            records
        };
        book.place(hold("h/1")).await.unwrap();
        let early = all().await;
        book.place(hold("h/2")).await.unwrap();
        let batch = all().await.into_iter();
        let batch = batch.fold(confidant::store::Batch::new(), |batch, record| {
            batch.delete(record.key)
        });
        store.commit(batch).await.unwrap();
        let batch = early.into_iter();
        let batch = batch.fold(confidant::store::Batch::new(), |batch, record| {
            batch.put(record.key, record.value)
        });
        store.commit(batch).await.unwrap();
        let executor = executor(&book, Done(now));
        let error = executor.execute(&of_record(), now).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        let missing = book.accept_restored(person("staff:9")).await.unwrap();
        assert_eq!(missing, [hold_id("h/2")]);
        assert_eq!(book.load().await.unwrap().iter().count(), 1);
    });
}

/// What was accepted is told of again, so it is as safe as before.
#[test]
fn accepted_holds_cannot_be_taken_away() {
    block_on(async {
        let (book, store, log) = logged_book().await;
        let all = || Range::collection(Tenant::NONE, "confidant.retention.hold").unwrap();
        let count = confidant::store::RecordKey::new(Tenant::NONE, "confidant.retention.holds", []);
        let count = count.unwrap();
        for name in ["h/1", "h/2", "h/3"] {
            book.place(hold(name)).await.unwrap();
        }
        book.release(&hold_id("h/3"), person("staff:2"), at("2026-04-01"))
            .await
            .unwrap();
        let lost = store.scan(&all(), 10).await.unwrap().remove(0);
        let batch = confidant::store::Batch::new().delete(lost.key.clone());
        store.commit(batch).await.unwrap();

        let missing = book.accept_restored(person("staff:9")).await.unwrap();
        assert_eq!(missing, [hold_id("h/1")]);
        let begun = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
        assert_eq!(begun.missing().await.unwrap(), missing);
        assert_eq!(begun.load().await.unwrap().iter().count(), 2);
        let told = records(&log).await;
        begun.check_log(&told).await.unwrap();

        // All of it is taken away, then one of the accepted.
        let kept = store.scan(&all(), 10).await.unwrap();
        let counted = store.get(&count).await.unwrap().unwrap();
        let gone = kept
            .iter()
            .fold(confidant::store::Batch::new(), |batch, record| {
                batch.delete(record.key.clone())
            });
        store.commit(gone.delete(count.clone())).await.unwrap();
        for book in [&book, &begun] {
            let error = book.load().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
            assert!(error.to_string().contains("accept_restored"), "{error}");
            assert!(book.check_log(&told).await.is_err());
        }
        let back = kept
            .iter()
            .fold(confidant::store::Batch::new(), |batch, record| {
                batch.put(record.key.clone(), record.value.clone())
            });
        store.commit(back.put(count, counted.value)).await.unwrap();
        assert_eq!(begun.load().await.unwrap().iter().count(), 2);
        // An accepted hold cannot be placed once more; one that is missing can, once.
        let error = begun.place(hold("h/2")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        begun.place(hold("h/1")).await.unwrap();
        assert!(book.missing().await.unwrap().is_empty());
        let error = begun.place(hold("h/1")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert_eq!(book.load().await.unwrap().iter().count(), 3);
    });
}

/// Damaged, lost and earlier records stop every erasure, and there is a way on.
#[test]
fn damaged_holds_are_accepted_without_them() {
    block_on(async {
        let count = confidant::store::RecordKey::new(Tenant::NONE, "confidant.retention.holds", []);
        let count = count.unwrap();
        let path = |name: &str| {
            confidant::store::RecordKey::new(Tenant::NONE, "confidant.retention.hold", name)
                .unwrap()
        };
        let rubbish = |key| confidant::store::Batch::new().put(key, vec![7; 60]);
        let damages = [
            ("a hold is rubbish", rubbish(path("h/1")), 1),
            (
                "a hold is gone",
                confidant::store::Batch::new().delete(path("h/1")),
                1,
            ),
            ("a hold that never was", rubbish(path("h/7")), 0),
            ("the count is rubbish", rubbish(count.clone()), 0),
            (
                "the count is gone",
                confidant::store::Batch::new().delete(count.clone()),
                0,
            ),
            (
                "all is rubbish",
                rubbish(count.clone())
                    .put(path("h/1"), vec![7; 60])
                    .put(path("h/2"), vec![]),
                2,
            ),
        ];
        for (name, damage, lost) in damages {
            let (book, store) = book().await;
            book.place(hold("h/1")).await.unwrap();
            book.place(hold("h/2")).await.unwrap();
            store.commit(damage).await.unwrap();
            let error = book.load().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{name}");
            let missing = book.accept_restored(person("staff:9")).await.unwrap();
            assert_eq!(missing.len(), lost, "{name}");
            assert_eq!(
                book.load().await.unwrap().iter().count(),
                2 - lost,
                "{name}"
            );
            for id in missing {
                book.place(hold(id.as_str())).await.unwrap();
            }
            assert_eq!(book.load().await.unwrap().iter().count(), 2, "{name}");
            assert!(book.missing().await.unwrap().is_empty(), "{name}");
        }
    });
}

/// A hold that is not needed any more is given up, not placed for show.
#[test]
fn a_missing_hold_can_be_released() {
    block_on(async {
        let (book, store, log) = logged_book().await;
        book.place(hold("h/1")).await.unwrap();
        let key = confidant::store::RecordKey::new(Tenant::NONE, "confidant.retention.hold", "h/1");
        let batch = confidant::store::Batch::new().delete(key.unwrap());
        store.commit(batch).await.unwrap();
        book.accept_restored(person("staff:9")).await.unwrap();
        let release = async || {
            let by = person("staff:2");
            book.release(&hold_id("h/1"), by, at("2026-04-01")).await
        };
        release().await.unwrap();
        assert!(book.missing().await.unwrap().is_empty());
        assert_eq!(book.load().await.unwrap().iter().count(), 0);
        assert_eq!(release().await.unwrap_err().kind(), ErrorKind::Config);
        let told = records(&log).await;
        book.check_log(&told).await.unwrap();
    });
}

/// A change over a hold that was put back would leave a state that never was.
#[test]
fn a_hold_that_was_put_back_is_not_changed() {
    block_on(async {
        let (book, store) = book().await;
        let key = confidant::store::RecordKey::new(Tenant::NONE, "confidant.retention.hold", "h/1")
            .unwrap();
        book.place(hold("h/1")).await.unwrap();
        let early = store.get(&key).await.unwrap().unwrap();
        let by = || person("staff:2");
        let selector = || Selector::everything().tenant("acme");
        let proposed = book
            .propose_override(&hold_id("h/1"), selector(), by(), at("2026-04-01"))
            .await
            .unwrap();
        let late = store.get(&key).await.unwrap().unwrap();
        let put = async |value: &[u8]| {
            let batch = confidant::store::Batch::new().put(key.clone(), value.to_vec());
            store.commit(batch).await.unwrap();
        };
        put(&early.value).await;
        let id = hold_id("h/1");
        let errors = [
            book.release(&id, by(), at("2026-04-01")).await.unwrap_err(),
            book.propose_override(&id, selector(), by(), at("2026-04-01"))
                .await
                .unwrap_err(),
            book.approve_override(&id, proposed, person("staff:3"), at("2026-04-01"))
                .await
                .unwrap_err(),
        ];
        assert!(
            errors
                .iter()
                .all(|error| error.kind() == ErrorKind::Integrity)
        );
        put(&late.value).await;
        book.approve_override(&id, proposed, person("staff:3"), at("2026-04-01"))
            .await
            .unwrap();
        assert_eq!(book.load().await.unwrap().iter().count(), 1);
    });
}

/// A process that dies between the commit and its entry, and a log that is new after a
/// restore: what is there is told.
#[test]
fn a_hold_of_which_the_log_does_not_tell_is_told() {
    block_on(async {
        let (book, store) = book().await;
        book.place(hold("h/1")).await.unwrap();
        book.release(&hold_id("h/1"), person("staff:2"), at("2026-04-01"))
            .await
            .unwrap();
        book.place(hold("h/2")).await.unwrap();
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let next = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
        assert!(next.find(&hold_id("h/2")).await.unwrap().is_some());
        assert_eq!(next.load().await.unwrap().iter().count(), 2);
        let error = next.place(hold("h/2")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        let told = records(&log).await;
        let recovered = told.iter().filter(|record| {
            record.entry.action().as_str() == Some("hold.place")
                && record.entry.counts().any(|(name, _)| name == "recovered")
        });
        assert_eq!(recovered.count(), 2);
        for collection in ["confidant.retention.hold", "confidant.retention.holds"] {
            let range = Range::collection(Tenant::NONE, collection).unwrap();
            let batch = confidant::store::Batch::new().delete_range(range);
            store.commit(batch).await.unwrap();
        }
        let error = next.load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
    });
}

/// What one person can add to a hold leaves room for its release.
#[test]
fn a_hold_that_is_full_can_be_released() {
    block_on(async {
        let (book, _) = book().await;
        let persons = |count: usize| {
            let persons = 0..count;
            let persons = persons.map(|number| Subject::new(&format!("person:{number}")).unwrap());
            Selector::everything().subjects(persons.collect())
        };
        let large = Hold::builder(hold_id("h/large"), persons(40_000))
            .reason(reason())
            .placed(person("staff:1"), at("2026-03-01"))
            .review_by(at("2027-01-01"));
        let error = book.place(large.build().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);

        book.place(hold("h/1")).await.unwrap();
        let id = hold_id("h/1");
        let error = loop {
            let by = person("staff:2");
            let proposed = book.propose_override(&id, persons(2_000), by, at("2026-04-01"));
            if let Err(error) = proposed.await {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::Limit);
        let by = person("staff:3");
        book.release(&id, by, at("2026-04-01")).await.unwrap();
        assert!(book.find(&id).await.unwrap().unwrap().release().is_some());
    });
}

/// A clock that was ahead makes no hold that cannot be ended.
#[test]
fn a_hold_of_the_future_is_ended_by_two_persons() {
    block_on(async {
        let (book, store) = book().await;
        let batch = confidant::store::Batch::new();
        let batch = put_thing(batch, "acme", "a", "2026-01-01", "jo");
        store.commit(batch).await.unwrap();
        let ahead = Hold::builder(hold_id("h/1"), Selector::everything())
            .reason(reason())
            .placed(person("staff:1"), at("2036-03-01"))
            .review_by(at("2037-01-01"));
        book.place(ahead.build().unwrap()).await.unwrap();
        let sweeper = sweeper(&book, confidant::retention::Brakes::default());
        let (id, now) = (hold_id("h/1"), at("2026-05-01"));
        assert_eq!(sweeper.run(now, None).await.unwrap().tally.held, 1);
        // One person with a clock that is behind must not make clocks begin earlier.
        let error = book.release(&id, person("staff:2"), now).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Config);
        let all = Selector::everything();
        let proposed = book.propose_override(&id, all, person("staff:2"), now);
        let proposed = proposed.await.unwrap();
        book.approve_override(&id, proposed, person("staff:3"), now)
            .await
            .unwrap();
        assert_eq!(sweeper.run(at("2026-05-02"), None).await.unwrap().erased, 1);
    });
}

/// A reader that does not say whose a record is.
#[test]
fn a_record_of_unknown_persons_is_held_with_any_of_them() {
    block_on(async {
        let now = at("2026-05-01");
        for (about_nobody, held) in [(false, true), (true, false)] {
            let (book, store) = book().await;
            let batch = confidant::store::Batch::new();
            let batch = put_thing(batch, "acme", "a", "2026-01-01", "jo");
            store.commit(batch).await.unwrap();
            let jo = vec![Subject::new("jo").unwrap()];
            let hold = Hold::builder(hold_id("h/jo"), Selector::everything().subjects(jo))
                .reason(reason())
                .placed(person("staff:1"), at("2026-03-01"))
                .review_by(at("2027-01-01"));
            book.place(hold.build().unwrap()).await.unwrap();
            let reader = move |_: &confidant::store::StoredRecord| {
                let created = Events::created(at("2026-01-01"));
                let found = confidant::retention::Found::new(category("thing"), created);
                Ok(Some(match about_nobody {
                    true => found.about_nobody(),
                    false => found,
                }))
            };
            let actor = confidant::audit::Identifier::new("things").unwrap();
            let sweeper = confidant::retention::Sweeper::builder(actor, book)
                .history(history())
                .brakes(confidant::retention::Brakes::default().always_allowed(100))
                .collection(super::sweep::THINGS, b"", Arc::new(reader))
                .unwrap()
                .build()
                .unwrap();
            let report = sweeper.run(now, None).await.unwrap();
            assert_eq!((report.tally.held == 1, report.erased == 0), (held, held));
        }
    });
}

/// The record of an order that was carried out stands for no later one.
#[test]
fn an_order_that_was_closed_is_carried_out_again() {
    #[derive(Debug)]
    struct Counts(Arc<std::sync::atomic::AtomicU64>);

    #[async_trait]
    impl Keeper for Counts {
        async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(KeeperOutcome::Done(ErasureReceipt::new(
                at("2026-05-01"),
                1,
            )))
        }

        async fn count(&self, _: &Order) -> Result<u64, Error> {
            Ok(0)
        }
    }

    block_on(async {
        let now = at("2026-05-01");
        let (book, store) = book().await;
        let calls = Arc::default();
        let executor = executor(&book, Counts(Arc::clone(&calls)));
        let calls = || calls.load(std::sync::atomic::Ordering::Relaxed);
        let order = of_record();
        let orders = Range::collection(Tenant::new("acme"), "confidant.retention.order");
        let orders = orders.unwrap();
        for round in 1..=3 {
            assert!(executor.execute(&order, now).await.unwrap().is_complete());
            assert_eq!(calls(), round);
            let done = store.scan(&orders, 10).await.unwrap().remove(0);
            executor.close(&order, now).await.unwrap();
            let batch = confidant::store::Batch::new().put(done.key, done.value);
            store.commit(batch).await.unwrap();
            // Neither its progress nor its completion is shown again.
            if round == 2 {
                let error = executor.close(&order, now).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Config);
                assert!(store.scan(&orders, 10).await.unwrap().is_empty());
                continue;
            }
            assert!(executor.progress(&order).await.unwrap().is_none());
        }
    });
}

/// The brake of the clock is not taken off by deleting what it looks at.
#[test]
fn a_run_that_the_store_forgot_is_in_the_log() {
    block_on(async {
        let (book, store) = book().await;
        let brakes = confidant::retention::Brakes::default().always_allowed(100);
        let sweeper = sweeper(&book, brakes);
        sweeper.run(at("2026-05-01"), None).await.unwrap();
        let run =
            confidant::store::RecordKey::new(Tenant::NONE, "confidant.retention.run", "things");
        let batch = confidant::store::Batch::new().delete(run.unwrap());
        store.commit(batch).await.unwrap();
        let error = sweeper.run(at("2031-05-01"), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        sweeper.run(at("2026-05-02"), None).await.unwrap();
    });
}

/// Receipts that the log has are not written into it again.
#[test]
fn an_earlier_outbox_tells_of_nothing() {
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        // The third commit of a run takes the receipts away.
        let faults = FaultStore::new(Arc::clone(&store)).fail(2, Fault::Refused);
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let book = HoldBook::new(Arc::new(faults), log.clone(), log_key());
        let brakes = confidant::retention::Brakes::default().always_allowed(100);
        let sweeper = sweeper(&book, brakes);
        let things = async |created: &str| {
            let batch = ["a", "b"].into_iter();
            let batch = batch.fold(confidant::store::Batch::new(), |batch, name| {
                put_thing(batch, "acme", name, created, "jo")
            });
            store.commit(batch).await.unwrap();
        };
        let receipts = async || {
            let all = records(&log).await.into_iter();
            let told = all.filter(|record| {
                record.entry.action().as_str() == Some("retention.delete")
                    && record.entry.outcome() == confidant::audit::Outcome::Succeeded
            });
            told.count()
        };
        things("2026-01-01").await;
        let error = sweeper.run(at("2026-05-01"), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        let outboxes = Range::collection(Tenant::NONE, "confidant.retention.outbox");
        let outboxes = outboxes.unwrap();
        let record = store.scan(&outboxes, 10).await.unwrap().remove(0);
        assert_eq!(receipts().await, 2);
        things("2026-04-30").await;
        let report = sweeper.run(at("2026-05-02"), None).await.unwrap();
        assert_eq!((report.recovered, report.erased), (0, 0));
        assert_eq!(receipts().await, 2);
        // And once more, behind a run that ended well.
        let batch = confidant::store::Batch::new().put(record.key, record.value);
        store.commit(batch).await.unwrap();
        let report = sweeper.run(at("2026-05-03"), None).await.unwrap();
        assert_eq!((report.recovered, report.erased), (0, 0));
        assert_eq!(receipts().await, 2);
        assert!(store.scan(&outboxes, 10).await.unwrap().is_empty());
    });
}

/// The receipt that a store owes is not written by whoever writes the database.
#[test]
fn who_writes_the_store_reports_nothing() {
    #[derive(Debug)]
    struct Later;

    #[async_trait]
    impl Keeper for Later {
        async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
            Ok(KeeperOutcome::Accepted)
        }

        async fn count(&self, _: &Order) -> Result<u64, Error> {
            Ok(1)
        }
    }

    block_on(async {
        let now = at("2026-05-01");
        let (book, store) = book().await;
        let order = of_record();
        let ours = executor(&book, Later);
        assert!(!ours.execute(&order, now).await.unwrap().is_complete());
        let orders = Range::collection(Tenant::new("acme"), "confidant.retention.order");
        let owed = store.scan(&orders.unwrap(), 10).await.unwrap().remove(0);
        // The same order where everything was done, elsewhere, under another key.
        let other = Arc::new(MemoryStore::new());
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let key = confidant::audit::LogKey::generate().unwrap();
        let theirs = HoldBook::new(Arc::clone(&other) as _, log, key);
        let done = executor(&theirs, Done(now));
        assert!(done.execute(&order, now).await.unwrap().is_complete());
        let orders = Range::collection(Tenant::new("acme"), "confidant.retention.order");
        let forged = other.scan(&orders.unwrap(), 10).await.unwrap().remove(0);
        let mut flipped = owed.value.clone();
        let at = flipped.len() - 40;
        flipped[at] ^= 1;
        for value in [forged.value, flipped] {
            let batch = confidant::store::Batch::new().put(owed.key.clone(), value);
            store.commit(batch).await.unwrap();
            let error = ours.close(&order, now).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
        }
    });
}

/// What a store reports must be possible.
#[test]
fn receipts_that_cannot_be_true_complete_nothing() {
    #[derive(Debug)]
    struct Says(KeeperOutcome);

    #[async_trait]
    impl Keeper for Says {
        async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
            Ok(self.0)
        }

        async fn count(&self, _: &Order) -> Result<u64, Error> {
            Ok(0)
        }
    }

    let done = |date| KeeperOutcome::Done(ErasureReceipt::new(date, 1));
    let expires = |by| KeeperOutcome::Expires {
        by,
        evidence: [0; 32],
    };
    block_on(async {
        let now = at("2026-05-01");
        for (said, is_taken) in [
            (done(at("1970-01-01")), false),
            (done(at("2099-01-01")), false),
            (done(earlier("2026-05-01", 86_401)), false),
            (done(earlier("2026-05-01", 86_400)), true),
            (done(later("2026-05-01", 86_400)), true),
            (done(later("2026-05-01", 86_401)), false),
            (expires(Moment::MAX), false),
            (expires(at("1970-01-01")), false),
            (expires(at("2026-05-02")), true),
        ] {
            let (book, _) = book().await;
            let executor = executor(&book, Says(said));
            let progress = executor.execute(&of_record(), now).await.unwrap();
            assert_eq!(progress.is_complete(), is_taken, "{said:?}");
        }
    });
}

/// A report from outside passes no hold, and no store that still counts data.
#[test]
fn a_report_is_looked_at_as_an_act_is() {
    #[derive(Debug)]
    struct Owes;

    #[async_trait]
    impl Keeper for Owes {
        async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
            Ok(KeeperOutcome::Accepted)
        }

        async fn count(&self, _: &Order) -> Result<u64, Error> {
            Ok(9)
        }
    }

    block_on(async {
        let now = at("2026-05-01");
        let (book, _) = book().await;
        let executor = executor(&book, Owes);
        let primary = DataStore::new("primary").unwrap();
        let done = || KeeperOutcome::Done(ErasureReceipt::new(now, 0));
        let order = of_record();
        executor.execute(&order, now).await.unwrap();
        let error = executor.report(&order, &primary, done(), now).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Store);
        // A hold that comes first stops what was not begun, whoever says that it was done.
        book.place(hold("h")).await.unwrap();
        let later = of_record().request("dsr-2").unwrap();
        let error = executor.execute(&later, now).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        let error = executor.report(&later, &primary, done(), now).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Refused);
    });
}

#[test]
fn one_person_is_one_in_capitals() {
    block_on(async {
        let (book, _) = book().await;
        let (id, now) = (hold_id("h"), at("2026-05-01"));
        book.place(hold("h")).await.unwrap();
        let all = Selector::everything();
        let made = book.propose_override(&id, all, person("staff:7"), now);
        let made = made.await.unwrap();
        let error = book.approve_override(&id, made, person("Staff:7"), now);
        assert_eq!(error.await.unwrap_err().kind(), ErrorKind::Refused);
    });
}

#[test]
fn an_order_reaches_the_stores_of_categories_below_its_own() {
    let declared = |name: &str, of: &str| {
        let name = DataStore::new(name).unwrap();
        DeclaredStore::new(name, StoreKind::Primary).categories(category(of))
    };
    let stores = Stores::new(vec![
        declared("a", "chat.intent"),
        declared("b", "chat"),
        declared("c", "billing"),
    ]);
    let stores = stores.unwrap();
    let reached = |of: &str| -> Vec<String> {
        let category = category(of);
        let reached = stores.holding(&category);
        reached.map(|store| store.name().to_string()).collect()
    };
    assert_eq!(reached("chat"), ["a", "b"]);
    assert_eq!(reached("chat.intent"), ["a", "b"]);
    assert_eq!(reached("chat.title"), ["b"]);
    assert_eq!(reached("billing.address"), ["c"]);
}

/// A record that takes others along takes none that a hold protects.
#[test]
fn what_goes_along_is_not_on_hold() {
    block_on(async {
        let now = at("2026-05-01");
        let (book, store) = book().await;
        let things = Range::collection(Tenant::new("acme"), "things").unwrap();
        let batch = confidant::store::Batch::new();
        let batch = put_thing(batch, "acme", "a", "2026-01-01", "ann");
        let batch = put_thing(batch, "acme", "b", "2026-04-30", "bob");
        store.commit(batch).await.unwrap();
        let everything = things.clone();
        // Ann's record is due, and takes all of the collection along.
        let reader = move |record: &confidant::store::StoredRecord| {
            let found = super::sweep::read_thing(record)?;
            let takes_all = record.key.path() == b"a";
            Ok(found.map(|found| match takes_all {
                true => found.also(everything.clone()),
                false => found,
            }))
        };
        let name = confidant::audit::Identifier::new("things").unwrap();
        let sweeper = confidant::retention::Sweeper::builder(name, book.clone())
            .history(history())
            .brakes(confidant::retention::Brakes::default().always_allowed(100))
            .collection("things", b"", Arc::new(reader))
            .unwrap()
            .build()
            .unwrap();
        let bob = Selector::everything().subjects(vec![Subject::new("bob").unwrap()]);
        let on_bob = Hold::builder(hold_id("h"), bob)
            .reason(reason())
            .placed(person("staff:1"), at("2026-04-01"))
            .review_by(at("2027-01-01"));
        book.place(on_bob.build().unwrap()).await.unwrap();
        let report = sweeper.run(now, None).await.unwrap();
        assert_eq!((report.erased, report.skipped), (0, 1));
        assert_eq!(store.scan(&things, 10).await.unwrap().len(), 2);
        let id = hold_id("h");
        let release = book.release(&id, person("staff:1"), now);
        release.await.unwrap();
        let report = sweeper.run(at("2026-05-02"), None).await.unwrap();
        assert_eq!(report.erased, 1, "{report:?}");
        assert!(store.scan(&things, 10).await.unwrap().is_empty());
    });
}
