//! Keys of tenants, between the keys of providers and data keys.

mod stream;

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq as _;

use super::envelope::Parts;
use super::keyring::note;
use super::local::{KeySet, fresh_key};
use super::observer::Failure;
use super::payload;
use super::{
    Context, DataKey, Envelope, KeyId, KeyVersion, Keyring, SealObserver, SealOperation, Stage,
};
use crate::Error;
use crate::random::random;
use crate::secret::Secret;

/// The number of bytes of the id of a tenant key.
const ID: usize = 16;
const HEAD: usize = ID + 4;

/// The key of one tenant, which wraps the data keys of the tenant's values in
/// this process: sealing and opening ask no service and do not wait.
///
/// Only its record needs the key service: once to load it, and once to re-wrap
/// it when the key of the service changes, however many values there are.
/// Whoever destroys the record (and all copies of it) destroys the values.
///
/// It has versions: [`Keyring::rotate_tenant_key`] adds one, new values are
/// sealed under the youngest, and [`rewrap`](Self::rewrap) brings older ones up.
///
/// # Example
/// ```
/// use confidant::seal::{Context, Keyring, LocalKeys};
/// use confidant::taxonomy::Tenant;
/// # pollster::block_on(async {
///
/// let keyring = Keyring::new(LocalKeys::generate("local:main")?);
/// let (acme, record) = keyring.create_tenant_key("acme").await?;
///
/// let context = Context::new(Tenant::new("acme"), "github-token")?;
/// let envelope = acme.seal(b"a token", &context)?;
///
/// let acme = keyring.load_tenant_key(record.as_bytes(), "acme").await?;
/// let opened = acme.open(envelope.as_bytes(), &context)?;
/// assert_eq!(opened.expose_secret(), b"a token");
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct TenantKey {
    inner: Arc<Inner>,
}

struct Inner {
    tenant: Box<str>,
    keys: KeySet,
    current: KeyVersion,
    observer: Option<Arc<dyn SealObserver>>,
}

impl TenantKey {
    /// The most versions of a tenant key.
    pub const MAX_VERSIONS: usize = 1024;

    /// What stands in a record: an id, the number of the first version, and a
    /// key for each version from there on.
    fn read(keyring: &Keyring, tenant: &str, content: &[u8]) -> Option<Self> {
        let (id, rest) = content.split_first_chunk::<ID>()?;
        let (first, rest) = rest.split_first_chunk::<4>()?;
        let first = u32::from_be_bytes(*first);
        let (keys, rest) = rest.as_chunks::<32>();
        if keys.is_empty() || keys.len() > Self::MAX_VERSIONS || !rest.is_empty() {
            return None;
        }
        let id = format!("tenant:{:032x}", u128::from_be_bytes(*id));
        let mut set = KeySet::new(KeyId::new(&id).ok()?);
        for (at, key) in keys.iter().enumerate() {
            let number = first.checked_add(u32::try_from(at).ok()?)?;
            let version = KeyVersion::new(&number.to_string()).ok()?;
            let key = Secret::fill(|place: &mut [u8; 32]| place.copy_from_slice(key));
            set.add(version, &key).ok()?;
        }
        Some(Self {
            inner: Arc::new(Inner {
                tenant: tenant.into(),
                current: set.current().ok()?.clone(),
                keys: set,
                observer: keyring.observer().cloned(),
            }),
        })
    }

