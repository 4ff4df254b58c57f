//! Information about secrets: everything but their values.

use std::collections::BTreeMap;
use std::fmt;

use super::find::{Found, MOST, lost, restless};
use super::new_secret::Terms;
use super::record::{self, Head, Version, name_of};
use super::trail::Trail;
use super::vault::{Inner, PAGE, Vault};
use super::{Scope, SecretPurpose, SecretRef};
use crate::audit::Caller;
use crate::store::{MAX_PAGE, Range};
use crate::taxonomy::Tenant;
use crate::time::Moment;
use crate::{Error, ErrorKind};

/// Whether a secret can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretState {
    /// It can be used for what it was put for.
    Active,
    /// It cannot be used until it is enabled again.
    Disabled,
    /// It can no longer be used.
    Expired,
}

/// Everything that is known about a secret, except its value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretInfo {
    /// The reference to it.
    pub secret: SecretRef,
    /// Whether it can be used, as far as is said of all of it: what each version was
    /// put with, [`Vault::versions`] tells.
    pub state: SecretState,
    /// When it was put.
    pub created: Moment,
    /// The number of its latest version; the first is 1.
    pub latest: u64,
    /// When every version of it stops being usable, if that was said.
    pub expires: Option<Moment>,
    /// The connected account it belongs to.
    pub connection: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Everything that is known about one version of a secret, except its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionInfo {
    /// Its number.
    pub number: u64,
    /// When it was put.
    pub created: Moment,
    /// When it stops being usable, if that was said.
    pub expires: Option<Moment>,
    /// What kind of secret it is; empty where none was named.
    pub kind: String,
    /// What it may be used for.
    pub purposes: Vec<SecretPurpose>,
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
    /// Selects all secrets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Selects secrets whose name begins with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Selects secrets whose name comes after `name`, such as the last one of a page.
    #[must_use]
    pub fn after(mut self, name: &str) -> Self {
        self.after = Some(name.into());
        self
    }

    /// Selects secrets of a connected account.
    #[must_use]
    pub fn connection(mut self, connection: &str) -> Self {
        self.connection = Some(connection.into());
        self
    }

    /// Selects secrets with this label.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// Limits how many are listed: 1,000 where nothing is said.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(super) fn takes(&self, head: &Head) -> bool {
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
    /// [`Limit`](crate::ErrorKind::Limit) for more than 10,000 at a time,
    /// [`Integrity`](crate::ErrorKind::Integrity) where a record is not the one that was
    /// written last, and [`Store`](crate::ErrorKind::Store) where the store or the log
    /// fails.
    ///
    /// # Security
    /// That a record was taken away does not show here: [`verify`](Self::verify) tells.
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
        let trail = trail.attempt().await?;
        let listed = self.inner.select(tenant, filter, limit).await;
        let count = listed.as_ref().map_or(0, |listed| listed.len() as u64);
        trail.count("secrets", count)?.end(listed).await
    }

    /// Returns the secret of a tenant that has this name now, if there is one. That it
    /// was looked up is an entry of the log.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the record is not the one that
    /// was written last, and [`Store`](crate::ErrorKind::Store) where the store or the
    /// log fails.
    pub async fn find(
        &self,
        caller: &Caller,
        tenant: Tenant<'_>,
        name: &str,
    ) -> Result<Option<SecretInfo>, Error> {
        let tenant = tenant.as_str();
        let trail = Trail::of_tenant(&self.inner, caller, "secret.find", tenant)?;
        let mut trail = trail.attempt().await?;
        let found = self.inner.find_named(tenant, name).await;
        let info = |found: Found| self.inner.info(tenant, name, found.head);
        let found = found.map(|found| found.map(info));
        if let Ok(Some(info)) = &found {
            trail = trail.secret(&info.secret)?;
        }
        trail.end(found).await
    }

    /// Returns the versions of a secret, the oldest first. That they were listed is an
    /// entry of the log.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such secret,
    /// [`Integrity`](crate::ErrorKind::Integrity) and [`Open`](crate::ErrorKind::Open)
    /// where a record is not the one that was written last or a version is gone, and
    /// [`Store`](crate::ErrorKind::Store) where the store or the log fails.
    pub async fn versions(
        &self,
        caller: &Caller,
        secret: &SecretRef,
    ) -> Result<Vec<VersionInfo>, Error> {
        let trail = Trail::of_secret(&self.inner, caller, "secret.versions", secret)?;
        let trail = trail.attempt().await?;
        let listed = self.inner.versions(secret).await;
        trail.end(listed).await
    }
}

