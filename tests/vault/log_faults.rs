//! A log that fails: before something is done it is not done, and behind it the error
//! does not say that nothing happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use confidant::audit::{Log, LogVerdict, verify_store};
use confidant::store::{MemoryStore, Store};
use confidant::vault::{SecretRef, Vault};
use confidant::{Error, ErrorKind};

use super::{TENANT, assert_whole, caller, deploy, put, signer, used, vault};
use crate::support::fault::{Fault, FaultStore};
use confidant::taxonomy::Tenant;

struct Bench {
    log: Arc<FaultStore<MemoryStore>>,
    store: Arc<MemoryStore>,
    vault: Vault,
    secret: SecretRef,
}

async fn bench(log: FaultStore<MemoryStore>) -> Bench {
    let (log, store) = (Arc::new(log), Arc::new(MemoryStore::new()));
    let opened = Log::builder(signer());
    let opened = opened.open_store(Arc::clone(&log) as Arc<dyn Store>, "main");
    let vault = vault(Arc::clone(&store) as Arc<dyn Store>, opened.await.unwrap());
    let secret = put(&vault, &caller("setup"), "known", b"one")
        .await
        .unwrap();
    Bench {
        log,
        store,
        vault,
        secret,
    }
}

/// How many commits of the log are made before the verb.
async fn setup() -> u64 {
    bench(FaultStore::new(MemoryStore::new()))
        .await
        .log
        .commits()
}

/// A log that takes nothing from `at` on.
fn refuses_from(at: u64) -> FaultStore<MemoryStore> {
    let store = FaultStore::new(MemoryStore::new());
    (at..at + 100).fold(store, |store, at| store.fail(at, Fault::Refused))
}

async fn run(bench: &Bench, verb: &str) -> Result<(), Error> {
    let (vault, secret, me) = (&bench.vault, &bench.secret, caller("verb"));
    match verb {
        "put" => put(vault, &me, "new", b"new").await.map(drop),
        "rotate" => vault.rotate(&me, secret, b"two").await.map(drop),
        "disable" => vault.disable(&me, secret).await,
        "shred" => vault.shred(&me, secret).await.map(drop),
        _ => vault.shred_tenant(&me, TENANT).await.map(drop),
    }
}

const VERBS: [&str; 5] = ["put", "rotate", "disable", "shred", "shred_tenant"];

async fn state(bench: &Bench) -> Vec<(Vec<u8>, u64)> {
    let mut state = Vec::new();
    for collection in ["confidant.vault.secret", "confidant.vault.version"] {
        let range = confidant::store::Range::collection(Tenant::new(TENANT), collection).unwrap();
        for record in bench.store.scan(&range, 100).await.unwrap() {
            state.push((record.value, record.revision));
        }
    }
    state
}

#[test]
fn a_log_that_takes_no_attempt_denies() {
    pollster::block_on(async {
        let setup = setup().await;
        for verb in VERBS {
            let bench = bench(refuses_from(setup)).await;
            let before = state(&bench).await;
            let error = run(&bench, verb).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store, "{verb}");
            assert_eq!(state(&bench).await, before, "{verb}");
        }
    });
}

#[test]
fn a_change_whose_end_the_log_does_not_take_is_in_doubt() {
    pollster::block_on(async {
        let setup = setup().await;
        for verb in VERBS {
            let bench = bench(refuses_from(setup + 1)).await;
            let before = state(&bench).await;
            let error = run(&bench, verb).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InDoubt, "{verb}");
            assert_ne!(state(&bench).await, before, "{verb}");
            assert_whole(&*bench.store).await;
        }
    });
}

#[test]
fn a_value_is_handed_out_only_when_the_log_has_both_entries() {
    pollster::block_on(async {
        let setup = setup().await;
        for at in 0..3 {
            let bench = bench(refuses_from(setup + at)).await;
            let called = AtomicBool::new(false);
            let work = |_: &[u8]| called.store(true, Ordering::SeqCst);
            let (me, deploy) = (caller("verb"), deploy());
            let result = bench.vault.use_with(&me, &bench.secret, &deploy, work);
            let result = result.await;
            assert_eq!(result.is_ok(), at == 2);
            assert_eq!(called.into_inner(), at == 2);
            if let Err(error) = result {
                assert_eq!(error.kind(), ErrorKind::Store);
            }
        }
    });
}

/// An entry that is in doubt is not a secret that is in doubt.
#[test]
fn doubt_about_an_entry_does_not_spread() {
    pollster::block_on(async {
        let setup = setup().await;
        for fault in [Fault::LostBefore, Fault::LostAfter] {
            let log = FaultStore::new(MemoryStore::new()).fail(setup, fault);
            let bench = bench(log.then_down()).await;
            let before = state(&bench).await;
            let error = run(&bench, "put").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store, "{fault:?}");
            assert_eq!(state(&bench).await, before);
            // When the log is back, so is the vault, and the log is whole.
            bench.log.set_down(false);
            run(&bench, "put").await.unwrap();
            assert_eq!(used(&bench.vault, &bench.secret).await.unwrap(), b"one");
            let keys = [signer().verifying_key().clone()];
            let report = verify_store(bench.log.inner(), "main", &keys, &[]).await;
            assert_eq!(report.unwrap().verdict, LogVerdict::Intact);
        }
    });
}
