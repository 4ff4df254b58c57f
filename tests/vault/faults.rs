//! A store that fails: what the vault says happened did happen, and the rest did not.

use std::sync::Arc;

use confidant::audit::{Log, Outcome};
use confidant::store::{MemoryStore, Store};
use confidant::time::Moment;
use confidant::vault::{SecretRef, Vault};
use confidant::{Error, ErrorKind};

use super::{TENANT, assert_whole, caller, put, signer, trail, used, vault};
use crate::support::fault::{Fault, FaultStore};
use confidant::taxonomy::Tenant;

/// What changes something, in one commit.
#[derive(Clone, Copy, Debug)]
enum Verb {
    Disable,
    Expire,
    Put,
    Rotate,
    RotateTenantKey,
    Shred,
    ShredTenant,
    ShredVersion,
}

const VERBS: [(Verb, &str); 8] = [
    (Verb::Disable, "secret.disable"),
    (Verb::Expire, "secret.expire"),
    (Verb::Put, "secret.put"),
    (Verb::Rotate, "secret.rotate"),
    (Verb::RotateTenantKey, "tenant.rotate"),
    (Verb::Shred, "secret.shred"),
    (Verb::ShredTenant, "tenant.shred"),
    (Verb::ShredVersion, "secret.shred_version"),
];

/// The commits before that of the verb: a key, a secret, a version.
const SETUP: u64 = 3;

struct Bench {
    store: Arc<FaultStore<MemoryStore>>,
    log: Log,
    vault: Vault,
    secret: SecretRef,
}

impl Bench {
    async fn new(store: FaultStore<MemoryStore>) -> Self {
        let store = Arc::new(store);
        let log = Log::builder(signer()).in_memory().unwrap();
        let vault = vault(Arc::clone(&store) as Arc<dyn Store>, log.clone());
        let me = caller("setup");
        let secret = put(&vault, &me, "known", b"one").await.unwrap();
        vault.rotate(&me, &secret, b"two").await.unwrap();
        assert_eq!(store.commits(), SETUP);
        Self {
            store,
            log,
            vault,
            secret,
        }
    }

    async fn run(&self, verb: Verb) -> Result<(), Error> {
        let (vault, secret) = (&self.vault, &self.secret);
        let me = &caller("verb");
        let yes = |shredded: bool| assert!(shredded, "{verb:?} does not know what it did");
        match verb {
            Verb::Disable => vault.disable(me, secret).await,
            Verb::Expire => {
                let now = Moment::from_unix_seconds(0).unwrap();
                vault.expire(me, secret, now).await
            }
            Verb::Put => {
                let new = put(vault, me, "new", b"new").await?;
                assert_eq!(used(vault, &new).await.unwrap(), b"new");
                Ok(())
            }
            Verb::Rotate => {
                let number = vault.rotate(me, secret, b"three").await?;
                let version = secret.clone().at_version(number);
                assert_eq!(used(vault, &version).await.unwrap(), b"three");
                Ok(())
            }
            Verb::RotateTenantKey => vault.rotate_tenant_key(me, TENANT, 1).await,
            Verb::Shred => vault.shred(me, secret).await.map(yes),
            Verb::ShredTenant => vault
                .shred_tenant(me, TENANT)
                .await
                .map(|receipt| yes(receipt.existed())),
            Verb::ShredVersion => vault.shred_version(me, secret, 1).await.map(yes),
        }
    }

    /// All that can be seen of the vault.
    async fn state(&self) -> String {
        let me = caller("state");
        let mut state = String::new();
        for name in assert_whole(self.store.inner()).await {
            let info = self
                .vault
                .find(&me, Tenant::new(TENANT), &name)
                .await
                .unwrap()
                .unwrap();
            state += &format!("{name} {:?} {:?}", info.state, info.expires);
            for version in self.vault.versions(&me, &info.secret).await.unwrap() {
                let version = info.secret.clone().at_version(version.number);
                state += &format!(" {:?}", used(&self.vault, &version).await);
            }
        }
        // Only a key that was not rotated yet has room for this.
        let rotated = self.vault.rotate_tenant_key(&me, TENANT, 1).await;
        state + &format!(" {:?}", super::kind(rotated))
    }

    async fn outcomes(&self, action: &str) -> Vec<Outcome> {
        let trail = trail(&self.log).await;
        let of_verb = trail.into_iter().filter(|((request, known, _), count)| {
            assert!(request != "verb" || *count == 1);
            request == "verb" && known == action
        });
        of_verb.map(|((_, _, outcome), _)| outcome).collect()
    }
}

