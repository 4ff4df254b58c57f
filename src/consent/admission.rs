//! Admitting data subjects to an export, each where a decision permits it.

use super::record;
use super::{ConsentFacts, ConsentVerdict, Export, RuledLedger, Signals};
use crate::Error;
use crate::audit::Caller;
use crate::store::{Batch, Condition};
use crate::taxonomy::{DataCategory, Subject};
use crate::time::Moment;

/// The data subjects to admit to an export, with their data of one category.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    category: &'a DataCategory,
    subjects: &'a [Subject],
    now: Moment,
    signals: Signals,
}

impl<'a> Admission<'a> {
    /// Asks to admit data subjects now, with their data of a category.
    #[must_use]
    pub fn new(category: &'a DataCategory, subjects: &'a [Subject], now: Moment) -> Self {
        Self {
            category,
            subjects,
            now,
            signals: Signals::new(),
        }
    }

    /// Sets what is known of the data subjects; nothing without this.
    #[must_use]
    pub const fn signals(mut self, signals: Signals) -> Self {
        self.signals = signals;
        self
    }
}

impl RuledLedger<'_> {
    /// Admits data subjects to an export, each only where a decision permits it, and
    /// returns the verdicts in the order of the subjects. Put only the admitted ones into
    /// the export: the ledger records that they are in it, and by which receipt.
    ///
    /// A data subject whose ledger cannot be read is not admitted. To admit is an act, so
    /// what is past by the ledger's clock has happened: a moment before it passes over no
    /// withdrawal.
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
    ) -> Result<Vec<ConsentVerdict>, Error> {
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
        let now = now.max(ledger.inner.clock.now());
        let head = record::export_key(tenant, &export.name)?;
        let mut batch = Batch::new().require(head, Condition::Revision(export.revision));
        let mut verdicts = Vec::with_capacity(subjects.len());
        let mut places = std::collections::BTreeSet::new();
        for subject in subjects {
            let place = ledger.place(tenant, subject)?;
            let held = ledger.ensure(&place).await;
            let facts = match &held {
                Ok(held) => ConsentFacts::new(held.receipts.clone()),
                Err(error) if error.kind() == crate::ErrorKind::Integrity => {
                    ConsentFacts::unavailable()
                }
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
                    let value = record::write_lineage(receipt);
                    let mac = held.key.admitted(&export.name, &value);
                    batch = batch
                        .require(place, Condition::Revision(held.revision))
                        .put(key, record::with_mac(value, &mac));
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
