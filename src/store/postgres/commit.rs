//! Commits.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use deadpool_postgres::Object;
use futures_util::future::join3;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::failure::{
    Lost, damaged, failed, in_doubt, is_contended, is_spent, lost, silent, unanswered, unbegun,
};
use super::sql::{BEGIN, end_of};
use super::{PostgresStore, SESSIONS};
use crate::Error;
use crate::error::StoreCause;
use crate::store::{Batch, Change, Condition, RecordKey};

/// How often a commit is made before others are too many.
const ATTEMPTS: u32 = 20;

pub(super) async fn commit(store: &PostgresStore, batch: &Batch) -> Result<u64, Error> {
    let parameters = Parameters::new(batch);
    let (mut attempts, mut sessions) = (1, 1);
    loop {
        let connection = store.connection().await?;
        let failure = match attempt(store, &connection, &parameters).await {
            Ok(outcome) => return outcome.map_err(Error::from),
            Err(failure) => failure,
        };
        if failure.ends_session() {
            drop(Object::take(connection));
        } else {
            drop(connection);
        }
        match failure {
            Failure::Refused(error) if is_contended(&error) && attempts < ATTEMPTS => {
                tokio::time::sleep(pause(attempts)).await;
                attempts += 1;
            }
            Failure::Refused(error) if is_spent(&error) && sessions < SESSIONS => {
                sessions += 1;
                store.renew();
            }
            Failure::Unbegun if sessions < SESSIONS => sessions += 1,
            failure => return Err(failure.into()),
        }
    }
}

/// Why a transaction came to nothing, or may have.
enum Failure {
    /// What came back cannot be.
    Damaged(Error),
    /// Nobody knows whether it happened.
    InDoubt(tokio_postgres::Error),
    /// It did not happen, for this reason.
    Refused(tokio_postgres::Error),
    /// It did not happen, and neither did its end, so that the session may still be in
    /// a transaction that failed.
    RefusedAtEnd(tokio_postgres::Error),
    /// The server did not answer before anything was sent that changes something.
    Silent,
    /// The server did not answer afterwards.
    Unanswered,
    /// The statement found itself outside of the transaction, and changed nothing.
    Unbegun,
}

impl Failure {
    /// Whether nobody should go on with the session.
    fn ends_session(&self) -> bool {
        match self {
            Self::Refused(error) => is_spent(error),
            _ => true,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Damaged(error) => error,
            Failure::InDoubt(error) => in_doubt(error),
            Failure::Refused(error) | Failure::RefusedAtEnd(error) => failed(error),
            Failure::Silent => silent(),
            Failure::Unanswered => unanswered(),
            Failure::Unbegun => unbegun(),
        }
    }
}

type Outcome = Result<u64, StoreCause>;

async fn attempt(
    store: &PostgresStore,
    connection: &Object,
    parameters: &Parameters<'_>,
) -> Result<Outcome, Failure> {
    let prepared = store.in_time(connection.prepare_cached(&store.sql.commit));
    let statement = prepared.await.ok_or(Failure::Silent)?;
    let statement = statement.map_err(Failure::Refused)?;
    let sent = store.in_time(send(connection, &statement, parameters));
    sent.await.ok_or(Failure::Unanswered)?
}

/// Sends a whole transaction before the first answer is there, so that the server
/// never waits for us in the middle of one.
async fn send(
    connection: &Object,
    statement: &Statement,
    parameters: &Parameters<'_>,
) -> Result<Outcome, Failure> {
    let (begun, rows, ended) = join3(
        connection.batch_execute(BEGIN),
        connection.query(statement, &parameters.all()),
        connection.batch_execute("COMMIT"),
    )
    .await;
    // The server answers in order. What it refuses before the end did not happen, since
    // it commits nothing of a transaction that failed or of a session that it gave up,
    // and since the statement does nothing outside of the transaction.
    let before_end = |error| match lost(&error) {
        Lost::Connection => Failure::InDoubt(error),
        Lost::Session | Lost::Statement => Failure::Refused(error),
    };
    begun.map_err(before_end)?;
    let rows = rows.map_err(before_end)?;
    let at_end = |error| match lost(&error) {
        Lost::Connection | Lost::Session => Failure::InDoubt(error),
        Lost::Statement if is_contended(&error) => Failure::Refused(error),
        Lost::Statement => Failure::RefusedAtEnd(error),
    };
    ended.map_err(at_end)?;
    let empty = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let row = rows.first();
    outcome(row.ok_or_else(|| Failure::Damaged(damaged(empty())))?)
}