fn store() -> FaultStore<MemoryStore> {
    FaultStore::new(MemoryStore::new())
}

/// What can be seen before and after a verb.
async fn expected(verb: Verb) -> [String; 2] {
    let before = Bench::new(store()).await.state().await;
    let bench = Bench::new(store()).await;
    bench.run(verb).await.unwrap();
    let after = bench.state().await;
    assert_ne!(before, after, "{verb:?} leaves no trace");
    [before, after]
}

#[test]
fn a_commit_that_was_refused_changes_nothing() {
    pollster::block_on(async {
        for (verb, action) in VERBS {
            let bench = Bench::new(store().fail(SETUP, Fault::Refused)).await;
            let error = bench.run(verb).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store, "{verb:?}");
            assert!(error.is_retryable(), "{verb:?}");
            let outcomes = bench.outcomes(action).await;
            assert_eq!(outcomes, [Outcome::Attempted, Outcome::Failed], "{verb:?}");
            let [before, _] = expected(verb).await;
            assert_eq!(bench.state().await, before, "{verb:?}");
        }
    });
}

#[test]
fn a_commit_in_doubt_is_settled_and_happens_once() {
    pollster::block_on(async {
        for (verb, action) in VERBS {
            for fault in [Fault::LostBefore, Fault::LostAfter] {
                let bench = Bench::new(store().fail(SETUP, fault)).await;
                bench.run(verb).await.unwrap();
                let outcomes = bench.outcomes(action).await;
                assert_eq!(outcomes, [Outcome::Attempted, Outcome::Succeeded]);
                let [_, after] = expected(verb).await;
                assert_eq!(bench.state().await, after, "{verb:?} {fault:?}");
            }
        }
    });
}

#[test]
fn what_stays_in_doubt_is_neither_done_nor_failed() {
    pollster::block_on(async {
        for (verb, action) in VERBS {
            for (fault, happened) in [(Fault::LostBefore, 0), (Fault::LostAfter, 1)] {
                let bench = Bench::new(store().fail(SETUP, fault).then_down()).await;
                let error = bench.run(verb).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InDoubt, "{verb:?} {fault:?}");
                assert!(!error.is_retryable());
                bench.store.set_down(false);
                // An attempt without an end.
                assert_eq!(bench.outcomes(action).await, [Outcome::Attempted]);
                assert_eq!(bench.state().await, expected(verb).await[happened]);
            }
            let never = (0..20).fold(store(), |store, at| {
                store.fail(SETUP + at, Fault::LostBefore)
            });
            let bench = Bench::new(never).await;
            let error = bench.run(verb).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InDoubt, "{verb:?}");
        }
    });
}

#[test]
fn the_first_put_of_a_tenant_makes_its_key_once() {
    pollster::block_on(async {
        for at in 0..2 {
            for fault in [Fault::LostBefore, Fault::LostAfter] {
                let store = Arc::new(store().fail(at, fault));
                let log = Log::builder(signer()).in_memory().unwrap();
                let vault = vault(Arc::clone(&store) as Arc<dyn Store>, log);
                let me = caller("verb");
                let secret = put(&vault, &me, "new", b"new").await.unwrap();
                assert_eq!(used(&vault, &secret).await.unwrap(), b"new");
                let found = vault
                    .find(&me, Tenant::new(TENANT), "new")
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(found.secret, secret, "{at} {fault:?}");
                assert_eq!(assert_whole(store.inner()).await, ["new"]);
            }
            let store = Arc::new(store().fail(at, Fault::Refused));
            let log = Log::builder(signer()).in_memory().unwrap();
            let vault = vault(Arc::clone(&store) as Arc<dyn Store>, log);
            let error = put(&vault, &caller("verb"), "new", b"new")
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store);
            assert!(assert_whole(store.inner()).await.is_empty());
        }
    });
}

#[test]
fn a_store_that_is_down_denies() {
    pollster::block_on(async {
        let bench = Bench::new(store()).await;
        bench.store.set_down(true);
        let error = used(&bench.vault, &bench.secret).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        for (verb, _) in VERBS {
            let error = bench.run(verb).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store, "{verb:?}");
        }
        bench.store.set_down(false);
        assert_eq!(used(&bench.vault, &bench.secret).await.unwrap(), b"two");
    });
}
