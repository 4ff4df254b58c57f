//! Sealing and opening with the keys of providers.

mod batch;
mod builder;
mod cache;
mod stream;
#[cfg(test)]
mod tests;

pub use batch::{OpenRequest, SealRequest};
pub use builder::KeyringBuilder;
pub use cache::{CacheLimits, CacheLimitsBuilder};

use std::fmt;
use std::sync::Arc;

use cache::{Cache, Ticket};

use super::envelope::Parts;
use super::local::fresh_key;
use super::observer::Failure;
use super::payload;
use super::stream as sealed_stream;
use super::{
    Context, DataKey, Envelope, KeyDestruction, KeyId, KeyProvider, KeyVersion, RewrapRequest,
    SealEvent, SealObserver, SealOperation, SealOutcome, Stage, UnwrapRequest, WrapRequest,
    WrappedKey,
};
use crate::secret::Secret;
use crate::{Error, ErrorKind};

/// Seals values under fresh data keys, and opens them.
///
/// One provider wraps new data keys; others may be there to open what they have
/// wrapped. An envelope is opened by the provider whose key it names, and by no
/// other. A clone is the same keyring.
///
/// # Errors
/// Whatever is wrong with an envelope, the error is of kind
/// [`Open`](ErrorKind::Open) and always the same; it is never retryable. That a
/// provider could not be asked is of kind [`KeyService`](ErrorKind::KeyService)
/// or [`Refused`](ErrorKind::Refused), and is the provider's own error.
///
/// # Example
/// ```
/// use confidant::seal::{Context, Keyring, LocalKeys};
/// use confidant::taxonomy::Tenant;
/// # pollster::block_on(async {
/// let keyring = Keyring::new(LocalKeys::generate("local:main")?);
/// let context = Context::builder(Tenant::new("acme"), "github-token").version(1).build()?;
/// let envelope = keyring.seal(b"a token", &context).await?;
///
/// let opened = keyring.open(envelope.as_bytes(), &context).await?;
/// assert_eq!(opened.expose_secret(), b"a token");
///
/// let other = Context::builder(Tenant::new("acme"), "github-token").version(2).build()?;
/// assert!(keyring.open(envelope.as_bytes(), &other).await.is_err());
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Keyring {
    inner: Arc<Inner>,
}

struct Inner {
    sealing: Arc<dyn KeyProvider>,
    opening: Vec<Arc<dyn KeyProvider>>,
    retired: Vec<(KeyId, Option<KeyVersion>)>,
    cache: Option<Cache>,
    observer: Option<Arc<dyn SealObserver>>,
}

impl Keyring {
    /// Creates a keyring of one provider, which seals and opens.
    #[must_use]
    pub fn new(provider: impl KeyProvider + 'static) -> Self {
        Self::of(Inner {
            sealing: Arc::new(provider),
            opening: Vec::new(),
            retired: Vec::new(),
            cache: None,
            observer: None,
        })
    }

    /// Begins a keyring whose new data keys `sealing` wraps.
    #[must_use]
    pub fn builder(sealing: Arc<dyn KeyProvider>) -> KeyringBuilder {
        KeyringBuilder::new(sealing)
    }

    fn of(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns which key wraps new data keys.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        self.inner.sealing.id()
    }

    /// Returns the version under which new data keys are wrapped.
    ///
    /// # Errors
    /// Those of the provider.
    pub async fn current_version(&self) -> Result<KeyVersion, Error> {
        self.inner.sealing.current_version().await
    }

    /// Seals a value of up to 64 KiB for one context.
    ///
    /// # Errors
    /// [`Limit`](ErrorKind::Limit) for a longer value, and those of the provider.
    pub async fn seal(&self, plaintext: &[u8], context: &Context) -> Result<Envelope, Error> {
        let sealed = self.try_seal(plaintext, context).await;
        let envelope = sealed.as_ref().map(Envelope::as_bytes).unwrap_or_default();
        self.note(SealOperation::Seal, envelope, context, false, &sealed);
        Ok(sealed?)
    }

