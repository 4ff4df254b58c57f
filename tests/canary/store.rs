//! What is stored, and where, is not shown.

use confidant::store::{Batch, Condition, MemoryStore, Range, RecordKey, Store, StoredRecord};

use super::{CANARY, assert_unseen, error, value};
use confidant::taxonomy::Tenant;

fn key() -> RecordKey {
    RecordKey::new(Tenant::new(CANARY), "notes", CANARY).unwrap()
}

fn batch() -> Batch {
    Batch::new()
        .require(key(), Condition::Absent)
        .delete_range(
            Range::collection(Tenant::new(CANARY), "others")
                .unwrap()
                .prefix(CANARY),
        )
        .put(key(), CANARY.as_bytes().to_vec())
}

#[test]
fn records_and_where_they_lie_are_not_shown() {
    pollster::block_on(async {
        let store = MemoryStore::new();
        store.commit(batch()).await.unwrap();
        let range = Range::collection(Tenant::new(CANARY), "notes").unwrap();
        assert_unseen(vec![
            value("Key", &key()),
            value("Range", &range.clone().from(CANARY).until(CANARY)),
            value("Batch", &batch()),
            value("Change", &batch().changes()[0].1),
            value("Record", &StoredRecord::new(key(), CANARY.into(), 1)),
            value("MemoryStore", &store),
            value("what is read", &store.get(&key()).await),
            value("what is scanned", &store.scan(&range, 10).await),
        ]);
    });
}

#[test]
fn errors_of_stores_do_not_show_what_was_given() {
    pollster::block_on(async {
        let store = MemoryStore::new();
        store.commit(batch()).await.unwrap();
        let long = CANARY.repeat(100);
        let large = CANARY.repeat(1 << 17);
        assert_unseen(vec![
            error(
                "tenant too long",
                RecordKey::new(Tenant::new(&long), "notes", ""),
            ),
            error(
                "collection too long",
                RecordKey::new(Tenant::NONE, &long, ""),
            ),
            error(
                "collection of a range too long",
                Range::collection(Tenant::NONE, &long),
            ),
            error(
                "path too long",
                RecordKey::new(Tenant::NONE, "notes", &long),
            ),
            error("conflict", store.commit(batch()).await),
            error("two changes", store.commit(batch().delete(key())).await),
            error(
                "value too large",
                store.commit(Batch::new().put(key(), large.into())).await,
            ),
        ]);
    });
}

#[test]
#[cfg(feature = "sqlite")]
fn a_file_and_its_path_are_not_shown() {
    use crate::support::folder::Folder;
    use confidant::store::SqliteStore;

    let folder = Folder::new();
    let text = folder.join(&format!("{CANARY} text"));
    std::fs::write(&text, CANARY.repeat(100)).unwrap();
    pollster::block_on(async {
        let store = SqliteStore::open(folder.join(CANARY)).unwrap();
        store.commit(batch()).await.unwrap();
        assert_unseen(vec![
            value("SqliteStore", &store),
            value("what is read", &store.get(&key()).await),
            error("conflict", store.commit(batch()).await),
            error("no database", SqliteStore::open(&text)),
            error("no folder", SqliteStore::open(text.join(CANARY))),
        ]);
    });
}

#[test]
#[cfg(feature = "postgres")]
fn an_address_with_a_password_is_not_shown() {
    use confidant::store::PostgresStore;

    let address = format!("postgresql://{CANARY}:{CANARY}@127.0.0.1:1/{CANARY}");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let builder = || PostgresStore::builder(&address).schema(CANARY);
        let wrong = PostgresStore::builder(&format!("host=127.0.0.1 {CANARY}={CANARY}"));
        let tls = PostgresStore::builder(&format!("{address}?sslmode=require"));
        assert_unseen(vec![
            value("PostgresStoreBuilder", &builder()),
            error("no server", builder().connect().await),
            error("no address", wrong.connect().await),
            error(
                "no certificate",
                tls.root_certificates(CANARY.as_bytes()).connect().await,
            ),
            error(
                "schema too long",
                builder().schema(&CANARY.repeat(9)).connect().await,
            ),
        ]);
    });
}
