//! Changes that were acknowledged, and what is put back to undo them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use confidant::audit::{Caller, Log};
#[cfg(feature = "redact")]
use confidant::redact::{Key as ValueKey, KnownValues};
use confidant::store::{Batch, MAX_PAGE, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::vault::{
    NewSecret, RecordFault, RevokeToken, SecretInfo, SecretRef, Vault, VaultReport,
};
use confidant::{Error, ErrorKind};

use crate::vault::{TENANT, builder_of, caller, deploy, kind, put, signer, used, vault};
use confidant::taxonomy::Tenant;

const OTHER: &str = "globex";
const HEADS: &str = "confidant.vault.secret";
const VERSIONS: &str = "confidant.vault.version";

struct Bench {
    store: Arc<MemoryStore>,
    log: Log,
    vault: Vault,
    me: Caller,
}

impl Bench {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let log = Log::builder(signer()).in_memory().unwrap();
        let vault = vault(Arc::clone(&store) as _, log.clone());
        Self {
            store,
            log,
            vault,
            me: caller("undone"),
        }
    }

    /// The vault of a process that has just begun.
    fn fresh(&self) -> Vault {
        vault(Arc::clone(&self.store) as _, self.log.clone())
    }

    async fn get(&self, key: &RecordKey) -> StoredRecord {
        self.store.get(key).await.unwrap().unwrap()
    }

    async fn write(&self, key: &RecordKey, value: &[u8]) {
        let batch = Batch::new().put(key.clone(), value.to_vec());
        self.store.commit(batch).await.unwrap();
    }

    async fn delete(&self, key: &RecordKey) {
        let batch = Batch::new().delete(key.clone());
        self.store.commit(batch).await.unwrap();
    }

    /// All that a tenant has.
    async fn backup(&self, tenant: &str) -> Vec<StoredRecord> {
        let mut records = Vec::new();
        for collection in self.store.collections(tenant, None, 100).await.unwrap() {
            let range = Range::collection(Tenant::new(tenant), &collection).unwrap();
            records.extend(self.store.scan(&range, MAX_PAGE).await.unwrap());
        }
        records
    }

    /// Puts a tenant back as it was, or takes it away.
    async fn restore(&self, tenant: &str, records: Vec<StoredRecord>) {
        let mut batch = Batch::new();
        for collection in self.store.collections(tenant, None, 100).await.unwrap() {
            batch =
                batch.delete_range(Range::collection(Tenant::new(tenant), &collection).unwrap());
        }
        let put = |batch: Batch, record: StoredRecord| batch.put(record.key, record.value);
        let batch = records.into_iter().fold(batch, put);
        self.store.commit(batch).await.unwrap();
    }

    async fn faults(&self, vault: &Vault) -> Vec<RecordFault> {
        let report: VaultReport = vault.verify(&self.me).await.unwrap();
        let faults = report.findings.iter().map(|finding| finding.fault);
        faults.collect()
    }
}

fn key_of(tenant: &str) -> RecordKey {
    RecordKey::new(Tenant::new(tenant), "confidant.tenant-key", "key").unwrap()
}

fn head(name: &str) -> RecordKey {
    RecordKey::new(Tenant::new(TENANT), HEADS, name).unwrap()
}

/// Where a version of a secret lies.
fn version(secret: &SecretRef, number: u64) -> RecordKey {
    let id = u128::from_str_radix(&secret.to_text(), 16).unwrap();
    let path = [&id.to_be_bytes()[..], &number.to_be_bytes()].concat();
    RecordKey::new(Tenant::new(TENANT), VERSIONS, path).unwrap()
}

#[derive(Debug, Default)]
struct Counting(Mutex<Vec<Vec<u8>>>);

#[async_trait]
impl RevokeToken for Counting {
    async fn revoke(&self, _: &SecretInfo, token: &[u8]) -> Result<(), Error> {
        self.0.lock().unwrap().push(token.to_vec());
        Ok(())
    }
}

