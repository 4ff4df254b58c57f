//! Lineage: which exports contain whom, and on which consent.

use super::chain::Held;
use super::ledger::Inner;
use super::receipt::check_plain;
use super::record::{self, ExportHead};
use super::{Ledger, ReceiptId};
use crate::audit::{Caller, Identifier, Trail};
use crate::error::ConsentCause;
use crate::store::{Batch, Condition, RecordKey, StoredRecord, Tries};
use crate::taxonomy::{Purpose, Subject, Tenant};
use crate::time::Moment;
use crate::{Error, ErrorKind};

/// An export that is being made, such as a data set to train on.
#[derive(Clone, Debug)]
pub struct Export {
    pub(super) tenant: Box<str>,
    pub(super) name: Box<str>,
    pub(super) purpose: Purpose,
    pub(super) revision: u64,
}

impl Export {
    /// The most bytes of a name.
    pub const MAX_NAME: usize = 128;
    /// The most data subjects of one call of [`admit`](super::RuledLedger::admit).
    pub const MAX_ADMIT: usize = 1000;

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the purpose that everything in it is for.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }
}

/// An export that a data subject is in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportOf {
    /// The name of the export.
    pub name: Box<str>,
    /// What it is for.
    pub purpose: Purpose,
    /// When it was begun.
    pub begun: Moment,
    /// When it was finished, and the SHA-256 digest of its content; nothing where it
    /// never was.
    pub finished: Option<(Moment, [u8; 32])>,
    /// The receipt of the consent by which the data subject is in it; nothing where it
    /// was another basis.
    pub receipt: Option<ReceiptId>,
}

/// The exports that a data subject is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exports {
    /// The exports, ordered by name.
    pub list: Vec<ExportOf>,
    /// Records that say so and are not what was written, or whose export has no such record.
    /// The data subject may be in those exports too.
    pub damaged: Vec<RecordKey>,
}

impl Inner {
    /// The record of an export, with its MAC.
    fn export_record(&self, tenant: &str, name: &str, head: &ExportHead) -> Vec<u8> {
        let bytes = head.to_bytes();
        let mac = self.key.export(tenant, name, &bytes);
        record::with_mac(bytes, &mac)
    }

    /// Reads the record of an export, which must be what was written.
    fn export_head(&self, tenant: &str, name: &str, value: &[u8]) -> Result<ExportHead, Error> {
        let mac = |bytes: &[u8]| self.key.export(tenant, name, bytes);
        ExportHead::parse(record::without_mac(value, mac)?)
    }
}

impl Ledger {
    /// Begins an export for one purpose.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where there is one of that name, `Config`
    /// and `Limit` for a name that is not 1 to [`Export::MAX_NAME`] letters, digits and
    /// `-_.:/`, and those of the store and the log. After one of kind
    /// [`InDoubt`](crate::ErrorKind::InDoubt) begin one of another name.
    pub async fn begin_export(
        &self,
        caller: &Caller,
        tenant: Tenant<'_>,
        name: &str,
        purpose: &Purpose,
    ) -> Result<Export, Error> {
        let tenant = tenant.as_str();
        check_plain("name of an export", name, Export::MAX_NAME)?;
        let place = record::export_key(tenant, name)?;
        let head = ExportHead {
            purpose: purpose.clone(),
            begun: self.inner.clock.now(),
            finished: None,
        };
        let trail = self.export_trail(caller, "consent.export_begin", tenant, name, purpose)?;
        trail.attempt().await?;
        let batch = Batch::new()
            .require(place.clone(), Condition::Absent)
            .put(place, self.inner.export_record(tenant, name, &head));
        let revision = trail.end(self.inner.store.commit(batch).await).await?;
        Ok(Export {
            tenant: tenant.into(),
            name: name.into(),
            purpose: purpose.clone(),
            revision,
        })
    }

    /// Finishes an export, with the SHA-256 digest of its content. Nobody can be admitted
    /// after that.
    ///
    /// # Errors
    /// `Config` where it is finished or was begun anew, and those of the store and the
    /// log.
    pub async fn finish_export(
        &self,
        caller: &Caller,
        export: Export,
        digest: [u8; 32],
    ) -> Result<(), Error> {
        let (tenant, name) = (&*export.tenant, &*export.name);
        let action = "consent.export_finish";
        let trail = self.export_trail(caller, action, tenant, name, &export.purpose)?;
        trail.attempt().await?;
        let finished = self.try_finish(&export, digest).await;
        trail.end(finished).await
    }

