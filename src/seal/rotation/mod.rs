//! Moving many envelopes to a new key-encryption key.

mod store_records;
#[cfg(test)]
mod tests;

pub use store_records::StoreRecords;

use std::fmt;

use async_trait::async_trait;

use super::envelope::Parts;
use super::{Context, Envelope, KeyVersion, Keyring, OpenRequest, TenantKey};
use crate::pointer::for_pointers;
use crate::{Error, ErrorKind};

/// An envelope that is stored somewhere.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "callers make it, field by field")]
pub struct SealedRecord {
    /// Where it lies: what comes later in the order of its store is greater.
    pub place: Vec<u8>,
    /// The envelope.
    pub envelope: Vec<u8>,
    /// What it is bound to.
    pub context: Context,
    /// What changes with every change of the record.
    pub revision: u64,
}

impl fmt::Debug for SealedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedRecord")
            .field("place_len", &self.place.len())
            .field("envelope_len", &self.envelope.len())
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// Where envelopes are stored, for [`Rewrap`]: a [`StoreRecords`], or whatever
/// else a product keeps them in.
#[async_trait]
pub trait SealedRecords: Send + Sync + fmt::Debug {
    /// Up to `limit` records that come after `place`, or from the first one on,
    /// in the order of their places; none where there are no more.
    async fn page(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<SealedRecord>, Error>;

    /// Puts `envelope` in the place of that of `record`.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) where the record has been changed since
    /// it was read; then it must stay as it is.
    async fn replace(&self, record: &SealedRecord, envelope: Envelope) -> Result<(), Error>;
}

for_pointers! {
    #[async_trait]
    impl SealedRecords {
        async fn page(
            &self,
            after: Option<&[u8]>,
            limit: usize,
        ) -> Result<Vec<SealedRecord>, Error> {
            (**self).page(after, limit).await
        }

        async fn replace(&self, record: &SealedRecord, envelope: Envelope) -> Result<(), Error> {
            (**self).replace(record, envelope).await
        }
    }
}

/// What a [`Rewrap`] has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RewrapReport {
    /// Records that were read.
    pub seen: u64,
    /// Records that were wrapped under the target version before.
    pub current: u64,
    /// Records that were wrapped anew, or would be in a dry run.
    pub rewrapped: u64,
    /// Records that somebody else changed at the same time, and that stay as
    /// they are: another run sees to them.
    pub conflicts: u64,
    /// Records that could not be opened, and that stay as they are.
    pub rejected: u64,
}

impl RewrapReport {
    /// Returns whether all that was seen is under the target version, or would be.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.conflicts == 0 && self.rejected == 0
    }
}

/// Wraps the data keys of many envelopes anew, page by page.
///
/// It writes with compare-and-swap, so it may run while values are read and
/// written, and more than once at the same time. After each page
/// [`cursor`](Self::cursor) says where to go on if it is interrupted.
///
/// # Security
/// Re-wrapping ends the use of an old key-encryption key. It does not help where
/// data keys or values have leaked: that takes
/// [`rekey`](Keyring::rekey) or a new value.
///
/// # Example
/// ```no_run
/// use std::sync::Arc;
///
/// use confidant::seal::{Context, Keyring, Rewrap, StoreRecords};
/// use confidant::store::{Range, StoredRecord, Store};
/// use confidant::taxonomy::Tenant;
///
/// # async fn example(keyring: Keyring, store: Arc<dyn Store>) -> Result<(), confidant::Error> {
/// let range = Range::collection(Tenant::new("acme"), "secrets")?;
/// let records = StoreRecords::new(store, range, |record: &StoredRecord| {
///     let name = String::from_utf8_lossy(record.key.path());
///     Context::new(Tenant::new(record.key.tenant()), &name)
/// });
/// let mut rewrap = Rewrap::new(keyring);
/// while rewrap.step(&records).await? {
///     // Keep `rewrap.cursor()`, to go on from there after a crash.
/// }
/// assert!(rewrap.report().is_complete());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Rewrap {
    keys: Keys,
    target: Option<KeyVersion>,
    page: usize,
    dry_run: bool,
    cursor: Option<Vec<u8>>,
    report: RewrapReport,
}

#[derive(Clone, Debug)]
enum Keys {
    Ring(Keyring),
    Tenant(TenantKey),
}

impl Rewrap {
    /// Wraps under the sealing key of a keyring, in pages of 100.
    #[must_use]
    pub const fn new(keyring: Keyring) -> Self {
        Self::of(Keys::Ring(keyring))
    }

    /// Wraps under the current version of a tenant's key, which asks no service.
    #[must_use]
    pub const fn of_tenant(key: TenantKey) -> Self {
        Self::of(Keys::Tenant(key))
    }

