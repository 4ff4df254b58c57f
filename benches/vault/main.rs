//! How fast the vault is on each store: puts and uses a second, one caller and many, and
//! how many secrets a second are wrapped anew when the key of their tenant changes.
//!
//! `cargo bench --bench vault --all-features` takes about half a minute. PostgreSQL is
//! measured where `CONFIDANT_POSTGRES_URL` names a server, with the log in it; SQLite has
//! the log in files. Options come after `--`: `--only NAME` for one store (`memory`,
//! `sqlite`, `postgres`), `--quick` or `--test` for a run of seconds whose figures mean
//! little.
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

use confidant::audit::{Caller, Identifier, Log, LogKey, Signer, SigningKey};
use confidant::seal::{Keyring, LocalKeys};
use confidant::store::{MemoryStore, Store};
use confidant::taxonomy::Tenant;
use confidant::vault::{NewSecret, SecretPurpose, SecretRef, Vault};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use plan::Plan;

/// How many callers at once.
const CALLERS: [u64; 3] = [1, 16, 64];
/// The bytes of a value: those of a token.
const VALUE: usize = 64;

fn main() -> ExitCode {
    Plan::run(run)
}

/// How long each call is measured.
fn each(plan: &Plan) -> Duration {
    Duration::from_millis(if plan.quick { 50 } else { 2000 })
}

fn run(plan: &Plan) {
    println!(
        "confidant {}, values of {VALUE} B, {} ms for each figure",
        env!("CARGO_PKG_VERSION"),
        each(plan).as_millis()
    );
    println!("\nCalls a second, by callers at once; each leaves two durable entries");
    println!("| store | call | 1 | 16 | 64 |");
    println!("|---|---|--:|--:|--:|");
    let runtime = Runtime::new().expect("a runtime");
    if plan.wants("memory") {
        let log = Log::builder(signer()).in_memory().expect("a log");
        rows(plan, &runtime, "memory", Arc::new(MemoryStore::new()), log);
    }
    #[cfg(feature = "sqlite")]
    if plan.wants("sqlite") {
        let folder = std::env::temp_dir().join(format!("confidant-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let store = confidant::store::SqliteStore::open(folder.join("store"));
        let log = Log::builder(signer()).open(folder.join("log"));
        let log = runtime.block_on(log).expect("a log");
        let store = Arc::new(store.expect("a store"));
        rows(plan, &runtime, "SQLite", store, log);
        std::fs::remove_dir_all(&folder).expect("an end");
    }
    #[cfg(feature = "postgres")]
    if plan.wants("postgres") {
        match std::env::var("CONFIDANT_POSTGRES_URL") {
            Ok(address) => {
                let schema = format!("bench_vault_{}", std::process::id());
                let builder = confidant::store::PostgresStore::builder(&address)
                    .schema(&schema)
                    .connections(16);
                let store = runtime.block_on(builder.connect()).expect("a store");
                let store: Arc<dyn Store> = Arc::new(store);
                let log = Log::builder(signer()).open_store(Arc::clone(&store), "main");
                let log = runtime.block_on(log).expect("a log");
                rows(plan, &runtime, "PostgreSQL", store, log);
            }
            Err(_) => {
                println!("| PostgreSQL | not measured: `CONFIDANT_POSTGRES_URL` is not set |")
            }
        }
    }
}

fn signer() -> Arc<dyn Signer> {
    Arc::new(SigningKey::generate("bench.test/log").expect("a key"))
}

fn rows(plan: &Plan, runtime: &Runtime, name: &str, store: Arc<dyn Store>, log: Log) {
    let keyring = Keyring::new(LocalKeys::generate("local:bench").expect("a key"));
    let log_key = LogKey::generate().expect("a key");
    let vault = Vault::builder(keyring, store, log, log_key).build();
    let secret = runtime.block_on(put(&vault, "used")).expect("a secret");
    for call in [Call::Put, Call::Use] {
        let figures = CALLERS.map(|callers| measure(plan, runtime, &vault, &secret, callers, call));
        let figures = figures.map(|figure| format!("{figure:.0}")).join(" | ");
        let call = match call {
            Call::Put => "put, a new secret",
            Call::Use => "use",
        };
        println!("| {name} | {call} | {figures} |");
    }
    let rewrapped = rewrap(plan, runtime, &vault);
    println!("| {name} | re-wrap | {rewrapped:.0} | | |");
}

/// Secrets that are wrapped anew, a second.
fn rewrap(plan: &Plan, runtime: &Runtime, vault: &Vault) -> f64 {
    let count = if plan.quick { 100 } else { 10_000 };
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for task in 0..20 {
            let vault = vault.clone();
            tasks.spawn(async move {
                for number in 0..count / 20 {
                    let name = format!("rewrap-{task}-{number}");
                    let new = NewSecret::new(Tenant::new("rewrap"), &name, &[7; VALUE], purpose());
                    vault.put(&caller(), &new).await.expect("a secret");
                }
            });
        }
        tasks.join_all().await;
        let rotated = vault.rotate_tenant_key(&caller(), "rewrap", 1).await;
        rotated.expect("a key");
        let begin = Instant::now();
        let caller = caller();
        let done = vault.rewrap_secrets(&caller, "rewrap", None, |_| ());
        let done = done.await.expect("an end");
        assert_eq!(done.rewrapped, count);
        done.rewrapped as f64 / begin.elapsed().as_secs_f64()
    })
}

#[derive(Clone, Copy)]
enum Call {
    Put,
    Use,
}

fn caller() -> Caller {
    Caller::new(Identifier::new("service:bench").expect("an id"))
}

fn purpose() -> SecretPurpose {
    SecretPurpose::new("bench").expect("a purpose")
}

async fn put(vault: &Vault, name: &str) -> Result<SecretRef, confidant::Error> {
    let secret = NewSecret::new(Tenant::new("bench"), name, &[7; VALUE], purpose());
    vault.put(&caller(), &secret).await
}

/// Calls a second of so many callers, each with a call under way at any time.
fn measure(
    plan: &Plan,
    runtime: &Runtime,
    vault: &Vault,
    secret: &SecretRef,
    callers: u64,
    call: Call,
) -> f64 {
    let done = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let end = begin + each(plan);
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for task in 0..callers {
            let (vault, secret, done) = (vault.clone(), secret.clone(), Arc::clone(&done));
            tasks.spawn(async move {
                let (caller, purpose) = (caller(), purpose());
                let mut number = 0;
                while Instant::now() < end {
                    match call {
                        Call::Put => {
                            let name = format!("{callers}-{task}-{number}");
                            put(&vault, &name).await.expect("a secret");
                            number += 1;
                        }
                        Call::Use => {
                            let len = vault.use_with(&caller, &secret, &purpose, <[u8]>::len);
                            assert_eq!(len.await.expect("a value"), VALUE);
                        }
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        tasks.join_all().await;
    });
    done.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64()
}
