//! How fast each store is: commits and reads a second, one caller and many.
//!
//! `cargo bench --bench store --all-features` takes about a minute. PostgreSQL is
//! measured where `CONFIDANT_POSTGRES_URL` names a server. Options come after `--`:
//! `--only NAME` for one store (`memory`, `sqlite`, `postgres`), `--quick` or `--test`
//! for a run of seconds whose figures mean little.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program of its own, which should stop where it cannot measure"
)]

#[path = "../redaction/plan.rs"]
mod plan;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use confidant::store::{Batch, Condition, MemoryStore, Range, RecordKey, Store};
use confidant::taxonomy::Tenant;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use plan::Plan;

/// How many callers at once.
const CALLERS: [u64; 4] = [1, 4, 16, 64];
/// The bytes of a value: those of a sealed secret, and of an entry of a log.
const VALUE: usize = 256;
/// Records that are there to be read.
const RECORDS: u64 = 10_000;

fn main() -> ExitCode {
    Plan::run(run)
}

/// How long each call is measured.
fn each(plan: &Plan) -> Duration {
    Duration::from_millis(if plan.quick { 50 } else { 1000 })
}

fn run(plan: &Plan) {
    println!(
        "confidant {}, values of {VALUE} B, {} ms for each figure",
        env!("CARGO_PKG_VERSION"),
        each(plan).as_millis()
    );
    println!("\nCalls a second, by callers at once");
    println!("| store | call | 1 | 4 | 16 | 64 |");
    println!("|---|---|--:|--:|--:|--:|");
    let runtime = Runtime::new().expect("a runtime");
    if plan.wants("memory") {
        rows(plan, &runtime, "memory", &Arc::new(MemoryStore::new()));
    }
    #[cfg(feature = "sqlite")]
    if plan.wants("sqlite") {
        let folder = std::env::temp_dir().join(format!("confidant-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let store = confidant::store::SqliteStore::open(folder.join("store"));
        rows(plan, &runtime, "SQLite", &Arc::new(store.expect("a store")));
        std::fs::remove_dir_all(&folder).expect("an end");
    }
    #[cfg(feature = "postgres")]
    if plan.wants("postgres") {
        match std::env::var("CONFIDANT_POSTGRES_URL") {
            Ok(address) => {
                let schema = format!("bench_{}", std::process::id());
                let builder = confidant::store::PostgresStore::builder(&address)
                    .schema(&schema)
                    .connections(16);
                let store = runtime.block_on(builder.connect()).expect("a store");
                rows(plan, &runtime, "PostgreSQL", &Arc::new(store));
            }
            Err(_) => {
                println!("| PostgreSQL | not measured: `CONFIDANT_POSTGRES_URL` is not set |")
            }
        }
    }
}

fn rows<S: Store + 'static>(plan: &Plan, runtime: &Runtime, name: &str, store: &Arc<S>) {
    runtime.block_on(fill(store.as_ref()));
    let row = |call: &str, figures: [f64; 4]| {
        let figures = figures.map(|figure| format!("{figure:.0}")).join(" | ");
        println!("| {name} | {call} | {figures} |");
    };
    let rate = |call| CALLERS.map(|callers| measure(plan, runtime, store, callers, call));
    row("commit, a new record", rate(Call::Create));
    row("commit, a counter for each caller", rate(Call::Count));
    row("get", rate(Call::Get));
    row("scan of 100", rate(Call::Scan));
}

#[derive(Clone, Copy)]
enum Call {
    Count,
    Create,
    Get,
    Scan,
}

fn key(collection: &str, number: u64) -> RecordKey {
    RecordKey::new(Tenant::new("bench"), collection, number.to_be_bytes()).expect("a key")
}

async fn fill(store: &dyn Store) {
    for first in (0..RECORDS).step_by(1000) {
        let batch = (first..first + 1000).fold(Batch::new(), |batch, number| {
            batch.put(key("records", number), vec![7; VALUE])
        });
        store.commit(batch).await.expect("a commit");
    }
}

/// Calls a second of so many callers, each with a call under way at any time.
fn measure<S: Store + 'static>(
    plan: &Plan,
    runtime: &Runtime,
    store: &Arc<S>,
    callers: u64,
    call: Call,
) -> f64 {
    let done = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let end = begin + each(plan);
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (store, done) = (Arc::clone(store), Arc::clone(&done));
            tasks.spawn(async move {
                let mut random = caller.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
                let mut revision = None;
                while Instant::now() < end {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    one(store.as_ref(), call, caller, random, &mut revision).await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        tasks.join_all().await;
    });
    done.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64()
}

async fn one(store: &dyn Store, call: Call, caller: u64, random: u64, revision: &mut Option<u64>) {
    let record = random % RECORDS;
    match call {
        Call::Create => {
            let key = key("new", random);
            let batch = Batch::new().put(key, vec![7; VALUE]);
            store.commit(batch).await.expect("a commit");
        }
        Call::Count => {
            let key = key("counters", caller);
            let condition = match *revision {
                Some(revision) => Condition::Revision(revision),
                None => match store.get(&key).await.expect("an answer") {
                    Some(record) => Condition::Revision(record.revision),
                    None => Condition::Absent,
                },
            };
            let batch = Batch::new()
                .require(key.clone(), condition)
                .put(key, vec![7; VALUE]);
            match store.commit(batch).await {
                Ok(number) => *revision = Some(number),
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        }
        Call::Get => {
            let found = store.get(&key("records", record)).await;
            assert!(found.expect("an answer").is_some());
        }
        Call::Scan => {
            let from = record.min(RECORDS - 100).to_be_bytes();
            let range = Range::collection(Tenant::new("bench"), "records")
                .expect("a range")
                .from(from);
            let found = store.scan(&range, 100).await.expect("an answer");
            assert_eq!(found.len(), 100);
        }
    }
}