    const fn of(keys: Keys) -> Self {
        Self {
            keys,
            target: None,
            page: 100,
            dry_run: false,
            cursor: None,
            report: RewrapReport {
                seen: 0,
                current: 0,
                rewrapped: 0,
                conflicts: 0,
                rejected: 0,
            },
        }
    }

    /// Wraps under this version, and not under the one that is current when the
    /// first page begins.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for a tenant's key, whose youngest version
    /// is always the one to go to.
    pub fn target(mut self, version: KeyVersion) -> Result<Self, Error> {
        if matches!(self.keys, Keys::Tenant(_)) {
            return Err(Error::config("a tenant key has no other target version"));
        }
        self.target = Some(version);
        Ok(self)
    }

    /// Sets how many records are read at a time, and asked of the provider together.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for 0, [`Limit`](ErrorKind::Limit) past
    /// 1,000.
    pub fn page_len(mut self, len: usize) -> Result<Self, Error> {
        if len == 0 {
            return Err(Error::config("a page has no records"));
        }
        if len > 1000 {
            return Err(Error::limit("the records of a page", 1000));
        }
        self.page = len;
        Ok(self)
    }

    /// Makes it a dry run, which reads and writes nothing.
    #[must_use]
    pub const fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Begins after this place: the cursor of a run that was interrupted.
    #[must_use]
    pub fn resume_after(mut self, cursor: Vec<u8>) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// Returns the last place that was seen to, if any was.
    #[must_use]
    pub fn cursor(&self) -> Option<&[u8]> {
        self.cursor.as_deref()
    }

    /// Returns what was done so far.
    #[must_use]
    pub const fn report(&self) -> RewrapReport {
        self.report
    }

    /// Sees to all that is left.
    ///
    /// # Errors
    /// Those of [`step`](Self::step).
    pub async fn run(&mut self, records: &dyn SealedRecords) -> Result<RewrapReport, Error> {
        while self.step(records).await? {}
        Ok(self.report)
    }

    /// Sees to one page, and says whether there may be more.
    ///
    /// # Errors
    /// Those of the provider and of the records. Then the cursor stands where it
    /// stood before the page, and the step may be made again: what was wrapped
    /// anew by then counts as current.
    pub async fn step(&mut self, records: &dyn SealedRecords) -> Result<bool, Error> {
        if self.target.is_none() {
            self.target = Some(match &self.keys {
                Keys::Ring(keyring) => keyring.current_version().await?,
                Keys::Tenant(key) => key.current().clone(),
            });
        }
        let page = records.page(self.cursor(), self.page).await?;
        let Some(last) = page.last() else {
            return Ok(false);
        };
        let mut report = self.report;
        report.seen += page.len() as u64;
        let stale: Vec<_> = page
            .iter()
            .filter(|record| !self.is_current(record))
            .collect();
        report.current += (page.len() - stale.len()) as u64;
        if self.dry_run {
            let read = |record: &&&SealedRecord| Parts::parse(&record.envelope).is_some();
            let read = stale.iter().filter(read).count();
            report.rewrapped += read as u64;
            report.rejected += (stale.len() - read) as u64;
        } else {
            let fresh = self.rewrap(&stale).await;
            for (record, fresh) in stale.into_iter().zip(fresh) {
                let replaced = match fresh {
                    Ok(envelope) => records.replace(record, envelope).await,
                    Err(error) => Err(error),
                };
                match replaced.map_err(|error| (error.kind(), error)) {
                    Ok(()) => report.rewrapped += 1,
                    Err((ErrorKind::Conflict, _)) => report.conflicts += 1,
                    Err((ErrorKind::Open, _)) => report.rejected += 1,
                    Err((_, error)) => return Err(error),
                }
            }
        }
        self.report = report;
        self.cursor = Some(last.place.clone());
        Ok(true)
    }

    /// A provider that names no versions does not tell which is the current one,
    /// and all of its envelopes are wrapped anew.
    fn is_current(&self, record: &SealedRecord) -> bool {
        let id = match &self.keys {
            Keys::Ring(keyring) => keyring.key_id(),
            Keys::Tenant(key) => key.id(),
        };
        let target = self.target.as_ref().map_or("", KeyVersion::as_str);
        Parts::parse(&record.envelope).is_some_and(|parts| {
            parts.key_id == id.as_str() && parts.version == target && !target.is_empty()
        })
    }

    async fn rewrap(&self, records: &[&SealedRecord]) -> Vec<Result<Envelope, Error>> {
        let requests = records.iter().map(|record| OpenRequest {
            envelope: &record.envelope,
            context: &record.context,
        });
        match &self.keys {
            Keys::Ring(keyring) => {
                let requests: Vec<_> = requests.collect();
                let target = self
                    .target
                    .as_ref()
                    .filter(|target| !target.as_str().is_empty());
                keyring.rewrap_many(&requests, target).await
            }
            Keys::Tenant(key) => requests
                .map(|request| key.rewrap(request.envelope, request.context))
                .collect(),
        }
    }
}
