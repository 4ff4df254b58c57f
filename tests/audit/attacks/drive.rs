//! Appends that somebody began and does not poll any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use confidant::Error;
use confidant::audit::Log;
use confidant::store::{Batch, MemoryStore, Range, RecordKey, Store, StoredRecord};

use super::open;
use crate::audit::stored::{Slow, check};
use crate::audit::{entry, key, numbers};

/// Appends in a thread, and fails where that takes too long.
fn append_elsewhere(log: &Log, number: u64) {
    let (done, wait) = channel();
    let log = log.clone();
    thread::spawn(move || done.send(pollster::block_on(log.append(entry(number)))));
    let appended = wait.recv_timeout(Duration::from_secs(20));
    appended
        .expect("an append that is kept holds it up")
        .unwrap();
}

/// However far an append has come, and whoever is woken for it.
fn kept(store: &Arc<dyn Store>) {
    let log = pollster::block_on(open(store, key(1))).unwrap();
    let mut numbers_known = Vec::new();
    for polls in 0..14 {
        let mut kept: Vec<_> = (0..3)
            .map(|number| Box::pin(log.append(entry(1000 + 10 * polls + number))))
            .collect();
        let mut context = Context::from_waker(Waker::noop());
        let mut done = Vec::new();
        for append in &mut kept {
            let polled = (0..polls).find_map(|_| match append.as_mut().poll(&mut context) {
                std::task::Poll::Ready(appended) => Some(appended),
                std::task::Poll::Pending => None,
            });
            done.push(polled);
        }
        append_elsewhere(&log, polls);
        append_elsewhere(&log, 100 + polls);
        numbers_known.extend([polls, 100 + polls]);
        for (number, (append, done)) in kept.into_iter().zip(done).enumerate() {
            done.unwrap_or_else(|| pollster::block_on(append)).unwrap();
            numbers_known.push(1000 + 10 * polls + number as u64);
        }
    }
    let mut found = pollster::block_on(numbers(&log));
    found.sort_unstable();
    numbers_known.sort_unstable();
    assert_eq!(found, numbers_known);
    pollster::block_on(check(store, found.len()));
}

#[test]
fn attack_an_append_that_is_kept_holds_up_no_other() {
    let store: Arc<dyn Store> = Arc::new(Slow(MemoryStore::new()));
    kept(&store);
}

#[test]
#[cfg(feature = "sqlite")]
fn attack_an_append_that_is_kept_holds_up_no_other_in_sqlite() {
    let folder = crate::support::folder::Folder::new();
    let store = confidant::store::SqliteStore::open(folder.join("store"));
    let store: Arc<dyn Store> = Arc::new(store.unwrap());
    kept(&store);
}

#[test]
#[cfg(feature = "postgres")]
fn attack_an_append_that_is_kept_holds_up_no_other_in_postgres() {
    use crate::store::postgres::{address, connect, runtime, schema};

    let Some(address) = address() else { return };
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema("kept")).await);
        let log = open(&store, key(1)).await.unwrap();
        for number in 0..10 {
            let mut kept = Box::pin(log.append(entry(1000 + number)));
            let pause = Duration::from_micros(300 * number);
            tokio::time::timeout(pause, &mut kept).await.ok();
            let other = log.append(entry(number));
            let other = tokio::time::timeout(Duration::from_secs(20), other).await;
            other.expect("an append that is kept holds it up").unwrap();
            drop(kept);
        }
    });
}

/// A store that panics takes the append with it in whose thread it did, and no other.
#[test]
fn appends_go_on_where_one_panics() {
    let store: Arc<dyn Store> = Arc::new(Panics(Slow(MemoryStore::new()), AtomicBool::new(true)));
    let log = pollster::block_on(open(&store, key(1))).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let log = log.clone();
            thread::spawn(move || pollster::block_on(log.append(entry(number))).unwrap())
        })
        .collect();
    let done = threads.into_iter().map(|thread| thread.join());
    assert_eq!(done.filter(Result::is_err).count(), 1);
    append_elsewhere(&log, 9);
    assert!(pollster::block_on(numbers(&log)).contains(&9));
}

/// Panics in the middle of its first commit.
#[derive(Debug)]
struct Panics(Slow, AtomicBool);

#[async_trait::async_trait]
impl Store for Panics {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.0.get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        self.0.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        // Others come to wait meanwhile.
        for _ in 0..50 {
            thread::sleep(Duration::from_millis(1));
            self.0.tenants(None, 1).await?;
        }
        assert!(!self.1.swap(false, Ordering::SeqCst), "as it is to");
        self.0.commit(batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.0.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.0.collections(tenant, after, limit).await
    }
}

/// Many tasks that come and go, each polled as it likes.
#[test]
fn appends_of_many_threads_that_come_and_go_are_each_done_once() {
    let store: Arc<dyn Store> = Arc::new(Slow(MemoryStore::new()));
    let log = pollster::block_on(open(&store, key(1))).unwrap();
    let threads: Vec<_> = (0..8_u64)
        .map(|thread| {
            let log = log.clone();
            thread::spawn(move || {
                for number in 0..60 {
                    let number = thread * 1000 + number;
                    let mut append = Box::pin(log.append(entry(number)));
                    if number % 3 == 0 {
                        // Let go after a few polls: it may be done or not.
                        let mut context = Context::from_waker(Waker::noop());
                        for _ in 0..number % 5 {
                            if append.as_mut().poll(&mut context).is_ready() {
                                break;
                            }
                        }
                        continue;
                    }
                    pollster::block_on(append).unwrap();
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    let found = pollster::block_on(numbers(&log));
    for thread in 0..8 {
        for number in (0..60).map(|number| thread * 1000 + number) {
            let count = found.iter().filter(|found| **found == number).count();
            assert!(
                count <= 1 && (number % 3 == 0 || count == 1),
                "{number}: {count}"
            );
        }
    }
    pollster::block_on(check(&store, found.len()));
}
