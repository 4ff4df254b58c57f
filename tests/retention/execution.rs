//! Orders, with a fault at every step: none is lost, nothing is deleted under a hold, and
//! nothing is repeated without a word.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use confidant::audit::{Log, Outcome as Logged};
use confidant::retention::{
    Anonymisation, AnonymityProof, Disposition, ErasureReceipt, Executor, HoldBook, Keeper,
    KeeperOutcome, Order, Selector, TaskState,
};
use confidant::store::{MemoryStore, Store};
use confidant::taxonomy::{DataStore, ObligationState, Obligor, Subject, Tenant};
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::oracle::sample;
use super::world::{
    Interloper, KEPT, STEPS, Step, World, actor, entries, executor, hold, log_key, now, open_log,
    order, places, stores,
};
use super::{at, category, hold_id, id, person};
use crate::support::fault::{Fault, FaultStore};

const FAULTS: [Fault; 3] = [Fault::Refused, Fault::LostBefore, Fault::LostAfter];

/// Which commit of which store fails how.
type Failure = (Where, u64, Fault);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Store,
    Log,
}

#[derive(Default)]
struct Setting {
    failures: Vec<Failure>,
    steps: BTreeMap<&'static str, Vec<Step>>,
    /// Before which commit a hold is placed.
    hold_at: Option<u64>,
}

/// What a setting came to: how many commits each store saw.
struct Seen {
    store: u64,
    log: u64,
}

/// Carries one order out to its end, whatever fails, and holds what was seen to what is
/// promised.
async fn live(setting: &Setting) -> Seen {
    let failing = |part: Where| {
        let own = setting.failures.iter().filter(|failure| failure.0 == part);
        own.fold(
            FaultStore::new(Arc::new(MemoryStore::new())),
            |store, (_, at, fault)| store.fail(*at, *fault),
        )
    };
    let (inner, log_store) = (
        Arc::new(failing(Where::Store)),
        Arc::new(failing(Where::Log)),
    );
    // The log is begun before anything fails; commits are counted from there on.
    let log = open_log(Arc::clone(&log_store) as _).await;
    let world = Arc::new(World::default());
    let store = Arc::new(Interloper {
        inner: Arc::clone(&inner),
        at: setting.hold_at.unwrap_or(u64::MAX),
        commits: AtomicU64::new(0),
        world: Arc::clone(&world),
        log: log.clone(),
    });
    let (executor, book) = executor(&world, store as _, &log, &setting.steps);
    let order = order();
    let mut refused = 0;
    let completion = 'done: {
        for _ in 0..40 {
            match drive(&executor, &order, &world).await {
                Ok(completion) => break 'done completion,
                Err(error) if error.kind() == ErrorKind::Refused && is_held(&world) => {
                    refused += 1;
                    let open = executor.progress(&order).await.unwrap();
                    assert!(open.is_none_or(|progress| !progress.is_complete()));
                    book.release(&hold_id("hold/late"), person("staff:2"), now())
                        .await
                        .ok();
                    let released = book.find(&hold_id("hold/late")).await.unwrap().unwrap();
                    world
                        .is_held
                        .store(released.release().is_none(), Ordering::SeqCst);
                }
                Err(_) => {}
            }
        }
        panic!("the order was lost");
    };
    assert_eq!(completion.stores, 4);
    assert_eq!(completion.expired_by, Some(at("2026-06-05")));
    assert!(executor.progress(&order).await.unwrap().is_none());
    // One that was placed in time was in the way.
    let _ = refused;
    let reader = open_log(Arc::clone(log_store.inner()) as _).await;
    check(&world, &reader).await;
    Seen {
        store: inner.commits(),
        log: log_store.commits(),
    }
}

fn is_held(world: &World) -> bool {
    world.is_held.load(Ordering::SeqCst)
}

