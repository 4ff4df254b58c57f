//! The threads that read.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::Failure;
use crate::store::{Range, RecordKey, StoredRecord};
use crate::taxonomy::Tenant;
use crate::{Error, ErrorKind};

/// A path that comes after every path there can be: the end of a range that has
/// none.
const BEYOND: [u8; RecordKey::MAX_PATH + 1] = [0xff; RecordKey::MAX_PATH + 1];

pub(super) fn end_of(range: &Range) -> &[u8] {
    range.end().unwrap_or(&BEYOND)
}

pub(super) fn get(file: &Connection, key: RecordKey) -> Result<Option<StoredRecord>, Error> {
    let parts = params![
        key.tenant().as_bytes(),
        key.collection().as_bytes(),
        key.path()
    ];
    let found = file
        .prepare_cached(
            "SELECT revision, value FROM record
             WHERE tenant = ?1 AND collection = ?2 AND path = ?3",
        )
        .and_then(|mut statement| {
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
            statement.query_row(parts, row).optional()
        })
        .map_err(Failure::from)?;
    found
        .map(|(revision, value)| Ok(StoredRecord::new(key, value, number(revision)?)))
        .transpose()
}

pub(super) fn scan(
    file: &Connection,
    range: &Range,
    limit: usize,
) -> Result<Vec<StoredRecord>, Error> {
    let parts = params![
        range.tenant().as_bytes(),
        range.collection_name().as_bytes(),
        range.start(),
        end_of(range),
        limit as i64,
    ];
    let rows: Vec<(Vec<u8>, i64, Vec<u8>)> = file
        .prepare_cached(
            "SELECT path, revision, value FROM record
             WHERE tenant = ?1 AND collection = ?2 AND path >= ?3 AND path < ?4
             ORDER BY path LIMIT ?5",
        )
        .and_then(|mut statement| {
            let rows =
                statement.query_map(parts, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect()
        })
        .map_err(Failure::from)?;
    rows.into_iter()
        .map(|(path, revision, value)| {
            let key = RecordKey::new(Tenant::new(range.tenant()), range.collection_name(), path);
            let key = key.map_err(|_| damaged())?;
            Ok(StoredRecord::new(key, value, number(revision)?))
        })
        .collect()
}

pub(super) fn tenants(
    file: &Connection,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<String>, Error> {
    // One look into the index for each name, however many records it has. The
    // first name may be empty, so the question is whether there is one at all.
    names(file, after, limit, |last| {
        let sql = match last {
            Some(_) => "SELECT tenant FROM record WHERE tenant > ?1 ORDER BY tenant LIMIT 1",
            None => "SELECT tenant FROM record WHERE ?1 IS NULL ORDER BY tenant LIMIT 1",
        };
        let mut statement = file.prepare_cached(sql)?;
        let last = last.map(str::as_bytes);
        statement
            .query_row(params![last], |row| row.get(0))
            .optional()
    })
}

pub(super) fn collections(
    file: &Connection,
    tenant: &str,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<String>, Error> {
    // No collection has the empty name.
    names(file, after, limit, |last| {
        let mut statement = file.prepare_cached(
            "SELECT collection FROM record WHERE tenant = ?1 AND collection > ?2
             ORDER BY collection LIMIT 1",
        )?;
        let last = last.unwrap_or_default().as_bytes();
        statement
            .query_row(params![tenant.as_bytes(), last], |row| row.get(0))
            .optional()
    })
}

/// Names one by one, each from the one before, at one moment of the file.
fn names(
    file: &Connection,
    mut last: Option<String>,
    limit: usize,
    next: impl Fn(Option<&str>) -> Result<Option<Vec<u8>>, rusqlite::Error>,
) -> Result<Vec<String>, Error> {
    let moment = file.unchecked_transaction().map_err(Failure::from)?;
    let mut names = Vec::new();
    while names.len() < limit {
        let Some(name) = next(last.as_deref()).map_err(Failure::from)? else {
            break;
        };
        let name = String::from_utf8(name).map_err(|_| damaged())?;
        names.push(name.clone());
        last = Some(name);
    }
    moment.finish().map_err(Failure::from)?;
    Ok(names)
}

pub(super) fn number(revision: i64) -> Result<u64, Error> {
    u64::try_from(revision).map_err(|_| damaged())
}

fn damaged() -> Error {
    Error::message(ErrorKind::Integrity, "file of the store is damaged")
}
