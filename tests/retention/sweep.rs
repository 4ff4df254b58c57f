//! Sweeping a store: what is due goes, what is not stays, and whatever fails, each record
//! that is gone was announced before and is told of behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use confidant::audit::{Identifier, Log, Outcome as Logged};
use confidant::retention::{
    Brakes, Clause, Disposition, Events, Found, History, Hold, HoldBook, ReadRecord,
    RunConfirmation, Schedule, Selector, SweepReport, Sweeper, Trigger,
};
use confidant::store::{Batch, MemoryStore, Range, RecordKey, Store};
use confidant::taxonomy::{Subject, Tenant};
use confidant::time::{Moment, Period};
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::oracle::sample;
use super::world::{Interloper, World, entries, hold, log_key, open_log};
use super::{at, category, hold_id, id, person, reason};
use crate::support::fault::{Fault, FaultStore};

const FAULTS: [Fault; 3] = [Fault::Refused, Fault::LostBefore, Fault::LostAfter];
pub(super) const THINGS: &str = "things";
const PARTS: &str = "parts";

/// A thing is its creation in seconds and the name of its owner; parts go with it.
pub(super) fn read_thing(record: &confidant::store::StoredRecord) -> Result<Option<Found>, Error> {
    let damaged = || Error::foreign(ErrorKind::Integrity, "no thing");
    let (created, owner) = record.value.split_first_chunk().ok_or_else(damaged)?;
    let created = Moment::from_unix_seconds(i64::from_be_bytes(*created))?;
    let parts =
        Range::collection(Tenant::new(record.key.tenant()), PARTS)?.prefix(record.key.path());
    let found = Found::new(category("thing"), Events::created(created)).also(parts);
    let owner = std::str::from_utf8(owner).map_err(|_| damaged())?;
    Ok(Some(found.subject(Subject::new(owner)?)))
}

pub(super) fn put_thing(
    batch: Batch,
    tenant: &str,
    name: &str,
    created: &str,
    owner: &str,
) -> Batch {
    let mut value = at(created).unix_seconds().to_be_bytes().to_vec();
    value.extend(owner.as_bytes());
    let key =
        |collection, path: &str| RecordKey::new(Tenant::new(tenant), collection, path).unwrap();
    batch
        .put(key(THINGS, name), value)
        .put(key(PARTS, &format!("{name}/1")), vec![1])
        .put(key(PARTS, &format!("{name}/2")), vec![2])
}

pub(super) fn history() -> History {
    let clause = Clause::new(id("T-1"), category("thing").into(), Trigger::Created)
        .act_by(Disposition::Delete, Period::days(30));
    let schedule = Schedule::builder()
        .category(category("thing"))
        .clause(clause);
    History::new(at("2020-01-01"), schedule.build().unwrap())
}

pub(super) fn sweeper(book: &HoldBook, brakes: Brakes) -> Sweeper {
    Sweeper::builder(Identifier::new("things").unwrap(), book.clone())
        .history(history())
        .brakes(brakes)
        .collection(THINGS, b"", Arc::new(read_thing))
        .unwrap()
        .build()
        .unwrap()
}

fn open_brakes() -> Brakes {
    Brakes::default().always_allowed(1_000_000)
}

/// The names of all that a collection holds, by tenant.
async fn names(store: &dyn Store, collection: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for tenant in ["acme", "other"] {
        let range = Range::collection(Tenant::new(tenant), collection).unwrap();
        for record in store.scan(&range, 10_000).await.unwrap() {
            names.insert(format!(
                "{tenant}:{}",
                String::from_utf8_lossy(record.key.path())
            ));
        }
    }
    names
}

/// Ten things of two tenants, of which six are due on 2026-05-01.
fn things() -> Batch {
    let mut batch = Batch::new();
    for number in 0..5 {
        for tenant in ["acme", "other"] {
            let created = if number < 3 {
                "2026-01-01"
            } else {
                "2026-04-20"
            };
            let owner = if number == 1 { "jo" } else { "al" };
            batch = put_thing(batch, tenant, &format!("t{number}"), created, owner);
        }
    }
    batch
}

const NOW: &str = "2026-05-01";

/// How often the log says what of the deletion of each record.
async fn told(log: &Log) -> BTreeMap<(String, Logged), u64> {
    let mut told = BTreeMap::new();
    for (_, entry) in entries(log).await {
        if entry.action().as_str() == Some("retention.delete") {
            let resource = entry.resource_id().unwrap().to_string();
            *told.entry((resource, entry.outcome())).or_default() += 1;
        }
    }
    told
}

