//! The builder of keyrings.

use std::fmt;
use std::sync::Arc;

use super::cache::Cache;
use super::{CacheLimits, Inner, Keyring};
use crate::Error;
use crate::seal::{KeyId, KeyProvider, KeyVersion, SealObserver};
use crate::time::Clock;

/// Puts a [`Keyring`] together.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::seal::{CacheLimits, Keyring, KeyId, KeyVersion, LocalKeys};
/// use confidant::time::SystemClock;
///
/// let old = Arc::new(LocalKeys::generate("local:2025")?);
/// let new = Arc::new(LocalKeys::generate("local:2026")?);
/// let keyring = Keyring::builder(new)
///     .open_with(old)
///     .retire_version(KeyId::new("local:2025")?, KeyVersion::new("0")?)
///     .cache(CacheLimits::default(), Arc::new(SystemClock::new()))
///     .build()?;
/// assert_eq!(keyring.key_id().as_str(), "local:2026");
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct KeyringBuilder {
    inner: Inner,
}

impl KeyringBuilder {
    pub(super) const fn new(sealing: Arc<dyn KeyProvider>) -> Self {
        Self {
            inner: Inner {
                sealing,
                opening: Vec::new(),
                retired: Vec::new(),
                cache: None,
                observer: None,
            },
        }
    }

    /// Adds another provider, which only opens what it has wrapped.
    #[must_use]
    pub fn open_with(mut self, provider: Arc<dyn KeyProvider>) -> Self {
        self.inner.opening.push(provider);
        self
    }

    /// Refuses to open what this key has wrapped, whatever its version, even
    /// where a provider could.
    #[must_use]
    pub fn retire_key(mut self, id: KeyId) -> Self {
        self.inner.retired.push((id, None));
        self
    }

    /// Refuses to open what this version of a key has wrapped.
    #[must_use]
    pub fn retire_version(mut self, id: KeyId, version: KeyVersion) -> Self {
        self.inner.retired.push((id, Some(version)));
        self
    }

    /// Keeps unwrapped data keys for a while, so that what is opened often does
    /// not ask the key service each time.
    ///
    /// # Security
    /// The key service then learns only of the first of several accesses; all of
    /// them reach the [`observer`](Self::observer). What the service has been
    /// told to refuse stays open until the limits end it.
    #[must_use]
    pub fn cache(mut self, limits: CacheLimits, clock: Arc<dyn Clock>) -> Self {
        self.inner.cache = Some(Cache::new(limits, clock));
        self
    }

    /// Tells `observer` of everything that is sealed and opened.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn SealObserver>) -> Self {
        self.inner.observer = Some(observer);
        self
    }

    /// Returns the keyring.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where two providers have the same
    /// key id, or the sealing key was retired.
    pub fn build(self) -> Result<Keyring, Error> {
        let inner = self.inner;
        let mut ids: Vec<_> = inner.opening.iter().map(|provider| provider.id()).collect();
        ids.push(inner.sealing.id());
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        if ids.len() != count {
            return Err(Error::config("two providers have the same key id"));
        }
        let sealing = inner.sealing.id();
        let mut retired = inner.retired.iter();
        if retired.any(|(id, version)| id == sealing && version.is_none()) {
            return Err(Error::config("the key to seal with is retired"));
        }
        Ok(Keyring::of(inner))
    }
}

impl fmt::Debug for KeyringBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyringBuilder").finish_non_exhaustive()
    }
}
