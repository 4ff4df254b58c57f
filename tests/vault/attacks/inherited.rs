//! Terms that are written into a record in the hope that a verb takes them over.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use confidant::audit::{Caller, Log};
use confidant::store::{Batch, MemoryStore, Range, RecordKey, Store};
use confidant::time::Moment;
use confidant::vault::{
    Filter, NewSecret, RecordFault, RevokeToken, Scope, SecretInfo, SecretPurpose, SecretRef,
    SecretUse, Vault,
};
use confidant::{Error, ErrorKind};

use crate::vault::{TENANT, caller, kind, put, signer, vault};
use confidant::taxonomy::Tenant;

struct Bench {
    vault: Vault,
    store: Arc<MemoryStore>,
    secret: SecretRef,
    me: Caller,
}

fn purpose(text: &str) -> SecretPurpose {
    SecretPurpose::new(text).unwrap()
}

fn website() -> Scope {
    Scope::new("github:acme/website").unwrap()
}

fn soon() -> Moment {
    Moment::from_unix_seconds(4_000_000_000).unwrap()
}

async fn bench() -> Bench {
    let store = Arc::new(MemoryStore::new());
    let log = Log::builder(signer()).in_memory().unwrap();
    let vault = vault(Arc::clone(&store) as _, log);
    let me = caller("attack");
    let new = NewSecret::new(Tenant::new(TENANT), "token", b"first", purpose("deploy"));
    let new = new.scope(website()).expires(soon());
    let new = new.connection("github").unwrap();
    let secret = vault.put(&me, &new).await.unwrap();
    Bench {
        vault,
        store,
        secret,
        me,
    }
}

/// Replaces bytes that stand once in the only record of a collection.
async fn replace(bench: &Bench, collection: &str, from: &[u8], to: &[u8]) {
    let range = Range::collection(Tenant::new(TENANT), collection).unwrap();
    let [record] = bench
        .store
        .scan(&range, 2)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    let places = record.value.windows(from.len());
    let places: Vec<_> = places
        .enumerate()
        .filter(|(_, part)| *part == from)
        .map(|(at, _)| at)
        .collect();
    let [at] = places[..] else {
        panic!("{} places", places.len())
    };
    let value = [&record.value[..at], to, &record.value[at + from.len()..]].concat();
    let key: RecordKey = record.key;
    let batch = Batch::new().put(key, value);
    bench.store.commit(batch).await.unwrap();
}

const VERSION: &str = "confidant.vault.version";
const HEAD: &str = "confidant.vault.secret";