/// One try: as far as it goes, with the receipts that were owed, to the close.
async fn drive(
    executor: &Executor,
    order: &Order,
    world: &World,
) -> Result<confidant::retention::Completion, Error> {
    let mut progress = executor.execute(order, now()).await?;
    for task in progress.tasks().to_vec() {
        if let TaskState::Accepted { .. } = task.state() {
            // The store has deleted the rest by now.
            let store = task.store().to_string();
            world.left.lock().unwrap().insert(store, 0);
            let done = KeeperOutcome::Done(ErasureReceipt::new(now(), 1).evidence([9; 32]));
            progress = executor.report(order, task.store(), done, now()).await?;
        }
    }
    if !progress.is_complete() {
        // Whoever closes it too early is told so.
        let early = executor.close(order, now()).await;
        assert!(matches!(
            early.map_err(|error| error.kind()),
            Err(ErrorKind::Refused | ErrorKind::Store)
        ));
        executor.execute(order, now()).await?;
    }
    executor.close(order, now()).await
}

/// Every call was announced before it was made, every end is in the log.
async fn check(world: &World, log: &Log) {
    let entries = entries(log).await;
    let attempts = places(&entries, "retention.delete", Logged::Attempted);
    let receipts = places(&entries, "retention.delete", Logged::Succeeded);
    let calls = world.calls.lock().unwrap().clone();
    for name in KEPT {
        let (calls, attempts) = (&calls[name], &attempts[name]);
        assert!(
            calls.len() <= attempts.len(),
            "{name}: a call without a word"
        );
        for (call, attempt) in calls.iter().zip(attempts) {
            assert!(attempt < call, "{name}: a call before its word");
        }
        assert!(!receipts[name].is_empty(), "{name}: no receipt");
        assert!(receipts[name].first() > attempts.first());
    }
    assert!(!receipts["backup"].is_empty());
    assert!(!receipts.contains_key("bills"));
    // Each repetition says the how-manieth it is.
    let numbers = |name: &str| -> Vec<u64> {
        let own = entries.iter().filter(|(_, entry)| {
            entry.outcome() == Logged::Attempted
                && entry.scope_id().and_then(|scope| scope.as_str()) == Some(name)
        });
        let count = |entry: &confidant::audit::Entry| {
            entry
                .counts()
                .find(|(name, _)| *name == "attempt")
                .map(|(_, count)| count)
        };
        own.filter_map(|(_, entry)| count(entry)).collect()
    };
    for name in KEPT {
        let numbers = numbers(name);
        assert!(
            numbers.windows(2).all(|pair| pair[0] < pair[1]),
            "{name}: {numbers:?}"
        );
    }
    let closed = places(&entries, "retention.close", Logged::Succeeded);
    assert!(!closed.is_empty());
}

#[test]
fn nothing_fails_and_all_is_said_once() {
    block_on(async {
        let seen = live(&Setting::default()).await;
        assert!(seen.store > 8 && seen.log >= 8);
    });
}

#[test]
fn every_single_fault_of_store_and_log_is_survived() {
    block_on(async {
        let whole = live(&Setting::default()).await;
        let mut runs = 0;
        for (part, commits) in [(Where::Store, whole.store), (Where::Log, whole.log)] {
            for at in 0..commits {
                for fault in FAULTS {
                    let failures = vec![(part, at, fault)];
                    live(&Setting {
                        failures,
                        ..Setting::default()
                    })
                    .await;
                    runs += 1;
                }
            }
        }
        assert!(runs > 50);
    });
}

#[test]
fn every_pair_of_faults_is_survived() {
    block_on(async {
        let whole = live(&Setting::default()).await;
        let all: Vec<Failure> = [(Where::Store, whole.store), (Where::Log, whole.log)]
            .into_iter()
            .flat_map(|(part, commits)| (0..commits).map(move |at| (part, at)))
            .flat_map(|(part, at)| FAULTS.map(move |fault| (part, at, fault)))
            .collect();
        let mut sampled = sample(5);
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                if (one.0, one.1) == (other.0, other.1) || !sampled() {
                    continue;
                }
                let failures = vec![*one, *other];
                live(&Setting {
                    failures,
                    ..Setting::default()
                })
                .await;
            }
        }
    });
}

