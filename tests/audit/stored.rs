//! The log on a store: many writers, faults, and edits.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{Checkpoint, Log, LogVerdict, verify_store};
use confidant::store::{Batch, MemoryStore, Range, RecordKey, Store};

use super::{entry, key, numbers};
use crate::support::fault::{Fault, FaultStore};
use confidant::taxonomy::Tenant;

const NAME: &str = "main";

async fn open(store: &Arc<dyn Store>) -> Log {
    let log = Log::builder(key(1));
    log.open_store(Arc::clone(store), NAME).await.unwrap()
}

async fn verdict(store: &dyn Store, anchors: &[Checkpoint]) -> LogVerdict {
    let keys = [key(1).verifying_key().clone()];
    verify_store(store, NAME, &keys, anchors)
        .await
        .unwrap()
        .verdict
}

/// No gap, no fork, and every proof holds.
pub(crate) async fn check(store: &Arc<dyn Store>, expected: usize) {
    let log = open(store).await;
    let checkpoint = log.checkpoint().await.unwrap().as_ref().clone();
    let size = checkpoint.size();
    assert_eq!(
        verdict(&**store, std::slice::from_ref(&checkpoint)).await,
        LogVerdict::Intact
    );
    for index in (0..size).step_by(1 + size as usize / 40) {
        let proof = log.inclusion_proof(index).await.unwrap();
        assert_eq!(proof.checkpoint(), &checkpoint);
        let proof = log.consistency_proof(index..size).await.unwrap();
        assert_eq!(proof.new_size(), size);
    }
    let mut found = numbers(&log).await;
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), expected);
}

#[test]
fn many_writers_make_one_log() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let threads: Vec<_> = (0..8)
        .map(|writer| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || {
                pollster::block_on(async {
                    let log = open(&store).await;
                    let mut last = None;
                    for number in 0..50 {
                        let appended = log.append(entry(writer * 1000 + number)).await.unwrap();
                        assert!(last < Some(appended.index()));
                        last = Some(appended.index());
                        let proof = log.inclusion_proof(appended.index()).await.unwrap();
                        assert!(proof.checkpoint().size() > appended.index());
                    }
                });
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    pollster::block_on(check(&store, 400));
}

#[test]
fn tasks_of_one_process_share_commits() {
    let inner = Arc::new(FaultStore::new(MemoryStore::new()));
    let store: Arc<dyn Store> = inner.clone();
    pollster::block_on(async {
        let log = open(&store).await;
        let before = inner.commits();
        let mut appends: Vec<_> = (0..100)
            .map(|number| Box::pin(log.append(entry(number))))
            .collect();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut waiting = appends.len();
        let mut indexes = Vec::new();
        while waiting > 0 {
            for append in &mut appends {
                if let std::task::Poll::Ready(done) = append.as_mut().poll(&mut context) {
                    indexes.push(done.unwrap().index());
                    waiting -= 1;
                    *append = Box::pin(log.append(entry(0)));
                    if indexes.len() == 100 {
                        break;
                    }
                }
            }
        }
        assert!(inner.commits() - before <= 100);
    });
}

/// Whatever becomes of a commit, an entry stands once in the log, or not at all.
#[test]
fn faults_leave_no_entry_twice() {
    for fault in [Fault::Refused, Fault::LostBefore, Fault::LostAfter] {
        for at in 1..6 {
            let store = FaultStore::new(MemoryStore::new())
                .fail(at, fault)
                .fail(at + 1, fault);
            let store: Arc<dyn Store> = Arc::new(store);
            pollster::block_on(async {
                let log = open(&store).await;
                let mut acknowledged = Vec::new();
                for number in 0..8 {
                    match log.append(entry(number)).await {
                        Ok(_) => acknowledged.push(number),
                        Err(error) => assert!(error.is_retryable() && fault == Fault::Refused),
                    }
                }
                assert_eq!(numbers(&log).await, acknowledged);
                if fault != Fault::Refused {
                    assert_eq!(acknowledged.len(), 8, "a commit in doubt is resolved");
                }
                check(&store, acknowledged.len()).await;
            });
        }
    }
}

#[test]
fn a_store_that_is_down_denies() {
    let inner = Arc::new(FaultStore::new(MemoryStore::new()));
    let store: Arc<dyn Store> = inner.clone();
    pollster::block_on(async {
        let log = open(&store).await;
        log.append(entry(0)).await.unwrap();
        inner.set_down(true);
        assert_eq!(
            log.append(entry(1)).await.unwrap_err().kind(),
            ErrorKind::Store
        );
        assert!(log.checkpoint().await.is_err());
        inner.set_down(false);
        log.append(entry(2)).await.unwrap();
        check(&store, 2).await;
    });
}

/// An append that is let go at any point leaves the log to the others.
#[test]
fn appends_that_are_let_go_hold_nobody_up() {
    let store: Arc<dyn Store> = Arc::new(Slow(MemoryStore::new()));
    pollster::block_on(async {
        let log = open(&store).await;
        for polls in 0..12 {
            let mut append = Box::pin(log.append(entry(1000 + polls)));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            for _ in 0..polls {
                if append.as_mut().poll(&mut context).is_ready() {
                    break;
                }
            }
            drop(append);
            log.append(entry(polls)).await.unwrap();
        }
        let mut found = numbers(&log).await;
        let all = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), all, "an entry stands there twice");
        assert!((0..12).all(|number| found.contains(&number)));
        check(&store, all).await;
    });
}

