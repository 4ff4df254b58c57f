//! Lineage: which exports contain whom, and on which consent.

use super::receipt::check_plain;
use super::record::{self, ExportHead};
use super::{Facts, Ledger, ReceiptId, RuledLedger, Signals, Verdict};
use crate::Error;
use crate::audit::{Caller, Identifier, Trail};
use crate::error::ConsentCause;
use crate::store::{Batch, Condition, Tries};
use crate::taxonomy::{Category, Purpose, Subject};
use crate::time::Moment;

/// An export that is being made, such as a data set to train on.
#[derive(Clone, Debug)]
pub struct Export {
    tenant: Box<str>,
    name: Box<str>,
    purpose: Purpose,
    revision: u64,
}

impl Export {
    /// The most bytes of a name.
    pub const MAX_NAME: usize = 128;
    /// The most data subjects of one call of [`RuledLedger::admit`].
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

/// Whom to admit to an export: data subjects, with their data of one category.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    category: &'a Category,
    subjects: &'a [Subject],
    now: Moment,
    signals: Signals,
}

impl<'a> Admission<'a> {
    /// Asks for data subjects, with their data of a category, to be admitted now.
    #[must_use]
    pub fn new(category: &'a Category, subjects: &'a [Subject], now: Moment) -> Self {
        Self {
            category,
            subjects,
            now,
            signals: Signals::new(),
        }
    }

    /// Says what is known of the data subjects. Without this, nothing is.
    #[must_use]
    pub const fn signals(mut self, signals: Signals) -> Self {
        self.signals = signals;
        self
    }
}

impl RuledLedger<'_> {
    /// Admits data subjects to an export, each where a decision permits it, and returns
    /// the verdicts in the order of the subjects. Only what was admitted may go into the
    /// export: the ledger knows by now that it is there, and by which receipt.
    ///
    /// A data subject whose ledger cannot be read is not admitted.
    ///
    /// # Errors
    /// `Config` where the export is finished or was begun anew, `Limit` for more than
    /// [`Export::MAX_ADMIT`] subjects, and those of the store and the log: nobody was
    /// admitted then, or in doubt all of them were, so that the call may be repeated.
    pub async fn admit(
        self,
        caller: &Caller,
        export: &Export,
        admission: Admission<'_>,
    ) -> Result<Vec<Verdict>, Error> {
        let Self { ledger, rules } = self;
        let Admission {
            category,
            subjects,
            now,
            signals,
        } = admission;
        if subjects.len() > Export::MAX_ADMIT {
            let most = Export::MAX_ADMIT as u64;
            return Err(Error::limit("data subjects admitted at once", most));
        }
        let (tenant, purpose) = (&*export.tenant, &export.purpose);
        let head = record::export_key(tenant, &export.name)?;
        let mut batch = Batch::new().require(head, Condition::Revision(export.revision));
        let mut verdicts = Vec::with_capacity(subjects.len());
        let mut places = std::collections::BTreeSet::new();
        for subject in subjects {
            let place = ledger.place(tenant, subject)?;
            let held = ledger.ensure(&place).await;
            let facts = match &held {
                Ok(held) => Facts::new(held.receipts.clone()),
                Err(error) if error.kind() == crate::ErrorKind::Integrity => Facts::unavailable(),
                Err(_) => {
                    held?;
                    continue;
                }
            };
            let verdict = rules.decide(&facts, (purpose, category), now, signals);
            verdicts.push(verdict);
            if let (true, Ok(held)) = (verdict.is_allow(), held) {
                let receipt = rules.permitting_receipt(&facts, (purpose, category), now, signals);
                let key = record::lineage_key(tenant, &held.key.lineage(), &export.name)?;
                // One whose consent changes meanwhile is decided on anew.
                if places.insert(key.clone()) {
                    batch = batch
                        .require(place, Condition::Revision(held.revision))
                        .put(key, record::write_lineage(receipt));
                }
            }
        }
        if places.is_empty() {
            return Ok(verdicts);
        }
        let action = "consent.export_admit";
        let trail = ledger.export_trail(caller, action, tenant, &export.name, purpose)?;
        let trail = trail.count("subjects", places.len() as u64)?;
        trail.attempt().await?;
        let committed = ledger.inner.store.commit(batch).await;
        let committed = match committed {
            Err(error) if error.kind() == crate::ErrorKind::Conflict => {
                ledger.explain_conflict(export, error).await
            }
            other => other.map(|_| ()),
        };
        trail.end(committed).await?;
        Ok(verdicts)
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
        tenant: &str,
        name: &str,
        purpose: &Purpose,
    ) -> Result<Export, Error> {
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
            .put(place, head.to_bytes());
        let revision = trail.end(self.inner.store.commit(batch).await).await?;
        Ok(Export {
            tenant: tenant.into(),
            name: name.into(),
            purpose: purpose.clone(),
            revision,
        })
    }

    /// Finishes an export, whose content has that SHA-256 digest. Nobody is admitted to
    /// it any more.
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
            let head = ExportHead::parse(&record.value)?;
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
                .put(place.clone(), head.to_bytes());
            let attempt = self.inner.store.commit(batch).await;
            if tries.ended(attempt)?.is_some() {
                return Ok(());
            }
        }
    }

    /// Returns the exports that a data subject is in, in order of their names, those
    /// that were never finished too.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where a record is damaged, and those of
    /// the store.
    pub async fn exports_of(
        &self,
        tenant: &str,
        subject: &Subject,
    ) -> Result<Vec<ExportOf>, Error> {
        let Some(held) = self.load(&self.place(tenant, subject)?).await? else {
            return Ok(Vec::new());
        };
        let person = held.key.lineage();
        let mut range = record::lineage_of(tenant, &person)?;
        let mut exports = Vec::new();
        loop {
            let page = self.inner.store.scan(&range, Export::MAX_ADMIT).await?;
            let Some(last) = page.last() else {
                return Ok(exports);
            };
            range = range.after(last.key.path());
            for record in &page {
                let name = record.key.path().get(person.len()..).unwrap_or_default();
                let name = std::str::from_utf8(name).map_err(|_| record::damaged())?;
                let head = self
                    .inner
                    .store
                    .get(&record::export_key(tenant, name)?)
                    .await?;
                let head = ExportHead::parse(&head.ok_or_else(record::damaged)?.value)?;
                exports.push(ExportOf {
                    name: name.into(),
                    purpose: head.purpose,
                    begun: head.begun,
                    finished: head.finished,
                    receipt: record::read_lineage(&record.value)?,
                });
            }
        }
    }

    /// A conflict is the export's, which is for good, or somebody's consent, which is
    /// worth another try.
    async fn explain_conflict(&self, export: &Export, error: Error) -> Result<(), Error> {
        let place = record::export_key(&export.tenant, &export.name)?;
        let record = self.inner.store.get(&place).await?;
        match record {
            Some(record) if record.revision == export.revision => Err(error.retry()),
            _ => Err(ConsentCause::ExportFinished.into()),
        }
    }

    fn export_trail(
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
