//! Contexts, to which sealed values are bound.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::WrapContext;
use crate::Error;
use crate::taxonomy::Tenant;

/// What the digest of a context begins with, so that a context of one sort is
/// never one of another.
const VALUE: &[u8] = b"confidant:v1:context";
const TENANT_KEY: &[u8] = b"confidant:v1:tenant-key";

/// What a sealed value is bound to: its tenant, name, version and kind, and anything else
/// that the caller adds.
///
/// A value opens only under the context under which it was sealed. Somebody who can write to
/// the store cannot move it to another tenant, name or version. The context is not stored
/// with the value: the caller knows it from where the value lies.
///
/// Each part is encoded with its length, so parts cannot run together. Text is compared byte
/// by byte: two ways to write the same letter are two contexts.
///
/// # Example
/// ```
/// use confidant::seal::Context;
/// use confidant::taxonomy::Tenant;
///
/// let context = Context::builder(Tenant::new("acme"), "github-token")
///     .version(3)
///     .kind("api-key")
///     .extra("environment", "production")
///     .build()?;
/// assert_eq!(context.tenant(), "acme");
/// assert_ne!(
///     context.digest(),
///     Context::new(Tenant::new("acme"), "github-token")?.digest()
/// );
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Context {
    tenant: Box<str>,
    name: Box<str>,
    version: u64,
    kind: Box<str>,
    extras: Box<[Extra]>,
    digest: [u8; 32],
}

type Extra = (Box<str>, Box<[u8]>);

impl Context {
    /// The most bytes of a tenant.
    pub const MAX_TENANT: usize = 255;
    /// The most bytes of a name.
    pub const MAX_NAME: usize = 512;
    /// The most bytes of a kind.
    pub const MAX_KIND: usize = 64;
    /// The most extras.
    pub const MAX_EXTRAS: usize = 64;
    /// The most bytes of the key of an extra.
    pub const MAX_EXTRA_KEY: usize = 128;
    /// The most bytes of all extras, keys and values together.
    pub const MAX_EXTRA_BYTES: usize = 8 * 1024;

    /// Creates a context of version 0, without a kind and extras. [`Tenant::NONE`] is the
    /// space that belongs to no tenant.
    ///
    /// # Errors
    /// As [`ContextBuilder::build`].
    pub fn new(tenant: Tenant<'_>, name: &str) -> Result<Self, Error> {
        Self::builder(tenant, name).build()
    }

    /// Begins a context with a version, a kind or extras.
    #[must_use]
    pub const fn builder<'a>(tenant: Tenant<'a>, name: &'a str) -> ContextBuilder<'a> {
        ContextBuilder {
            tenant: tenant.as_str(),
            name,
            version: 0,
            kind: "",
            extras: Vec::new(),
        }
    }

    /// The context of the key of a tenant, which no value ever has.
    pub(super) fn of_tenant_key(tenant: &str) -> Result<Self, Error> {
        Self::builder(Tenant::new(tenant), "key").build_as(TENANT_KEY)
    }

    /// Returns the tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Returns the kind; empty where there is none.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the extras, in the order of their keys.
    pub fn extras(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.extras.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Returns the SHA-256 digest of the encoding, to which everything else is bound.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Returns the parts that a key service sees.
    #[must_use]
    pub fn for_wrap(&self) -> WrapContext<'_> {
        WrapContext::new(&self.tenant, &self.digest)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("tenant_len", &self.tenant.len())
            .field("name_len", &self.name.len())
            .field("version", &self.version)
            .field("extras", &self.extras.len())
            .finish_non_exhaustive()
    }
}

/// Puts a [`Context`] together.
#[derive(Clone)]
pub struct ContextBuilder<'a> {
    tenant: &'a str,
    name: &'a str,
    version: u64,
    kind: &'a str,
    extras: Vec<(&'a str, &'a [u8])>,
}

impl<'a> ContextBuilder<'a> {
    /// Sets the version of the value, so that an older value cannot replace a newer one.
    #[must_use]
    pub const fn version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Sets the kind of the value.
    #[must_use]
    pub const fn kind(mut self, kind: &'a str) -> Self {
        self.kind = kind;
        self
    }

    /// Binds the value to something else as well. The order of the extras does not matter.
    #[must_use]
    pub fn extra<V: AsRef<[u8]> + ?Sized>(mut self, key: &'a str, value: &'a V) -> Self {
        self.extras.push((key, value.as_ref()));
        self
    }

    /// Returns the context.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where a part is longer than the
    /// constants of [`Context`] say, and [`Config`](crate::ErrorKind::Config)
    /// where the name or the key of an extra is empty or a key was given twice.
    pub fn build(self) -> Result<Context, Error> {
        self.build_as(VALUE)
    }

    fn build_as(mut self, domain: &[u8]) -> Result<Context, Error> {
        self.extras.sort_unstable_by_key(|(key, _)| *key);
        self.check()?;
        let mut hash = Sha256::new_with_prefix(domain);
        let mut field = |tag: u8, bytes: &[u8]| {
            // No part is longer than 8 KiB.
            let [_, _, _, _, length @ ..] = (bytes.len() as u64).to_be_bytes();
            let [a, b, c, d] = length;
            hash.update([tag, a, b, c, d]);
            hash.update(bytes);
        };
        field(1, self.tenant.as_bytes());
        field(2, self.name.as_bytes());
        field(3, &self.version.to_be_bytes());
        field(4, self.kind.as_bytes());
        for (key, value) in &self.extras {
            field(5, key.as_bytes());
            field(6, value);
        }
        let owned = |(key, value): &(&str, &[u8])| ((*key).into(), (*value).into());
        Ok(Context {
            tenant: self.tenant.into(),
            name: self.name.into(),
            version: self.version,
            kind: self.kind.into(),
            extras: self.extras.iter().map(owned).collect(),
            digest: hash.finalize().into(),
        })
    }

    fn check(&self) -> Result<(), Error> {
        let bounded = |what, len: usize, max: usize| {
            if len > max {
                return Err(Error::limit(what, max as u64));
            }
            Ok(())
        };
        bounded(
            "the tenant of a context",
            self.tenant.len(),
            Context::MAX_TENANT,
        )?;
        bounded("the name of a context", self.name.len(), Context::MAX_NAME)?;
        bounded("the kind of a context", self.kind.len(), Context::MAX_KIND)?;
        let extras = &self.extras;
        bounded(
            "the number of extras of a context",
            extras.len(),
            Context::MAX_EXTRAS,
        )?;
        let mut bytes = 0;
        let mut before = None;
        for (key, value) in extras {
            bounded("the key of an extra", key.len(), Context::MAX_EXTRA_KEY)?;
            if key.is_empty() {
                return Err(Error::config("the key of an extra is empty"));
            }
            if before.replace(key) == Some(key) {
                return Err(Error::config("two extras have the same key"));
            }
            bytes += key.len() + value.len();
        }
        bounded("the extras of a context", bytes, Context::MAX_EXTRA_BYTES)?;
        if self.name.is_empty() {
            return Err(Error::config("the name of a context is empty"));
        }
        Ok(())
    }
}

impl fmt::Debug for ContextBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextBuilder").finish_non_exhaustive()
    }
}
