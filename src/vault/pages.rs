//! Reading the records of a tenant, a page at a time.

use std::collections::HashSet;

use super::find::Found;
use super::info::Filter;
use super::record::{self, version_of};
use super::vault::{Inner, PAGE};
use super::{SecretInfo, SecretRef};
use crate::store::StoredRecord;
use crate::{Error, ErrorKind};

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

impl Inner {
    /// All secrets of a tenant that a filter takes, by name, after it was held against
    /// the log that none of the tenant is hidden: which those would be that were taken
    /// away, nobody can tell.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where one is, or a record is not the
    /// one that was written last.
    pub(super) async fn all_secrets(
        &self,
        tenant: &str,
        filter: &Filter,
    ) -> Result<Vec<SecretInfo>, Error> {
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        let mut range = record::heads(tenant)?;
        loop {
            let page = self.scan_heads(tenant, &range, PAGE).await?;
            let is_last = page.len() < PAGE;
            for (name, found) in page {
                range = record::heads(tenant)?.after(&name);
                let Some(Found { head, .. }) = found else {
                    continue;
                };
                seen.insert(head.id);
                if filter.takes(&head) {
                    all.push(self.info(tenant, &name, head));
                }
            }
            if is_last {
                break;
            }
        }
        self.check_none_hidden(tenant, &seen).await?;
        Ok(all)
    }

    /// Refuses where a secret of a tenant must be there and was not `seen`.
    async fn check_none_hidden(&self, tenant: &str, seen: &HashSet<[u8; 16]>) -> Result<(), Error> {
        let digest = self.tenants.name(tenant);
        let hidden = || {
            let living = self.ledger.living().into_iter();
            let of_tenant = living.filter(|(_, of)| *of == digest);
            let mut ids = of_tenant.map(|(id, _)| id);
            ids.find(|id| !seen.contains(id))
        };
        if hidden().is_none() {
            return Ok(());
        }
        // Those that were shredded meanwhile are explained by now.
        self.ledger.follow_all().await?;
        let living = self.ledger.living().into_iter();
        let tenant = tenant.to_owned();
        for (id, of) in living {
            let is_hidden = of == digest && !seen.contains(&id);
            // It may have been put since.
            if is_hidden && self.is_missing(&id, Some(&tenant)).await? {
                return Err(hidden_secret());
            }
        }
        Ok(())
    }
}

#[cold]
fn hidden_secret() -> Error {
    let what = "record of a secret of the tenant is gone, and the log does not say why";
    Error::message(ErrorKind::Integrity, what)
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
    pub(super) async fn next(&mut self) -> Result<Option<Vec<(u64, StoredRecord)>>, Error> {
        let (tenant, id) = (self.secret.tenant(), self.secret.id());
        let mut range = record::versions_of(tenant, id)?;
        if let Some(after) = self.after {
            range = range.after(record::version_key(tenant, id, after)?.path());
        }
        let page = self.inner.store.scan(&range, PAGE).await?;
        let numbered = |record: StoredRecord| Ok((version_of(record.key.path())?.1, record));
        let page: Result<Vec<_>, Error> = page.into_iter().map(numbered).collect();
        let page = page?;
        let last = page.last().map(|(number, _)| *number);
        self.after = last.or(self.after);
        Ok(last.map(|_| page))
    }
}