/// A secret that is hidden while an account is disconnected does not outlive that unseen,
/// nor does one that is hidden while redactors are fed.
#[test]
fn attack_a_secret_is_hidden_from_disconnect() {
    pollster::block_on(async {
        for hides_all in [false, true] {
            let bench = Bench::new();
            let (vault, me) = (&bench.vault, &bench.me);
            let mut secrets = Vec::new();
            for name in ["one", "two"] {
                let new = NewSecret::new(Tenant::new(TENANT), name, b"a long value", deploy());
                let new = new.connection("github").unwrap();
                secrets.push(vault.put(me, &new).await.unwrap());
            }
            let before = bench.backup(TENANT).await;
            let is_hidden = |record: &StoredRecord| hides_all || record.key == head("one");
            for record in before.iter().filter(|record| is_hidden(record)) {
                bench.delete(&record.key).await;
            }
            for vault in [vault, &bench.fresh()] {
                let third_party = Counting::default();
                let done = vault
                    .disconnect(me, Tenant::new(TENANT), "github", &third_party)
                    .await;
                assert_eq!(kind(done), Some(ErrorKind::Integrity));
                assert!(third_party.0.lock().unwrap().is_empty());
                #[cfg(feature = "redact")]
                {
                    let known = KnownValues::new(ValueKey::from_bytes([7; 32]));
                    let fed = vault.feed_known_values(me, TENANT, &known);
                    assert_eq!(kind(fed.await), Some(ErrorKind::Integrity));
                }
            }
            bench.restore(TENANT, before).await;
            let third_party = Counting::default();
            let done = vault
                .disconnect(me, Tenant::new(TENANT), "github", &third_party)
                .await;
            assert_eq!(done.unwrap().shredded, 2);
            assert_eq!(third_party.0.lock().unwrap().len(), 2);
            // What was shredded on purpose is not missed.
            let done = vault
                .disconnect(me, Tenant::new(TENANT), "github", &third_party)
                .await;
            assert_eq!(done.unwrap().shredded, 0);
        }
    });
}

/// To shred a tenant shreds the key that it has by the log, whatever lay in its place.
#[test]
fn attack_a_key_is_hidden_from_shredding() {
    pollster::block_on(async {
        for hidden_by in ["nothing", "junk", "another", "older", "all gone", "shown"] {
            let bench = Bench::new();
            let (vault, me) = (&bench.vault, &bench.me);
            put(vault, me, "one", b"one").await.unwrap();
            let new = NewSecret::new(Tenant::new(OTHER), "one", b"theirs", deploy());
            vault.put(me, &new).await.unwrap();
            let place = key_of(TENANT);
            let older = bench.get(&place).await.value;
            vault.rotate_tenant_key(me, TENANT, 1).await.unwrap();
            let real = bench.get(&place).await.value;
            match hidden_by {
                "nothing" => bench.delete(&place).await,
                "junk" => bench.write(&place, b"junk").await,
                "another" => {
                    let another = bench.get(&key_of(OTHER)).await.value;
                    bench.write(&place, &another).await;
                }
                "older" => bench.write(&place, &older).await,
                "all gone" => bench.restore(TENANT, Vec::new()).await,
                _ => {}
            }
            vault.shred_tenant(me, TENANT).await.unwrap();
            for back in [&real, &older] {
                bench.write(&place, back).await;
                for vault in [vault, &bench.fresh()] {
                    let sealed = put(vault, me, "new", b"new").await;
                    assert_eq!(kind(sealed), Some(ErrorKind::Integrity), "{hidden_by}");
                    let rotated = vault.rotate_tenant_key(me, TENANT, 1).await;
                    assert_eq!(kind(rotated), Some(ErrorKind::Integrity), "{hidden_by}");
                    assert_eq!(
                        bench.faults(vault).await,
                        [RecordFault::Revived],
                        "{hidden_by}"
                    );
                }
            }
            // Another shredding takes it away, and the tenant begins anew.
            vault.shred_tenant(me, TENANT).await.unwrap();
            let secret = put(vault, me, "new", b"new").await.unwrap();
            assert_eq!(used(&bench.fresh(), &secret).await.unwrap(), b"new");
            assert!(bench.faults(vault).await.is_empty());
        }
    });
}

/// No key is wrapped anew that the log says is not the tenant's, and none of those keeps
/// the others from it.
#[test]
fn attack_a_key_that_does_not_count_is_not_wrapped_anew() {
    pollster::block_on(async {
        for attack in ["revived", "older", "another", "junk", "gone"] {
            let bench = Bench::new();
            let (vault, me) = (&bench.vault, &bench.me);
            for tenant in [TENANT, OTHER] {
                let new = NewSecret::new(Tenant::new(tenant), "one", b"one", deploy());
                vault.put(me, &new).await.unwrap();
            }
            assert!(TENANT < OTHER);
            let place = key_of(TENANT);
            let first = bench.get(&place).await.value;
            let bad = match attack {
                "revived" => {
                    vault.shred_tenant(me, TENANT).await.unwrap();
                    Some(first)
                }
                "older" => {
                    vault.rotate_tenant_key(me, TENANT, 1).await.unwrap();
                    Some(first)
                }
                "another" => Some(bench.get(&key_of(OTHER)).await.value),
                "junk" => Some(b"junk".to_vec()),
                _ => None,
            };
            match &bad {
                Some(bad) => bench.write(&place, bad).await,
                None => bench.delete(&place).await,
            }
            let theirs = bench.get(&key_of(OTHER)).await.revision;
            for versions in [2, 3] {
                // The key of the provider was rotated.
                let vault = builder_of(versions, Arc::clone(&bench.store) as _, bench.log.clone());
                let vault = vault.build();
                let done = vault.rewrap_tenant_keys(me, None, |_| {}).await.unwrap();
                assert_eq!(done.rejected_tenants, [TENANT]);
                let counts = (done.rewrapped, done.overtaken, done.rejected);
                assert_eq!(counts, (1, 0, 1), "{attack}");
                let now = bench.store.get(&place).await.unwrap();
                assert_eq!(now.map(|record| record.value), bad, "{attack}");
            }
            // It was written again.
            assert!(bench.get(&key_of(OTHER)).await.revision > theirs);
        }
    });
}

