//! Secrets to put into a vault.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::purpose::check;
use super::{Scope, SecretPurpose};
use crate::Error;
use crate::taxonomy::Tenant;
use crate::time::Moment;

/// A secret to put: its value, and what it may be used for.
///
/// # Example
/// ```
/// use confidant::vault::{NewSecret, SecretPurpose, Scope};
/// use confidant::taxonomy::Tenant;
///
/// # fn example(token: &[u8]) -> Result<(), confidant::Error> {
/// let secret = NewSecret::new(Tenant::new("acme"), "github-token", token, SecretPurpose::new("repository-work")?)
///     .scope(Scope::new("github:acme/website")?)
///     .kind("oauth-token")?
///     .connection("github")?
///     .label("environment", "production")?;
/// # Ok(()) }
/// # example(b"gho_not_a_real_token").unwrap();
/// ```
#[derive(Clone)]
pub struct NewSecret<'a> {
    pub(super) tenant: &'a str,
    pub(super) name: &'a str,
    pub(super) value: &'a [u8],
    pub(super) terms: Terms,
    pub(super) connection: Option<Box<str>>,
    pub(super) labels: BTreeMap<Box<str>, Box<str>>,
}

/// What one version of a secret is bound to: it is part of what the value is
/// sealed for, so that whoever writes to the store cannot change it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) kind: Box<str>,
    pub(super) purposes: BTreeSet<SecretPurpose>,
    pub(super) scopes: BTreeSet<Scope>,
    pub(super) expires: Option<Moment>,
}

impl<'a> NewSecret<'a> {
    /// The most bytes of a value.
    pub const MAX_VALUE: usize = 64 << 10;
    /// The most bytes of a name.
    pub const MAX_NAME: usize = 512;
    /// The most purposes, and the most scopes.
    pub const MAX_TERMS: usize = 64;
    /// The most labels.
    pub const MAX_LABELS: usize = 32;
    /// The most bytes of a kind, a connection, the key of a label and its value.
    pub const MAX_LABEL: usize = 64;

    /// Creates a secret of a tenant from its name, its value and one purpose for which it
    /// may be used. Without a [`scope`](Self::scope) it may be used on anything. A vault
    /// refuses [`Tenant::NONE`].
    #[must_use]
    pub fn new(tenant: Tenant<'a>, name: &'a str, value: &'a [u8], purpose: SecretPurpose) -> Self {
        Self {
            tenant: tenant.as_str(),
            name,
            value,
            terms: Terms {
                purposes: BTreeSet::from([purpose]),
                ..Terms::default()
            },
            connection: None,
            labels: BTreeMap::new(),
        }
    }

    /// Adds a purpose for which it may be used.
    #[must_use]
    pub fn purpose(mut self, purpose: SecretPurpose) -> Self {
        self.terms.purposes.insert(purpose);
        self
    }

    /// Adds a scope. With any scope, it may be used on its scopes only.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.terms.scopes.insert(scope);
        self
    }

    /// Sets when it stops being usable.
    #[must_use]
    pub fn expires(mut self, expires: Moment) -> Self {
        self.terms.expires = Some(expires);
        self
    }

    /// Sets what it is, such as `api-key`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) and [`Limit`](crate::ErrorKind::Limit)
    /// where it is not 1 to 64 letters, digits and `-_.:/`.
    pub fn kind(mut self, kind: &str) -> Result<Self, Error> {
        check(kind, "kind of a secret", Self::MAX_LABEL)?;
        self.terms.kind = kind.into();
        Ok(self)
    }

    /// Sets the connected account to which it belongs, such as `github`: what
    /// [`Vault::disconnect`](super::Vault::disconnect) takes away.
    ///
    /// # Errors
    /// As [`kind`](Self::kind).
    pub fn connection(mut self, connection: &str) -> Result<Self, Error> {
        check(connection, "connection", Self::MAX_LABEL)?;
        self.connection = Some(connection.into());
        Ok(self)
    }

    /// Adds a label, by which it can be listed. Labels are stored in clear, so they must
    /// not be personal.
    ///
    /// # Errors
    /// As [`kind`](Self::kind), and [`Limit`](crate::ErrorKind::Limit) for more
    /// than 32.
    pub fn label(mut self, key: &str, value: &str) -> Result<Self, Error> {
        check(key, "key of a label", Self::MAX_LABEL)?;
        check(value, "value of a label", Self::MAX_LABEL)?;
        self.labels.insert(key.into(), value.into());
        if self.labels.len() > Self::MAX_LABELS {
            return Err(Error::limit("labels of a secret", Self::MAX_LABELS as u64));
        }
        Ok(self)
    }

    /// Whether a vault may take it.
    pub(super) fn check(&self) -> Result<(), Error> {
        check_value(self.value)?;
        // One that was left out would share its secrets with everybody else's.
        if self.tenant.is_empty() {
            return Err(Error::config("secret has no tenant"));
        }
        if self.name.is_empty() {
            return Err(Error::config("secret has no name"));
        }
        if self.name.len() > Self::MAX_NAME {
            return Err(Error::limit("name of a secret", Self::MAX_NAME as u64));
        }
        let most = self.terms.purposes.len().max(self.terms.scopes.len());
        if most > Self::MAX_TERMS {
            return Err(Error::limit(
                "purposes or scopes of a secret",
                Self::MAX_TERMS as u64,
            ));
        }
        Ok(())
    }
}

pub(super) fn check_value(value: &[u8]) -> Result<(), Error> {
    if value.is_empty() {
        return Err(Error::config("secret is empty"));
    }
    if value.len() > NewSecret::MAX_VALUE {
        return Err(Error::limit(
            "value of a secret",
            NewSecret::MAX_VALUE as u64,
        ));
    }
    Ok(())
}

impl fmt::Debug for NewSecret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSecret")
            .field("tenant_bytes", &self.tenant.len())
            .field("name_bytes", &self.name.len())
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}
