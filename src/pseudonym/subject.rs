//! Keys of data subjects.

use std::sync::Arc;

use super::PseudonymKey;
use super::keys::resolve;
use super::record::KeyStore;
use crate::Error;
#[cfg(feature = "seal")]
use crate::seal::Keyring;
use crate::store::{self, Batch, Store};
use crate::taxonomy::{Purpose, Subject, Tenant};

const KEYS: &str = "confidant.pseudonym.subject";

/// Random keys in a store, one for each data subject, so that a subject can be erased.
///
/// To [`erase`](Self::erase) a subject is to destroy their key. Nothing that was filed
/// under their pseudonyms changes, and nobody can tell any more whose it was.
///
/// # Security
/// That of [`RotatingKeys`](super::RotatingKeys).
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::pseudonym::{PseudonymKey, SubjectKeys};
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::{Purpose, Subject};
///
/// # pollster::block_on(async {
/// let keys = SubjectKeys::new(Arc::new(MemoryStore::new()), PseudonymKey::generate()?);
/// let (jo, purpose) = (Subject::new("jo@mail.test")?, Purpose::new("consent")?);
/// let before = keys.key("acme", &jo).await?.subject(&purpose, "acme", &jo);
/// assert!(keys.erase("acme", &jo).await?);
/// assert!(keys.find("acme", &jo).await?.is_none());
/// let after = keys.key("acme", &jo).await?.subject(&purpose, "acme", &jo);
/// assert_ne!(before, after);
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct SubjectKeys {
    keys: KeyStore,
    places: PseudonymKey,
}

impl SubjectKeys {
    /// Holds keys in `store`, in the collection `confidant.pseudonym.subject` of each
    /// tenant, under paths that are pseudonyms under `places`: the store lists no
    /// subjects.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, places: PseudonymKey) -> Self {
        Self {
            keys: KeyStore::new(store),
            places,
        }
    }

    /// Seals keys by `keyring`. A key that lies in the store unsealed is refused from then
    /// on. A key provider that wraps by a public key is refused with an error of kind
    /// [`Config`](crate::ErrorKind::Config): others could plant a key that they know.
    #[cfg(feature = "seal")]
    #[must_use]
    pub fn sealed_by(mut self, keyring: Keyring) -> Self {
        self.keys = self.keys.sealed_by(keyring);
        self
    }

    /// Returns the key of a subject of a tenant. It is made where there is none.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the record is damaged or not
    /// sealed as it must be, [`Conflict`](crate::ErrorKind::Conflict) where others
    /// change it again and again, and those of the store and the keyring.
    pub async fn key(&self, tenant: &str, subject: &Subject) -> Result<PseudonymKey, Error> {
        let place = self.place(tenant, subject)?;
        resolve(&self.keys, &place, async || Ok(None)).await
    }

    /// Returns the key of a subject of a tenant where there is one.
    ///
    /// # Errors
    /// Those of [`key`](Self::key).
    pub async fn find(
        &self,
        tenant: &str,
        subject: &Subject,
    ) -> Result<Option<PseudonymKey>, Error> {
        let place = self.place(tenant, subject)?;
        match self.keys.store.get(&place).await? {
            Some(record) => self.keys.read(&place, &record.value).await.map(Some),
            None => Ok(None),
        }
    }

    /// Destroys the key of a subject, and returns whether there was one.
    ///
    /// # Errors
    /// Those of the store; after one of kind [`InDoubt`](crate::ErrorKind::InDoubt)
    /// call it again.
    pub async fn erase(&self, tenant: &str, subject: &Subject) -> Result<bool, Error> {
        let place = self.place(tenant, subject)?;
        let was = self.keys.store.get(&place).await?.is_some();
        self.keys.store.commit(Batch::new().delete(place)).await?;
        Ok(was)
    }

    fn place(&self, tenant: &str, subject: &Subject) -> Result<store::RecordKey, Error> {
        let place = Purpose::new("confidant.place")?;
        let path = self.places.subject(&place, tenant, subject);
        store::RecordKey::new(Tenant::new(tenant), KEYS, path)
    }
}

#[cfg(test)]
mod tests;