    /// Returns whose key it is.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.inner.tenant
    }

    /// Returns the id that envelopes of this key name: `tenant:` and 32 random digits,
    /// which another key of the same tenant does not share.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        self.inner.keys.id()
    }

    /// Returns the version under which new data keys are wrapped.
    #[must_use]
    pub fn current(&self) -> &KeyVersion {
        &self.inner.current
    }

    /// Returns how many versions there are.
    #[must_use]
    pub fn versions(&self) -> usize {
        self.inner.keys.len()
    }

    /// Seals a value of up to 64 KiB for a context of this tenant.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) for a longer value,
    /// [`Config`](crate::ErrorKind::Config) for a context of another tenant, and
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system gives no
    /// random numbers.
    pub fn seal(&self, plaintext: &[u8], context: &Context) -> Result<Envelope, Error> {
        let sealed = self.try_seal(plaintext, context);
        let envelope = sealed.as_ref().map(Envelope::as_bytes).unwrap_or_default();
        self.note(SealOperation::Seal, envelope, context, &sealed);
        Ok(sealed?)
    }

    fn try_seal(&self, plaintext: &[u8], context: &Context) -> Result<Envelope, Failure> {
        if context.tenant() != self.tenant() {
            return Err(foreign().into());
        }
        payload::check_len(plaintext)?;
        let key = fresh_key()?;
        let keys = &self.inner.keys;
        let wrapped = keys.wrap(self.current(), &key, context.digest())?;
        let version = self.current().as_str();
        let length = plaintext.len() + payload::OVERHEAD;
        let sealed = Envelope::assemble(keys.id(), version, &wrapped, length, |out| {
            payload::seal(&key, context.digest(), plaintext, out)
        });
        Ok(sealed?)
    }

    /// Opens an envelope that this key has sealed for this very context.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open), whatever is wrong with it.
    pub fn open(&self, envelope: &[u8], context: &Context) -> Result<Secret<[u8]>, Error> {
        let opened = self.try_open(envelope, context);
        self.note(SealOperation::Open, envelope, context, &opened);
        Ok(opened?)
    }

    fn try_open(&self, envelope: &[u8], context: &Context) -> Result<Secret<[u8]>, Failure> {
        let parts = self.parts(envelope, context)?;
        let digest = context.digest();
        let key = self
            .inner
            .keys
            .unwrap(parts.version, parts.wrapped, digest)?;
        Ok(payload::open(&key, digest, parts.body)?)
    }

    /// Opens an envelope where `allows` does, which is asked once it is known that this
    /// key has sealed the envelope for this very context, and before the payload is
    /// decrypted.
    pub(crate) fn open_if(
        &self,
        envelope: &[u8],
        context: &Context,
        allows: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Secret<[u8]>, Error> {
        let open = || {
            let parts = self.parts(envelope, context)?;
            let (keys, digest) = (&self.inner.keys, context.digest());
            let key = keys.unwrap(parts.version, parts.wrapped, digest)?;
            payload::open_if(&key, digest, parts.body, || allows().map_err(Failure::from))
        };
        let opened = open();
        self.note(SealOperation::Open, envelope, context, &opened);
        Ok(opened?)
    }

    fn parts<'e>(&self, envelope: &'e [u8], context: &Context) -> Result<Parts<'e>, Stage> {
        self.own(Parts::parse(envelope), context)
    }

    fn own<'e>(&self, parts: Option<Parts<'e>>, context: &Context) -> Result<Parts<'e>, Stage> {
        let parts = parts.ok_or(Stage::Format)?;
        if context.tenant() != self.tenant() {
            return Err(Stage::Tenant);
        }
        if parts.key_id != self.id().as_str() {
            return Err(Stage::KeyId);
        }
        Ok(parts)
    }

    /// Checks that this key has sealed an envelope for this very context, without
    /// decrypting what is in it: its data key unwraps, and its commitment is that of
    /// data key and context. A change to the ciphertext alone shows only when the
    /// envelope is [opened](Self::open).
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open), whatever is wrong with it.
    pub fn check(&self, envelope: &[u8], context: &Context) -> Result<(), Error> {
        let parts = self.parts(envelope, context);
        let checked = parts.and_then(|parts| self.data_key(&parts, context).map(drop));
        let checked = checked.map_err(Failure::from);
        self.note(SealOperation::Check, envelope, context, &checked);
        Ok(checked?)
    }

    /// The data key of an envelope whose commitment is that of key and context.
    fn data_key(&self, parts: &Parts<'_>, context: &Context) -> Result<DataKey, Stage> {
        let (keys, digest) = (&self.inner.keys, context.digest());
        let key = keys.unwrap(parts.version, parts.wrapped, digest)?;
        payload::check(&key, digest, parts.body)?;
        Ok(key)
    }

    /// The number of the current version, and the tag under it of what `context`
    /// stands for, for a record that is not secret but must be authentic.
    pub(crate) fn tag(&self, context: &Context) -> Result<(u32, [u8; 32]), Error> {
        let current = self.current().as_str();
        let number = current.parse().map_err(|_| super::rejected())?;
        let tag = self.inner.keys.tag(current, context.digest());
        Ok((number, *tag.ok_or_else(super::rejected)?))
    }

    /// Whether [`tag`](Self::tag) gave `tag` for `context` when `version` was current.
    pub(crate) fn has_tagged(&self, version: u32, tag: &[u8; 32], context: &Context) -> bool {
        let expected = self.inner.keys.tag(&version.to_string(), context.digest());
        context.tenant() == self.tenant()
            && expected.is_some_and(|expected| expected.ct_eq(tag).into())
    }

    /// Wraps the data key of an envelope anew, under the current version. The
    /// payload stays as it is.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open) where [`check`](Self::check) rejects the
    /// envelope.
    pub fn rewrap(&self, envelope: &[u8], context: &Context) -> Result<Envelope, Error> {
        let rewrapped = self.try_rewrap(envelope, context);
        self.note(SealOperation::Rewrap, envelope, context, &rewrapped);
        Ok(rewrapped?)
    }

    fn try_rewrap(&self, envelope: &[u8], context: &Context) -> Result<Envelope, Failure> {
        let parts = self.parts(envelope, context)?;
        let key = self.data_key(&parts, context)?;
        let keys = &self.inner.keys;
        let wrapped = keys.wrap(self.current(), &key, context.digest())?;
        let (version, body) = (self.current().as_str(), parts.body);
        let envelope = Envelope::assemble(keys.id(), version, &wrapped, body.len(), |out| {
            out.extend_from_slice(body);
            Ok(())
        });
        Ok(envelope?)
    }

    /// Opens an envelope and seals what is in it anew, under a fresh data key:
    /// for a data key that leaked.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and [`seal`](Self::seal).
    pub fn rekey(&self, envelope: &[u8], context: &Context) -> Result<Envelope, Error> {
        let opened = self.open(envelope, context)?;
        self.seal(opened.expose_secret(), context)
    }

    fn note<T>(
        &self,
        operation: SealOperation,
        envelope: &[u8],
        context: &Context,
        result: &Result<T, Failure>,
    ) {
        if let Some(observer) = &self.inner.observer {
            note(&**observer, operation, envelope, context, false, result);
        }
    }
}

