//! Transactions in PostgreSQL, of which any message may fail at any time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use confidant::ErrorKind;
use confidant::store::{Batch, Condition, PostgresStore, Range, RecordKey, Store};
use tokio::task::JoinSet;

use super::load;
use super::postgres::{address, connect, is_passing, runtime, schema, session};
use super::proxy::{Mishap, Proxy};
use crate::support::child;
use confidant::taxonomy::Tenant;

fn key(path: &str) -> RecordKey {
    RecordKey::new(Tenant::new("acme"), "files", path).unwrap()
}

/// What a batch of two records left: its revision where all of it is there, nothing
/// where nothing is.
async fn left(store: &PostgresStore, name: &str) -> Option<u64> {
    let range = Range::collection(Tenant::new("acme"), "files").unwrap();
    let range = range.prefix(format!("{name}/"));
    let found = store.scan(&range, 10).await.unwrap();
    let found: Vec<_> = found.iter().map(|record| record.revision).collect();
    match found[..] {
        [] => None,
        [one, two] if one == two => Some(one),
        _ => panic!("half of a commit is there"),
    }
}

fn batch(name: &str) -> Batch {
    let (one, two) = (key(&format!("{name}/1")), key(&format!("{name}/2")));
    Batch::new()
        .require(one.clone(), Condition::Absent)
        .put(one, vec![1])
        .put(two, vec![2])
}

const MISHAPS: [Mishap; 10] = [
    Mishap::Error("57014"), // cancelled
    Mishap::Error("55P03"), // a lock took too long
    Mishap::Error("53200"), // no memory
    Mishap::Error("40001"), // others at once
    Mishap::Error("25006"), // may only be read
    Mishap::Error("25P02"), // the transaction failed
    Mishap::Fatal("57P01"), // shut down
    Mishap::Fatal("25P03"), // idle for too long
    Mishap::LostBefore,
    Mishap::LostAfter,
];

/// The message that begins the transaction fails, or the one that writes, or any other:
/// what the caller is told is what is there.
#[test]
fn attack_every_message_of_a_commit_fails_in_turn() {
    let Some(address) = address() else { return };
    let schema = schema("messages");
    let proxy = Proxy::start(&address);
    runtime().block_on(async {
        let direct = connect(&address, &schema).await;
        let mut told = Vec::new();
        for mishap in MISHAPS {
            // Once with a statement that is known to the server, once without.
            for warm in [false, true] {
                for at in 0.. {
                    let name = format!("{mishap:?}/{warm}/{at}");
                    let store = PostgresStore::builder(proxy.address()).schema(&schema);
                    let store = store.connections(1).connect().await.unwrap();
                    if warm {
                        store.commit(batch(&format!("warm {name}"))).await.unwrap();
                    }
                    proxy.arm(at, mishap);
                    let result = store.commit(batch(&name)).await;
                    let (seen, happened) = proxy.disarm();
                    let there = left(&direct, &name).await;
                    match &result {
                        Ok(revision) => assert_eq!(there, Some(*revision), "{name}"),
                        Err(error) if error.kind() == ErrorKind::InDoubt => {}
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::Store, "{name}: {error}");
                            assert!(error.is_retryable(), "{name}: {error}");
                            assert_eq!(there, None, "{name}: {error}");
                        }
                    }
                    // The store goes on, in another session where it has to.
                    let next = format!("next {name}");
                    store.commit(batch(&next)).await.unwrap();
                    assert!(left(&direct, &next).await.is_some());
                    if !happened {
                        assert!(result.is_ok(), "{name}");
                        let all: &[u8] = if warm { b"QBESQ" } else { b"PDSQBESQ" };
                        // Statements of before may still be closed.
                        assert!(seen.ends_with(all), "{name}: {seen:?}");
                        break;
                    }
                    told.push(result.err().map(|error| error.kind()));
                }
            }
        }
        for kind in [None, Some(ErrorKind::InDoubt), Some(ErrorKind::Store)] {
            assert!(told.contains(&kind), "{kind:?}");
        }
    });
}

