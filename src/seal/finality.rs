//! How final the destruction of keys is.

use std::fmt;

use async_trait::async_trait;

use super::Keyring;
use crate::Error;
use crate::pointer::for_pointers;

/// What became of a key-encryption key that was to be destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyDestruction {
    /// Every version of it is gone, and nobody can bring one back.
    Destroyed,
    /// It is out of use. The service destroys it after a time of its own, and until
    /// then those who run the service can bring it back.
    Scheduled,
}

/// When what was sealed for a tenant is beyond recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finality {
    /// Now: the provider's key, which was this tenant's alone, is destroyed, so no copy
    /// of the record of the tenant's key opens any more. It was the key that opened the
    /// record, if there still was one.
    KeyDestroyed,
    /// When the key service destroys the provider's key, which it has taken out of use.
    KeyScheduled,
    /// When the last copy of the record is gone: backups, replicas and logs of the
    /// database may keep one, and the provider's key still opens it.
    RecordDeleted,
}

/// The receipt for the destruction of a tenant's key: what was destroyed, and how final
/// that is.
#[derive(Debug)]
#[non_exhaustive]
pub struct TenantReceipt {
    /// The SHA-256 digest of the record that was deleted; `None` where there was none.
    pub record: Option<[u8; 32]>,
    /// When what was sealed for the tenant is beyond recovery.
    pub finality: Finality,
    /// Why the provider's key was not destroyed, where it was to be. The record is
    /// deleted all the same, and the same call may be made again.
    pub key_error: Option<Error>,
}

impl TenantReceipt {
    /// Returns whether there was a record, which is now deleted.
    #[must_use]
    pub const fn existed(&self) -> bool {
        self.record.is_some()
    }
}

/// Keyrings whose sealing keys belong to one tenant each, so that to destroy such a key
/// is to destroy what was sealed for its tenant, copies and backups included.
///
/// A service that destroys keys is [`KeyProvider::destroy_key`](super::KeyProvider::destroy_key).
///
/// # Example
/// ```
/// use std::path::PathBuf;
///
/// use async_trait::async_trait;
/// use confidant::{Error, ErrorKind};
/// use confidant::seal::{Keyring, LocalKeys, TenantKeyrings};
///
/// /// A key file for each tenant, named by the tenant's number.
/// #[derive(Debug)]
/// struct Folder(PathBuf);
///
/// #[async_trait]
/// impl TenantKeyrings for Folder {
///     async fn keyring(&self, tenant: &str) -> Result<Keyring, Error> {
///         let path = self.0.join(format!("{tenant}.keys"));
///         let id = format!("local:{tenant}");
///         let keys = if path.exists() {
///             LocalKeys::load(&id, &path)?
///         } else {
///             LocalKeys::generate_file(&id, &path)?
///         };
///         Ok(Keyring::new(keys))
///     }
///
///     async fn existing_keyring(&self, tenant: &str) -> Result<Option<Keyring>, Error> {
///         let path = self.0.join(format!("{tenant}.keys"));
///         if !path.try_exists().map_err(|error| Error::foreign(ErrorKind::Store, error))? {
///             return Ok(None);
///         }
///         let keys = LocalKeys::load(&format!("local:{tenant}"), &path)?;
///         Ok(Some(Keyring::new(keys)))
///     }
/// }
/// ```
#[async_trait]
pub trait TenantKeyrings: Send + Sync + fmt::Debug {
    /// Returns the keyring of a tenant. It may make the key. It is called whenever the
    /// record of the tenant's key is made, loaded or re-wrapped, and again after it was
    /// destroyed if the tenant comes back.
    ///
    /// # Errors
    /// Those of [`KeyProvider`](super::KeyProvider).
    ///
    /// # Security
    /// The keys of the keyring must wrap for this tenant and no other: all of them are
    /// destroyed with the tenant.
    async fn keyring(&self, tenant: &str) -> Result<Keyring, Error>;

    /// Returns the keyring of a tenant whose key is there, to destroy it. It must not make
    /// a key: that the new one is destroyed would say nothing about the old one.
    ///
    /// # Errors
    /// Those of [`KeyProvider`](super::KeyProvider).
    async fn existing_keyring(&self, tenant: &str) -> Result<Option<Keyring>, Error>;
}

for_pointers! {
    #[async_trait]
    impl TenantKeyrings {
        async fn keyring(&self, tenant: &str) -> Result<Keyring, Error> {
            (**self).keyring(tenant).await
        }

        async fn existing_keyring(&self, tenant: &str) -> Result<Option<Keyring>, Error> {
            (**self).existing_keyring(tenant).await
        }
    }
}
