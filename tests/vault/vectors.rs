//! The frozen records, which another implementation of the page on formats wrote.

use std::sync::Arc;

use confidant::audit::{Log, LogKey};
use confidant::seal::{KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::store::{MemoryStore, RecordKey, Store};
use confidant::vault::{NewSecret, Scope, SecretPurpose, SecretRef, SecretState, SecretUse, Vault};
use confidant::{Error, ErrorKind};
use serde_json::Value;

use super::{caller, deploy};
use crate::support::vectors::{self, bytes, text, write};
use confidant::taxonomy::Tenant;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/vault/v1.json")).unwrap()
}

/// A vault over the records of the vectors.
async fn vault(vectors: &Value) -> (Vault, Arc<MemoryStore>) {
    let store = Arc::new(vectors::store(vectors, []).await);
    let key = bytes(&vectors["key"]);
    let key = Secret::fill(|place: &mut [u8; 32]| place.copy_from_slice(&key));
    let version = KeyVersion::new(text(&vectors["key_version"])).unwrap();
    let keys = LocalKeys::new(text(&vectors["key_id"]), version, &key).unwrap();
    let (log, log_key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let builder = Vault::builder(Keyring::new(keys), Arc::clone(&store) as _, log, log_key);
    (builder.build(), store)
}

async fn used(
    vault: &Vault,
    secret: &SecretRef,
    purpose: &str,
    scope: Option<&str>,
) -> Result<Vec<u8>, Error> {
    let (me, purpose) = (caller("vectors"), SecretPurpose::new(purpose).unwrap());
    let scope = scope.map(|scope| Scope::new(scope).unwrap());
    let value = vault.use_with(
        &me,
        secret,
        SecretUse::new(&purpose).scope(scope.as_ref()),
        <[u8]>::to_vec,
    );
    value.await
}

fn reference(vectors: &Value) -> SecretRef {
    let [tenant, name, id] = ["tenant", "name", "reference"].map(|part| text(&vectors[part]));
    SecretRef::parse(Tenant::new(tenant), name, id).unwrap()
}

#[test]
fn interop_records_read_as_they_were_written_elsewhere() {
    pollster::block_on(async {
        let vectors = vectors();
        let (vault, store) = vault(&vectors).await;
        let secret = reference(&vectors);
        for known in vectors["use"].as_array().unwrap() {
            let version = secret
                .clone()
                .at_version(known["version"].as_u64().unwrap());
            let value = used(
                &vault,
                &version,
                text(&known["purpose"]),
                known["scope"].as_str(),
            );
            assert_eq!(value.await.unwrap(), text(&known["plaintext"]).as_bytes());
        }
        let found = vault
            .find(
                &caller("vectors"),
                Tenant::new(secret.tenant()),
                secret.name(),
            )
            .await;
        let found = found.unwrap().unwrap();
        assert_eq!(
            (found.secret, found.state, found.latest),
            (secret.clone(), SecretState::Active, 2)
        );
        let created = i128::from(vectors["created"].as_u64().unwrap());
        assert_eq!(found.created.unix_nanoseconds(), created);
        assert_eq!(found.connection.as_deref(), vectors["connection"].as_str());
        let labels = serde_json::to_value(&found.labels).unwrap();
        assert_eq!(labels, vectors["labels"]);

        // What is changed is written just as elsewhere, tag and all.
        let me = caller("vectors");
        assert!(vault.shred_version(&me, &secret, 1).await.unwrap());
        let record = &vectors["shredded"];
        let key = RecordKey::new(
            Tenant::new(secret.tenant()),
            text(&record["collection"]),
            bytes(&record["path"]),
        );
        let stored = store.get(&key.unwrap()).await.unwrap().unwrap();
        assert_eq!(stored.value, bytes(&record["value"]));
        let report = vault.verify(&me).await.unwrap();
        assert_eq!((report.secrets, report.versions), (1, 1));
        assert!(report.is_intact());
    });
}

#[test]
fn interop_what_was_changed_is_rejected() {
    pollster::block_on(async {
        let vectors = vectors();
        let secret = reference(&vectors);
        for known in vectors["reject"].as_array().unwrap() {
            let (vault, store) = vault(&vectors).await;
            write(&store, &vectors, &known["record"]).await;
            let scope = vectors["use"][1]["scope"].as_str();
            let error = used(&vault, &secret, "git", scope).await.unwrap_err();
            let kind = match text(&known["kind"]) {
                "open" => ErrorKind::Open,
                "integrity" => ErrorKind::Integrity,
                "refused" => ErrorKind::Refused,
                _ => ErrorKind::Config,
            };
            assert_eq!(error.kind(), kind, "{}", text(&known["name"]));
        }
    });
}

#[test]
fn a_tenant_of_the_vectors_takes_more() {
    pollster::block_on(async {
        let vectors = vectors();
        let (vault, _) = vault(&vectors).await;
        let me = caller("vectors");
        let new = NewSecret::new(
            Tenant::new(text(&vectors["tenant"])),
            "new",
            b"value",
            deploy(),
        );
        let new = vault.put(&me, &new).await.unwrap();
        assert_eq!(used(&vault, &new, "deploy", None).await.unwrap(), b"value");
        assert_eq!(
            vault
                .rotate(&me, &reference(&vectors), b"third")
                .await
                .unwrap(),
            3
        );
    });
}