/// Reads what the statement returned.
fn outcome(row: &Row) -> Result<Outcome, Failure> {
    let unexpected = |error| Failure::Damaged(damaged(error));
    if !row.try_get::<_, bool>(2).map_err(unexpected)? {
        return Err(Failure::Unbegun);
    }
    let condition: Option<i64> = row.try_get(0).map_err(unexpected)?;
    if let Some(number) = condition {
        let number = usize::try_from(number).unwrap_or_default();
        return Ok(Err(StoreCause::Condition { number }));
    }
    let revision: i64 = row.try_get(1).map_err(unexpected)?;
    let revision = u64::try_from(revision).map_err(|error| Failure::Damaged(damaged(error)))?;
    Ok(Ok(revision))
}

/// How long to wait before the next attempt: by chance, so that those who met do not
/// meet again.
fn pause(attempt: u32) -> Duration {
    let most = 1_000 << attempt.min(6);
    Duration::from_micros(RandomState::new().hash_one(attempt) % most)
}

/// Keys, one array for each part.
#[derive(Default)]
struct Keys<'b> {
    tenants: Vec<&'b [u8]>,
    collections: Vec<&'b [u8]>,
    paths: Vec<&'b [u8]>,
}

impl<'b> Keys<'b> {
    fn push(&mut self, key: &'b RecordKey) {
        self.tenants.push(key.tenant().as_bytes());
        self.collections.push(key.collection().as_bytes());
        self.paths.push(key.path());
    }
}

/// A batch, as the statement takes it.
#[derive(Default)]
struct Parameters<'b> {
    conditions: Keys<'b>,
    revisions: Vec<Option<i64>>,
    ranges: Keys<'b>,
    ends: Vec<&'b [u8]>,
    /// Those of `written` that lie in one of the ranges.
    kept: Keys<'b>,
    deleted: Keys<'b>,
    written: Keys<'b>,
    values: Vec<&'b [u8]>,
}

impl<'b> Parameters<'b> {
    fn new(batch: &'b Batch) -> Self {
        let mut all = Self::default();
        for (key, condition) in batch.conditions() {
            all.conditions.push(key);
            all.revisions.push(match condition {
                Condition::Absent => None,
                // No record has a revision below zero.
                Condition::Revision(revision) => Some(i64::try_from(*revision).unwrap_or(-1)),
            });
        }
        for range in batch.ranges() {
            all.ranges.tenants.push(range.tenant().as_bytes());
            all.ranges
                .collections
                .push(range.collection_name().as_bytes());
            all.ranges.paths.push(range.start());
            all.ends.push(end_of(range));
        }
        // Two commits that lock records in the same order do not wait for each other
        // in a circle.
        let mut changes: Vec<_> = batch.changes().iter().collect();
        changes.sort_by_key(|(key, _)| key);
        for (key, change) in changes {
            match change {
                Change::Delete => all.deleted.push(key),
                Change::Put(value) => {
                    all.written.push(key);
                    all.values.push(value);
                    if batch.ranges().iter().any(|range| range.contains(key)) {
                        all.kept.push(key);
                    }
                }
            }
        }
        all
    }

    fn all(&self) -> [&(dyn ToSql + Sync); 18] {
        [
            &self.conditions.tenants,
            &self.conditions.collections,
            &self.conditions.paths,
            &self.revisions,
            &self.ranges.tenants,
            &self.ranges.collections,
            &self.ranges.paths,
            &self.ends,
            &self.kept.tenants,
            &self.kept.collections,
            &self.kept.paths,
            &self.deleted.tenants,
            &self.deleted.collections,
            &self.deleted.paths,
            &self.written.tenants,
            &self.written.collections,
            &self.written.paths,
            &self.values,
        ]
    }
}
