//! A database that is put back, under processes that run on and before others start.

use std::sync::Arc;

use confidant::audit::{Log, LogVerdict, StoreAnchor, verify_store};
use confidant::store::{Batch, MemoryStore, Range, Store, StoredRecord};
use confidant::{Error, ErrorKind};

use super::lab::{Jealous, Lab, Memory, Records, Swap, collection, records};
use super::{NAME, open};
use crate::audit::{access, entry, id, key};
use crate::support::fault::{Fault, FaultStore};

/// What puts the log back to where it was when the first was called.
trait PutBack {
    async fn keep(&mut self);
    async fn put_back(&self);
}

/// By the records, with their revisions, and the counter.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
struct Kept<'l>(&'l dyn Lab, Records);

#[cfg(any(feature = "postgres", feature = "sqlite"))]
impl PutBack for Kept<'_> {
    async fn keep(&mut self) {
        self.1 = records(&*self.0.store(), NAME).await;
    }

    async fn put_back(&self) {
        let revisions = self.1.iter().map(|record| record.revision);
        self.0.set(NAME, &self.1).await;
        self.0.set_counter(revisions.max().unwrap()).await;
    }
}

/// By all commits up to then, made again: so in a store in memory all is as it was.
struct Replayed(Arc<Swap>, usize);

impl PutBack for Replayed {
    async fn keep(&mut self) {
        self.1 = self.0.commits().len();
    }

    async fn put_back(&self) {
        let again = MemoryStore::new();
        for batch in &self.0.commits()[..self.1] {
            again.commit(batch.clone()).await.unwrap();
        }
        self.0.swap(Arc::new(again));
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, size: u64) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    let expected = match size {
        5 => "audit log has 5 entries and had 50 when it was last read".to_owned(),
        _ => "audit log is not the one that had 50 entries when it was last read".to_owned(),
    };
    assert_eq!(error.to_string(), expected, "{size}");
}

async fn refuses(running: &Log, store: &dyn Store, size: u64) {
    let before = records(store, NAME).await;
    refused(running.append(entry(1000)).await, size);
    refused(running.checkpoint().await, size);
    refused(running.read(0..1, &access()).await, size);
    refused(running.inclusion_proof(3).await, size);
    assert_eq!(records(store, NAME).await, before);
}

/// A process that saw 50 entries does not go on at 5, whatever others make of the log
/// meanwhile: neither where their numbers meet its own, nor beyond.
async fn restored(store: Arc<dyn Store>, mut kept: impl PutBack) {
    let signer = Jealous::new(1);
    let running = open(&store, signer.clone()).await.unwrap();
    let mut anchor = None;
    for number in 0..50 {
        let appended = running.append(entry(number)).await.unwrap();
        if number == 4 {
            kept.keep().await;
        }
        anchor = Some(appended.checkpoint().clone());
    }
    kept.put_back().await;
    refuses(&running, &*store, 5).await;
    // Another one starts, without an anchor.
    let other = open(&store, key(1)).await.unwrap();
    for number in 5..60 {
        let appended = other.append(entry(2000 + number)).await.unwrap();
        assert_eq!(appended.index(), number);
        if number >= 49 {
            refuses(&running, &*store, number + 1).await;
        }
    }
    let keys = [key(1).verifying_key().clone()];
    let report = verify_store(&*store, NAME, &keys, &[]).await.unwrap();
    assert_eq!((report.verdict, report.size), (LogVerdict::Intact, 60));
    let anchors = [anchor.unwrap()];
    let report = verify_store(&*store, NAME, &keys, &anchors).await.unwrap();
    assert_eq!(report.verdict, LogVerdict::Forked { anchor: 50 });
}

#[test]
fn attack_a_store_in_memory_is_put_back_under_a_process() {
    let swap = Swap::new(Arc::new(MemoryStore::new()));
    let kept = Replayed(Arc::clone(&swap), 0);
    pollster::block_on(restored(swap, kept));
}

#[test]
#[cfg(feature = "sqlite")]
fn attack_a_file_is_put_back_under_a_process() {
    let lab = super::lab::Sqlite::new();
    pollster::block_on(restored(lab.store(), Kept(&lab, Vec::new())));
}

#[test]
#[cfg(feature = "postgres")]
fn attack_a_database_is_put_back_under_a_process() {
    use crate::store::postgres::{address, runtime};

    let Some(address) = address() else { return };
    runtime().block_on(async {
        let lab = super::lab::Postgres::new(&address).await;
        restored(lab.store(), Kept(&lab, Vec::new())).await;
    });
}

/// Where an anchor has seen a log, none is begun, and nothing is written.
#[test]
fn attack_a_log_that_is_gone_is_not_begun_again() {
    pollster::block_on(async {
        let lab = Memory::new();
        let store = lab.store();
        let anchors: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let with_anchor = || {
            let anchor = Arc::new(StoreAnchor::new(Arc::clone(&anchors)));
            let log = Log::builder(key(1)).anchor(anchor);
            log.open_store(Arc::clone(&store), NAME)
        };
        let log = with_anchor().await.unwrap();
        for number in 0..9 {
            log.append(entry(number)).await.unwrap();
        }
        log.anchor().await.unwrap();
        let full = records(&*store, NAME).await;
        let entries: Records = full
            .iter()
            .filter(|record| super::index_of(record).is_some())
            .cloned()
            .collect();
        let beginning: Records = entries[..3].to_vec();
        for (left, expected) in [
            (
                Vec::new(),
                "audit log has 0 entries and had 9 when it was anchored",
            ),
            (entries, "entry 9 of the audit log is not what was written"),
            (
                beginning,
                "entry 3 of the audit log is not what was written",
            ),
        ] {
            lab.set(NAME, &left).await;
            let before = records(&*store, NAME).await;
            let error = with_anchor().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
            assert_eq!(error.to_string(), expected);
            assert_eq!(records(&*store, NAME).await, before);
        }
    });
}

