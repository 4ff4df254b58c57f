//! Key-encryption keys held in this process.

mod key_set;
mod key_text;
#[cfg(feature = "passphrase")]
mod passphrase;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use key_set::WRAPPED;
pub(super) use key_set::{KeySet, fresh_key, fresh_keys};
#[cfg(feature = "passphrase")]
pub use passphrase::PassphraseSettings;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;

use super::{
    DataKey, KeyDestruction, KeyId, KeyProvider, KeyServiceCapabilities, KeyVersion, RewrapRequest,
    UnwrapRequest, WrapRequest, WrappedKey, rejected,
};
use crate::secret::Secret;
use crate::{Error, ErrorKind, key_file};

/// Key-encryption keys held in this process: from a file, from the environment,
/// from a passphrase, or made here.
///
/// There may be several versions of the key. All of them unwrap, one of them,
/// the current one, wraps; a version that is not there (any more) unwraps
/// nothing. Every data key is wrapped with AES-256-GCM under a key derived for
/// it alone, so there is no number of data keys after which the key must be
/// changed. A wrapped key is bound to the id and version of the key that wraps
/// it and to the digest of the context.
///
/// # Security
/// Whoever can read the memory of the process can unwrap everything. A key
/// service keeps the key away from it, and keeps a log.
///
/// # Example
/// ```
/// use confidant::secret::Secret;
/// use confidant::seal::{KeyVersion, LocalKeys};
///
/// let [old, new] = [7, 8].map(|byte| Secret::from(&mut [byte; 32]));
/// let keys = LocalKeys::new("local:main", KeyVersion::new("1")?, &old)?
///     .version(KeyVersion::new("2")?, &new)?;
/// assert_eq!(keys.current().as_str(), "2");
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct LocalKeys {
    id: KeyId,
    /// Empty once they are destroyed.
    keys: RwLock<KeySet>,
    current: KeyVersion,
    origin: Origin,
}

/// Where else the keys are.
enum Origin {
    /// In the hands of the caller, in the environment, or in somebody's head.
    Elsewhere,
    File(PathBuf),
    /// Nowhere: they were made here.
    Here,
}

impl LocalKeys {
    /// Creates a key of one version.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where `id` is not a [`KeyId`].
    pub fn new(id: &str, version: KeyVersion, key: &Secret<[u8; 32]>) -> Result<Self, Error> {
        let id = KeyId::new(id)?;
        let mut keys = KeySet::new(id.clone());
        keys.add(version.clone(), key)?;
        Ok(Self {
            id,
            keys: RwLock::new(keys),
            current: version,
            origin: Origin::Elsewhere,
        })
    }