async fn live(failures: &[(bool, u64, Fault)], hold_at: Option<u64>) -> (u64, u64) {
    let failing = |of_log: bool| {
        let own = failures.iter().filter(|failure| failure.0 == of_log);
        let empty = FaultStore::new(Arc::new(MemoryStore::new()));
        own.fold(empty, |store, (_, at, fault)| store.fail(*at, *fault))
    };
    let (store, log_store) = (Arc::new(failing(false)), Arc::new(failing(true)));
    store.inner().commit(things()).await.unwrap();
    let log = open_log(Arc::clone(&log_store) as _).await;
    let world = Arc::new(World::default());
    let beside = Interloper {
        inner: Arc::clone(&store),
        at: hold_at.unwrap_or(u64::MAX),
        commits: AtomicU64::new(0),
        world: Arc::clone(&world),
        log: log.clone(),
    };
    let book = HoldBook::new(Arc::new(beside), log.clone(), log_key());
    let sweeper = sweeper(&book, open_brakes());
    let mut released = false;
    let mut done = false;
    for _ in 0..40 {
        let before = names(&**store.inner(), THINGS).await;
        let held = world.is_held.load(Ordering::SeqCst) && !released;
        let result = sweeper.run(at(NOW), None).await;
        let after = names(&**store.inner(), THINGS).await;
        let ours =
            |names: &BTreeSet<String>| names.iter().filter(|name| name.starts_with("acme")).count();
        if world.is_held.load(Ordering::SeqCst) && !released {
            let things = world.things.load(Ordering::SeqCst);
            assert_eq!(ours(&after) as u64, things, "a record went under a hold");
        }
        if held {
            assert_eq!(ours(&before), ours(&after), "a record went under a hold");
            let released_now = book
                .release(&hold_id("hold/late"), person("b"), at("2026-04-01"))
                .await;
            let hold = book.find(&hold_id("hold/late")).await.unwrap().unwrap();
            released = hold.release().is_some();
            assert!(released || released_now.is_err());
        } else if let Ok(SweepReport {
            erased: 0,
            recovered: 0,
            overtaken: 0,
            ..
        }) = result
        {
            // Some of them may have been held until now.
            if hold_at.is_none() || released || !world.is_held.load(Ordering::SeqCst) {
                done = true;
                break;
            }
        }
    }
    assert!(done, "the sweeper found no end");
    let left = names(&**store.inner(), THINGS).await;
    let expected = ["acme:t3", "acme:t4", "other:t3", "other:t4"];
    assert_eq!(left, expected.map(str::to_owned).into());
    assert_eq!(names(&**store.inner(), PARTS).await.len(), 8);
    let reader = open_log(Arc::clone(log_store.inner()) as _).await;
    let told = told(&reader).await;
    let count = |outcome| told.keys().filter(|(_, known)| *known == outcome).count();
    assert_eq!((count(Logged::Attempted), count(Logged::Succeeded)), (6, 6));
    (store.commits(), log_store.commits())
}

#[test]
fn what_is_due_goes_with_all_its_parts_and_the_rest_stays() {
    block_on(async {
        let (store, log) = live(&[], None).await;
        assert!(store > 3 && log > 3);
    });
}

#[test]
fn every_pair_of_faults_of_store_and_log_is_survived() {
    block_on(async {
        let (store, log) = live(&[], None).await;
        let all: Vec<_> = (0..store)
            .map(|at| (false, at))
            .chain((1..log).map(|at| (true, at)))
            .flat_map(|(of_log, at)| FAULTS.map(move |fault| (of_log, at, fault)))
            .collect();
        let mut sampled = sample(7);
        for (index, one) in all.iter().enumerate() {
            live(&[*one], None).await;
            for other in &all[index + 1..] {
                if (one.0, one.1) != (other.0, other.1) && sampled() {
                    live(&[*one, *other], None).await;
                }
            }
        }
    });
}

#[test]
fn no_hold_comes_too_late_for_a_sweep() {
    block_on(async {
        let (store, _) = live(&[], None).await;
        for hold_at in 0..store {
            live(&[], Some(hold_at)).await;
            for at in (0..store).filter(|at| !(hold_at..hold_at + 2).contains(at)) {
                for fault in FAULTS {
                    live(&[(false, at, fault)], Some(hold_at)).await;
                }
            }
        }
    });
}

