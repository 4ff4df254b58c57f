//! What a vault tells of its secrets: everything but their values.

use std::collections::BTreeMap;
use std::fmt;

use super::new_secret::Terms;
use super::pages::PAGE;
use super::put::{Inner, Vault};
use super::record::{self, Head, Version};
use super::trail::Trail;
use super::{Caller, Purpose, Scope, SecretRef};
use crate::Error;
use crate::store::MAX_PAGE;
use crate::time::Moment;

/// Whether a secret can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// For what it was put for.
    Active,
    /// Not until it is enabled again.
    Disabled,
    /// Not any more.
    Expired,
}

/// What is known of a secret without its value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretInfo {
    /// The reference to it.
    pub secret: SecretRef,
    /// Whether it can be used, as far as is said of all of it: what each version was
    /// put with, [`Vault::versions`] tells.
    pub state: State,
    /// When it was put.
    pub created: Moment,
    /// The number of its latest version; the first is 1.
    pub latest: u64,
    /// From when on no version of it is used any more, if that was said.
    pub expires: Option<Moment>,
    /// The connected account it belongs to.
    pub connection: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// What is known of one version of a secret without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionInfo {
    /// Its number.
    pub number: u64,
    /// When it was put.
    pub created: Moment,
    /// From when on it is used no more, if that was said.
    pub expires: Option<Moment>,
    /// What kind of secret it is; empty where none was named.
    pub kind: String,
    /// What it may be used for.
    pub purposes: Vec<Purpose>,
    /// What it may be used on; anything where there are none.
    pub scopes: Vec<Scope>,
}

/// Which secrets of a tenant to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    prefix: String,
    after: Option<String>,
    connection: Option<String>,
    labels: BTreeMap<String, String>,
    limit: Option<usize>,
}

impl Filter {
    /// All of them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Those whose name begins with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Those whose name comes after `name`: what follows a page that ended there.
    #[must_use]
    pub fn after(mut self, name: &str) -> Self {
        self.after = Some(name.into());
        self
    }

    /// Those of a connected account.
    #[must_use]
    pub fn connection(mut self, connection: &str) -> Self {
        self.connection = Some(connection.into());
        self
    }

    /// Those with this label.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// At most so many; 1,000 where nothing is said.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    fn takes(&self, head: &Head) -> bool {
        let connection = self.connection.as_deref();
        let has = |(key, value): (&String, &String)| {
            head.labels.get(key.as_str()).map(|known| &**known) == Some(value.as_str())
        };
        (connection.is_none() || connection == head.connection.as_deref())
            && self.labels.iter().all(has)
    }
}

impl Vault {
    /// Lists secrets of a tenant by name, without their values. That they were
    /// listed is an entry of the log.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) for more than 10,000 at a time, and
    /// [`Store`](crate::ErrorKind::Store) where the store or the log fails.
    pub async fn list(
        &self,
        caller: &Caller,
        tenant: &str,
        filter: &Filter,
    ) -> Result<Vec<SecretInfo>, Error> {
        let limit = filter.limit.unwrap_or(1_000);
        if limit > MAX_PAGE {
            return Err(Error::limit("secrets listed at a time", MAX_PAGE as u64));
        }
        let trail = Trail::of_tenant(&self.inner, caller, "secret.list", tenant)?;
        trail.attempt().await?;
        let listed = self.inner.select(tenant, filter, limit).await;
        let count = listed.as_ref().map_or(0, |listed| listed.len() as u64);
        trail.count("secrets", count)?.end(listed).await
    }

    /// The secret of a tenant that has this name now, if there is one. That it was
    /// looked up is an entry of the log.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where the store or the log fails.
    pub async fn find(
        &self,
        caller: &Caller,
        tenant: &str,
        name: &str,
    ) -> Result<Option<SecretInfo>, Error> {
        let trail = Trail::of_tenant(&self.inner, caller, "secret.find", tenant)?;
        trail.attempt().await?;
        let found = async {
            let place = record::head_key(tenant, name)?;
            let record = self.inner.store.get(&place).await?;
            let head = record
                .map(|record| Head::parse(&record.value))
                .transpose()?;
            Ok(head.map(|head| self.inner.info(tenant, name, head)))
        };
        let found = found.await;
        trail.end(found).await
    }

    /// The versions of a secret, the oldest first. That they were listed is an entry
    /// of the log.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where there is no such secret, and
    /// [`Store`](crate::ErrorKind::Store) where the store or the log fails.
    pub async fn versions(
        &self,
        caller: &Caller,
        secret: &SecretRef,
    ) -> Result<Vec<VersionInfo>, Error> {
        let trail = Trail::of_secret(&self.inner, caller, "secret.versions", secret)?;
        trail.attempt().await?;
        let listed = async {
            self.inner.find(secret).await?;
            self.inner.versions(secret).await
        };
        let listed = listed.await;
        trail.end(listed).await
    }
}

impl Inner {
    pub(super) fn info(&self, tenant: &str, name: &str, head: Head) -> SecretInfo {
        let now = self.clock.now();
        let state = if head.disabled {
            State::Disabled
        } else if head.expires.is_some_and(|expires| expires <= now) {
            State::Expired
        } else {
            State::Active
        };
        let owned = |(key, value): (Box<str>, Box<str>)| (key.into(), value.into());
        SecretInfo {
            secret: SecretRef::new(tenant, name, head.id),
            state,
            created: head.created,
            latest: head.latest,
            expires: head.expires,
            connection: head.connection.map(Into::into),
            labels: head.labels.into_iter().map(owned).collect(),
        }
    }

    /// Up to `limit` secrets that a filter takes, by name.
    pub(super) async fn select(
        &self,
        tenant: &str,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<SecretInfo>, Error> {
        let mut found = Vec::new();
        let mut after = filter.after.clone();
        while found.len() < limit {
            let mut range = record::heads(tenant)?.prefix(&filter.prefix);
            if let Some(after) = &after {
                range = range.after(after);
            }
            let page = self.store.scan(&range, PAGE).await?;
            let is_last = page.len() < PAGE;
            for record in page {
                let name = name_of(record.key.path())?;
                let head = Head::parse(&record.value)?;
                if filter.takes(&head) && found.len() < limit {
                    found.push(self.info(tenant, &name, head));
                }
                after = Some(name);
            }
            if is_last {
                break;
            }
        }
        Ok(found)
    }

    async fn versions(&self, secret: &SecretRef) -> Result<Vec<VersionInfo>, Error> {
        let mut versions = Vec::new();
        let mut pages = self.version_pages(secret);
        while let Some(page) = pages.next().await? {
            for (number, record) in &page {
                let Version { created, terms, .. } = Version::parse(&record.value)?;
                versions.push(VersionInfo::new(*number, created, terms));
            }
        }
        Ok(versions)
    }
}

impl VersionInfo {
    fn new(number: u64, created: Moment, terms: Terms) -> Self {
        Self {
            number,
            created,
            expires: terms.expires,
            kind: terms.kind.into(),
            purposes: terms.purposes.into_iter().collect(),
            scopes: terms.scopes.into_iter().collect(),
        }
    }
}

/// The name that a path is.
pub(super) fn name_of(path: &[u8]) -> Result<String, Error> {
    let name = std::str::from_utf8(path).map_err(|_| record::damaged())?;
    Ok(name.to_owned())
}

impl fmt::Debug for SecretInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretInfo")
            .field("secret", &self.secret)
            .field("state", &self.state)
            .field("latest", &self.latest)
            .finish_non_exhaustive()
    }
}