    async fn try_seal(&self, plaintext: &[u8], context: &Context) -> Result<Envelope, Failure> {
        payload::check_len(plaintext)?;
        let key = fresh_key()?;
        let request = [WrapRequest {
            key: &key,
            context: context.for_wrap(),
        }];
        let wrapped = only(self.wrap(&request).await)?;
        Ok(self.envelope(&wrapped, &key, plaintext, context)?)
    }

    fn envelope(
        &self,
        wrapped: &WrappedKey,
        key: &DataKey,
        plaintext: &[u8],
        context: &Context,
    ) -> Result<Envelope, Error> {
        let (version, bytes) = (wrapped.version().as_str(), wrapped.bytes());
        let length = plaintext.len() + payload::OVERHEAD;
        Envelope::assemble(self.key_id(), version, bytes, length, |out| {
            payload::seal(key, context.digest(), plaintext, out)
        })
    }

    /// Opens an envelope that was sealed for this very context.
    ///
    /// # Errors
    /// As [`Keyring`] says.
    pub async fn open(&self, envelope: &[u8], context: &Context) -> Result<Secret<[u8]>, Error> {
        let mut cached = false;
        let opened = self.try_open(envelope, context, &mut cached).await;
        self.note(SealOperation::Open, envelope, context, cached, &opened);
        Ok(opened?)
    }

    async fn try_open(
        &self,
        envelope: &[u8],
        context: &Context,
        cached: &mut bool,
    ) -> Result<Secret<[u8]>, Failure> {
        let parts = Parts::parse(envelope).ok_or(Stage::Format)?;
        let provider = self.provider(&parts)?;
        let Some(cache) = &self.inner.cache else {
            let key = unwrap(provider, &parts, context).await?;
            return Ok(payload::open(&key, context.digest(), parts.body)?);
        };
        let key = match cache.ticket(&parts, context.digest()).await {
            Ticket::Hit(key) => {
                *cached = true;
                key
            }
            // Where this fails, the ticket is given back and nothing is kept.
            Ticket::Lead(lead) => lead.keep(unwrap(provider, &parts, context).await?),
        };
        Ok(payload::open(&key, context.digest(), parts.body)?)
    }

    /// Opens an envelope and seals what is in it anew, under a fresh data key
    /// and the current version of the sealing key: for a data key that leaked.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and [`seal`](Self::seal).
    pub async fn rekey(&self, envelope: &[u8], context: &Context) -> Result<Envelope, Error> {
        let opened = self.open(envelope, context).await?;
        self.seal(opened.expose_secret(), context).await
    }

    /// Forgets all cached data keys, and wipes those that nobody is using.
    pub fn purge_cache(&self) {
        if let Some(cache) = &self.inner.cache {
            cache.purge();
        }
    }

    /// Whether what its providers open was wrapped by somebody who may use their keys.
    pub(crate) fn authenticates(&self) -> bool {
        let mut all = [&self.inner.sealing].into_iter().chain(&self.inner.opening);
        all.all(|provider| provider.capabilities().authenticates)
    }

    /// Destroys the keys of all providers of the keyring.
    pub(super) async fn destroy_keys(&self) -> Result<KeyDestruction, Error> {
        let mut reached = Ok(KeyDestruction::Destroyed);
        for provider in [&self.inner.sealing].into_iter().chain(&self.inner.opening) {
            match provider.destroy_key().await {
                Ok(KeyDestruction::Destroyed) => {}
                Ok(KeyDestruction::Scheduled) => reached = Ok(KeyDestruction::Scheduled),
                Err(error) => {
                    reached = Err(error);
                    break;
                }
            }
        }
        // Not before, when an open that is under way may keep its key once more.
        self.purge_cache();
        reached
    }

