//! The store in PostgreSQL, on a real server: that of `CONFIDANT_POSTGRES_URL`.

use std::env;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use confidant::store::{Batch, PostgresStore, Range, RecordKey, Store};
use confidant::{Error, ErrorKind};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

use super::load::{self, Acknowledged, LANES};
use super::server::Server;
use crate::support::{child, peer};
use confidant::taxonomy::Tenant;

/// The server for tests, where there is one.
pub(crate) fn address() -> Option<String> {
    let address = env::var("CONFIDANT_POSTGRES_URL").ok();
    peer::or_skip(address, "PostgreSQL at CONFIDANT_POSTGRES_URL")
}

/// A schema for one test in one run.
pub(crate) fn schema(test: &str) -> String {
    format!("{test}_{:x}", RandomState::new().hash_one(test))
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

pub(crate) async fn connect(address: &str, schema: &str) -> PostgresStore {
    let store = PostgresStore::builder(address).schema(schema);
    store.connect().await.unwrap()
}

/// A session past the store, as somebody else has it.
pub(crate) async fn session(address: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(async move { connection.await.ok() });
    client
}

/// Waits until the sessions of this name have ended, and not for long.
pub(crate) async fn sessions_ended(address: &str, name: &str) {
    let client = session(address).await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
    let begin = Instant::now();
    loop {
        let row = client.query_one(open, &[&name]).await.unwrap();
        if row.get::<_, i64>(0) == 0 {
            return;
        }
        let waited = begin.elapsed();
        assert!(
            waited < Duration::from_secs(10),
            "a dead client still has a session"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn put(path: &str, value: &[u8]) -> Batch {
    let key = RecordKey::new(Tenant::new("acme"), "files", path).unwrap();
    Batch::new().put(key, value.to_vec())
}

#[test]
#[cfg(feature = "store-conformance")]
fn conformance_postgres() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        // A name that needs its quotes, and that would be code without them.
        let schema = schema("it's \"; DROP SCHEMA public; -- ");
        let store = connect(&address, &schema).await;
        confidant::store::conformance::all(&store).await.unwrap();
    });
}

#[test]
fn postgres_schemas_have_nothing_in_common() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        let (one, two) = (schema("one"), schema("two"));
        let store = connect(&address, &one).await;
        let first = store.commit(put("a", b"one")).await.unwrap();
        let other = connect(&address, &two).await;
        assert!(other.tenants(None, 10).await.unwrap().is_empty());
        assert_eq!(other.commit(put("a", b"two")).await.unwrap(), first);
        drop(store);
        let again = connect(&address, &one).await;
        let range = Range::collection(Tenant::new("acme"), "files").unwrap();
        let found = again.scan(&range, 10).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].value.as_slice(), found[0].revision),
            (&b"one"[..], first)
        );
    });
}

const PROCESSES: usize = 2;
const STEPS: u64 = 60;
const TASKS: u64 = 4;

#[test]
fn postgres_two_processes_lose_no_update() {
    let Some(address) = address() else { return };
    let schema = schema("processes");
    // Nobody has made the tables: they race for that, too.
    let threads: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let task = format!("{schema} {address}");
            std::thread::spawn(move || {
                child::run(&mut child::command("store::postgres::child", &task));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    runtime().block_on(async {
        let store = connect(&address, &schema).await;
        let count = load::check(&store, 0).await;
        assert_eq!(count, PROCESSES as u64 * TASKS * STEPS);
    });
}

#[test]
fn child() {
    let Some(task) = child::task() else { return };
    let (schema, address) = task.split_once(' ').unwrap();
    runtime().block_on(async {
        let store = Arc::new(connect(address, schema).await);
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                for _ in 0..STEPS {
                    load::stubborn_step(&store, 0).await.unwrap();
                }
            });
        }
        tasks.join_all().await;
    });
}

#[test]
fn postgres_migrations_race() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        for _ in 0..5 {
            let schema = schema("race");
            let mut tasks = JoinSet::new();
            for number in 0..8 {
                let (address, schema) = (address.clone(), schema.clone());
                tasks.spawn(async move {
                    let store = connect(&address, &schema).await;
                    store.commit(put(&format!("{number}"), b"")).await.unwrap()
                });
            }
            let mut revisions = tasks.join_all().await;
            revisions.sort_unstable();
            revisions.dedup();
            assert_eq!(revisions.len(), 8);
        }
    });
}