#[test]
fn every_way_in_which_keepers_fail_is_survived() {
    block_on(async {
        let two: Vec<Vec<Step>> = STEPS
            .into_iter()
            .flat_map(|one| STEPS.map(move |two| vec![one, two]))
            .collect();
        for first in &two {
            for second in &two {
                let steps = BTreeMap::from([("files", first.clone()), ("primary", second.clone())]);
                live(&Setting {
                    steps,
                    ..Setting::default()
                })
                .await;
            }
        }
        // And each with each fault of the store.
        let whole = live(&Setting::default()).await;
        for step in STEPS {
            for at in 0..whole.store {
                for fault in FAULTS {
                    let steps = BTreeMap::from([("primary", vec![step])]);
                    let failures = vec![(Where::Store, at, fault)];
                    live(&Setting {
                        failures,
                        steps,
                        hold_at: None,
                    })
                    .await;
                }
            }
        }
    });
}

#[test]
fn no_hold_comes_too_late() {
    block_on(async {
        let whole = live(&Setting::default()).await;
        let mut sampled = sample(3);
        for hold_at in 0..whole.store {
            live(&Setting {
                hold_at: Some(hold_at),
                ..Setting::default()
            })
            .await;
            for step in STEPS {
                let steps = BTreeMap::from([("files", vec![step]), ("primary", vec![step])]);
                live(&Setting {
                    steps,
                    hold_at: Some(hold_at),
                    ..Setting::default()
                })
                .await;
            }
            for at in 0..whole.store {
                for fault in FAULTS {
                    // The hold makes commits of its own, which do not fail here.
                    if (hold_at..hold_at + 2).contains(&at) || !sampled() {
                        continue;
                    }
                    let failures = vec![(Where::Store, at, fault)];
                    live(&Setting {
                        failures,
                        hold_at: Some(hold_at),
                        ..Setting::default()
                    })
                    .await;
                }
            }
        }
    });
}

async fn plain() -> (Executor, HoldBook, Arc<World>, Log, Arc<MemoryStore>) {
    let (store, log_store) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let log = open_log(log_store).await;
    let world = Arc::new(World::default());
    let (executor, book) = executor(&world, Arc::clone(&store) as _, &log, &BTreeMap::new());
    (executor, book, world, log, store)
}

#[test]
fn a_hold_refuses_an_order_and_the_log_says_so() {
    block_on(async {
        let (executor, book, world, log, _) = plain().await;
        let name = hold_id("hold/1");
        book.place(hold("hold/1")).await.unwrap();
        let error = executor.execute(&order(), now()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.to_string().contains("hold/1"), "{error}");
        assert!(world.calls.lock().unwrap().is_empty());
        let denied = places(&entries(&log).await, "retention.delete", Logged::Denied);
        assert_eq!(denied["hold/1"].len(), 1);
        // To restrict is not to erase.
        let restrict = Order::new(category("chat"), Disposition::Restrict).tenant("acme");
        let progress = executor.execute(&restrict, now()).await.unwrap();
        assert!(!progress.is_complete(), "these keepers cannot restrict");
        // Another tenant is not held, nor this one after an exception by two persons.
        let other = Order::new(category("chat"), Disposition::Delete).tenant("other");
        assert!(executor.execute(&other, now()).await.unwrap().is_complete());
        let jo = Selector::everything().subjects(vec![Subject::new("jo@mail.test").unwrap()]);
        let number = book
            .propose_override(&hold_id("hold/1"), jo, person("staff:2"), now())
            .await;
        let number = number.unwrap();
        assert!(executor.execute(&order(), now()).await.is_err());
        for (proposal, by) in [(number, "staff:2"), (number + 1, "staff:3")] {
            let refused = book.approve_override(&name, proposal, person(by), now());
            assert!(refused.await.is_err());
        }
        assert!(executor.execute(&order(), now()).await.is_err());
        let approved = book.approve_override(&name, number, person("staff:3"), now());
        approved.await.unwrap();
        assert!(
            executor
                .execute(&order(), now())
                .await
                .unwrap()
                .is_complete()
        );
        // For the others of the tenant it holds as before, all of them together too.
        let all = Order::new(category("chat"), Disposition::Delete).tenant("acme");
        assert!(executor.execute(&all, now()).await.is_err());
        let approvals = entries(&log).await;
        let both: Vec<_> = approvals
            .iter()
            .map(|(_, entry)| entry)
            .filter(|entry| entry.action().as_str() == Some("hold.override.approve"))
            .collect();
        assert!(both.iter().any(|entry| entry.outcome() == Logged::Denied));
        let made = both
            .iter()
            .find(|entry| entry.outcome() == Logged::Succeeded)
            .unwrap();
        assert_eq!(made.actor_id().unwrap().as_str(), Some("staff:3"));
        assert_eq!(made.client_id().unwrap().as_str(), Some("staff:2"));
    });
}