/// After a store was accepted, no record of the past that was given up comes after what
/// is changed from then on.
#[test]
fn attack_a_past_that_was_given_up_undoes_nothing() {
    pollster::block_on(async {
        let bench = Bench::new();
        let (vault, me) = (&bench.vault, &bench.me);
        let secret = put(vault, me, "one", b"first").await.unwrap();
        let backup = bench.backup(TENANT).await;
        // The past that is given up: numbers 2 to 6, version 2, versions 2 and 3 of the
        // key.
        let mut past = Vec::new();
        for _ in 0..2 {
            vault.disable(me, &secret).await.unwrap();
            vault.enable(me, &secret).await.unwrap();
            past.push(bench.get(&head("one")).await);
        }
        vault.rotate(me, &secret, b"leaked").await.unwrap();
        past.push(bench.get(&head("one")).await);
        let leaked = bench.get(&version(&secret, 2)).await;
        let mut keys = Vec::new();
        for _ in 0..2 {
            vault.rotate_tenant_key(me, TENANT, 2).await.unwrap();
            keys.push(bench.get(&key_of(TENANT)).await);
        }

        bench.restore(TENANT, backup).await;
        vault.accept_restored(me).await.unwrap();
        // One process knows the past itself, the other by the log.
        let other = bench.fresh();
        let number = other.rotate(me, &secret, b"second").await.unwrap();
        assert_eq!(number, 3);
        other.rotate_tenant_key(me, TENANT, 1).await.unwrap();
        assert_eq!(used(vault, &secret).await.unwrap(), b"second");
        let first = secret.clone().at_version(1);
        assert_eq!(used(vault, &first).await.unwrap(), b"first");
        let listed = vault.versions(me, &secret).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|version| version.number).collect();
        assert_eq!(listed, [1, 3]);
        assert!(bench.faults(vault).await.is_empty());

        // A version of the past is none.
        bench.write(&leaked.key, &leaked.value).await;
        for vault in [vault, &bench.fresh()] {
            let lost = used(vault, &secret.clone().at_version(2)).await;
            assert_eq!(kind(lost), Some(ErrorKind::NotFound));
            assert_eq!(used(vault, &secret).await.unwrap(), b"second");
            assert_eq!(bench.faults(vault).await, [RecordFault::Orphan]);
        }
        bench.delete(&leaked.key).await;
        // In the place of the new one, it does not open.
        let place = version(&secret, 3);
        let second = bench.get(&place).await;
        bench.write(&place, &leaked.value).await;
        for vault in [vault, &bench.fresh()] {
            assert_eq!(kind(used(vault, &secret).await), Some(ErrorKind::Open));
        }
        bench.write(&place, &second.value).await;

        let key = bench.get(&key_of(TENANT)).await;
        for old in &keys {
            bench.write(&key.key, &old.value).await;
            for vault in [vault, &bench.fresh()] {
                let sealed = put(vault, me, "new", b"new").await;
                assert_eq!(kind(sealed), Some(ErrorKind::Integrity));
                assert_eq!(bench.faults(vault).await, [RecordFault::Reverted]);
            }
        }
        bench.write(&key.key, &key.value).await;
        vault.disable(me, &secret).await.unwrap();
        let disabled = bench.get(&head("one")).await;
        for old in &past {
            bench.write(&old.key, &old.value).await;
            for vault in [vault, &bench.fresh()] {
                assert_eq!(kind(used(vault, &secret).await), Some(ErrorKind::Integrity));
                assert_eq!(bench.faults(vault).await, [RecordFault::Reverted]);
            }
        }
        bench.write(&disabled.key, &disabled.value).await;
        assert!(bench.faults(vault).await.is_empty());
        assert_eq!(kind(used(vault, &secret).await), Some(ErrorKind::Refused));
    });
}