#[test]
fn postgres_tables_of_a_later_version_are_refused() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        let schema = schema("later");
        drop(connect(&address, &schema).await);
        let other = session(&address).await;
        let sql = format!("INSERT INTO \"{schema}\".migration VALUES (9)");
        other.batch_execute(&sql).await.unwrap();
        let error = PostgresStore::builder(&address)
            .schema(&schema)
            .connect()
            .await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(
            error.to_string(),
            "store has schema version 9, but only versions up to 1 are known"
        );
    });
}

/// A role that may only read and write what is there needs no more.
#[test]
fn postgres_a_role_with_few_rights_is_enough() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        let schema = schema("rights");
        drop(connect(&address, &schema).await);
        let other = session(&address).await;
        let sql = format!(
            "CREATE ROLE \"{schema}\" LOGIN PASSWORD 'plain';
             GRANT USAGE ON SCHEMA \"{schema}\" TO \"{schema}\";
             GRANT SELECT, INSERT, UPDATE, DELETE ON \"{schema}\".record TO \"{schema}\";
             GRANT SELECT ON \"{schema}\".migration TO \"{schema}\";
             GRANT USAGE ON SEQUENCE \"{schema}\".revision TO \"{schema}\""
        );
        other.batch_execute(&sql).await.unwrap();
        let (_, place) = address.split_once('@').unwrap();
        let store = connect(&format!("postgresql://{schema}:plain@{place}"), &schema).await;
        store.commit(put("a", b"one")).await.unwrap();
        let error = PostgresStore::builder(&format!("postgresql://{schema}:plain@{place}"));
        let error = error.schema("somewhere else").connect().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Store, false)
        );
        let error = PostgresStore::builder(&format!("postgresql://{schema}:wrong@{place}"));
        let error = error.schema(&schema).connect().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Store, false)
        );
        assert_eq!(
            error.to_string(),
            "server of the store refuses the role or its password"
        );
        drop(store);
        let sql = format!("DROP OWNED BY \"{schema}\"; DROP ROLE \"{schema}\"");
        other.batch_execute(&sql).await.unwrap();
    });
}

/// A role without rights on the tables has none of its functions run by who uses them.
#[test]
fn postgres_functions_of_other_roles_are_not_called() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        let schema = schema("search");
        let other = session(&address).await;
        // Better matches than those of PostgreSQL, in a schema that is searched by default.
        let sql = format!(
            "CREATE SCHEMA \"{schema}-other\";
             CREATE FUNCTION \"{schema}-other\".nextval(text) RETURNS bigint
                 LANGUAGE sql AS 'SELECT 7::bigint';
             CREATE FUNCTION \"{schema}-other\".hashtextextended(text, integer) RETURNS bigint
                 LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END';
             CREATE ROLE \"{schema}\" LOGIN SUPERUSER PASSWORD 'plain';
             ALTER ROLE \"{schema}\" SET search_path = \"{schema}-other\", public"
        );
        other.batch_execute(&sql).await.unwrap();
        let (_, place) = address.split_once('@').unwrap();
        let store = connect(&format!("postgresql://{schema}:plain@{place}"), &schema).await;
        let first = store.commit(put("a", b"one")).await.unwrap();
        let second = store.commit(put("a", b"two")).await.unwrap();
        assert!(first < second, "{first} {second}");
        drop(store);
        let sql = format!(
            "DROP SCHEMA \"{schema}-other\" CASCADE; DROP OWNED BY \"{schema}\" CASCADE;
             DROP ROLE \"{schema}\""
        );
        other.batch_execute(&sql).await.unwrap();
    });
}