#[test]
fn a_hold_on_a_part_holds_the_whole() {
    block_on(async {
        let (executor, book, ..) = plain().await;
        let (placed, name) = (at("2026-04-01"), hold_id("hold/part"));
        let part = Selector::everything()
            .categories(category("chat.log"))
            .created_before(placed);
        let base = hold("hold/part");
        let (reason, by) = (base.reason().clone(), base.placed_by().clone());
        let hold = confidant::retention::Hold::builder(hold_id("hold/part"), part)
            .reason(reason)
            .placed(by, placed)
            .review_by(at("2027-01-01"))
            .build();
        book.place(hold.unwrap()).await.unwrap();
        assert!(executor.execute(&order(), now()).await.is_err());
        // A single record says what it is.
        let record = |name: &str, created| {
            let order = Order::new(category(name), Disposition::Delete)
                .record(b"7")
                .unwrap();
            order.tenant("acme").created(created)
        };
        for (order, held) in [
            (record("chat", at("2026-01-01")), false),
            (record("chat.log", at("2026-01-01")), true),
            (record("chat.log", at("2026-04-02")), false),
        ] {
            assert_eq!(
                executor.execute(&order, now()).await.is_err(),
                held,
                "{order:?}"
            );
        }
        // An exception for what was created early frees nothing of which that is unknown.
        let early = Selector::everything().created_before(at("2030-01-01"));
        let number = book.propose_override(&name, early, person("a"), placed);
        let number = number.await.unwrap();
        let approved = book.approve_override(&name, number, person("b"), placed);
        approved.await.unwrap();
        assert!(executor.execute(&order(), now()).await.is_err());
    });
}

#[test]
fn what_each_store_owes_is_an_obligation() {
    block_on(async {
        let (executor, ..) = plain().await;
        assert!(executor.obligations(&order()).await.unwrap().is_empty());
        executor.execute(&order(), now()).await.unwrap();
        let owed = executor.obligations(&order()).await.unwrap();
        assert_eq!(owed.len(), 4);
        let theirs = owed
            .iter()
            .filter(|owed| matches!(owed.who(), Obligor::Processor(_)));
        assert_eq!(theirs.count(), 1);
        for owed in &owed {
            assert_eq!((owed.by(), owed.clause()), (at("2026-05-08"), &id("CC-44")));
        }
        let states: Vec<_> = owed
            .iter()
            .map(|owed| owed.state(at("2026-07-01")))
            .collect();
        // The backup is gone too late for this promise, and that is said.
        assert_eq!(
            states,
            [
                ObligationState::FulfilledLate,
                ObligationState::Fulfilled,
                ObligationState::Fulfilled,
                ObligationState::Fulfilled,
            ]
        );
    });
}

#[derive(Debug)]
struct Anonymiser(Option<AnonymityProof>);

#[async_trait]
impl Keeper for Anonymiser {
    async fn delete(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        panic!("nothing is to be deleted");
    }

    async fn count(&self, _: &Order) -> Result<u64, Error> {
        Ok(1)
    }

