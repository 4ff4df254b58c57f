//! The statements.

use crate::Error;
use crate::store::{Range, RecordKey};

/// A path that comes after every path there can be: the end of a range that has
/// none.
const BEYOND: [u8; RecordKey::MAX_PATH + 1] = [0xff; RecordKey::MAX_PATH + 1];

pub(super) fn end_of(range: &Range) -> &[u8] {
    range.end().unwrap_or(&BEYOND)
}

/// The name of a schema, in quotes.
///
/// # Errors
/// PostgreSQL cuts a name of more than 63 bytes off, so that two could be one.
pub(super) fn quoted(schema: &str) -> Result<String, Error> {
    if schema.is_empty() || schema.len() > 63 || schema.contains('\0') {
        return Err(Error::config(
            "name of the schema is not 1 to 63 bytes without a zero byte",
        ));
    }
    Ok(format!("\"{}\"", schema.replace('"', "\"\"")))
}

/// The statements of one schema.
pub(super) struct Sql {
    pub(super) get: String,
    pub(super) scan: String,
    pub(super) tenants: String,
    pub(super) collections: String,
    pub(super) commit: String,
}

impl Sql {
    /// `schema` is quoted.
    pub(super) fn new(schema: &str) -> Self {
        Self {
            get: format!(
                "SELECT revision, value FROM {schema}.record
                 WHERE tenant = $1 AND collection = $2 AND path = $3"
            ),
            scan: format!(
                "SELECT path, revision, value FROM {schema}.record
                 WHERE tenant = $1 AND collection = $2 AND path >= $3 AND path < $4
                 ORDER BY path LIMIT $5"
            ),
            tenants: names(schema, "tenant", "true"),
            collections: names(schema, "collection", "tenant = $3::bytea"),
            commit: commit(schema),
        }
    }
}

/// The different values of a column from `$1` on, up to `$2` of them: one look into
/// the index for each, however many records have it.
fn names(schema: &str, column: &str, filter: &str) -> String {
    format!(
        "WITH RECURSIVE names (name) AS (
             (SELECT {column} FROM {schema}.record
              WHERE {column} >= $1::bytea AND {filter} ORDER BY {column} LIMIT 1)
             UNION ALL
             SELECT (SELECT {column} FROM {schema}.record
                     WHERE {column} > names.name AND {filter} ORDER BY {column} LIMIT 1)
             FROM names WHERE names.name IS NOT NULL
         )
         SELECT name FROM names WHERE name IS NOT NULL LIMIT $2::bigint"
    )
}

/// What begins the transaction of a commit, and marks it for [`commit`].
///
/// The mark lasts as long as the transaction. Where there is none, it is never made.
pub(super) const BEGIN: &str =
    "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL confidant.commit = 'begun'";

/// A whole batch as one statement. It returns the first condition that does not hold,
/// or the revision, and whether it ran in the transaction that [`BEGIN`] began.
///
/// It is on its way before `BEGIN` is answered. Should the server refuse that one, the
/// statement would run, and commit, by itself: so it looks for the mark and changes
/// nothing without it.
///
/// The parts of one statement all see the records as they were before it, and none
/// may change a record twice: so what is written anew is left out of the ranges to
/// be emptied. `NULL` for a revision says that there must be no record.
fn commit(schema: &str) -> String {
    format!(
        "WITH begun AS MATERIALIZED (
             SELECT current_setting('transaction_isolation') = 'serializable'
                 AND coalesce(current_setting('confidant.commit', true), '') = 'begun' AS holds
         ), failed AS MATERIALIZED (
             SELECT wanted.number
             FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bigint[])
                 WITH ORDINALITY AS wanted (tenant, collection, path, revision, number)
             LEFT JOIN {schema}.record AS found
                 ON found.tenant = wanted.tenant AND found.collection = wanted.collection
                 AND found.path = wanted.path
             WHERE found.revision IS DISTINCT FROM wanted.revision
             ORDER BY wanted.number LIMIT 1
         ), counted AS MATERIALIZED (
             SELECT nextval('{sequence}'::regclass) AS revision FROM begun
             WHERE begun.holds AND NOT EXISTS (SELECT FROM failed)
         ), emptied AS (
             DELETE FROM {schema}.record AS found
             USING counted, unnest($5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
                 AS range (tenant, collection, first, beyond)
             WHERE found.tenant = range.tenant AND found.collection = range.collection
                 AND found.path >= range.first AND found.path < range.beyond
                 AND (found.tenant, found.collection, found.path) NOT IN (
                     SELECT * FROM unnest($9::bytea[], $10::bytea[], $11::bytea[])
                 )
         ), deleted AS (
             DELETE FROM {schema}.record AS found
             USING counted, unnest($12::bytea[], $13::bytea[], $14::bytea[])
                 AS gone (tenant, collection, path)
             WHERE found.tenant = gone.tenant AND found.collection = gone.collection
                 AND found.path = gone.path
         ), written AS (
             INSERT INTO {schema}.record (tenant, collection, path, value, revision)
             SELECT new.tenant, new.collection, new.path, new.value, counted.revision
             FROM counted, unnest($15::bytea[], $16::bytea[], $17::bytea[], $18::bytea[])
                 AS new (tenant, collection, path, value)
             ON CONFLICT (tenant, collection, path)
                 DO UPDATE SET value = excluded.value, revision = excluded.revision
         )
         SELECT (SELECT number FROM failed), (SELECT revision FROM counted),
             (SELECT holds FROM begun)",
        sequence = format!("{schema}.revision").replace('\'', "''"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_inside_its_quotes() {
        assert_eq!(quoted("plain").unwrap(), "\"plain\"");
        assert_eq!(
            quoted("a\"; DROP TABLE x; --").unwrap(),
            "\"a\"\"; DROP TABLE x; --\""
        );
        assert!(quoted(&"n".repeat(63)).is_ok());
        for name in ["", "a\0", &"n".repeat(64), &"é".repeat(32)] {
            assert!(quoted(name).is_err());
        }
        let sql = Sql::new(&quoted("it's").unwrap());
        assert!(
            sql.commit
                .contains("nextval('\"it''s\".revision'::regclass)")
        );
    }
}
