//! The keyring of each tenant, where every tenant has a provider's key of its own.

use std::fmt;

use async_trait::async_trait;

use super::Keyring;
use crate::Error;
use crate::pointer::for_pointers;

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
