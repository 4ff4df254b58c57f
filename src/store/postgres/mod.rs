//! The store in a PostgreSQL database.

mod builder;
mod commit;
mod failure;
mod schema;
mod sql;
mod tls;

pub use builder::PostgresStoreBuilder;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use deadpool_postgres::{Object, Pool};
use tokio::runtime::Handle;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{Batch, Range, RecordKey, Store, StoredRecord, check_page};
use crate::Error;
use crate::taxonomy::Tenant;
use failure::{Lost, damaged, failed, is_spent, lost};
use sql::Sql;

/// A store in a PostgreSQL database: what to use where several machines share one.
///
/// Commits run as serialisable transactions. Each goes to the server as a whole, in
/// one round trip, so a client that dies holds no lock; where the server turns one
/// away for another that runs at once, it is made again, up to 20 times. Nothing is
/// ever written outside of a transaction: the statement looks for the one that it was
/// sent in, and changes nothing where the server refused to begin it.
///
/// A session that has ended, may only read (as after a fail-over) or is stuck in a
/// transaction that failed is closed, and the call is made again in a new one, up to
/// 3 times.
///
/// It runs on tokio and is called on the runtime on which it was connected.
///
/// # Limits
/// * Each call has the [`timeout`](PostgresStoreBuilder::timeout) of the store to get
///   a connection and again to be answered; what takes longer is cancelled at the
///   server.
/// * A server may be behind a pool that keeps sessions, not behind one that hands
///   out single transactions.
/// * A server that may only be read, such as a standby, answers what reads, as far as
///   it has followed; commits are retryable errors there.
/// * How safe a commit is on a machine that fails is up to the server: its `fsync`
///   and its copies. A session in which `synchronous_commit` is `off` turns it on.
///
/// # Errors
/// As [`Store`](trait@Store) says. An error is
/// [retryable](Error::is_retryable) where the server could not be reached, was shut
/// down, was too slow or had too much to do; a commit is
/// [in doubt](crate::ErrorKind::InDoubt) where the connection was lost after it had
/// been sent.
///
/// # Security
/// * To any server but one on the same machine the connection is TLS, and the
///   certificate of the server must be one for its name by a known authority;
///   see [`root_certificates`](PostgresStoreBuilder::root_certificates). Only
///   `sslmode=disable` in the address turns that off.
/// * Who can log in to the database can read what is not sealed. Tenants are kept
///   apart by this crate, not by roles of the database.
///
/// # Example
/// ```no_run
/// use confidant::store::{Batch, RecordKey, PostgresStore, Store};
/// use confidant::taxonomy::Tenant;
///
/// # async fn example(password: &str) -> Result<(), confidant::Error> {
/// let address = format!("host=db.acme.test user=acme dbname=acme password={password}");
/// let store = PostgresStore::builder(&address).schema("privacy").connect().await?;
/// let key = RecordKey::new(Tenant::new("acme"), "files", "a")?;
/// store.commit(Batch::new().put(key.clone(), b"one".to_vec())).await?;
/// assert_eq!(store.get(&key).await?.unwrap().value, b"one");
/// # Ok(()) }
/// ```
pub struct PostgresStore {
    pool: Pool,
    sql: Sql,
    timeout: Duration,
    renewed: Renewed,
}

/// When all sessions were last found to be of no use: older ones are closed instead
/// of used again.
type Renewed = Arc<Mutex<Option<Instant>>>;

/// How many sessions in a row may turn out to be of no use to one call.
const SESSIONS: u32 = 3;

impl PostgresStore {
    /// Returns a store at `address`: a URL such as `postgresql://user@host/database`,
    /// or settings such as `host=db.acme.test user=acme`.
    #[must_use]
    pub fn builder(address: &str) -> PostgresStoreBuilder {
        PostgresStoreBuilder::new(address)
    }

    /// A connection, which is a new one where none of the pool is free.
    async fn connection(&self) -> Result<Object, Error> {
        on_runtime()?;
        self.pool.get().await.map_err(failure::unconnected)
    }

    /// Has no session used again that is there by now: after a fail-over they may all
    /// be with a server that only reads.
    fn renew(&self) {
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        *renewed = Some(Instant::now());
    }

