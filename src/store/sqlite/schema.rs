//! The tables of a file, which may hold nothing else.

use rusqlite::Connection;

/// "Conf": says that the file is a store of this crate.
pub(super) const APPLICATION: i64 = 0x436f_6e66;

/// What each version of the schema adds to the one before. A released one never
/// changes.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE record (
        tenant BLOB NOT NULL,
        collection BLOB NOT NULL,
        path BLOB NOT NULL,
        revision INTEGER NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (tenant, collection, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counter (revision INTEGER NOT NULL) STRICT;
    INSERT INTO counter VALUES (0);
"];

/// A table, index, view or trigger: its type, its name, the table it belongs to, and
/// the statement that made it.
type Object = (String, String, String, Option<String>);

/// Whether the file holds the objects of the latest version and no others. A trigger
/// or a view would have this crate do and read what somebody else wants. What SQLite
/// keeps for its planner is left alone.
pub(super) fn is_ours(file: &Connection) -> Result<bool, rusqlite::Error> {
    let model = Connection::open_in_memory()?;
    for migration in MIGRATIONS {
        model.execute_batch(migration)?;
    }
    Ok(objects(file)? == objects(&model)?)
}

fn objects(file: &Connection) -> Result<Vec<Object>, rusqlite::Error> {
    let mut statement = file.prepare(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema
         WHERE type <> 'table' OR name NOT IN ('sqlite_stat1', 'sqlite_stat4')
         ORDER BY name, type, tbl_name",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    rows.collect()
}

/// The number that changes whenever an object comes or goes.
pub(super) fn version(file: &Connection) -> Result<i64, rusqlite::Error> {
    file.prepare_cached("PRAGMA schema_version")?
        .query_row([], |row| row.get(0))
}
