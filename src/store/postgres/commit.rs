//! Commits.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use deadpool_postgres::Object;
use futures_util::future::join3;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::PostgresStore;
use super::failure::{damaged, failed, in_doubt, is_contended, is_refusal, unanswered};
use super::sql::end_of;
use crate::Error;
use crate::error::StoreCause;
use crate::store::{Batch, Change, Condition, Key};

/// How often a commit is made before others are too many.
const ATTEMPTS: u32 = 20;

pub(super) async fn commit(store: &PostgresStore, batch: &Batch) -> Result<u64, Error> {
    let parameters = Parameters::new(batch);
    let mut attempt = 0;
    loop {
        let connection = store.connection().await?;
        let prepare = connection.prepare_cached(&store.sql.commit);
        let Some(statement) = store.in_time(prepare).await else {
            drop(Object::take(connection));
            return Err(super::failure::silent());
        };
        let statement = statement.map_err(failed)?;
        let sent = send(&connection, &statement, &parameters);
        let Some(answer) = store.in_time(sent).await else {
            drop(Object::take(connection));
            return Err(unanswered());
        };
        drop(connection);
        match answer {
            Ok(outcome) => return outcome.map_err(Error::from),
            Err(Failure::Refused(error)) => {
                attempt += 1;
                if !is_contended(&error) || attempt == ATTEMPTS {
                    return Err(failed(error));
                }
            }
            Err(Failure::InDoubt(error)) => return Err(in_doubt(error)),
            Err(Failure::Damaged(error)) => return Err(error),
        }
        tokio::time::sleep(pause(attempt)).await;
    }
}

/// Why a transaction came to nothing, or may have.
enum Failure {
    Refused(tokio_postgres::Error),
    InDoubt(tokio_postgres::Error),
    Damaged(Error),
}

/// Sends a whole transaction before the first answer is there, so that the server
/// never waits for us in the middle of one.
async fn send(
    connection: &Object,
    statement: &Statement,
    parameters: &Parameters<'_>,
) -> Result<Result<u64, StoreCause>, Failure> {
    let (begun, rows, ended) = join3(
        connection.batch_execute("BEGIN ISOLATION LEVEL SERIALIZABLE"),
        connection.query(statement, &parameters.all()),
        connection.batch_execute("COMMIT"),
    )
    .await;
    // The server answers in order: what it refuses before the end did not happen,
    // since it commits nothing of a transaction that failed, or of a session it gave
    // up. Of a lost connection nothing is known.
    let before_end = |error: tokio_postgres::Error| match error.as_db_error() {
        Some(_) => Failure::Refused(error),
        None => Failure::InDoubt(error),
    };
    begun.map_err(before_end)?;
    let rows = rows.map_err(before_end)?;
    ended.map_err(|error| {
        if is_refusal(&error) {
            Failure::Refused(error)
        } else {
            Failure::InDoubt(error)
        }
    })?;
    let unexpected = |error| Failure::Damaged(damaged(error));
    let Some(row) = rows.first() else {
        let empty = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        return Err(Failure::Damaged(damaged(empty)));
    };
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
    fn push(&mut self, key: &'b Key) {
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