    /// The rows of a statement that only reads: one statement, one moment.
    async fn rows(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        let mut sessions = 1;
        loop {
            let connection = self.connection().await?;
            let run = async {
                let statement = connection.prepare_cached(sql).await?;
                connection.query(&statement, parameters).await
            };
            match self.in_time(run).await {
                // Whatever happened to the session: it only read.
                Some(Err(error)) if is_spent(&error) || lost(&error) == Lost::Connection => {
                    drop(Object::take(connection));
                    if sessions == SESSIONS {
                        return Err(failed(error));
                    }
                    sessions += 1;
                    self.renew();
                }
                Some(answer) => return answer.map_err(failed),
                None => {
                    drop(Object::take(connection));
                    return Err(failure::silent());
                }
            }
        }
    }

    /// What `run` comes to, or nothing where the server does not answer at all: it
    /// cancels what takes too long by itself, and is given a little time to say so.
    async fn in_time<T>(&self, run: impl Future<Output = T>) -> Option<T> {
        let limit = self.timeout + Duration::from_secs(2);
        tokio::time::timeout(limit, run).await.ok()
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        let (tenant, collection) = (key.tenant().as_bytes(), key.collection().as_bytes());
        let parameters: [&(dyn ToSql + Sync); 3] = [&tenant, &collection, &key.path()];
        let rows = self.rows(&self.sql.get, &parameters).await?;
        let record = |row: &Row| record(key.clone(), row.try_get(0), row.try_get(1));
        rows.first().map(record).transpose()
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        check_page(limit)?;
        let (tenant, collection) = (range.tenant(), range.collection_name());
        let parameters: [&(dyn ToSql + Sync); 5] = [
            &tenant.as_bytes(),
            &collection.as_bytes(),
            &range.start(),
            &sql::end_of(range),
            &(limit as i64),
        ];
        let rows = self.rows(&self.sql.scan, &parameters).await?;
        rows.iter()
            .map(|row| {
                let path: &[u8] = row.try_get(0).map_err(damaged)?;
                let key = RecordKey::new(Tenant::new(tenant), collection, path).map_err(damaged)?;
                record(key, row.try_get(1), row.try_get(2))
            })
            .collect()
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        batch.check()?;
        commit::commit(self, &batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        check_page(limit)?;
        let parameters: [&(dyn ToSql + Sync); 2] = [&after_name(after), &(limit as i64)];
        let rows = self.rows(&self.sql.tenants, &parameters).await?;
        rows.iter().map(name).collect()
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        check_page(limit)?;
        let parameters: [&(dyn ToSql + Sync); 3] =
            [&after_name(after), &(limit as i64), &tenant.as_bytes()];
        let rows = self.rows(&self.sql.collections, &parameters).await?;
        rows.iter().map(name).collect()
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.pool.status();
        f.debug_struct("PostgresStore")
            .field("connections", &status.size)
            .field("most_connections", &status.max_size)
            .finish_non_exhaustive()
    }
}

/// Without a runtime, tokio would panic.
fn on_runtime() -> Result<(), Error> {
    let missing = |_| Error::config("store in PostgreSQL is called outside of a tokio runtime");
    Handle::try_current().map(drop).map_err(missing)
}

type Column<T> = Result<T, tokio_postgres::Error>;

fn record(
    key: RecordKey,
    revision: Column<i64>,
    value: Column<Vec<u8>>,
) -> Result<StoredRecord, Error> {
    let revision = revision.map_err(damaged)?;
    let revision = u64::try_from(revision).map_err(damaged)?;
    Ok(StoredRecord::new(key, value.map_err(damaged)?, revision))
}

/// The first name that comes after `after`, where there is one.
fn after_name(after: Option<&str>) -> Vec<u8> {
    after.map_or_else(Vec::new, |name| [name.as_bytes(), &[0]].concat())
}

fn name(row: &Row) -> Result<String, Error> {
    let name: Vec<u8> = row.try_get(0).map_err(damaged)?;
    String::from_utf8(name).map_err(damaged)
}