/// A session that may only be read, as after a fail-over, or that is stuck in a
/// transaction is replaced, for calls that read as for commits.
#[test]
fn attack_sessions_of_no_use_are_replaced() {
    let Some(address) = address() else { return };
    let schema = schema("spent");
    let proxy = Proxy::start(&address);
    runtime().block_on(async {
        drop(connect(&address, &schema).await);
        let other = session(&address).await;
        let role = format!(
            "CREATE ROLE \"{schema}\" LOGIN PASSWORD 'plain';
             GRANT USAGE ON SCHEMA \"{schema}\" TO \"{schema}\";
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \"{schema}\"
                 TO \"{schema}\";
             GRANT USAGE ON SEQUENCE \"{schema}\".revision TO \"{schema}\";
             ALTER ROLE \"{schema}\" SET default_transaction_read_only = on"
        );
        other.batch_execute(&role).await.unwrap();
        let (_, place) = address.split_once('@').unwrap();
        let address = format!("postgresql://{schema}:plain@{place}");
        let store = PostgresStore::builder(&address).schema(&schema);
        let store = store.connections(4).connect().await.unwrap();
        // All sessions of the pool begin while the server may only be read.
        let (one, two) = (key("1"), key("2"));
        let all = [(); 4].map(|()| store.get(&one));
        futures(all).await;
        let error = store.commit(batch("a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.is_retryable());
        assert_eq!(error.to_string(), "server of the store may only be read");
        let reset = format!("ALTER ROLE \"{schema}\" RESET default_transaction_read_only");
        other.batch_execute(&reset).await.unwrap();
        for name in ["a", "b", "c", "d"] {
            store.commit(batch(name)).await.unwrap();
        }
        assert!(store.get(&two).await.unwrap().is_none());
        drop(store);
        let drop_role = format!("DROP OWNED BY \"{schema}\"; DROP ROLE \"{schema}\"");
        other.batch_execute(&drop_role).await.unwrap();

        let store = PostgresStore::builder(proxy.address()).schema(&schema);
        let store = store.connections(1).connect().await.unwrap();
        for mishap in [
            Mishap::Error("25006"),
            Mishap::Error("25P02"),
            Mishap::Error("26000"),
            Mishap::Fatal("25P03"),
            Mishap::Fatal("57P05"),
        ] {
            for at in 0.. {
                proxy.arm(at, mishap);
                store.get(&key("a/1")).await.unwrap();
                if !proxy.disarm().1 {
                    break;
                }
            }
        }
    });
}

async fn futures<F: Future>(all: [F; 4]) {
    let [a, b, c, d] = all;
    tokio::join!(a, b, c, d);
}

const PROCESSES: u64 = 4;
const WRITERS: u64 = 8;

/// How long the storm lasts.
fn storm() -> Duration {
    Duration::from_secs(if child::kill_rounds() >= 100 { 25 } else { 4 })
}

/// Whatever is cancelled, and whenever: what was refused did not happen, and what was
/// acknowledged did. The journal is outside of the database.
#[test]
fn attack_a_storm_of_cancels_over_32_writers() {
    let Some(address) = address() else { return };
    let schema = schema("storm");
    let tasks = (0..PROCESSES).map(|process| {
        let task = format!("{process} {schema} {address}?application_name={schema}");
        std::thread::spawn(move || {
            child::run(&mut child::command(
                "store::transactions::storm_child",
                &task,
            ))
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let cancelled = runtime().block_on(async {
        let other = session(&address).await;
        let cancel = "SELECT count(*) FROM (
                SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                WHERE application_name = $1 AND state = 'active'
            ) AS cancelled";
        let mut cancelled = 0;
        let begin = Instant::now();
        while begin.elapsed() < storm() + Duration::from_secs(1) {
            let row = other.query_one(cancel, &[&schema]).await.unwrap();
            cancelled += row.get::<_, i64>(0);
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        cancelled
    });
    let (mut commits, mut refused) = (0, 0);
    let mut journal = BTreeMap::new();
    for line in tasks.into_iter().flat_map(|task| task.join().unwrap()) {
        let (what, numbers) = line.split_once(' ').unwrap();
        let (lane, count) = numbers.split_once(' ').unwrap();
        let count: u64 = count.parse().unwrap();
        match what {
            "done" => {
                commits += 1;
                let last = journal.entry(lane.parse::<u64>().unwrap()).or_insert(0);
                *last = count.max(*last);
            }
            _ => refused += count,
        }
    }
    runtime().block_on(async {
        let store = connect(&address, &schema).await;
        for lane in 0..PROCESSES * WRITERS {
            let found = load::check(&store, lane).await;
            assert_eq!(journal.get(&lane), Some(&found), "lane {lane}");
        }
    });
    assert!(cancelled > 100 && refused > 50, "{cancelled} {refused}");
    assert!(commits > PROCESSES * WRITERS, "{commits}");
}

/// Each writer knows at any time what must be there.
#[test]
fn storm_child() {
    let Some(task) = child::task() else { return };
    let mut words = task.splitn(3, ' ');
    let mut word = || words.next().unwrap();
    let (process, schema, address) = (word(), word(), word());
    let process: u64 = process.parse().unwrap();
    runtime().block_on(async {
        // The server cancels by itself what takes one of the processes too long.
        let limit = Duration::from_millis(if process == 0 { 15 } else { 10_000 });
        let store = loop {
            let store = PostgresStore::builder(address).schema(schema);
            match store.timeout(limit).connect().await {
                Err(error) => assert!(is_passing(&error), "{error}"),
                Ok(store) => break Arc::new(store),
            }
        };
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let store = Arc::clone(&store);
            writers.spawn(async move { write(&store, process * WRITERS + writer).await });
        }
        writers.join_all().await;
    });
}

async fn write(store: &PostgresStore, lane: u64) {
    let begin = Instant::now();
    // The count is one of these, and more than one where a commit is in doubt.
    let (mut least, mut most, mut refused) = (0, 0, 0);
    while begin.elapsed() < storm() || least < most || most == 0 {
        match load::step(store, lane).await {
            Ok(count) => {
                let next = least + 1..=most + 1;
                assert!(next.contains(&count), "lane {lane}: {count}, not {next:?}");
                child::acknowledge(&format!("done {lane} {count}"));
                (least, most) = (count, count);
            }
            Err(error) if error.kind() == ErrorKind::InDoubt => most += 1,
            // Nobody else writes to this lane: its own commit, before, was in doubt.
            Err(error) if error.kind() == ErrorKind::Conflict && least < most => {}
            Err(error) => {
                assert!(is_passing(&error), "{error}: {:?}", error.expose_source());
                refused += 1;
            }
        }
    }
    child::acknowledge(&format!("refused {lane} {refused}"));
}