    /// Wraps data keys under the current version of the sealing key.
    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.not_retired(self.inner.sealing.wrap(items).await)
    }

    /// Has the provider of the sealing key wrap data keys anew.
    async fn wrap_anew(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.not_retired(self.inner.sealing.rewrap(items).await)
    }

    /// Refuses what is wrapped under a version that was retired: nothing would open it.
    fn not_retired(
        &self,
        wrapped: Vec<Result<WrappedKey, Error>>,
    ) -> Vec<Result<WrappedKey, Error>> {
        let sealing = self.inner.sealing.id();
        let check = |wrapped: WrappedKey| {
            let mut retired = self.inner.retired.iter();
            let is_this = |(id, version): &(KeyId, Option<KeyVersion>)| {
                id == sealing
                    && version
                        .as_ref()
                        .is_none_or(|version| version == wrapped.version())
            };
            if retired.any(is_this) {
                return Err(Error::config(
                    "the version of the key to seal with is retired",
                ));
            }
            Ok(wrapped)
        };
        let checked = wrapped.into_iter().map(|wrapped| wrapped.and_then(check));
        checked.collect()
    }

    /// The provider of the key that an envelope names, where neither the key
    /// nor its version was retired.
    fn provider(&self, parts: &Parts<'_>) -> Result<&dyn KeyProvider, Stage> {
        let retired = |(id, version): &(KeyId, Option<KeyVersion>)| {
            let version = version.as_ref();
            id.as_str() == parts.key_id
                && version.is_none_or(|version| version.as_str() == parts.version)
        };
        if self.inner.retired.iter().any(retired) {
            return Err(Stage::Retired);
        }
        let mut all = [&self.inner.sealing].into_iter().chain(&self.inner.opening);
        let found = all.find(|provider| provider.id().as_str() == parts.key_id);
        found.map(|found| &**found).ok_or(Stage::KeyId)
    }

    pub(super) fn observer(&self) -> Option<&Arc<dyn SealObserver>> {
        self.inner.observer.as_ref()
    }

    fn note<T>(
        &self,
        operation: SealOperation,
        envelope: &[u8],
        context: &Context,
        cached: bool,
        result: &Result<T, Failure>,
    ) {
        if let Some(observer) = self.observer() {
            note(&**observer, operation, envelope, context, cached, result);
        }
    }
}

/// Tells `observer` how it ended.
pub(super) fn note<T>(
    observer: &dyn SealObserver,
    operation: SealOperation,
    envelope: &[u8],
    context: &Context,
    cached: bool,
    result: &Result<T, Failure>,
) {
    let parts =
        Parts::parse(envelope).or_else(|| Parts::parse_front(envelope, sealed_stream::SUITE));
    observer.observe(&SealEvent {
        operation,
        tenant: context.tenant(),
        context: context.digest(),
        key_id: parts.map_or("", |parts| parts.key_id),
        key_version: parts.map_or("", |parts| parts.version),
        cached,
        outcome: match result {
            Ok(_) => SealOutcome::Done,
            Err(failure) => failure.outcome(),
        },
    });
}

async fn unwrap(
    provider: &dyn KeyProvider,
    parts: &Parts<'_>,
    context: &Context,
) -> Result<DataKey, Failure> {
    let wrapped = wrapped_key(parts)?;
    let request = [UnwrapRequest {
        wrapped: &wrapped,
        context: context.for_wrap(),
    }];
    only(provider.unwrap(&request).await).map_err(Failure::of_provider)
}

fn wrapped_key(parts: &Parts<'_>) -> Result<WrappedKey, Stage> {
    // What was parsed is within its bounds.
    let version = KeyVersion::new(parts.version).map_err(|_| Stage::Format)?;
    WrappedKey::new(version, parts.wrapped).map_err(|_| Stage::Format)
}

/// The one answer to one question.
fn only<T>(answers: Vec<Result<T, Error>>) -> Result<T, Error> {
    let mut answers = counted(answers, 1)?;
    answers.pop().unwrap_or_else(|| Err(miscounted()))
}

/// As many answers as there were questions.
fn counted<T>(answers: Vec<T>, questions: usize) -> Result<Vec<T>, Error> {
    if answers.len() != questions {
        return Err(miscounted());
    }
    Ok(answers)
}

#[cold]
fn miscounted() -> Error {
    let what = "the key provider gave more or fewer answers than there were items";
    Error::message(ErrorKind::KeyService, what)
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("key_id", &self.key_id().as_str())
            .field("opening", &self.inner.opening.len())
            .field("retired", &self.inner.retired.len())
            .field("cached", &self.inner.cache.is_some())
            .finish_non_exhaustive()
    }
}
