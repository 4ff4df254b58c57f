//! One walk through all that a vault does, the same on every store.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use confidant::audit::{Log, Outcome};
use confidant::decision::{Decision, Reason};
use confidant::store::{MemoryStore, Store};
use confidant::time::{Clock, ManualClock, Moment};
use confidant::vault::{
    EnvFile, Filter, NewSecret, RevealPolicy, RevealRequest, RevokeToken, Scope, SecretInfo,
    SecretUse, Vault,
};
use confidant::{Error, ErrorKind};

use super::{TENANT, assert_whole, builder, caller, deploy, id, kind, put, signer, trail, used};
use confidant::taxonomy::Tenant;

/// Shows what is of the kind `note`.
#[derive(Debug)]
struct Notes;

impl RevealPolicy for Notes {
    fn decide(&self, request: &RevealRequest<'_>) -> Decision {
        if request.kind == "note" {
            Decision::allow(Reason::without_clause("a note is no credential"))
        } else {
            Decision::deny(Reason::without_clause("credentials are not shown"))
        }
    }
}

/// Knows which tokens it was told to revoke.
#[derive(Debug, Default)]
struct ThirdParty(Mutex<Vec<String>>);

#[async_trait]
impl RevokeToken for ThirdParty {
    async fn revoke(&self, _: &SecretInfo, token: &[u8]) -> Result<(), Error> {
        let token = String::from_utf8(token.to_vec()).unwrap();
        self.0.lock().unwrap().push(token);
        Ok(())
    }
}

fn refused<T>(result: Result<T, Error>) {
    assert_eq!(kind(result), Some(ErrorKind::Refused));
}

fn missing<T>(result: Result<T, Error>) {
    assert_eq!(kind(result), Some(ErrorKind::NotFound));
}

/// Each step asserts what it comes to; what is left is a list of the names, the same
/// wherever the secrets are kept.
pub(super) async fn walk(store: Arc<dyn Store>, log: Log) -> Vec<String> {
    let begin = Moment::from_unix_seconds(2_000_000_000).unwrap();
    let clock = Arc::new(ManualClock::new(begin));
    let vault = builder(Arc::clone(&store), log.clone())
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .reveal_policy(Arc::new(Notes))
        .build();
    let me = caller("walk");

    let plain = put(&vault, &me, "plain", b"one").await.unwrap();
    assert_eq!(used(&vault, &plain).await.unwrap(), b"one");
    let twice = put(&vault, &me, "plain", b"two").await;
    assert_eq!(kind(twice), Some(ErrorKind::Conflict));
    assert_eq!(vault.rotate(&me, &plain, b"two").await.unwrap(), 2);
    assert_eq!(used(&vault, &plain).await.unwrap(), b"two");
    let first = plain.clone().at_version(1);
    assert_eq!(used(&vault, &first).await.unwrap(), b"one");
    assert!(vault.shred_version(&me, &plain, 1).await.unwrap());
    assert!(!vault.shred_version(&me, &plain, 1).await.unwrap());
    let latest = vault.shred_version(&me, &plain, 2).await;
    assert_eq!(kind(latest), Some(ErrorKind::Config));
    missing(used(&vault, &first).await);

    vault.disable(&me, &plain).await.unwrap();
    refused(used(&vault, &plain).await);
    vault.enable(&me, &plain).await.unwrap();
    scopes_and_shows(&vault).await;
    expiry(&vault, &clock).await;

    let file = EnvFile::parse("plain=x\nTOKEN='y'\nEMPTY=\n").unwrap();
    let imported = vault.import_env(&me, TENANT, &file, &deploy()).await;
    let imported = imported.unwrap();
    assert_eq!(imported.put.len(), 1);
    assert_eq!(
        (imported.known, imported.empty),
        (vec!["plain".into()], vec!["EMPTY".into()])
    );
    accounts(&vault).await;

    let mut steps = 0;
    let done = vault.rewrap_tenant_keys(&me, None, |_| steps += 1).await;
    let done = done.unwrap();
    assert_eq!((done.rewrapped, done.current, steps > 0), (0, 1, true));
    refused(vault.rotate_tenant_key(&me, TENANT, 0).await);
    vault.rotate_tenant_key(&me, TENANT, 1).await.unwrap();
    refused(vault.rotate_tenant_key(&me, TENANT, 1).await);
    let done = vault
        .rewrap_secrets(&me, TENANT, None, |_| ())
        .await
        .unwrap();
    assert_eq!((done.current, done.overtaken), (0, 0));
    vault.rotate_tenant_key(&me, TENANT, 1).await.unwrap();
    assert_eq!(used(&vault, &plain).await.unwrap(), b"two");

    let names = vault.export_names(&me, TENANT).await.unwrap();
    assert_eq!(assert_whole(&*store).await, names);
    for ((_, action, outcome), count) in trail(&log).await {
        assert!(count > 0 && action.contains('.'), "{action} {outcome:?}");
    }
    assert!(vault.shred_tenant(&me, TENANT).await.unwrap().existed());
    assert!(!vault.shred_tenant(&me, TENANT).await.unwrap().existed());
    missing(used(&vault, &plain).await);
    assert!(assert_whole(&*store).await.is_empty());
    let trail = trail(&log).await;
    let count = |action: &str, outcome| {
        let key = ("walk".to_owned(), action.to_owned(), outcome);
        trail.get(&key).copied().unwrap_or_default()
    };
    // Each attempt has its end.
    for action in ["secret.put", "secret.use", "secret.reveal", "tenant.rotate"] {
        let ends = [Outcome::Succeeded, Outcome::Denied, Outcome::Failed];
        let ends: usize = ends.map(|outcome| count(action, outcome)).iter().sum();
        assert!(ends > 0);
        assert_eq!(count(action, Outcome::Attempted), ends, "{action}");
    }
    names
}

