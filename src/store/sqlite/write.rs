//! The thread that writes.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::failure::Failure;
use super::read::end_of;
use super::watch::Watch;
use crate::error::StoreCause;
use crate::store::{Batch, Change, RecordKey};

/// What a batch came to: its number, or the condition that does not hold.
pub(super) type Outcome = Result<u64, StoreCause>;

/// Commits all of the batches at once, each on its own conditions and in its turn.
///
/// What fails fails before anything is seen of any of them.
pub(super) fn commit<'b>(
    file: &mut Connection,
    watch: &mut Watch,
    batches: impl Iterator<Item = &'b Batch>,
) -> Result<Vec<Outcome>, Failure> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    watch.check_schema(&transaction)?;
    let outcomes: Result<Vec<_>, _> = batches.map(|batch| apply(&transaction, batch)).collect();
    let outcomes = outcomes?;
    watch.check_files(false)?;
    transaction.commit().map_err(Failure::at_end)?;
    watch.check_files(true)?;
    Ok(outcomes)
}

fn apply(file: &Connection, batch: &Batch) -> Result<Outcome, rusqlite::Error> {
    for (at, (key, condition)) in batch.conditions().iter().enumerate() {
        let found = revision(file, key)?;
        // SQLite's numbers are signed; one below zero is no revision.
        if !condition.holds(found.map(|found| found.try_into().unwrap_or(0))) {
            return Ok(Err(StoreCause::Condition { number: at + 1 }));
        }
    }
    let revision: i64 = file
        .prepare_cached("UPDATE counter SET revision = revision + 1 RETURNING revision")?
        .query_row([], |row| row.get(0))?;
    for range in batch.ranges() {
        file.prepare_cached(
            "DELETE FROM record
             WHERE tenant = ?1 AND collection = ?2 AND path >= ?3 AND path < ?4",
        )?
        .execute(params![
            range.tenant().as_bytes(),
            range.collection_name().as_bytes(),
            range.start(),
            end_of(range),
        ])?;
    }
    for (key, change) in batch.changes() {
        let (tenant, collection) = (key.tenant().as_bytes(), key.collection().as_bytes());
        match change {
            Change::Delete => file
                .prepare_cached(
                    "DELETE FROM record WHERE tenant = ?1 AND collection = ?2 AND path = ?3",
                )?
                .execute(params![tenant, collection, key.path()])?,
            Change::Put(value) => file
                .prepare_cached(
                    "INSERT INTO record (tenant, collection, path, revision, value)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO UPDATE SET revision = ?4, value = ?5",
                )?
                .execute(params![tenant, collection, key.path(), revision, value])?,
        };
    }
    Ok(Ok(revision.try_into().unwrap_or(0)))
}

fn revision(file: &Connection, key: &RecordKey) -> Result<Option<i64>, rusqlite::Error> {
    file.prepare_cached(
        "SELECT revision FROM record WHERE tenant = ?1 AND collection = ?2 AND path = ?3",
    )?
    .query_row(
        params![
            key.tenant().as_bytes(),
            key.collection().as_bytes(),
            key.path()
        ],
        |row| row.get(0),
    )
    .optional()
}
