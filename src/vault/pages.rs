//! Walking over what a tenant has, a page at a time.

use super::info::Filter;
use super::put::Inner;
use super::record::{self, version_of};
use super::{SecretInfo, SecretRef};
use crate::Error;
use crate::store::Record;

/// How many records are read at a time. An envelope has up to 64 KiB.
pub(super) const PAGE: usize = 100;

/// The secrets of a tenant that a filter takes, by name.
pub(super) struct SecretPages<'v> {
    inner: &'v Inner,
    tenant: &'v str,
    /// What takes those of the next page, unless there is none.
    next: Option<Filter>,
}

/// The versions of a secret with their numbers.
pub(super) struct VersionPages<'v> {
    inner: &'v Inner,
    secret: &'v SecretRef,
    after: Option<u64>,
}

impl Inner {
    pub(super) const fn secret_pages<'v>(
        &'v self,
        tenant: &'v str,
        filter: Filter,
    ) -> SecretPages<'v> {
        SecretPages {
            inner: self,
            tenant,
            next: Some(filter),
        }
    }

    pub(super) const fn version_pages<'v>(&'v self, secret: &'v SecretRef) -> VersionPages<'v> {
        VersionPages {
            inner: self,
            secret,
            after: None,
        }
    }
}

impl SecretPages<'_> {
    /// The next secrets; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<SecretInfo>>, Error> {
        let Some(filter) = self.next.take() else {
            return Ok(None);
        };
        let page = self.inner.select(self.tenant, &filter, PAGE).await?;
        if let Some(last) = page.last()
            && page.len() == PAGE
        {
            self.next = Some(filter.after(last.secret.name()));
        }
        Ok(Some(page))
    }
}

impl VersionPages<'_> {
    /// The next versions; `None` behind the last. Those that are put meanwhile come
    /// too.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<(u64, Record)>>, Error> {
        let (tenant, id) = (self.secret.tenant(), self.secret.id());
        let mut range = record::versions_of(tenant, id)?;
        if let Some(after) = self.after {
            range = range.after(record::version_key(tenant, id, after)?.path());
        }
        let page = self.inner.store.scan(&range, PAGE).await?;
        let numbered = |record: Record| Ok((version_of(record.key.path())?.1, record));
        let page: Result<Vec<_>, Error> = page.into_iter().map(numbered).collect();
        let page = page?;
        let last = page.last().map(|(number, _)| *number);
        self.after = last.or(self.after);
        Ok(last.map(|_| page))
    }
}