async fn scopes_and_shows(vault: &Vault) {
    let me = caller("walk");
    let [website, other] =
        ["github:acme/website", "github:acme/other"].map(|scope| Scope::new(scope).unwrap());
    let secret =
        NewSecret::new(Tenant::new(TENANT), "bound", b"token", deploy()).scope(website.clone());
    let bound = vault.put(&me, &secret).await.unwrap();
    for (scope, allowed) in [(Some(&website), true), (Some(&other), false), (None, false)] {
        let deploy = deploy();
        let len = vault.use_with(
            &me,
            &bound,
            SecretUse::new(&deploy).scope(scope),
            <[u8]>::len,
        );
        assert_eq!(len.await.is_ok(), allowed);
    }
    refused(vault.reveal(&me, &bound, &deploy()).await);
    let note = NewSecret::new(Tenant::new(TENANT), "note", b"to be seen", deploy());
    let note = note.kind("note").unwrap().label("team", "web").unwrap();
    let note = vault.put(&me, &note).await.unwrap();
    let shown = vault.reveal(&me, &note, &deploy()).await.unwrap();
    assert_eq!(shown.with(<[u8]>::to_vec), b"to be seen");
    let filter = Filter::new().label("team", "web");
    let listed = vault.list(&me, TENANT, &filter).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].secret, note);
}

async fn expiry(vault: &Vault, clock: &ManualClock) {
    let me = caller("walk");
    let soon = |seconds| {
        clock
            .now()
            .checked_add(Duration::from_secs(seconds))
            .unwrap()
    };
    let secret = NewSecret::new(Tenant::new(TENANT), "short", b"a", deploy()).expires(soon(60));
    let short = vault.put(&me, &secret).await.unwrap();
    assert_eq!(vault.rotate(&me, &short, b"b").await.unwrap(), 2);
    clock.set(soon(60));
    refused(used(vault, &short).await);
    // On the same terms nobody could use it.
    refused(vault.rotate(&me, &short, b"c").await);
    let until = Some(soon(60));
    let number = vault.rotate_until(&me, &short, b"c", until).await.unwrap();
    assert_eq!(used(vault, &short).await.unwrap(), b"c");
    let versions = vault.versions(&me, &short).await.unwrap();
    assert_eq!(versions.last().unwrap().expires, until);
    assert_eq!((versions.len(), number), (3, 3));
    vault.rotate_until(&me, &short, b"d", None).await.unwrap();
    clock.set(soon(60));
    assert_eq!(used(vault, &short).await.unwrap(), b"d");
    vault.expire(&me, &short, clock.now()).await.unwrap();
    refused(used(vault, &short).await);
    assert!(vault.shred(&me, &short).await.unwrap());
    assert!(!vault.shred(&me, &short).await.unwrap());
}

async fn accounts(vault: &Vault) {
    let me = caller("walk");
    let secret = NewSecret::new(Tenant::new(TENANT), "oauth", b"old", deploy());
    let secret = secret.connection("github").unwrap();
    let oauth = vault.put(&me, &secret).await.unwrap();
    vault.rotate(&me, &oauth, b"new").await.unwrap();
    let third_party = ThirdParty::default();
    let done = vault
        .disconnect(&me, Tenant::new(TENANT), "github", &third_party)
        .await;
    let done = done.unwrap();
    assert_eq!((done.shredded, done.remaining.len()), (1, 0));
    // A token that was replaced may still be good.
    assert_eq!(third_party.0.into_inner().unwrap(), ["old", "new"]);
    missing(used(vault, &oauth).await);
}

const NAMES: [&str; 4] = ["TOKEN", "bound", "note", "plain"];

#[test]
fn a_walk_in_memory() {
    pollster::block_on(async {
        let log = Log::builder(signer()).in_memory().unwrap();
        assert_eq!(walk(Arc::new(MemoryStore::new()), log).await, NAMES);
        // The log beside the secrets.
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let log = Log::builder(signer());
        let log = log.open_store(Arc::clone(&store), "main").await.unwrap();
        assert_eq!(walk(store, log).await, NAMES);
    });
}

#[test]
#[cfg(feature = "sqlite")]
fn a_walk_in_files() {
    use confidant::store::SqliteStore;

    use crate::support::folder::Folder;

    let folder = Folder::new();
    pollster::block_on(async {
        let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
        let log = Log::builder(signer()).open(folder.join("log")).await;
        assert_eq!(walk(store, log.unwrap()).await, NAMES);
    });
}

#[test]
#[cfg(feature = "postgres")]
fn postgres_a_walk() {
    use crate::store::postgres::{address, connect, runtime, schema};

    let Some(address) = address() else { return };
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema("walk")).await);
        let log = Log::builder(signer());
        let log = log.open_store(Arc::clone(&store), "main").await.unwrap();
        assert_eq!(walk(store, log).await, NAMES);
    });
}

#[test]
fn ids_of_callers_are_kept_as_they_are() {
    assert_eq!(caller("walk").actor(), &id("service:test"));
}