async fn plain() -> (HoldBook, Arc<MemoryStore>, Log) {
    let store = Arc::new(MemoryStore::new());
    let log = open_log(Arc::new(MemoryStore::new())).await;
    let book = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
    (book, store, log)
}

#[test]
fn a_hold_on_a_person_keeps_their_records_alone() {
    block_on(async {
        let (book, store, _) = plain().await;
        store.commit(things()).await.unwrap();
        let jo = Selector::everything().subjects(vec![Subject::new("jo").unwrap()]);
        let placed = at("2026-04-01");
        let hold = Hold::builder(hold_id("h"), jo)
            .reason(reason())
            .placed(person("a"), placed)
            .review_by(at("2027-01-01"))
            .build();
        book.place(hold.unwrap()).await.unwrap();
        let report = sweeper(&book, open_brakes())
            .run(at(NOW), None)
            .await
            .unwrap();
        assert_eq!(
            (report.erased, report.tally.held, report.tally.records),
            (4, 2, 10)
        );
        let left = names(&*store, THINGS).await;
        assert!(left.contains("acme:t1") && left.contains("other:t1") && left.len() == 6);
    });
}

#[test]
fn a_wrong_clock_or_a_wrong_policy_empties_nothing() {
    block_on(async {
        let (book, store, log) = plain().await;
        store.commit(things()).await.unwrap();
        let brakes = Brakes::default().always_allowed(5).max_percent(50);
        let sweeper = sweeper(&book, brakes);
        let all = names(&*store, THINGS).await;
        // Six of ten are more than five, and than half of them.
        let refused = sweeper.run(at(NOW), None).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused);
        assert_eq!(names(&*store, THINGS).await, all);
        assert_eq!(sweeper.tally(at(NOW)).await.unwrap().erasures, 6);
        let few = RunConfirmation::new(person("staff:1"), at(NOW), 5);
        assert!(sweeper.run(at(NOW), Some(&few)).await.is_err());
        let enough = RunConfirmation::new(person("staff:1"), at(NOW), 6);
        assert_eq!(sweeper.run(at(NOW), Some(&enough)).await.unwrap().erased, 6);
        // From now on the clock is known.
        let days = |days: u64| at(NOW).saturating_add(Duration::from_secs(days * 86_400));
        let kind = |result: Result<SweepReport, Error>| result.map_err(|error| error.kind());
        let behind = at(NOW).saturating_sub(Duration::from_secs(301));
        assert_eq!(
            kind(sweeper.run(behind, None).await),
            Err(ErrorKind::Refused)
        );
        let within = at(NOW).saturating_sub(Duration::from_secs(299));
        assert!(sweeper.run(within, None).await.is_ok());
        // It takes nothing back by that.
        assert!(sweeper.run(days(8), None).await.is_ok());
        assert_eq!(
            kind(sweeper.run(days(17), None).await),
            Err(ErrorKind::Refused)
        );
        assert_eq!(names(&*store, THINGS).await.len(), 4);
        let looked = RunConfirmation::new(person("staff:1"), days(17), 4);
        assert!(sweeper.run(days(30), Some(&looked)).await.is_err());
        let looked = RunConfirmation::new(person("staff:1"), days(40), 4);
        assert_eq!(
            sweeper.run(days(40), Some(&looked)).await.unwrap().erased,
            4
        );
        let sweeps: Vec<_> = entries(&log)
            .await
            .into_iter()
            .map(|(_, entry)| entry)
            .filter(|entry| entry.action().as_str() == Some("retention.sweep"))
            .collect();
        let denied = sweeps
            .iter()
            .filter(|entry| entry.outcome() == Logged::Denied)
            .count();
        assert_eq!(denied, 5);
        let confirmed = sweeps.iter().filter(|entry| entry.client_id().is_some());
        assert_eq!(confirmed.count(), 6);
    });
}