/// Somebody who may make schemas makes the store's before it does, with a trigger.
#[test]
fn postgres_a_schema_of_another_role_is_refused() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        let schema = schema("owner");
        drop(connect(&address, &schema).await);
        let other = session(&address).await;
        let (_, place) = address.split_once('@').unwrap();
        let sql = format!(
            "CREATE ROLE \"{schema}-user\" LOGIN PASSWORD 'plain';
             CREATE ROLE \"{schema}-owner\" LOGIN;
             GRANT USAGE ON SCHEMA \"{schema}\" TO \"{schema}-user\";
             GRANT SELECT, INSERT, UPDATE, DELETE ON \"{schema}\".record TO \"{schema}-user\";
             GRANT SELECT ON \"{schema}\".migration TO \"{schema}-user\";
             GRANT USAGE ON SEQUENCE \"{schema}\".revision TO \"{schema}-user\";
             ALTER SCHEMA \"{schema}\" OWNER TO \"{schema}-owner\""
        );
        other.batch_execute(&sql).await.unwrap();
        let builder = || {
            PostgresStore::builder(&format!("postgresql://{schema}-user:plain@{place}"))
                .schema(&schema)
        };
        let whole = "schema of the store belongs to another role of the database";
        let error = builder().connect().await.unwrap_err();
        assert_eq!(
            (error.kind(), &*error.to_string()),
            (ErrorKind::Config, whole)
        );
        let owner = format!("{schema}-owner");
        drop(builder().owner(&owner).connect().await.unwrap());
        let error = builder().owner("somebody").connect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);

        // One table alone is enough to have a trigger.
        let sql = format!(
            "ALTER SCHEMA \"{schema}\" OWNER TO CURRENT_USER;
             ALTER TABLE \"{schema}\".record OWNER TO \"{schema}-owner\""
        );
        other.batch_execute(&sql).await.unwrap();
        assert_eq!(
            builder().connect().await.unwrap_err().kind(),
            ErrorKind::Config
        );
        let sql = format!("GRANT \"{schema}-owner\" TO \"{schema}-user\"");
        other.batch_execute(&sql).await.unwrap();
        drop(builder().connect().await.unwrap());

        let sql = format!(
            "ALTER TABLE \"{schema}\".record OWNER TO CURRENT_USER;
             DROP OWNED BY \"{schema}-user\"; DROP ROLE \"{schema}-user\";
             DROP OWNED BY \"{schema}-owner\"; DROP ROLE \"{schema}-owner\""
        );
        other.batch_execute(&sql).await.unwrap();
    });
}

#[test]
fn postgres_a_client_that_hangs_or_dies_holds_nobody_up_for_long() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        let schema = schema("hang");
        let limit = Duration::from_millis(500);
        let store = PostgresStore::builder(&address)
            .schema(&schema)
            .timeout(limit);
        let store = store.connect().await.unwrap();
        store.commit(put("a", b"one")).await.unwrap();

        let other = session(&address).await;
        let hold = format!("BEGIN; UPDATE \"{schema}\".record SET revision = revision");
        other.batch_execute(&hold).await.unwrap();
        // What the other does not touch goes on, and what it holds is waited for.
        store.commit(put("b", b"two")).await.unwrap();
        let begin = Instant::now();
        let error = store.commit(put("a", b"two")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.is_retryable());
        assert!(begin.elapsed() < limit * 6);
        // Its process dies: the server sees the end of the connection.
        drop(other);
        loop {
            match store.commit(put("a", b"two")).await {
                Err(error) if error.is_retryable() => {}
                result => break result.unwrap(),
            }
        }
    });
}

#[test]
fn postgres_a_dropped_commit_leaves_the_connection_usable() {
    let Some(address) = address() else { return };
    runtime().block_on(async {
        let schema = schema("drop");
        let store = PostgresStore::builder(&address)
            .schema(&schema)
            .connections(1);
        let store = store.connect().await.unwrap();
        let key = |number: u32| {
            RecordKey::new(Tenant::new("acme"), "files", number.to_be_bytes()).unwrap()
        };
        for number in 0..100 {
            let batch = [0, 1].into_iter().fold(Batch::new(), |batch, half| {
                batch.put(key(number * 2 + half), vec![0; 2000])
            });
            let patience = Duration::from_micros(u64::from(number) * 50);
            tokio::time::timeout(patience, store.commit(batch))
                .await
                .ok();
            let range = Range::collection(Tenant::new("acme"), "files").unwrap();
            let found = store.scan(&range, 1000).await.unwrap();
            assert_eq!(found.len() % 2, 0, "half of a commit is there");
        }
        assert!(store.get(&key(0)).await.is_ok());
    });
}