    async fn anonymise(&self, _: &Order) -> Result<KeeperOutcome, Error> {
        let receipt = ErasureReceipt::new(now(), 5);
        Ok(KeeperOutcome::Done(match self.0 {
            Some(proof) => receipt.proof(proof),
            None => receipt,
        }))
    }
}

#[test]
fn what_is_anonymised_without_proof_is_not() {
    block_on(async {
        let action = Disposition::Anonymise(Anonymisation::new(category("statistics"), 10));
        let order = Order::new(category("chat"), action);
        let proof = |group, left| {
            AnonymityProof::new(now(), [1; 32])
                .with_smallest_group(group)
                .with_identifiers(left)
        };
        for (proof, enough) in [
            (None, false),
            (Some(proof(9, 0)), false),
            (Some(proof(10, 1)), false),
            (Some(proof(10, 0)), true),
        ] {
            let log = open_log(Arc::new(MemoryStore::new())).await;
            let book = HoldBook::new(Arc::new(MemoryStore::new()), log, log_key());
            let mut builder = Executor::builder(book, actor()).stores(stores());
            for name in KEPT {
                let keeper = Arc::new(Anonymiser(proof));
                builder = builder.keeper(DataStore::new(name).unwrap(), keeper);
            }
            let executor = builder.build().unwrap();
            let progress = executor.execute(&order, now()).await.unwrap();
            assert_eq!(progress.is_complete(), enough);
            assert_eq!(executor.close(&order, now()).await.is_ok(), enough);
        }
    });
}

#[test]
fn a_store_without_anything_that_deletes_there_is_refused() {
    block_on(async {
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let book = HoldBook::new(Arc::new(MemoryStore::new()), log, log_key());
        let builder = || Executor::builder(book.clone(), actor());
        let keeper = || Arc::new(Anonymiser(None));
        let name = |name| DataStore::new(name).unwrap();
        assert_eq!(builder().build().unwrap_err().kind(), ErrorKind::Config);
        let missing = builder().stores(stores()).keeper(name("primary"), keeper());
        assert!(
            missing
                .build()
                .unwrap_err()
                .to_string()
                .contains("keeper of a store")
        );
        let unknown = builder().stores(stores()).keeper(name("cellar"), keeper());
        assert!(unknown.build().unwrap_err().to_string().contains("cellar"));
        let twice = builder().stores(stores());
        let twice = twice
            .keeper(name("primary"), keeper())
            .keeper(name("primary"), keeper());
        assert_eq!(twice.build().unwrap_err().kind(), ErrorKind::Config);
    });
}

#[test]
fn nothing_of_a_person_is_stored_or_shown() {
    block_on(async {
        let (executor, book, _, log, store) = plain().await;
        let jo = Subject::new("jo@mail.test").unwrap();
        let selector = Selector::everything()
            .tenant("other")
            .subjects(vec![jo.clone()]);
        let base = hold("x");
        let (reason, by) = (base.reason().clone(), base.placed_by().clone());
        let held = confidant::retention::Hold::builder(hold_id("hold/2"), selector)
            .reason(reason)
            .placed(by, at("2026-04-01"))
            .review_by(at("2027-01-01"))
            .build();
        book.place(held.unwrap()).await.unwrap();
        executor.execute(&order(), now()).await.unwrap();
        let mut shown = format!("{:?} {:?} {:?} {:?}", order(), executor, book, jo);
        for tenant in store.tenants(None, 10).await.unwrap() {
            for collection in store.collections(&tenant, None, 10).await.unwrap() {
                let range =
                    confidant::store::Range::collection(Tenant::new(&tenant), &collection).unwrap();
                for record in store.scan(&range, 100).await.unwrap() {
                    shown += &String::from_utf8_lossy(record.key.path());
                    shown += &String::from_utf8_lossy(&record.value);
                }
            }
        }
        for (_, entry) in entries(&log).await {
            shown += &format!("{entry:?}");
        }
        assert!(shown.contains("hold/2") && !shown.contains("jo@mail"));
        // The hold finds them all the same.
        let order = order().tenant("other");
        assert!(executor.execute(&order, now()).await.is_err());
    });
}
