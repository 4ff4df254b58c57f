//! Somebody who can write to the store, and has no key.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::LogKey;
use confidant::store::{Batch, MAX_PAGE, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::visibility::FactBook;
use pollster::block_on;

use super::{TENANT, at, key, open, policy};
use confidant::taxonomy::Tenant;

async fn records(store: &Arc<dyn Store>, tenant: &str) -> Vec<StoredRecord> {
    let mut all = Vec::new();
    for name in ["head", "facts"] {
        let range = Range::collection(Tenant::new(tenant), &format!("confidant.visibility.{name}"));
        all.extend(store.scan(&range.unwrap(), MAX_PAGE).await.unwrap());
    }
    all
}

async fn write(store: &Arc<dyn Store>, key: &RecordKey, value: Option<&[u8]>) {
    let batch = match value {
        Some(value) => Batch::new().put(key.clone(), value.to_vec()),
        None => Batch::new().delete(key.clone()),
    };
    store.commit(batch).await.unwrap();
}

/// A book of three records.
async fn scene() -> (Arc<dyn Store>, FactBook) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut book = open(&store).await;
    for number in 0..3 {
        let id = format!("p{number}");
        book.change(|facts| facts.add_principal(&id, at(0)))
            .await
            .unwrap();
    }
    (store, book)
}

async fn assert_noticed(store: &Arc<dyn Store>, book: &mut FactBook, what: &str) {
    let opened = FactBook::open(Arc::clone(store), key(), TENANT, policy()).await;
    assert_eq!(opened.unwrap_err().kind(), ErrorKind::Integrity, "{what}");
    let _ = book;
}

#[test]
fn every_byte_that_is_changed_is_noticed() {
    block_on(async {
        let (store, mut book) = scene().await;
        for record in records(&store, TENANT).await {
            for at in 0..record.value.len() {
                let mut changed = record.value.clone();
                changed[at] ^= 1;
                write(&store, &record.key, Some(&changed)).await;
                assert_noticed(&store, &mut book, "changed").await;
            }
            for len in 0..record.value.len() {
                write(&store, &record.key, Some(&record.value[..len])).await;
                assert_noticed(&store, &mut book, "cut").await;
            }
            write(&store, &record.key, Some(&record.value)).await;
        }
        assert_eq!(open(&store).await.facts().unwrap().len(), 3);
    });
}

#[test]
fn records_that_are_moved_or_missing_are_noticed() {
    block_on(async {
        let (store, mut book) = scene().await;
        let all = records(&store, TENANT).await;
        for record in &all {
            write(&store, &record.key, None).await;
            assert_noticed(&store, &mut book, "missing").await;
            for other in &all {
                if other.key != record.key {
                    write(&store, &record.key, Some(&other.value)).await;
                    assert_noticed(&store, &mut book, "swapped").await;
                }
            }
            write(&store, &record.key, Some(&record.value)).await;
        }
        assert_eq!(open(&store).await.facts().unwrap().len(), 3);
        // Those of another tenant, and of another book of the same tenant.
        let mut globex = FactBook::open(Arc::clone(&store), key(), "globex", policy())
            .await
            .unwrap();
        globex
            .change(|facts| facts.add_principal("q0", at(0)))
            .await
            .unwrap();
        let (elsewhere, mut second) = scene().await;
        second.refresh().await.unwrap();
        for (number, record) in all.iter().enumerate() {
            let foreign = [
                records(&store, "globex").await,
                records(&elsewhere, TENANT).await,
            ];
            for foreign in foreign.iter().filter_map(|all| all.get(number)) {
                write(&store, &record.key, Some(&foreign.value)).await;
                assert_noticed(&store, &mut book, "foreign").await;
            }
            write(&store, &record.key, Some(&record.value)).await;
        }
        assert_eq!(open(&store).await.facts().unwrap().len(), 3);
    });
}

#[test]
fn a_book_that_is_damaged_under_way_answers_nothing() {
    block_on(async {
        let (store, mut book) = scene().await;
        let mut other = open(&store).await;
        other
            .change(|facts| facts.add_principal("p3", at(0)))
            .await
            .unwrap();
        let last = records(&store, TENANT).await.pop().unwrap();
        write(&store, &last.key, Some(&[1, 2, 3])).await;
        assert_eq!(
            book.refresh().await.unwrap_err().kind(),
            ErrorKind::Integrity
        );
        assert_eq!(book.facts().unwrap_err().kind(), ErrorKind::Store);
        let changed = book.change(|facts| facts.add_principal("p4", at(0)));
        assert_eq!(changed.await.unwrap_err().kind(), ErrorKind::Integrity);
        write(&store, &last.key, Some(&last.value)).await;
        book.refresh().await.unwrap();
        assert_eq!(book.facts().unwrap().len(), 4);
    });
}

/// Without its head a book would be an empty one, and what it denied permitted anew.
#[test]
fn a_store_that_was_cut_or_put_back_is_noticed() {
    block_on(async {
        let (store, mut book) = scene().await;
        let before = records(&store, TENANT).await;
        let mut other = open(&store).await;
        other
            .change(|facts| facts.add_principal("p3", at(0)))
            .await
            .unwrap();
        other.erase_principal("p1").await.unwrap();
        book.refresh().await.unwrap();
        let after = records(&store, TENANT).await;
        let restore = async |records: &[StoredRecord]| {
            for record in &after {
                write(&store, &record.key, None).await;
            }
            for record in records {
                write(&store, &record.key, Some(&record.value)).await;
            }
        };
        let noticed = async |book: &mut FactBook, what: &str| {
            let refreshed = book.refresh().await;
            assert_eq!(
                refreshed.unwrap_err().kind(),
                ErrorKind::Integrity,
                "{what}"
            );
            assert_eq!(book.facts().unwrap_err().kind(), ErrorKind::Store, "{what}");
            let changed = book.change(|facts| facts.add_principal("p4", at(0)));
            assert_eq!(
                changed.await.unwrap_err().kind(),
                ErrorKind::Integrity,
                "{what}"
            );
        };
        restore(&after[1..]).await;
        noticed(&mut book, "without its head").await;
        restore(&[]).await;
        noticed(&mut book, "emptied").await;
        restore(&before).await;
        noticed(&mut book, "put back").await;
        // Whoever means it opens it anew.
        assert_eq!(open(&store).await.facts().unwrap().len(), 3);
        restore(&after).await;
        book.refresh().await.unwrap();
        assert_eq!(book.facts().unwrap().len(), 4);
    });
}

#[test]
fn another_key_reads_nothing() {
    block_on(async {
        let (store, _) = scene().await;
        let other = LogKey::from_bytes([8; 32]);
        let opened = FactBook::open(store, other, TENANT, policy()).await;
        assert_eq!(opened.unwrap_err().kind(), ErrorKind::Integrity);
    });
}