#[test]
fn postgres_a_restart_under_load_loses_nothing() {
    // There are programs to start one where there is one.
    if address().is_none() {
        return;
    }
    let server = Server::start();
    let schema = schema("restart");
    runtime().block_on(async {
        let store = Arc::new(connect(server.address(), &schema).await);
        let mut acknowledged = Acknowledged::default();
        for mode in ["fast", "immediate", "fast", "immediate"] {
            let stop = Arc::new(AtomicBool::new(false));
            let mut tasks = JoinSet::new();
            for lane in 0..LANES {
                let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
                tasks.spawn(async move { run_lane(&store, lane, &stop).await });
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            tokio::task::block_in_place(|| server.restart(mode));
            // It goes on, on the same store.
            tokio::time::sleep(Duration::from_millis(500)).await;
            stop.store(true, Ordering::SeqCst);
            let lanes = tasks.join_all().await;
            assert!(
                lanes.iter().any(|lane| lane.failures > 0),
                "nothing was under way"
            );
            for lane in lanes {
                assert!(lane.recovered, "lane {} did not recover", lane.number);
                acknowledged.note(lane.number, lane.count);
            }
            acknowledged.check(&*store).await;
        }
    });
}

struct Lane {
    number: u64,
    count: u64,
    failures: u64,
    /// Its last commit happened, after one that failed or without any that did.
    recovered: bool,
}

async fn run_lane(store: &PostgresStore, number: u64, stop: &AtomicBool) -> Lane {
    let mut lane = Lane {
        number,
        count: 0,
        failures: 0,
        recovered: false,
    };
    while !stop.load(Ordering::SeqCst) {
        let result = load::step(store, number).await;
        lane.recovered = result.is_ok();
        match result {
            Ok(count) => lane.count = count,
            Err(error) => {
                assert!(is_passing(&error), "{error}: {:?}", error.expose_source());
                lane.failures += 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    // A commit in doubt may have come before the last count.
    lane
}

/// Whether an error tells its caller that it is worth going on.
pub(crate) fn is_passing(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Store => error.is_retryable(),
        ErrorKind::InDoubt => true,
        _ => false,
    }
}

#[test]
fn postgres_tls_checks_who_the_server_is() {
    if address().is_none() {
        return;
    }
    let server = Server::start();
    let Some(authority) = peer::or_skip(server.authority(), "openssl") else {
        return;
    };
    let address = |host: &str| {
        let address = server.address().replace("127.0.0.1", host);
        format!("{address}?sslmode=require")
    };
    let schema = schema("tls");
    runtime().block_on(async {
        let builder = PostgresStore::builder(&address("127.0.0.1")).schema(&schema);
        let store = builder
            .root_certificates(&authority)
            .connect()
            .await
            .unwrap();
        store.commit(put("a", b"one")).await.unwrap();

        let unknown = PostgresStore::builder(&address("127.0.0.1")).schema(&schema);
        let error = unknown.connect().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Store | ErrorKind::Config));
        // The certificate is of 127.0.0.1, and of no other name.
        let other = PostgresStore::builder(&address("localhost")).schema(&schema);
        let error = other
            .root_certificates(&authority)
            .connect()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
    });
}

#[test]
fn bad_settings_are_refused_before_anything_is_sent() {
    let nowhere = "host=127.0.0.1 port=1 user=nobody connect_timeout=1";
    let kind = |builder: confidant::store::PostgresStoreBuilder| {
        let error = runtime().block_on(builder.connect()).unwrap_err();
        (error.kind(), error.is_retryable())
    };
    let config = (ErrorKind::Config, false);
    let builder = || PostgresStore::builder(nowhere);
    assert_eq!(kind(PostgresStore::builder("no=such setting")), config);
    assert_eq!(kind(builder().schema("")), config);
    assert_eq!(kind(builder().schema(&"n".repeat(64))), config);
    assert_eq!(kind(builder().connections(0)), config);
    assert_eq!(kind(builder().timeout(Duration::ZERO)), config);
    assert_eq!(kind(builder().timeout(Duration::MAX)), config);
    let tls = PostgresStore::builder("host=127.0.0.1 port=1 user=nobody sslmode=require");
    assert_eq!(kind(tls.root_certificates(b"no certificate")), config);
    assert_eq!(kind(builder()), (ErrorKind::Store, true));

    // Outside of a runtime it is an error, and no panic.
    let error = pollster::block_on(builder().connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