/// Whatever becomes of the answers to commits, a process signs one log.
#[test]
fn attack_lost_answers_make_no_process_sign_twice() {
    pollster::block_on(async {
        for fault in [Fault::LostBefore, Fault::LostAfter] {
            for at in 0..5 {
                for more in 1..4 {
                    let store = (0..more).fold(FaultStore::new(MemoryStore::new()), |store, n| {
                        store.fail(at + n, fault)
                    });
                    let store: Arc<dyn Store> = Arc::new(store);
                    let signer = Jealous::new(1);
                    let log = open(&store, signer.clone()).await.unwrap();
                    let mut indexes = Vec::new();
                    for number in 0..8 {
                        if let Ok(appended) = log.append(entry(number)).await {
                            indexes.push(appended.index());
                        }
                    }
                    assert!(indexes.iter().copied().eq(0..indexes.len() as u64));
                    assert!(signer.sizes() >= indexes.len());
                }
            }
        }
    });
}

/// Entries of more than two tiles, in batches of all sizes.
async fn large(store: &Arc<dyn Store>) -> Log {
    let log = open(store, key(1)).await.unwrap();
    let mut number = 0;
    for count in [1, 254, 1, 100, 200, 3, 60] {
        let entries: Vec<_> = (number..number + count).map(entry).collect();
        number += count;
        log.append_all(&entries).await.unwrap();
    }
    log
}

const LARGE: u64 = 619;

fn tiles() -> Range {
    collection(NAME).prefix("t")
}

async fn put(store: &dyn Store, record: &StoredRecord, value: Option<Vec<u8>>) {
    let key = record.key.clone();
    let batch = match value {
        Some(value) => Batch::new().put(key, value),
        None => Batch::new().delete(key),
    };
    store.commit(batch).await.unwrap();
}

/// Reads and proofs give what was signed, or an error, and a tile that was changed is
/// made again from the entries.
#[test]
fn attack_tiles_decide_nothing() {
    pollster::block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let log = large(&store).await;
        let keys = [key(1).verifying_key().clone()];
        let kept = store.scan(&tiles(), 10).await.unwrap();
        assert_eq!(kept.len(), 3, "two full ones, and the one above");
        let full = records(&*store, NAME).await;
        for (number, tile) in kept.iter().enumerate() {
            let mut flipped = tile.value.clone();
            flipped[37] ^= 4;
            let cut = tile.value[..tile.value.len() - 32].to_vec();
            let other = kept[(number + 1) % 3].value.clone();
            for value in [
                None,
                Some(Vec::new()),
                Some(flipped),
                Some(cut),
                Some(other),
            ] {
                Memory(Arc::clone(&store)).set(NAME, &full).await;
                put(&*store, tile, value).await;
                let report = verify_store(&*store, NAME, &keys, &[]).await.unwrap();
                assert_eq!((report.verdict, report.size), (LogVerdict::Intact, LARGE));
                assert_eq!(report.damaged.len(), 1, "{:?}", report.damaged);
                let log = open(&store, key(1)).await.unwrap();
                for index in [0, 1, 200, 255, 256, 300, 511, 512, 600, LARGE - 1] {
                    let proof = log.inclusion_proof(index).await.unwrap();
                    let read = log.read(index..index + 2, &access()).await.unwrap();
                    let bytes = read[0].to_bytes().unwrap();
                    proof.verify(&bytes).unwrap();
                    log.consistency_proof(index..LARGE).await.unwrap();
                }
                // The tile that the next batch completes is whole.
                log.append_all(&vec![entry(0); 256]).await.unwrap();
                let report = verify_store(&*store, NAME, &keys, &[]).await.unwrap();
                assert_eq!(report.verdict, LogVerdict::Intact);
                assert!(report.damaged.len() <= 1, "{:?}", report.damaged);
            }
        }
        drop(log);
    });
}

/// An entry that was changed is not read, and named where its tile tells.
#[test]
fn attack_entries_are_read_as_they_were_signed() {
    pollster::block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let log = large(&store).await;
        let full = records(&*store, NAME).await;
        let entries: Records = full
            .iter()
            .filter(|record| super::index_of(record).is_some())
            .cloned()
            .collect();
        for index in [0_u64, 7, 255, 256, 300, 511, 512, 600, LARGE - 1] {
            let record = &entries[index as usize];
            let twin = &entries[(index as usize + 300) % LARGE as usize];
            let mut flipped = record.value.clone();
            flipped[20] ^= 1;
            for value in [flipped, twin.value.clone()] {
                put(&*store, record, Some(value)).await;
                for range in [index..index + 1, index.saturating_sub(5)..LARGE, 0..LARGE] {
                    let error = log.read(range.clone(), &access()).await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Integrity);
                    let leaf = if index < 512 { index } else { range.start };
                    let expected = format!("entry {leaf} of the audit log is not what was written");
                    assert_eq!(error.to_string(), expected, "{index} in {range:?}");
                }
                // What it does not cover is read as ever.
                let away = (index + 280) % 500;
                assert_eq!(log.read(away..away + 1, &access()).await.unwrap().len(), 1);
            }
            put(&*store, record, Some(record.value.clone())).await;
            log.read(index..index + 1, &access()).await.unwrap();
        }
        assert!(
            log.append(confidant::audit::Entry::new(
                id("test"),
                confidant::audit::Outcome::Denied
            ))
            .await
            .is_ok()
        );
    });
}