/// A store that lets others go first before and after it does something.
#[derive(Debug)]
pub(crate) struct Slow(pub(crate) MemoryStore);

async fn breathe() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[async_trait::async_trait]
impl Store for Slow {
    async fn get(
        &self,
        key: &RecordKey,
    ) -> Result<Option<confidant::store::StoredRecord>, confidant::Error> {
        breathe().await;
        self.0.get(key).await
    }

    async fn scan(
        &self,
        range: &Range,
        limit: usize,
    ) -> Result<Vec<confidant::store::StoredRecord>, confidant::Error> {
        breathe().await;
        self.0.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, confidant::Error> {
        breathe().await;
        let done = self.0.commit(batch).await;
        breathe().await;
        done
    }

    async fn tenants(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, confidant::Error> {
        self.0.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, confidant::Error> {
        self.0.collections(tenant, after, limit).await
    }
}

#[test]
fn proofs_hold_across_tiles() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    pollster::block_on(async {
        let log = open(&store).await;
        let mut kept = Vec::new();
        for batch in [1_u64, 254, 1, 1, 255, 256, 257, 700, 3, 2000] {
            let first = log.checkpoint().await.unwrap().size();
            let entries: Vec<_> = (first..first + batch).map(entry).collect();
            let appended = log.append_all(&entries).await.unwrap();
            kept.push(appended.checkpoint().clone());
        }
        let last = kept.last().unwrap();
        for old in &kept {
            let proof = log
                .consistency_proof(old.size()..last.size())
                .await
                .unwrap();
            proof.verify(old.root(), last.root()).unwrap();
        }
        for new in &kept {
            let proof = log
                .consistency_proof(kept[0].size()..new.size())
                .await
                .unwrap();
            proof.verify(kept[0].root(), new.root()).unwrap();
        }
        check(&store, last.size() as usize).await;
    });
}

#[test]
fn tamper_of_a_store_is_found() {
    pollster::block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let log = open(&store).await;
        for number in 0..20 {
            log.append(entry(number)).await.unwrap();
        }
        let early = log.checkpoint().await.unwrap().as_ref().clone();
        log.append_all(&vec![entry(99); 300]).await.unwrap();
        let anchor = log.checkpoint().await.unwrap().as_ref().clone();
        let anchors = [early, anchor.clone()];
        assert_eq!(verdict(&*store, &anchors).await, LogVerdict::Intact);
        let range = Range::collection(Tenant::NONE, &format!("audit:{NAME}"))
            .unwrap()
            .prefix("e");
        let records = store.scan(&range, 1000).await.unwrap();
        assert_eq!(records.len(), 320);
        let put = |key: &RecordKey, value: &[u8]| Batch::new().put(key.clone(), value.to_vec());
        for (index, record) in records.iter().enumerate().step_by(13) {
            let len = 2 + usize::from(u16::from_be_bytes([record.value[0], record.value[1]]));
            for at in (0..record.value.len()).step_by(5) {
                // Nothing depends on the id of a batch.
                if (len..len + 16).contains(&at) {
                    continue;
                }
                let mut changed = record.value.clone();
                changed[at] ^= 1;
                store.commit(put(&record.key, &changed)).await.unwrap();
                match verdict(&*store, &anchors).await {
                    LogVerdict::Altered { leaf } if leaf <= index as u64 => {}
                    // Of checkpoints that others vouch for, the text has to be right.
                    LogVerdict::Intact if at >= len + 16 => {}
                    other => panic!("{index} {at}: {other:?}"),
                }
            }
            store
                .commit(Batch::new().delete(record.key.clone()))
                .await
                .unwrap();
            let gone = verdict(&*store, &anchors).await;
            assert!(
                matches!(gone, LogVerdict::Altered { .. }),
                "{index}: {gone:?}"
            );
            store.commit(put(&record.key, &record.value)).await.unwrap();
        }
        assert_eq!(verdict(&*store, &anchors).await, LogVerdict::Intact);
        // The end is gone, all of the last batch.
        for record in &records[20..] {
            store
                .commit(Batch::new().delete(record.key.clone()))
                .await
                .unwrap();
        }
        // The head still says that there are more.
        let gone = LogVerdict::Altered { leaf: 20 };
        assert_eq!(verdict(&*store, &anchors).await, gone);
        assert_eq!(verdict(&*store, &[]).await, gone);
        let nothing = MemoryStore::new();
        let shorter = LogVerdict::Shorter {
            size: 0,
            anchor: 320,
        };
        assert_eq!(verdict(&nothing, &[anchor]).await, shorter);
    });
}

