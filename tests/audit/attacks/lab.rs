//! Stores in which somebody can do as they like, revisions included.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use confidant::Error;
use confidant::audit::{Signer, SigningKey, VerifyingKey};
use confidant::store::{Batch, MAX_PAGE, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::taxonomy::Tenant;

/// The records of the log, or of another.
pub(super) type Records = Vec<StoredRecord>;

pub(super) fn collection(name: &str) -> Range {
    Range::collection(Tenant::NONE, &format!("audit:{name}")).unwrap()
}

pub(super) async fn records(store: &dyn Store, name: &str) -> Records {
    store.scan(&collection(name), MAX_PAGE).await.unwrap()
}

/// A store and the power of who can write to it past the crate.
#[async_trait]
pub(super) trait Lab {
    fn store(&self) -> Arc<dyn Store>;

    /// Makes the log consist of these records, and no others.
    async fn set(&self, name: &str, records: &[StoredRecord]);

    /// Has the next commit take the number after this one.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    async fn set_counter(&self, revision: u64);
}

/// Somebody who can only do what the store offers: what they write has new revisions.
pub(super) struct Memory(pub(super) Arc<dyn Store>);

impl Memory {
    pub(super) fn new() -> Self {
        Self(Arc::new(MemoryStore::new()))
    }
}

#[async_trait]
impl Lab for Memory {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.0)
    }

    async fn set(&self, name: &str, records: &[StoredRecord]) {
        let known = self::records(&*self.0, name).await;
        let mut batch = Batch::new();
        // What stays as it is keeps its revision.
        for record in &known {
            if !records.iter().any(|new| new.key == record.key) {
                batch = batch.delete(record.key.clone());
            }
        }
        for record in records {
            let same = |old: &&StoredRecord| old.key == record.key && old.value == record.value;
            if !known.iter().any(|old| same(&old)) {
                batch = batch.put(record.key.clone(), record.value.clone());
            }
        }
        self.0.commit(batch).await.unwrap();
    }

    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    async fn set_counter(&self, _: u64) {}
}

#[cfg(feature = "sqlite")]
pub(super) struct Sqlite {
    folder: crate::support::folder::Folder,
    store: Arc<dyn Store>,
}

#[cfg(feature = "sqlite")]
impl Sqlite {
    pub(super) fn new() -> Self {
        let folder = crate::support::folder::Folder::new();
        let store = confidant::store::SqliteStore::open(folder.join("store")).unwrap();
        Self {
            folder,
            store: Arc::new(store),
        }
    }

    fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.join("store")).unwrap()
    }
}

#[async_trait]
#[cfg(feature = "sqlite")]
impl Lab for Sqlite {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    async fn set(&self, name: &str, records: &[StoredRecord]) {
        let mut file = self.file();
        let all = file.transaction().unwrap();
        let collection = format!("audit:{name}").into_bytes();
        let gone = "DELETE FROM record WHERE tenant = x'' AND collection = ?1";
        all.execute(gone, [&collection]).unwrap();
        for record in records {
            let new = "INSERT INTO record VALUES (x'', ?1, ?2, ?3, ?4)";
            let revision = i64::try_from(record.revision).unwrap();
            let parts = rusqlite::params![collection, record.key.path(), revision, record.value];
            all.execute(new, parts).unwrap();
        }
        all.commit().unwrap();
    }

    async fn set_counter(&self, revision: u64) {
        let set = "UPDATE counter SET revision = ?1";
        let revision = i64::try_from(revision).unwrap();
        self.file().execute(set, [revision]).unwrap();
    }
}

#[cfg(feature = "postgres")]
pub(super) struct Postgres {
    store: Arc<dyn Store>,
    schema: String,
    other: tokio_postgres::Client,
}

#[cfg(feature = "postgres")]
impl Postgres {
    pub(super) async fn new(address: &str) -> Self {
        use crate::store::postgres::{connect, schema, session};

        let schema = schema("attacks");
        Self {
            store: Arc::new(connect(address, &schema).await),
            other: session(address).await,
            schema,
        }
    }
}

#[async_trait]
#[cfg(feature = "postgres")]
impl Lab for Postgres {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    async fn set(&self, name: &str, records: &[StoredRecord]) {
        let set = format!(
            "WITH gone AS (
                 DELETE FROM \"{0}\".record WHERE tenant = '' AND collection = $1::bytea
                 AND path <> ALL ($2::bytea[])
             )
             INSERT INTO \"{0}\".record
             SELECT '', $1::bytea, new.path, new.revision, new.value
             FROM unnest($2::bytea[], $3::bigint[], $4::bytea[]) AS new (path, revision, value)
             ON CONFLICT (tenant, collection, path)
                 DO UPDATE SET revision = excluded.revision, value = excluded.value",
            self.schema
        );
        let collection = format!("audit:{name}").into_bytes();
        let paths: Vec<_> = records.iter().map(|record| record.key.path()).collect();
        let revisions: Vec<_> = records
            .iter()
            .map(|record| record.revision as i64)
            .collect();
        let values: Vec<_> = records.iter().map(|record| &record.value[..]).collect();
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&collection, &paths, &revisions, &values];
        self.other.execute(&set, &parameters).await.unwrap();
    }

    async fn set_counter(&self, revision: u64) {
        let set = format!("SELECT setval('\"{}\".revision', {revision})", self.schema);
        self.other.batch_execute(&set).await.unwrap();
    }
}

/// A store that is another one from some moment on, as when a database is put back.
/// It remembers what was committed.
#[derive(Debug)]
pub(super) struct Swap {
    inner: Mutex<Arc<dyn Store>>,
    commits: Mutex<Vec<Batch>>,
}

impl Swap {
    pub(super) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(store),
            commits: Mutex::default(),
        })
    }

    pub(super) fn swap(&self, store: Arc<dyn Store>) {
        *self.inner.lock().unwrap() = store;
    }

    pub(super) fn commits(&self) -> Vec<Batch> {
        self.commits.lock().unwrap().clone()
    }

    fn inner(&self) -> Arc<dyn Store> {
        Arc::clone(&self.inner.lock().unwrap())
    }
}

#[async_trait]
impl Store for Swap {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.inner().get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Records, Error> {
        self.inner().scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        let done = self.inner().commit(batch.clone()).await?;
        self.commits.lock().unwrap().push(batch);
        Ok(done)
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.inner().tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.inner().collections(tenant, after, limit).await
    }
}

/// A key that signs one root for each size, or fails the test.
pub(crate) struct Jealous {
    key: SigningKey,
    signed: Mutex<BTreeMap<u64, String>>,
}

impl Jealous {
    pub(crate) fn new(seed: u8) -> Arc<Self> {
        Arc::new(Self {
            key: SigningKey::from_seed("test.example/log", &[seed; 32]).unwrap(),
            signed: Mutex::default(),
        })
    }

    pub(crate) fn sizes(&self) -> usize {
        self.signed.lock().unwrap().len()
    }
}

impl Signer for Jealous {
    fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }

    fn sign(&self, text: &[u8]) -> Result<[u8; 64], Error> {
        let note = std::str::from_utf8(text).unwrap();
        let mut lines = note.lines().skip(1);
        if let (Some(Ok(size)), Some(root)) = (lines.next().map(str::parse), lines.next()) {
            let mut signed = self.signed.lock().unwrap();
            let before = signed.entry(size).or_insert_with(|| root.to_owned());
            assert_eq!(before, root, "two checkpoints of {size} entries");
        }
        self.key.sign(text)
    }
}

impl fmt::Debug for Jealous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jealous")
    }
}