    async fn try_finish(&self, export: &Export, digest: [u8; 32]) -> Result<(), Error> {
        let place = record::export_key(&export.tenant, &export.name)?;
        let mut tries = Tries::default();
        let finished = (self.inner.clock.now(), digest);
        loop {
            let Some(record) = tries.ended(self.inner.store.get(&place).await)? else {
                continue;
            };
            let record = record.ok_or(ConsentCause::ExportFinished)?;
            let (tenant, name) = (&*export.tenant, &*export.name);
            let head = self.inner.export_head(tenant, name, &record.value)?;
            if head.finished == Some(finished) {
                return Ok(());
            }
            if record.revision != export.revision || head.finished.is_some() {
                return Err(ConsentCause::ExportFinished.into());
            }
            let head = ExportHead {
                finished: Some(finished),
                ..head
            };
            let batch = Batch::new()
                .require(place.clone(), Condition::Revision(export.revision))
                .put(place.clone(), self.inner.export_record(tenant, name, &head));
            let attempt = self.inner.store.commit(batch).await;
            if tries.ended(attempt)?.is_some() {
                return Ok(());
            }
        }
    }

    /// Returns the exports that a data subject is in, ordered by name, including unfinished
    /// ones, and the records of such that are not what was written.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the chain is not what was written, and
    /// those of the store.
    ///
    /// # Security
    /// Somebody who can write to the store can take the record of a place in an export away,
    /// and nothing tells.
    pub async fn exports_of(&self, tenant: &str, subject: &Subject) -> Result<Exports, Error> {
        match self.load(&self.place(tenant, subject)?).await? {
            Some(held) => self.exports_of_chain(tenant, &held).await,
            None => Ok(Exports::default()),
        }
    }

    /// Returns the exports that the data subject of a chain is in.
    pub(super) async fn exports_of_chain(
        &self,
        tenant: &str,
        held: &Held,
    ) -> Result<Exports, Error> {
        let person = held.key.lineage();
        let mut range = record::lineage_of(tenant, &person)?;
        let mut exports = Exports::default();
        loop {
            let page = self.inner.store.scan(&range, Export::MAX_ADMIT).await?;
            let Some(last) = page.last() else {
                return Ok(exports);
            };
            range = range.after(last.key.path());
            for record in &page {
                match self.export_of(held, record).await {
                    Ok(export) => exports.list.push(export),
                    Err(error) if error.kind() == ErrorKind::Integrity => {
                        exports.damaged.push(record.key.clone());
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// The export in which a record places the data subject of a chain.
    async fn export_of(&self, held: &Held, record: &StoredRecord) -> Result<ExportOf, Error> {
        let tenant = record.key.tenant();
        let name = record.key.path().get(held.key.lineage().len()..);
        let name = std::str::from_utf8(name.unwrap_or_default()).map_err(|_| record::damaged())?;
        let place = record::without_mac(&record.value, |value| held.key.admitted(name, value))?;
        let receipt = record::read_lineage(place)?;
        let head = self
            .inner
            .store
            .get(&record::export_key(tenant, name)?)
            .await?;
        let head = head.ok_or_else(record::damaged)?;
        let head = self.inner.export_head(tenant, name, &head.value)?;
        Ok(ExportOf {
            name: name.into(),
            purpose: head.purpose,
            begun: head.begun,
            finished: head.finished,
            receipt,
        })
    }

    /// A conflict is the export's, which is for good, or somebody's consent, which is
    /// worth another try.
    pub(super) async fn explain_conflict(
        &self,
        export: &Export,
        error: Error,
    ) -> Result<(), Error> {
        let place = record::export_key(&export.tenant, &export.name)?;
        let record = self.inner.store.get(&place).await?;
        match record {
            Some(record) if record.revision == export.revision => Err(error.retry()),
            _ => Err(ConsentCause::ExportFinished.into()),
        }
    }

    pub(super) fn export_trail(
        &self,
        caller: &Caller,
        action: &str,
        tenant: &str,
        name: &str,
        purpose: &Purpose,
    ) -> Result<Trail<'_>, Error> {
        let tenant = self.inner.key.tenant(tenant);
        let entry = caller.attempts(action)?.tenant(tenant);
        let entry = entry.resource(Identifier::new(name)?);
        Trail::new(&self.inner.log, entry).purpose(purpose.as_str())
    }
}