#[test]
fn attack_terms_are_not_inherited_from_a_changed_record() {
    let text = |text: &str| [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat();
    let list = |texts: &[&str]| {
        let texts: Vec<_> = texts.iter().map(|each| text(each)).collect();
        [&(texts.len() as u16).to_be_bytes()[..], &texts.concat()].concat()
    };
    let expiry = |moment: Moment| moment.unix_nanoseconds().to_be_bytes().to_vec();
    let never = [vec![1], expiry(soon())].concat();
    let changes = [
        (list(&["deploy"]), list(&["deploy", "support"])),
        (list(&["deploy"]), list(&["support"])),
        (list(&["github:acme/website"]), list(&[])),
        (list(&["github:acme/website"]), list(&["github:acme/other"])),
        (never, vec![0]),
        (expiry(soon()), expiry(Moment::MAX)),
    ];
    pollster::block_on(async {
        let site = website();
        for (from, to) in changes {
            let bench = bench().await;
            replace(&bench, VERSION, &from, &to).await;
            let (vault, secret, me) = (&bench.vault, &bench.secret, &bench.me);
            let rotated = vault.rotate(me, secret, b"second").await;
            assert_eq!(kind(rotated), Some(ErrorKind::Open));
            let rotated = vault.rotate_until(me, secret, b"second", None).await;
            assert_eq!(kind(rotated), Some(ErrorKind::Open));
            // Nothing decides by them either, be it for or against.
            for asked in ["deploy", "support"].map(purpose) {
                for scope in [None, Some(&site)] {
                    let used = vault.use_with(
                        me,
                        secret,
                        SecretUse::new(&asked).scope(scope),
                        <[u8]>::len,
                    );
                    assert_eq!(kind(used.await), Some(ErrorKind::Open));
                }
            }
            let listed = vault.versions(me, secret).await;
            assert_eq!(kind(listed), Some(ErrorKind::Open));
        }
    });
}

/// Who can wrap for the provider, as anybody can who knows the public key of one that
/// wraps by RSA, makes a key of a tenant that is whole in itself.
#[test]
fn attack_a_key_that_the_tenant_was_not_given() {
    pollster::block_on(async {
        let bench = bench().await;
        let own = Arc::new(MemoryStore::new());
        let log = Log::builder(signer()).in_memory().unwrap();
        let forger = vault(Arc::clone(&own) as _, log);
        put(&forger, &bench.me, "bait", b"bait").await.unwrap();
        let key = RecordKey::new(Tenant::new(TENANT), "confidant.tenant-key", "key").unwrap();
        let forged = own.get(&key).await.unwrap().unwrap();
        let batch = Batch::new().put(key, forged.value);
        bench.store.commit(batch).await.unwrap();
        let (vault, me) = (&bench.vault, &bench.me);
        // Above all, nothing is sealed under it.
        let sealed = put(vault, me, "new", b"new").await;
        assert_eq!(kind(sealed), Some(ErrorKind::Integrity));
        let rotated = vault.rotate(me, &bench.secret, b"second").await;
        assert_eq!(kind(rotated), Some(ErrorKind::Integrity));
        let report = vault.verify(me).await.unwrap();
        let faults: Vec<_> = report
            .findings
            .iter()
            .map(|finding| finding.fault)
            .collect();
        assert_eq!(faults, [RecordFault::Altered]);
    });
}

/// A version that was left or put where the next one belongs keeps nobody waiting.
#[test]
fn attack_a_version_in_the_way_is_named() {
    pollster::block_on(async {
        let bench = bench().await;
        let range = Range::collection(Tenant::new(TENANT), VERSION).unwrap();
        let [record] = bench
            .store
            .scan(&range, 2)
            .await
            .unwrap()
            .try_into()
            .unwrap();
        let mut path = record.key.path().to_vec();
        path[23] = 2;
        let key = RecordKey::new(Tenant::new(TENANT), VERSION, path).unwrap();
        let batch = Batch::new().put(key, record.value);
        bench.store.commit(batch).await.unwrap();
        let rotated = bench
            .vault
            .rotate(&bench.me, &bench.secret, b"second")
            .await;
        assert_eq!(kind(rotated), Some(ErrorKind::Integrity));
        let report = bench.vault.verify(&bench.me).await.unwrap();
        let faults: Vec<_> = report
            .findings
            .iter()
            .map(|finding| finding.fault)
            .collect();
        assert_eq!(faults, [RecordFault::Orphan]);
    });
}

#[derive(Debug, Default)]
struct Stranger(Mutex<u32>);

#[async_trait]
impl RevokeToken for Stranger {
    async fn revoke(&self, _: &SecretInfo, _: &[u8]) -> Result<(), Error> {
        *self.0.lock().unwrap() += 1;
        Ok(())
    }
}

#[test]
fn attack_a_value_goes_to_no_other_connection() {
    pollster::block_on(async {
        let bench = bench().await;
        replace(&bench, HEAD, b"github", b"attack").await;
        let stranger = Stranger::default();
        let vault = &bench.vault;
        for connection in ["attack", "github"] {
            let done = vault
                .disconnect(&bench.me, Tenant::new(TENANT), connection, &stranger)
                .await;
            assert_eq!(kind(done), Some(ErrorKind::Integrity));
        }
        assert_eq!(stranger.0.into_inner().unwrap(), 0);
        let filter = Filter::new().connection("attack");
        let listed = vault.list(&bench.me, TENANT, &filter).await;
        assert_eq!(kind(listed), Some(ErrorKind::Integrity));
    });
}

/// The most terms there can be are bound as the least are.
#[test]
fn the_limits_of_terms_can_be_used_in_full() {
    pollster::block_on(async {
        let bench = bench().await;
        let long = |number: usize, most: usize| format!("{number:0most$}");
        let mut new = NewSecret::new(
            Tenant::new(TENANT),
            "full",
            b"value",
            purpose(&long(0, SecretPurpose::MAX)),
        );
        for number in 1..NewSecret::MAX_TERMS {
            new = new.purpose(purpose(&long(number, SecretPurpose::MAX)));
        }
        for number in 0..NewSecret::MAX_TERMS {
            new = new.scope(Scope::new(&long(number, Scope::MAX)).unwrap());
        }
        let full = bench.vault.put(&bench.me, &new).await.unwrap();
        bench
            .vault
            .rotate(&bench.me, &full, b"other")
            .await
            .unwrap();
        let scope = Scope::new(&long(63, Scope::MAX)).unwrap();
        let asked = purpose(&long(63, SecretPurpose::MAX));
        let used = bench.vault.use_with(
            &bench.me,
            &full,
            SecretUse::new(&asked).scope(&scope),
            <[u8]>::to_vec,
        );
        assert_eq!(used.await.unwrap(), b"other");
    });
}