#[cold]
fn foreign() -> Error {
    Error::config("the context is of another tenant than the key")
}

impl fmt::Debug for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantKey")
            .field("id", &self.id().as_str())
            .field("current", &self.current().as_str())
            .field("versions", &self.versions())
            .finish_non_exhaustive()
    }
}

/// Records of tenant keys. A record is an [`Envelope`] of a context that no
/// value can have; [`TenantKeys`](super::TenantKeys) keeps them in a store.
impl Keyring {
    /// Makes a key for `tenant`, and the record from which it can be loaded.
    ///
    /// # Errors
    /// Those of [`seal`](Self::seal).
    pub async fn create_tenant_key(&self, tenant: &str) -> Result<(TenantKey, Envelope), Error> {
        let mut content = [0; HEAD + 32];
        let (head, key) = content.split_at_mut(HEAD);
        let (id, first) = head.split_at_mut(ID);
        random(id)?;
        first.copy_from_slice(&1_u32.to_be_bytes());
        random(key)?;
        let content = Secret::from(&mut content);
        self.record(content.expose_secret(), tenant).await
    }

    /// Loads the key of `tenant` from its record.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn load_tenant_key(&self, record: &[u8], tenant: &str) -> Result<TenantKey, Error> {
        let context = Context::of_tenant_key(tenant)?;
        let content = self.open(record, &context).await?;
        let key = TenantKey::read(self, tenant, content.expose_secret());
        key.ok_or_else(super::rejected)
    }

    /// Adds a version to the key of `tenant` and forgets those that are older
    /// than the `keep` youngest before it: what was sealed under them is lost
    /// unless it was [re-wrapped](TenantKey::rewrap) first.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and [`seal`](Self::seal), and
    /// [`Limit`](crate::ErrorKind::Limit) past 1,024 versions.
    pub async fn rotate_tenant_key(
        &self,
        record: &[u8],
        tenant: &str,
        keep: usize,
    ) -> Result<(TenantKey, Envelope), Error> {
        self.rotate_tenant_key_above(record, tenant, keep, 0).await
    }

    /// The same, to a version with a number above `above`. Where older ones are kept, the
    /// numbers in between get keys under which nothing is sealed.
    pub(super) async fn rotate_tenant_key_above(
        &self,
        record: &[u8],
        tenant: &str,
        keep: usize,
        above: u32,
    ) -> Result<(TenantKey, Envelope), Error> {
        let context = Context::of_tenant_key(tenant)?;
        let content = self.open(record, &context).await?;
        let (id, first, keys) = split(content.expose_secret())?;
        let count = keys.len() / 32;
        let dropped = count.saturating_sub(keep);
        let last = || Error::limit("the versions of a tenant key", u32::MAX.into());
        // The last version must have a number too.
        let behind = u32::try_from(count)
            .ok()
            .and_then(|count| first.checked_add(count))
            .ok_or_else(last)?;
        let new = above.checked_add(1).ok_or_else(last)?.max(behind);
        let (first, between) = if dropped == count {
            (new, 0)
        } else {
            let dropped = u32::try_from(dropped).map_err(|_| last())?;
            (first + dropped, (new - behind) as usize)
        };
        if (count - dropped).saturating_add(between) >= TenantKey::MAX_VERSIONS {
            let most = TenantKey::MAX_VERSIONS as u64;
            return Err(Error::limit("the versions of a tenant key", most));
        }
        let kept = keys.get(dropped * 32..).unwrap_or_default();
        let mut next = Vec::with_capacity(HEAD + kept.len() + 32 * (between + 1));
        next.extend_from_slice(id);
        next.extend_from_slice(&first.to_be_bytes());
        next.extend_from_slice(kept);
        // A vector that does not grow leaves no copy behind.
        let next = append_fresh_keys(next, between + 1)?;
        self.record(next.expose_secret(), tenant).await
    }

    /// Forgets the versions of the key of `tenant` that are older than the `keep`
    /// youngest before its current one, and adds none: what was sealed under them is lost
    /// unless it was [re-wrapped](TenantKey::rewrap) first. Returns nothing where there
    /// is no older one.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and [`seal`](Self::seal).
    pub async fn drop_tenant_key_versions(
        &self,
        record: &[u8],
        tenant: &str,
        keep: usize,
    ) -> Result<Option<(TenantKey, Envelope)>, Error> {
        let context = Context::of_tenant_key(tenant)?;
        let content = self.open(record, &context).await?;
        let (id, first, keys) = split(content.expose_secret())?;
        let before = (keys.len() / 32).saturating_sub(1);
        let dropped = before.saturating_sub(keep);
        if dropped == 0 {
            return Ok(None);
        }
        let first = u32::try_from(dropped)
            .ok()
            .and_then(|dropped| first.checked_add(dropped))
            .ok_or_else(super::rejected)?;
        let kept = keys.get(dropped * 32..).unwrap_or_default();
        // A vector that does not grow leaves no copy behind.
        let mut next = Vec::with_capacity(HEAD + kept.len());
        next.extend_from_slice(id);
        next.extend_from_slice(&first.to_be_bytes());
        next.extend_from_slice(kept);
        let next = Secret::from(next);
        self.record(next.expose_secret(), tenant).await.map(Some)
    }

    /// Wraps the record of a tenant key anew, under `version` of the sealing key
    /// or its current one. The tenant key and all that it has sealed stay as
    /// they are.
    ///
    /// # Errors
    /// Those of [`rewrap`](Self::rewrap).
    pub async fn rewrap_tenant_key(
        &self,
        record: &[u8],
        tenant: &str,
        version: Option<&KeyVersion>,
    ) -> Result<Envelope, Error> {
        let context = Context::of_tenant_key(tenant)?;
        self.rewrap(record, &context, version).await
    }

    async fn record(&self, content: &[u8], tenant: &str) -> Result<(TenantKey, Envelope), Error> {
        let context = Context::of_tenant_key(tenant)?;
        let key = TenantKey::read(self, tenant, content).ok_or_else(super::rejected)?;
        let record = self.seal(content, &context).await?;
        Ok((key, record))
    }
}

/// The id, the number of the first version and the keys in the record of a tenant key.
fn split(content: &[u8]) -> Result<(&[u8], u32, &[u8]), Error> {
    let parts = content.split_at_checked(ID).and_then(|(id, rest)| {
        let (first, keys) = rest.split_first_chunk::<4>()?;
        Some((id, u32::from_be_bytes(*first), keys))
    });
    parts.ok_or_else(super::rejected)
}

/// `content`, for which there is room, with `count` times 32 random bytes behind it.
fn append_fresh_keys(mut content: Vec<u8>, count: usize) -> Result<Secret<Vec<u8>>, Error> {
    let append = (0..count).try_for_each(|_| {
        content.extend_from_slice(fresh_key()?.expose_secret());
        Ok(())
    });
    // Wiped whether there are keys or not.
    let content = Secret::from(content);
    append.map(|()| content)
}