    fn of(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// Creates a fresh key of version `1`, which is gone when it is dropped.
    ///
    /// # Errors
    /// As [`new`](Self::new), and
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system gives no
    /// random numbers.
    pub fn generate(id: &str) -> Result<Self, Error> {
        let keys = Self::new(id, KeyVersion::new("1")?, &fresh_key()?)?;
        Ok(keys.of(Origin::Here))
    }

    /// Reads the keys in a file, one on each line: a version, a blank and 64
    /// hexadecimal digits. The last one is current. Empty lines and lines that begin
    /// with `#` do not count.
    ///
    /// `openssl rand -hex 32` makes the digits;
    /// [`generate_file`](Self::generate_file) makes a whole file.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the file is not of that form,
    /// [`Refused`](crate::ErrorKind::Refused) where it is a symbolic link, not a
    /// regular file, or where anyone but its owner may read or write it,
    /// [`Limit`](crate::ErrorKind::Limit) past 128 KiB or 1,024 versions, and
    /// [`Store`](crate::ErrorKind::Store) where it cannot be read.
    ///
    /// # Security
    /// The permissions can be checked on Unix only; elsewhere every file is
    /// refused. The folders above the file are not checked.
    pub fn load(id: &str, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let keys = key_text::read(&key_text::of_file(path)?, id)?;
        Ok(keys.of(Origin::File(path.to_owned())))
    }

    /// Makes a file for [`load`](Self::load) with a fresh key of
    /// version `1`, which only its owner can read.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where there is such a file or it
    /// cannot be written, and as [`generate`](Self::generate).
    pub fn generate_file(id: &str, path: impl AsRef<Path>) -> Result<Self, Error> {
        let text = key_text::generate()?;
        let path = path.as_ref();
        key_file::create(path, &text)?;
        Ok(key_text::read(&text, id)?.of(Origin::File(path.to_owned())))
    }

    /// Reads the keys in the environment variable `name`, in the form of
    /// [`load`](Self::load), where a comma may stand for the end of a line.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is no such variable, or
    /// it is not of that form.
    ///
    /// # Security
    /// The environment of a process can be read by other processes of the same
    /// user and goes on to the processes it starts. It is not changed here:
    /// that cannot be done safely while there are other threads.
    pub fn from_env(id: &str, name: &str) -> Result<Self, Error> {
        key_text::read(&key_text::of_env(name)?, id)
    }

    /// Creates a key made of a passphrase by Argon2id, of version `1`.
    ///
    /// It takes as long as `settings` make it take: about a tenth of a second by
    /// default, on a thread that should not be one of an async runtime.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a passphrase of less than 8
    /// bytes, [`Limit`](crate::ErrorKind::Limit) for one of more than 1,024.
    ///
    /// # Security
    /// Whoever gets hold of an envelope can try passphrases without asking
    /// anyone, as fast as Argon2id lets them: a passphrase must be one that
    /// cannot be guessed.
    #[cfg(feature = "passphrase")]
    pub fn from_passphrase(
        id: &str,
        passphrase: &Secret<str>,
        settings: &PassphraseSettings,
    ) -> Result<Self, Error> {
        let key = settings.derive(passphrase)?;
        Self::new(id, KeyVersion::new("1")?, &key)
    }

    /// Adds a version, which is the current one from then on.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is such a version,
    /// [`Limit`](crate::ErrorKind::Limit) past 1,024 versions.
    pub fn version(mut self, version: KeyVersion, key: &Secret<[u8; 32]>) -> Result<Self, Error> {
        self.set().add(version.clone(), key)?;
        self.current = version;
        // It came from the caller, who may keep it.
        Ok(self.of(Origin::Elsewhere))
    }

    /// Makes another version the current one: to go back, or to spread a new
    /// version to all processes before any of them uses it.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is no such version.
    pub fn with_current(mut self, version: &KeyVersion) -> Result<Self, Error> {
        self.set().set_current(version)?;
        self.current = version.clone();
        Ok(self)
    }

    /// Takes a version away and wipes its key: what was wrapped under it is
    /// refused from then on.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is no such version or it
    /// is the current one.
    pub fn retire(mut self, version: &KeyVersion) -> Result<Self, Error> {
        self.set().remove(version)?;
        Ok(self)
    }

    /// Returns the version under which new data keys are wrapped.
    #[must_use]
    pub const fn current(&self) -> &KeyVersion {
        &self.current
    }

    fn wrapped(
        &self,
        version: &KeyVersion,
        key: &DataKey,
        digest: &[u8; 32],
    ) -> Result<WrappedKey, Error> {
        let keys = self.keys();
        if keys.len() == 0 {
            let what = "the key-encryption key was destroyed";
            return Err(Error::message(ErrorKind::Refused, what));
        }
        let wrapped = keys.wrap(version, key, digest)?;
        WrappedKey::new(version.clone(), &wrapped)
    }

    fn unwrapped(&self, wrapped: &WrappedKey, digest: &[u8; 32]) -> Result<DataKey, Error> {
        let version = wrapped.version().as_str();
        let key = self.keys().unwrap(version, wrapped.bytes(), digest);
        key.map_err(|_| rejected())
    }

    fn keys(&self) -> RwLockReadGuard<'_, KeySet> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&mut self) -> &mut KeySet {
        self.keys.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyProvider for LocalKeys {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        KeyServiceCapabilities {
            binds_context: true,
            authenticates: true,
            rewraps_at_service: false,
            chooses_version: true,
            max_batch: 0,
        }
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        Ok(self.current.clone())
    }

    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        let wrap =
            |item: &WrapRequest<'_>| self.wrapped(&self.current, item.key, item.context.digest);
        items.iter().map(wrap).collect()
    }

    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        let unwrap = |item: &UnwrapRequest<'_>| self.unwrapped(item.wrapped, item.context.digest);
        items.iter().map(unwrap).collect()
    }

    /// Wipes the keys that were [made here](Self::generate), and those of a
    /// [file](Self::load) together with the file.
    ///
    /// # Errors
    /// [`Config`] for keys that came from elsewhere, which would still be there, and
    /// [`Store`] where the file cannot be removed.
    ///
    /// # Security
    /// The file is overwritten before it is removed, but a file system or a disk may
    /// keep what was overwritten, and so do backups of the file.
    ///
    /// [`Config`]: crate::ErrorKind::Config
    /// [`Store`]: crate::ErrorKind::Store
    async fn destroy_key(&self) -> Result<KeyDestruction, Error> {
        match &self.origin {
            Origin::Elsewhere => {
                return Err(Error::config(
                    "the key came from elsewhere, and would still exist",
                ));
            }
            Origin::File(path) => key_file::destroy(path)?,
            Origin::Here => {}
        }
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.clear();
        Ok(KeyDestruction::Destroyed)
    }

    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        let rewrap = |item: &RewrapRequest<'_>| {
            let key = self.unwrapped(item.wrapped, item.context.digest)?;
            let version = item.version.unwrap_or(&self.current);
            self.wrapped(version, &key, item.context.digest)
        };
        items.iter().map(rewrap).collect()
    }
}

impl fmt::Debug for LocalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKeys")
            .field("id", &self.id.as_str())
            .field("current", &self.current.as_str())
            .field("versions", &self.keys().len())
            .finish_non_exhaustive()
    }
}
