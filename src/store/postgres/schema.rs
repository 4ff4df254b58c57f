//! The tables.

use deadpool_postgres::Object;

use super::PostgresStore;
use super::failure::{damaged, failed};
use crate::Error;
use crate::error::StoreCause;

/// What each version adds to the one before, where `{}` is the schema. A released
/// one never changes.
///
/// A sequence never gives a number twice, whatever becomes of the transaction. What
/// is stored is sealed, so that to compress it would be work for nothing.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE {}.record (
        tenant bytea NOT NULL,
        collection bytea NOT NULL,
        path bytea NOT NULL,
        revision bigint NOT NULL,
        value bytea NOT NULL,
        PRIMARY KEY (tenant, collection, path)
    );
    ALTER TABLE {}.record ALTER COLUMN value SET STORAGE EXTERNAL;
    CREATE SEQUENCE {}.revision AS bigint MINVALUE 1 NO CYCLE CACHE 1;
"];

/// Brings the tables of `schema`, which is quoted, up to date.
///
/// Those that are need no more than to be read. Otherwise one process at a time does
/// it, in one transaction.
pub(super) async fn migrate(
    store: &PostgresStore,
    schema: &str,
    owner: Option<&str>,
) -> Result<(), Error> {
    let mut connection = store.connection().await?;
    check_owners(&connection, schema, owner).await?;
    if version(&connection, schema).await? == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction().await.map_err(failed)?;
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('confidant ' || $1, 0::bigint))";
    transaction
        .execute(lock, &[&schema])
        .await
        .map_err(failed)?;
    let make = format!(
        "CREATE SCHEMA IF NOT EXISTS {schema};
         CREATE TABLE IF NOT EXISTS {schema}.migration (version bigint PRIMARY KEY)"
    );
    transaction.batch_execute(&make).await.map_err(failed)?;
    // Another process may have been first.
    let found = format!("SELECT coalesce(max(version), 0) FROM {schema}.migration");
    let row = transaction.query_one(&found, &[]).await.map_err(failed)?;
    let done = known(row.try_get(0).map_err(damaged)?)?;
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        let sql = format!(
            "{}; INSERT INTO {schema}.migration VALUES ({})",
            migration.replace("{}", schema),
            at + 1
        );
        transaction.batch_execute(&sql).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// Refuses a schema, table or sequence of a role that is neither this one, nor one that it
/// belongs to, nor `named`: triggers and defaults would run with the rights of this role.
///
/// A superuser and the owner of the database could have them run anyway.
async fn check_owners(connection: &Object, schema: &str, named: Option<&str>) -> Result<(), Error> {
    let foreign = "
        WITH own AS (
            SELECT oid, rolsuper FROM pg_roles WHERE rolname = current_user
        ), owners AS (
            SELECT nspowner AS owner FROM pg_namespace WHERE oid = to_regnamespace($1)
            UNION
            SELECT relowner FROM pg_class WHERE relnamespace = to_regnamespace($1)
        )
        SELECT EXISTS (
            SELECT FROM owners CROSS JOIN own JOIN pg_roles AS role ON role.oid = owners.owner
            WHERE role.oid <> own.oid AND role.rolname IS DISTINCT FROM $2::text::name
                AND NOT role.rolsuper
                AND role.oid <> (SELECT datdba FROM pg_database WHERE datname = current_database())
                AND (own.rolsuper OR NOT pg_has_role(own.oid, role.oid, 'USAGE'))
        )";
    let row = connection
        .query_one(foreign, &[&schema, &named])
        .await
        .map_err(failed)?;
    match row.try_get(0).map_err(damaged)? {
        false => Ok(()),
        true => Err(Error::config(
            "schema of the store belongs to another role of the database",
        )),
    }
}

/// How many migrations were made.
async fn version(connection: &Object, schema: &str) -> Result<usize, Error> {
    let table = format!("{schema}.migration");
    let exists = "SELECT to_regclass($1) IS NOT NULL";
    let row = connection
        .query_one(exists, &[&table])
        .await
        .map_err(failed)?;
    if !row.try_get(0).map_err(damaged)? {
        return Ok(0);
    }
    let latest = format!("SELECT coalesce(max(version), 0) FROM {table}");
    let row = connection.query_one(&latest, &[]).await.map_err(failed)?;
    known(row.try_get(0).map_err(damaged)?)
}

fn known(found: i64) -> Result<usize, Error> {
    let known = MIGRATIONS.len();
    let version = usize::try_from(found).ok();
    let version = version.filter(|version| *version <= known);
    version.ok_or_else(|| {
        let known = known as i64;
        StoreCause::Newer { found, known }.into()
    })
}
