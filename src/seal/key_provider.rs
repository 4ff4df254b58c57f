//! The trait of key providers, and the types in its methods.

use std::fmt;

use async_trait::async_trait;

use super::KeyDestruction;
use crate::Error;
use crate::id::text_id;
use crate::pointer::for_pointers;
use crate::secret::Secret;

/// A data key: 32 random bytes that encrypt one version of one secret.
pub type DataKey = Secret<[u8; 32]>;

/// Which key-encryption key: the provider and the name the provider knows it
/// by, such as `local:main` or `aws-kms:arn:aws:kms:…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Box<str>);

impl KeyId {
    /// The most bytes of an id.
    pub const MAX: usize = 255;

    /// Takes an id of 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for any other text.
    pub fn new(id: &str) -> Result<Self, Error> {
        if id.is_empty() || id.len() > Self::MAX || !id.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(Error::config(
                "key id is not 1 to 255 visible ASCII characters",
            ));
        }
        Ok(Self(id.into()))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_id!(KeyId);

/// Which version of a key-encryption key, as its provider names it: `3`, or the
/// 32 hexadecimal digits of Azure. Empty where the provider does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyVersion(Box<str>);

impl KeyVersion {
    /// The most bytes of a version.
    pub const MAX: usize = 64;

    /// Takes a version of up to 64 visible ASCII characters.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for any other text.
    pub fn new(version: &str) -> Result<Self, Error> {
        if version.len() > Self::MAX || !version.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::config(
                "key version is not up to 64 visible ASCII characters",
            ));
        }
        Ok(Self(version.into()))
    }

    /// Returns the version as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_id!(KeyVersion);

/// What a wrapped key is bound to, for a service that authenticates it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct WrapContext<'a> {
    /// The tenant, in clear, so that the access rules of a service can name it.
    pub tenant: &'a str,
    /// The SHA-256 digest of the whole context, so that names stay out of the
    /// logs of a service.
    pub digest: &'a [u8; 32],
}

impl<'a> WrapContext<'a> {
    /// Creates a context of a tenant with the digest of the rest.
    #[must_use]
    pub const fn new(tenant: &'a str, digest: &'a [u8; 32]) -> Self {
        Self { tenant, digest }
    }
}

impl fmt::Debug for WrapContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrapContext")
            .field("tenant_len", &self.tenant.len())
            .finish_non_exhaustive()
    }
}

/// A data key as a key-encryption key has encrypted it.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    version: KeyVersion,
    bytes: Box<[u8]>,
}

impl WrappedKey {
    /// The most bytes of a wrapped key.
    pub const MAX: usize = 1024;

    /// Takes a key that a provider has wrapped, with the version of its key that it used.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where `bytes` are more than 1,024, and
    /// [`Config`](crate::ErrorKind::Config) where there are none.
    pub fn new(version: KeyVersion, bytes: &[u8]) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(Error::config("wrapped key is empty"));
        }
        if bytes.len() > Self::MAX {
            return Err(Error::limit("a wrapped key", Self::MAX as u64));
        }
        Ok(Self {
            version,
            bytes: bytes.into(),
        })
    }

    /// Returns the version of the key-encryption key under which it is wrapped.
    #[must_use]
    pub fn version(&self) -> &KeyVersion {
        &self.version
    }

    /// Returns the bytes, in the format of the provider.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrappedKey")
            .field("version", &self.version.as_str())
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// One data key to wrap.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a request has exactly these parts"
)]
pub struct WrapRequest<'a> {
    /// The data key.
    pub key: &'a DataKey,
    /// What it is to be bound to.
    pub context: WrapContext<'a>,
}

/// One data key to unwrap.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a request has exactly these parts"
)]
pub struct UnwrapRequest<'a> {
    /// The wrapped data key.
    pub wrapped: &'a WrappedKey,
    /// What it was bound to.
    pub context: WrapContext<'a>,
}

/// One data key to wrap anew.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a request has exactly these parts"
)]
pub struct RewrapRequest<'a> {
    /// The wrapped data key.
    pub wrapped: &'a WrappedKey,
    /// What it was bound to, and will be.
    pub context: WrapContext<'a>,
    /// The version to wrap it under; the current one where there is none.
    pub version: Option<&'a KeyVersion>,
}

/// What a key service can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyServiceCapabilities {
    /// It authenticates the context: a wrapped key of another context is refused
    /// by the service itself.
    pub binds_context: bool,
    /// Only whoever may use the key can wrap under it. This is not so where a public key
    /// wraps, as with RSA: that a wrapped key opens then says nothing about who made it.
    pub authenticates: bool,
    /// It re-wraps without showing the data key to this process.
    pub rewraps_at_service: bool,
    /// It can wrap under a version that is not the current one.
    pub chooses_version: bool,
    /// The most items that go into one request to the service; 1 where it takes
    /// them one by one, 0 where there is no service to ask.
    pub max_batch: usize,
}

/// A service that holds key-encryption keys.
///
/// Calls are batches of any length; every item has an answer of its own, in the
/// order of the items. Implementations cut them into requests that the service
/// takes, and always tell the service which key they expect.
///
/// # Security
/// The version of a [`WrappedKey`] comes out of an envelope, where anybody could
/// have written it: that versions can be retired rests on an implementation
/// refusing, with [`Open`](crate::ErrorKind::Open), a wrapped key that was
/// wrapped under another version than the one it names.
///
/// # Errors
/// Of the kinds [`KeyService`](crate::ErrorKind::KeyService) (could not be
/// asked), [`Refused`](crate::ErrorKind::Refused) (denied, or the key is
/// disabled) and [`Open`](crate::ErrorKind::Open) (the wrapped key is not one of
/// this key and context).
#[async_trait]
pub trait KeyProvider: Send + Sync + fmt::Debug {
    /// Returns which key-encryption key this is.
    fn id(&self) -> &KeyId;

    /// Returns what the service can do.
    fn capabilities(&self) -> KeyServiceCapabilities;

    /// Returns the version under which new keys are wrapped.
    async fn current_version(&self) -> Result<KeyVersion, Error>;

    /// Wraps data keys under the current version.
    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>>;

    /// Unwraps data keys.
    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>>;

    /// Destroys the key, all versions of it: whatever was wrapped under it never unwraps
    /// again. A key that was destroyed before counts as destroyed.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the provider cannot do this, which is
    /// the default.
    ///
    /// # Security
    /// It is called for keys that belong to one tenant, when that
    /// [tenant is destroyed](super::TenantKeys::destroy).
    async fn destroy_key(&self) -> Result<KeyDestruction, Error> {
        Err(Error::config("key provider cannot destroy its key"))
    }

    /// Wraps data keys anew.
    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>>;
}

for_pointers! {
    #[async_trait]
    impl KeyProvider {
        fn id(&self) -> &KeyId {
            (**self).id()
        }

        fn capabilities(&self) -> KeyServiceCapabilities {
            (**self).capabilities()
        }

        async fn current_version(&self) -> Result<KeyVersion, Error> {
            (**self).current_version().await
        }

        async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
            (**self).wrap(items).await
        }

        async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
            (**self).unwrap(items).await
        }

        async fn destroy_key(&self) -> Result<KeyDestruction, Error> {
            (**self).destroy_key().await
        }

        async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
            (**self).rewrap(items).await
        }
    }
}
