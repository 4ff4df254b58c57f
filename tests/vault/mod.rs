//! The vault: on every store, through failures and kills, from several processes.

mod attacks;
#[cfg(feature = "sqlite")]
mod bulk;
mod entries;
mod faults;
mod keys;
#[cfg(feature = "sqlite")]
mod kill;
mod log_faults;
#[cfg(feature = "postgres")]
mod postgres;
mod vectors;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use confidant::audit::{Access, Caller, Identifier, Log, LogKey, Outcome, Signer, SigningKey};
use confidant::seal::{KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::store::{MAX_PAGE, Range, Store};
use confidant::taxonomy::Tenant;
use confidant::vault::{NewSecret, SecretPurpose, SecretRef, Vault, VaultBuilder};
use confidant::{Error, ErrorKind};

const TENANT: &str = "acme";

/// The key of the logs here.
fn signer() -> Arc<dyn Signer> {
    Arc::new(SigningKey::from_seed("test.example/vault", &[3; 32]).unwrap())
}

/// A vault under the keys that all of them here have, so that each reads what another
/// wrote.
fn builder(store: Arc<dyn Store>, log: Log) -> VaultBuilder {
    builder_of(1, store, log)
}

/// The same, where the key of the provider has so many versions.
fn builder_of(versions: u8, store: Arc<dyn Store>, log: Log) -> VaultBuilder {
    let key = |number: u8| Secret::fill(|key: &mut [u8; 32]| key.fill(3 + number));
    let version = |number: u8| KeyVersion::new(&number.to_string()).unwrap();
    let first = LocalKeys::new("local:test", version(1), &key(1)).unwrap();
    let keys = (2..=versions).fold(first, |keys, number| {
        keys.version(version(number), &key(number)).unwrap()
    });
    let log_key = LogKey::from_bytes([5; 32]);
    Vault::builder(Keyring::new(keys), store, log, log_key)
}

fn vault(store: Arc<dyn Store>, log: Log) -> Vault {
    builder(store, log).build()
}

fn id(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

fn caller(request: &str) -> Caller {
    Caller::new(id("service:test")).request(id(request))
}

fn deploy() -> SecretPurpose {
    SecretPurpose::new("deploy").unwrap()
}

async fn put(vault: &Vault, caller: &Caller, name: &str, value: &[u8]) -> Result<SecretRef, Error> {
    let secret = NewSecret::new(Tenant::new(TENANT), name, value, deploy());
    vault.put(caller, &secret).await
}

async fn used(vault: &Vault, secret: &SecretRef) -> Result<Vec<u8>, Error> {
    let (caller, deploy) = (caller("check"), deploy());
    let value = vault.use_with(&caller, secret, &deploy, <[u8]>::to_vec);
    value.await
}

fn kind<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// Action and outcome of every entry of a log that tells of the vault, with how often
/// each stands there, by the request.
async fn trail(log: &Log) -> BTreeMap<(String, String, Outcome), usize> {
    let access = Access::new(id("auditor:7"));
    let size = log.checkpoint().await.unwrap().size();
    let (mut trail, mut index) = (BTreeMap::new(), 0);
    while index < size {
        for record in log.read(index..size, &access).await.unwrap() {
            let entry = &record.entry;
            let text = |id: Option<&Identifier>| id.and_then(Identifier::as_str).map(str::to_owned);
            if let Some(request) = text(entry.request_id()) {
                let action = text(Some(entry.action())).unwrap();
                *trail.entry((request, action, entry.outcome())).or_default() += 1;
            }
            index += 1;
        }
    }
    trail
}

/// Where the number of the latest version stands in the record of a secret.
const LATEST: std::ops::Range<usize> = 41..49;

/// Holds the store to what the format says: every secret has the versions that it says,
/// up to the latest, and there is no version without its secret. Returns the names.
async fn assert_whole(store: &dyn Store) -> Vec<String> {
    let all = async |collection| {
        let range = Range::collection(Tenant::new(TENANT), collection).unwrap();
        store.scan(&range, MAX_PAGE).await.unwrap()
    };
    // Read first, so that a version that is put meanwhile is no orphan.
    let versions = all("confidant.vault.version").await;
    let secrets = all("confidant.vault.secret").await;
    let mut latest = BTreeMap::new();
    let mut names = Vec::new();
    for record in &secrets {
        names.push(String::from_utf8(record.key.path().to_vec()).unwrap());
        let number = u64::from_be_bytes(record.value[LATEST].try_into().unwrap());
        latest.insert(record.value[1..17].to_vec(), number);
    }
    let mut found = BTreeMap::new();
    for record in &versions {
        let (secret, number) = record.key.path().split_at(16);
        let number = u64::from_be_bytes(number.try_into().unwrap());
        assert!(latest.contains_key(secret), "a version without its secret");
        let last: &mut u64 = found.entry(secret.to_vec()).or_default();
        assert!(*last < number);
        *last = number;
    }
    assert_eq!(found, latest, "a secret without its latest version");
    names
}
