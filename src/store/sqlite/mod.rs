//! The store in one file, by SQLite.

mod backup;
mod failure;
mod file;
mod read;
mod schema;
mod scrub;
#[cfg(test)]
mod tests;
mod threads;
mod watch;
mod write;

use std::fmt;
use std::path::Path;

use async_trait::async_trait;

use super::{Batch, Range, RecordKey, Store, StoredRecord, check_page};
use crate::Error;
use threads::{Readers, Writer};
use watch::Watch;

/// A store in one SQLite file: what to use where one machine is enough.
///
/// A commit that has returned is on the disk. Several processes of one machine may
/// have the same file open; the file must not lie on a network file system. The
/// work is done by threads of the store's own, one that writes and two that read,
/// so calls block nobody and need no runtime. Commits that wait at the same time
/// share one write to the disk.
///
/// # Limits
/// * 1,024 calls may wait to read and as many to write; one more is an error of
///   kind [`Store`](crate::ErrorKind::Store) that is retryable.
/// * A commit, and opening the store, wait 5 seconds for a lock of another process;
///   then they fail with such an error too.
///
/// # Errors
/// As [`Store`](trait@Store) says. A commit is
/// [in doubt](crate::ErrorKind::InDoubt) where the disk failed to confirm it. It is
/// not seen from then on, by this process or another; but should the machine go
/// down before a later commit succeeds, it may come back. Where the file was moved,
/// replaced, deleted or given a second name meanwhile, commits fail; it is in doubt
/// where that was found only after the disk had confirmed it.
///
/// # Security
/// On Unix, the file and those beside it (`-wal`, `-shm`) are for their owner alone. They
/// are made so, and made so again when the store is opened. Elsewhere the folder decides.
///
/// A commit that deletes writes to `-wal` first. What it deletes stays in the file until
/// SQLite copies the change there, which overwrites it with zeros; [`scrub`](Self::scrub)
/// does that at once. Backups keep what they hold.
///
/// # Example
/// ```
/// use confidant::store::{Batch, RecordKey, SqliteStore, Store};
/// use confidant::taxonomy::Tenant;
///
/// # let directory = std::env::temp_dir().join(format!("confidant-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).unwrap();
/// # pollster::block_on(async {
/// let path = directory.join("store.db");
/// let key = RecordKey::new(Tenant::new("acme"), "files", "a")?;
/// let store = SqliteStore::open(&path)?;
/// store.commit(Batch::new().put(key.clone(), b"one".to_vec())).await?;
/// drop(store);
///
/// let again = SqliteStore::open(&path)?;
/// assert_eq!(again.get(&key).await?.unwrap().value, b"one");
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// # std::fs::remove_dir_all(&directory).unwrap();
/// ```
pub struct SqliteStore {
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the store in the file at `path`; makes the file where there is none,
    /// and brings its schema up to date.
    ///
    /// It reads and writes the file before it returns. To drop the store waits for
    /// what is under way.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the file is a database of
    /// something else, or of a later version of this crate;
    /// [`Integrity`](crate::ErrorKind::Integrity) where it is damaged or no
    /// database at all, or holds a table, index, view or trigger of somebody else;
    /// [`Store`](crate::ErrorKind::Store) where it cannot be read or written, or has a
    /// second name (a hard link), and, retryable, where another process holds its lock
    /// for 5 seconds.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = file::prepare(path.as_ref())?;
        let writer = file::writer(&path)?;
        let watch = Watch::new(&path, &writer)?;
        let readers = [file::reader(&path)?, file::reader(&path)?];
        watch.check_files(false)?;
        let writer = Writer::start(writer, watch)?;
        let readers = Readers::start(readers)?;
        Ok(Self { readers, writer })
    }

    /// Copies the store, as it is at one moment, into a file of its own at `to`, for its
    /// owner alone. Reads and commits go on meanwhile; one of the two threads that read
    /// is busy with it. When this returns, the copy is on the disk, and is a store that
    /// can be opened.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where there is something at `to` or at its
    /// name with `.new` behind it, or the copy cannot be written. Nothing is left behind
    /// then.
    ///
    /// # Security
    /// The copy holds what was put until now, also after it was deleted here: what is
    /// shredded is gone only when it is gone from the backups as well.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), Error> {
        let to = to.as_ref().to_owned();
        let copy = move |file: &rusqlite::Connection| backup::copy(file, &to);
        self.readers.run(copy).await
    }

    /// Overwrites in the file what was deleted until now, and empties the file `-wal`
    /// beside it. Returns whether it is done: a reader of an earlier moment, or another
    /// process, may still need what is there. Then call it again.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where the file cannot be read or written.
    ///
    /// # Example
    /// ```
    /// # async fn example(store: &confidant::store::SqliteStore) -> Result<(), confidant::Error> {
    /// if !store.scrub().await? {
    ///     // Somebody reads an earlier moment. Try again soon.
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn scrub(&self) -> Result<bool, Error> {
        self.readers.run(scrub::scrub).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        let key = key.clone();
        self.readers.run(move |file| read::get(file, key)).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        check_page(limit)?;
        let range = range.clone();
        self.readers
            .run(move |file| read::scan(file, &range, limit))
            .await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        batch.check()?;
        self.writer.commit(batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        check_page(limit)?;
        let after = after.map(str::to_owned);
        self.readers
            .run(move |file| read::tenants(file, after, limit))
            .await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        check_page(limit)?;
        let (tenant, after) = (tenant.to_owned(), after.map(str::to_owned));
        self.readers
            .run(move |file| read::collections(file, &tenant, after, limit))
            .await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
