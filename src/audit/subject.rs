//! Digests of identifiers, under the key of the log or of one person.

use std::sync::Arc;

use hmac::Mac as _;

use super::entry::{DigestKind, Identifier};
use crate::Error;
use crate::error::ErrorKind;
use crate::mac::{hmac_sha256, is_same_mac};
use crate::random::random;
use crate::secret::Secret;
use crate::secret_key::secret_key;
use crate::store::{Batch, Condition, RecordKey, Store, Tries};
use crate::taxonomy::{Subject, Tenant};

const COLLECTION: &str = "audit-subjects";

/// The key under which a log shows identifiers that could be guessed: names of
/// secrets, host names, addresses. It is wiped when its last clone is dropped.
///
/// Whoever holds it can test guesses. Whoever holds only the log cannot.
///
/// # Example
/// ```
/// use confidant::audit::LogKey;
///
/// let key = LogKey::generate()?;
/// let name = key.digest("secret", "github/acme-bot");
/// assert_eq!(name, key.digest("secret", "github/acme-bot"));
/// assert_ne!(name, key.digest("host", "github/acme-bot"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct LogKey {
    bytes: Arc<Secret<[u8; 32]>>,
}

secret_key!(LogKey, "log");

impl LogKey {
    /// Returns what the log shows for a `value` of that kind: HMAC-SHA-256 of both.
    #[must_use]
    pub fn digest(&self, kind: &'static str, value: &str) -> Identifier {
        let digest = mac(self.bytes.expose_secret(), &[LOG, kind, value]);
        Identifier::from_digest(DigestKind::Log, digest)
    }

    /// A MAC of what a module stores, for a use that it names.
    pub(crate) fn mac(&self, of: &str, parts: &[&[u8]]) -> [u8; 32] {
        let named = [RECORD.as_bytes(), of.as_bytes()];
        let all = named.iter().chain(parts).copied();
        mac(self.bytes.expose_secret(), all)
    }

    /// Whether that is the MAC, found in constant time.
    pub(crate) fn is_mac(&self, of: &str, parts: &[&[u8]], mac: &[u8; 32]) -> bool {
        is_same_mac(&self.mac(of, parts), mac)
    }
}

const LOG: &str = "confidant/audit/log@v1";
const RECORD: &str = "confidant/audit/record@v1";
const SUBJECT: &str = "confidant/audit/subject@v1";
const PLACE: &str = "confidant/audit/subject-key@v1";

/// HMAC-SHA-256 of the parts, each after its length.
fn mac<'p, P: AsRef<[u8]> + ?Sized + 'p>(
    key: &[u8; 32],
    parts: impl IntoIterator<Item = &'p P>,
) -> [u8; 32] {
    let mut mac = hmac_sha256(key);
    for part in parts {
        let part = part.as_ref();
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Keys under which the log shows persons. Each person has a key of their own, so that one of
/// them can be erased.
///
/// [`erase`](Self::erase) destroys the key of a person. No entry changes, so the log verifies
/// as before. But nobody can tell any more whose entries they were, nor test a guess. Later
/// entries about the person are under a new key.
///
/// # Security
/// The keys lie in the store in clear: whoever can read both the store and the log can test
/// guesses. Copies of the store, above all its backups, keep a key alive until they are gone
/// too.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{LogKey, LogSubjectKeys};
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::Subject;
///
/// # pollster::block_on(async {
/// let keys = LogSubjectKeys::new(Arc::new(MemoryStore::new()), LogKey::generate()?);
/// let jo = Subject::new("jo@mail.test")?;
/// let before = keys.digest("acme", &jo).await?;
/// assert_eq!(before, keys.digest("acme", &jo).await?);
/// assert!(keys.erase("acme", &jo).await?);
/// assert_ne!(before, keys.digest("acme", &jo).await?);
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct LogSubjectKeys {
    store: Arc<dyn Store>,
    key: LogKey,
}

impl LogSubjectKeys {
    /// Keeps the keys in `store`, one record for each person in the tenant's collection
    /// `audit-subjects`. The paths are digests under `key`, so the store names no person.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, key: LogKey) -> Self {
        Self { store, key }
    }

    /// Returns what the log shows for a person of a tenant. Makes their key if they have
    /// none.
    ///
    /// # Errors
    /// Those of the store, and [`KeyService`](crate::ErrorKind::KeyService) where the
    /// system has no random numbers.
    pub async fn digest(&self, tenant: &str, subject: &Subject) -> Result<Identifier, Error> {
        let place = self.place(tenant, subject)?;
        let mut tries = Tries::default();
        loop {
            if let Some(found) = self.lookup(&place, subject).await? {
                return Ok(found);
            }
            let mut key = vec![0; 32];
            random(&mut key)?;
            let batch = Batch::new()
                .require(place.clone(), Condition::Absent)
                .put(place.clone(), key);
            // Whoever came first has made the key, which is looked up next.
            tries.ended(self.store.commit(batch).await)?;
        }
    }

    /// Returns what the log shows for a person of a tenant, if they have a key. It finds
    /// their entries, for a request of theirs.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn find(&self, tenant: &str, subject: &Subject) -> Result<Option<Identifier>, Error> {
        self.lookup(&self.place(tenant, subject)?, subject).await
    }

    /// Destroys the key of a person. Returns whether there was one.
    ///
    /// # Errors
    /// Those of the store; after one of kind [`InDoubt`](crate::ErrorKind::InDoubt)
    /// call it again.
    pub async fn erase(&self, tenant: &str, subject: &Subject) -> Result<bool, Error> {
        let place = self.place(tenant, subject)?;
        let was = self.store.get(&place).await?.is_some();
        self.store.commit(Batch::new().delete(place)).await?;
        Ok(was)
    }

    async fn lookup(
        &self,
        place: &RecordKey,
        subject: &Subject,
    ) -> Result<Option<Identifier>, Error> {
        let Some(record) = self.store.get(place).await? else {
            return Ok(None);
        };
        let damaged =
            || Error::message(ErrorKind::Integrity, "key of a subject has another length");
        let mut key = <[u8; 32]>::try_from(record.value).map_err(|_| damaged())?;
        let key = Secret::from(&mut key);
        let digest = mac(
            key.expose_secret(),
            &[SUBJECT, place.tenant(), subject.expose_id()],
        );
        Ok(Some(Identifier::from_digest(DigestKind::Subject, digest)))
    }

    fn place(&self, tenant: &str, subject: &Subject) -> Result<RecordKey, Error> {
        let path = mac(
            self.key.bytes.expose_secret(),
            &[PLACE, tenant, subject.expose_id()],
        );
        RecordKey::new(Tenant::new(tenant), COLLECTION, path)
    }
}