/// All records of the log whose paths begin so.
async fn records(store: &dyn Store, prefix: &[u8]) -> Vec<(RecordKey, Vec<u8>)> {
    let range = Range::collection(Tenant::NONE, "audit:main")
        .unwrap()
        .prefix(prefix);
    let found = store.scan(&range, 10_000).await.unwrap();
    let pair = |record: confidant::store::StoredRecord| (record.key, record.value);
    found.into_iter().map(pair).collect()
}

#[test]
fn attack_on_the_note_behind_the_last_entry() {
    pollster::block_on(async {
        for count in [1, 3, 1100] {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let entries: Vec<_> = (0..count).map(entry).collect();
            let log = open(&store).await;
            log.append_all(&entries).await.unwrap();
            log.append(entry(count)).await.unwrap();
            let (path, sound) = records(&*store, b"e").await.pop().unwrap();
            let len = usize::from(u16::from_be_bytes([sound[0], sound[1]]));
            let note = 2 + len + 16;
            // Each byte of the note, and what is cut off or added.
            let mut values: Vec<_> = (note..sound.len())
                .map(|at| {
                    let mut value = sound.clone();
                    value[at] ^= 1;
                    value
                })
                .collect();
            values.extend((2 + len..sound.len()).map(|end| sound[..end].to_vec()));
            values.push([&sound[..], b"x"].concat());
            for value in values {
                store
                    .commit(Batch::new().put(path.clone(), value))
                    .await
                    .unwrap();
                let found = verdict(&*store, &[]).await;
                let opened = Log::builder(key(1))
                    .open_store(Arc::clone(&store), NAME)
                    .await;
                match opened {
                    Ok(_) => assert_eq!(found, LogVerdict::Intact),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Integrity);
                        assert_eq!(found, LogVerdict::Altered { leaf: count });
                    }
                }
            }
            store.commit(Batch::new().put(path, sound)).await.unwrap();
            check(&store, count as usize + 1).await;
        }
    });
}

#[test]
fn attack_on_tiles_is_listed_where_they_are_too_long_or_too_many() {
    pollster::block_on(async {
        for count in [3, 256, 700] {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let entries: Vec<_> = (0..count).map(entry).collect();
            open(&store).await.append_all(&entries).await.unwrap();
            let keys = [key(1).verifying_key().clone()];
            let listed = async || {
                let report = verify_store(&*store, NAME, &keys, &[]).await.unwrap();
                assert_eq!(report.verdict, LogVerdict::Intact);
                report.damaged
            };
            assert!(listed().await.is_empty());
            for (tile, sound) in records(&*store, b"t").await {
                let index = u64::from_be_bytes(tile.path()[2..].try_into().unwrap());
                let name = format!("tile {}/{index}", tile.path()[1]);
                for value in [
                    [&sound[..], b"x"].concat(),
                    sound[1..].to_vec(),
                    sound[32..].to_vec(),
                ] {
                    store
                        .commit(Batch::new().put(tile.clone(), value))
                        .await
                        .unwrap();
                    assert_eq!(listed().await, [&*name]);
                }
                store.commit(Batch::new().put(tile, sound)).await.unwrap();
            }
            let tiles = count / 256;
            let beyond = [
                (0, tiles),
                (0, u64::MAX),
                (1, 1),
                (1, 1 << 40),
                (2, 0),
                (9, 7),
                (255, u64::MAX),
            ];
            for (level, index) in beyond {
                let path = [&[b't', level][..], &index.to_be_bytes()].concat();
                let tile = RecordKey::new(Tenant::NONE, "audit:main", path).unwrap();
                store
                    .commit(Batch::new().put(tile.clone(), vec![7; 32]))
                    .await
                    .unwrap();
                assert_eq!(listed().await, [format!("tile {level}/{index}")]);
                store.commit(Batch::new().delete(tile)).await.unwrap();
            }
        }
    });
}

#[test]
fn attack_by_a_second_head_stops_opening_and_loses_no_append() {
    pollster::block_on(async {
        for first in [0, 255] {
            for copy in [true, false] {
                let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
                let log = open(&store).await;
                log.append(entry(0)).await.unwrap();
                let (_, head) = records(&*store, b"h").await.pop().unwrap();
                let path = [&b"h"[..], &[first; 16]].concat();
                let second = RecordKey::new(Tenant::NONE, "audit:main", path).unwrap();
                let value = if copy { head } else { b"junk".to_vec() };
                let batch = Batch::new().put(second.clone(), value);
                store.commit(batch).await.unwrap();
                log.append(entry(1)).await.unwrap();
                let read = log.checkpoint().await.unwrap_err();
                assert_eq!(read.kind(), ErrorKind::Integrity);
                let opened = Log::builder(key(1)).open_store(Arc::clone(&store), NAME);
                assert_eq!(opened.await.unwrap_err().kind(), ErrorKind::Integrity);
                let found = verdict(&*store, &[]).await;
                assert!(matches!(found, LogVerdict::Altered { .. }), "{found:?}");
                store.commit(Batch::new().delete(second)).await.unwrap();
                check(&store, 2).await;
            }
        }
    });
}