#[test]
fn a_record_that_cannot_be_read_stops_the_run() {
    block_on(async {
        let (book, store, _) = plain().await;
        let broken = RecordKey::new(Tenant::new("acme"), THINGS, "broken").unwrap();
        store.commit(things().put(broken, vec![1])).await.unwrap();
        let all = names(&*store, THINGS).await;
        let error = sweeper(&book, open_brakes())
            .run(at(NOW), None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert_eq!(names(&*store, THINGS).await, all);
    });
}

#[test]
fn a_record_that_was_changed_meanwhile_is_looked_at_anew() {
    /// Changes a record just after it was read for the second time.
    struct Meddler {
        store: Arc<MemoryStore>,
        reads: AtomicU64,
    }
    impl ReadRecord for Meddler {
        fn read(&self, record: &confidant::store::StoredRecord) -> Result<Option<Found>, Error> {
            let found = read_thing(record)?;
            if record.key.path() == b"t0" && record.key.tenant() == "acme" {
                let reads = self.reads.fetch_add(1, Ordering::SeqCst);
                if reads == 1 {
                    let fresh = put_thing(Batch::new(), "acme", "t0", "2026-04-30", "al");
                    block_on(self.store.commit(fresh)).unwrap();
                }
            }
            Ok(found)
        }
    }
    block_on(async {
        let (book, store, log) = plain().await;
        store.commit(things()).await.unwrap();
        let meddler = Meddler {
            store: Arc::clone(&store),
            reads: AtomicU64::new(0),
        };
        let sweeper = Sweeper::builder(Identifier::new("things").unwrap(), book)
            .history(history())
            .brakes(open_brakes())
            .collection(THINGS, b"", Arc::new(meddler))
            .unwrap()
            .build()
            .unwrap();
        let report = sweeper.run(at(NOW), None).await.unwrap();
        assert_eq!((report.erased, report.overtaken), (5, 0));
        assert!(names(&*store, THINGS).await.contains("acme:t0"));
        let told = told(&log).await;
        let failed: u64 = told
            .iter()
            .filter(|((_, outcome), _)| *outcome == Logged::Failed)
            .map(|(_, count)| count)
            .sum();
        assert_eq!(failed, 3, "the batch that was overtaken is told of");
    });
}

#[test]
fn a_hold_is_placed_again_under_no_name() {
    block_on(async {
        let (book, ..) = plain().await;
        book.place(hold("h")).await.unwrap();
        assert_eq!(
            book.place(hold("h")).await.unwrap_err().kind(),
            ErrorKind::Conflict
        );
        let missing = book.release(&hold_id("x"), person("a"), at(NOW)).await;
        assert_eq!(missing.unwrap_err().kind(), ErrorKind::Config);
        book.release(&hold_id("h"), person("a"), at(NOW))
            .await
            .unwrap();
        let again = book.release(&hold_id("h"), person("a"), at(NOW)).await;
        assert_eq!(again.unwrap_err().kind(), ErrorKind::Config);
        assert_eq!(book.load().await.unwrap().iter().count(), 1);
    });
}

#[test]
fn every_fault_while_a_hold_is_kept_is_told_as_it_is() {
    block_on(async {
        for at_commit in 0..8 {
            for fault in FAULTS {
                let store = FaultStore::new(Arc::new(MemoryStore::new())).fail(at_commit, fault);
                let store = Arc::new(store);
                let log = open_log(Arc::new(MemoryStore::new())).await;
                let book = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
                let sure = HoldBook::new(Arc::clone(store.inner()) as _, log, log_key());
                let name = hold_id("h");
                let found = async || sure.find(&name).await.unwrap();
                match book.place(hold("h")).await {
                    Ok(()) => assert!(found().await.is_some()),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Store);
                        assert!(found().await.is_none());
                        book.place(hold("h")).await.unwrap();
                    }
                }
                let proposed = async || {
                    let all = Selector::everything();
                    book.propose_override(&name, all, person("a"), at(NOW))
                        .await
                };
                let number = match proposed().await {
                    Ok(number) => number,
                    Err(_) => proposed().await.unwrap(),
                };
                let approved = async || {
                    book.approve_override(&name, number, person("b"), at(NOW))
                        .await
                };
                if approved().await.is_err() {
                    assert!(found().await.unwrap().overrides().is_empty());
                    approved().await.unwrap();
                }
                assert_eq!(found().await.unwrap().overrides().len(), 1);
                let released = async || book.release(&name, person("a"), at(NOW)).await;
                if released().await.is_err() {
                    assert!(found().await.unwrap().release().is_none());
                    released().await.unwrap();
                }
                assert!(found().await.unwrap().release().is_some());
            }
        }
    });
}
