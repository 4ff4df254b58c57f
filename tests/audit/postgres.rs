//! The log on PostgreSQL, written by several processes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use confidant::ErrorKind;
use confidant::audit::Log;
use confidant::store::Store;

use super::{entry, key, numbers, stored};
use crate::store::postgres::{address, connect, runtime, schema, session, sessions_ended};
use crate::support::child;

const WRITERS: u64 = 4;
const ENTRIES: u64 = 25;

async fn open(store: &Arc<dyn Store>) -> Log {
    let log = Log::builder(key(1));
    log.open_store(Arc::clone(store), "main").await.unwrap()
}

#[test]
fn postgres_eight_writers_in_two_processes_make_one_log() {
    let Some(address) = address() else { return };
    let schema = schema("audit");
    let processes: Vec<_> = (0..2)
        .map(|process| {
            let task = format!("{process} {schema} {address}");
            std::thread::spawn(move || {
                child::run(&mut child::command("audit::postgres::writers_child", &task));
            })
        })
        .collect();
    processes
        .into_iter()
        .for_each(|process| process.join().unwrap());
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema).await);
        let all = 2 * WRITERS * ENTRIES;
        stored::check(&store, usize::try_from(all).unwrap()).await;
    });
}

#[test]
fn writers_child() {
    let Some(task) = child::task() else { return };
    let (process, rest) = task.split_once(' ').unwrap();
    let (schema, address) = rest.split_once(' ').unwrap();
    let process: u64 = process.parse().unwrap();
    runtime().block_on(async {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            // Each is a log of its own, so that all of them compete.
            let store: Arc<dyn Store> = Arc::new(connect(address, schema).await);
            writers.spawn(async move {
                let log = open(&store).await;
                for number in 0..ENTRIES {
                    let number = (process * WRITERS + writer) * 1000 + number;
                    log.append(entry(number)).await.unwrap();
                }
            });
        }
        writers.join_all().await;
    });
}

/// Cancels over four logs of eight tasks each: an entry that was acknowledged stands there
/// once, one that was refused does not, and the log is whole.
#[test]
fn attack_cancels_lose_and_double_no_entry() {
    let Some(address) = address() else { return };
    let schema = schema("cancels");
    let named = format!("{address}?application_name={schema}");
    let limit = Duration::from_secs(if child::kill_rounds() >= 100 { 25 } else { 3 });
    runtime().block_on(async {
        let mut writers = tokio::task::JoinSet::new();
        let begin = std::time::Instant::now();
        for process in 0..4_u64 {
            let store: Arc<dyn Store> = Arc::new(connect(&named, &schema).await);
            let log = open(&store).await;
            for task in 0..8 {
                let log = log.clone();
                writers.spawn(async move {
                    let (mut done, mut refused) = (Vec::new(), Vec::new());
                    let first = (process * 8 + task) * 1_000_000;
                    for number in first.. {
                        if begin.elapsed() > limit {
                            break;
                        }
                        match log.append(entry(number)).await {
                            Ok(_) => done.push(number),
                            Err(error) if error.kind() == ErrorKind::InDoubt => {}
                            Err(error) => {
                                assert!(error.is_retryable(), "{error}");
                                refused.push(number);
                            }
                        }
                    }
                    (done, refused)
                });
            }
        }
        let other = session(&address).await;
        let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
            WHERE application_name = $1 AND state = 'active'";
        while begin.elapsed() < limit {
            other.query_one(cancel, &[&schema]).await.unwrap();
            tokio::time::sleep(Duration::from_micros(700)).await;
        }
        let outcomes = writers.join_all().await;
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema).await);
        let found = numbers(&open(&store).await).await;
        let once: BTreeSet<_> = found.iter().copied().collect();
        assert_eq!(once.len(), found.len(), "an entry stands there twice");
        for (done, refused) in &outcomes {
            assert!(done.iter().all(|number| once.contains(number)));
            assert!(!refused.iter().any(|number| once.contains(number)));
        }
        let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
        assert!(done.concat().len() > 32 && !refused.concat().is_empty());
        stored::check(&store, found.len()).await;
    });
}

#[test]
fn kill_log_in_postgres() {
    let Some(address) = address() else { return };
    let schema = schema("audit_kill");
    let mut acknowledged = BTreeSet::new();
    for round in 0..child::kill_rounds().min(100) {
        let name = format!("{address}?application_name={schema}");
        let task = format!("{} {schema} {name}", u64::from(round) * 1_000_000);
        let mut command = child::command("audit::postgres::killed_child", &task);
        for line in child::run_and_kill(&mut command, Duration::from_millis(400)) {
            acknowledged.insert(line.parse::<u64>().unwrap());
        }
        runtime().block_on(async {
            sessions_ended(&address, &schema).await;
            let store: Arc<dyn Store> = Arc::new(connect(&address, &schema).await);
            // Nobody is held up by the one that died.
            let log = open(&store).await;
            let last = round == child::kill_rounds().min(100) - 1;
            if round % 10 == 9 || last {
                let found: BTreeSet<_> = numbers(&log).await.into_iter().collect();
                assert!(acknowledged.is_subset(&found));
                stored::check(&store, found.len()).await;
            }
        });
    }
    assert!(!acknowledged.is_empty(), "the children did nothing");
}

#[test]
fn killed_child() {
    let Some(task) = child::task() else { return };
    let (first, rest) = task.split_once(' ').unwrap();
    let (schema, address) = rest.split_once(' ').unwrap();
    let first: u64 = first.parse().unwrap();
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(address, schema).await);
        let log = open(&store).await;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let log = log.clone();
            writers.spawn(async move {
                for number in 0.. {
                    let number = first + writer * 100_000 + number;
                    log.append(entry(number)).await.unwrap();
                    child::acknowledge(&number.to_string());
                }
            });
        }
        writers.join_all().await;
    });
}
