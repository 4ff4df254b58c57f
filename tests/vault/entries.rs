//! What the log is told: enough to hold the store against it.

use std::collections::BTreeMap;
use std::sync::Arc;

use confidant::audit::{Access, Identifier, Log, LogRecord, Outcome};
use confidant::store::{MemoryStore, RecordKey, Store};
use confidant::time::Moment;

use super::{TENANT, caller, deploy, id, put, signer, used, vault};
use confidant::taxonomy::Tenant;

fn count(record: &LogRecord, name: &str) -> Option<u64> {
    let mut counts = record.entry.counts();
    counts
        .find(|(known, _)| *known == name)
        .map(|(_, count)| count)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).into()
}

#[test]
fn entries_name_the_secret_its_version_and_its_state() {
    pollster::block_on(async {
        let store = Arc::new(MemoryStore::new());
        let log = Log::builder(signer()).in_memory().unwrap();
        let vault = vault(Arc::clone(&store) as _, log.clone());
        let me = caller("entries");
        let secret = put(&vault, &me, "one", b"one").await.unwrap();
        vault.rotate(&me, &secret, b"two").await.unwrap();
        used(&vault, &secret).await.unwrap();
        used(&vault, &secret.clone().at_version(1)).await.unwrap();
        assert!(vault.reveal(&me, &secret, &deploy()).await.is_err());
        let moment = Moment::from_unix_nanoseconds(4_000_000_000_000_000_001).unwrap();
        vault.expire(&me, &secret, moment).await.unwrap();
        vault.shred_version(&me, &secret, 1).await.unwrap();
        vault.rotate_tenant_key(&me, TENANT, 5).await.unwrap();
        let head = RecordKey::new(Tenant::new(TENANT), "confidant.vault.secret", "one").unwrap();
        let head = store.get(&head).await.unwrap().unwrap().value;
        let key = RecordKey::new(Tenant::new(TENANT), "confidant.tenant-key", "key").unwrap();
        let key = store.get(&key).await.unwrap().unwrap().value;
        vault.shred(&me, &secret).await.unwrap();
        vault.shred_tenant(&me, TENANT).await.unwrap();

        let records = log.read(0..100, &Access::new(id("auditor"))).await.unwrap();
        let text = secret.to_text();
        let mut by_action: BTreeMap<String, Vec<&LogRecord>> = BTreeMap::new();
        for record in &records {
            let action = record.entry.action().as_str().unwrap().to_owned();
            if action.starts_with("secret.") && record.entry.outcome() != Outcome::Attempted {
                let named = record.entry.instance_id().and_then(Identifier::as_str);
                assert_eq!(named, Some(&*text), "{action}");
                // It says which entry announced it.
                let attempt = count(record, "attempt").unwrap() as usize;
                let attempt = &records[attempt].entry;
                assert_eq!(attempt.outcome(), Outcome::Attempted);
                assert_eq!(attempt.action(), record.entry.action());
            }
            if record.entry.outcome() != Outcome::Attempted {
                by_action.entry(action).or_default().push(record);
            }
        }
        let counts = |action: &str, name: &str| -> Vec<_> {
            let records = by_action[action].iter();
            records.map(|record| count(record, name)).collect()
        };
        assert_eq!(counts("secret.put", "sequence"), [Some(1)]);
        assert_eq!(counts("secret.rotate", "version"), [Some(2)]);
        assert_eq!(counts("secret.rotate", "sequence"), [Some(2)]);
        assert_eq!(counts("secret.use", "version"), [Some(2), Some(1)]);
        assert_eq!(counts("secret.reveal", "version"), [Some(2)]);
        assert_eq!(counts("secret.expire", "sequence"), [Some(3)]);
        let expired = &by_action["secret.expire"][0].entry;
        assert_eq!(expired.moment_set(), Some(moment));
        assert_eq!(counts("secret.shred_version", "sequence"), [Some(4)]);
        let last = &by_action["secret.shred_version"][0].entry;
        // The digest is that of the record without the tag and the key's version.
        assert_eq!(last.digest_bytes(), Some(&sha256(&head[..head.len() - 36])));
        assert_eq!(counts("tenant.rotate", "key-version"), [Some(2)]);
        for action in ["tenant.rotate", "tenant.shred"] {
            let entry = &by_action[action][0].entry;
            assert_eq!(entry.digest_bytes(), Some(&sha256(&key)), "{action}");
            let named = entry.instance_id().and_then(Identifier::as_str);
            assert!(named.unwrap().starts_with("tenant:"));
        }
        assert_eq!(counts("tenant.shred", "key-destroyed"), [Some(0)]);
    });
}