impl Inner {
    pub(super) fn info(&self, tenant: &str, name: &str, head: Head) -> SecretInfo {
        let now = self.clock.now();
        let state = if head.disabled {
            SecretState::Disabled
        } else if head.expires.is_some_and(|expires| expires <= now) {
            SecretState::Expired
        } else {
            SecretState::Active
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
            let page = self.scan_heads(tenant, &range, PAGE).await?;
            let is_last = page.len() < PAGE;
            for (name, head) in page {
                if let Some(Found { head, .. }) = head
                    && filter.takes(&head)
                    && found.len() < limit
                {
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

    /// The names of a range and the heads there; none for a secret that was shredded
    /// meanwhile.
    pub(super) async fn scan_heads(
        &self,
        tenant: &str,
        range: &Range,
        limit: usize,
    ) -> Result<Vec<(String, Option<Found>)>, Error> {
        let stamp = self.ledger.stamp();
        let page = self.store.scan(range, limit).await?;
        if page.is_empty() {
            return Ok(Vec::new());
        }
        let held = self.tenants.load(tenant).await?;
        let mut found = Vec::with_capacity(page.len());
        for record in page {
            let name = name_of(record.key.path())?;
            let head = held.as_ref().and_then(|held| {
                let opened = self.open_head(&record, &name, held, stamp);
                opened.ok()
            });
            // It may have been changed since, and if it was not, the error is final.
            let head = match head {
                Some(head) => Some(head),
                None => self.find_named(tenant, &name).await?,
            };
            found.push((name, head));
        }
        Ok(found)
    }

    /// The versions of a secret, each of which its envelope vouches for; all that there
    /// should be.
    async fn versions(&self, secret: &SecretRef) -> Result<Vec<VersionInfo>, Error> {
        let mut before = None;
        for _ in 0..MOST {
            let found = self.find(secret).await?;
            let state = (found.revision, found.held.digest);
            match self.checked_versions(secret, &found).await {
                Ok(versions) => return Ok(versions),
                // Somebody may have changed it at the same time.
                Err(error) if matches!(error.kind(), ErrorKind::Integrity | ErrorKind::Open) => {
                    if before.replace(state) == Some(state) {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(restless())
    }

    async fn checked_versions(
        &self,
        secret: &SecretRef,
        found: &Found,
    ) -> Result<Vec<VersionInfo>, Error> {
        let mut expected = found.head.versions();
        let mut versions = Vec::new();
        let mut pages = self.version_pages(secret);
        while let Some(page) = pages.next().await? {
            for (number, record) in &page {
                if *number > found.head.latest {
                    // It was put since.
                    break;
                }
                if expected.next() != Some(*number) {
                    return Err(lost());
                }
                let version = Version::parse(&record.value)?;
                if *version.name != *secret.name() {
                    return Err(record::damaged());
                }
                let context = version.context(secret, *number)?;
                found.held.key.check(&version.envelope, &context)?;
                versions.push(VersionInfo::new(*number, version.created, version.terms));
            }
        }
        match expected.next() {
            Some(_) => Err(lost()),
            None => Ok(versions),
        }
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

impl fmt::Debug for SecretInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretInfo")
            .field("secret", &self.secret)
            .field("state", &self.state)
            .field("latest", &self.latest)
            .finish_non_exhaustive()
    }
}
