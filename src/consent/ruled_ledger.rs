//! A ledger under rules: withdrawals, and the signal of Global Privacy Control.

use super::facts::latest;
use super::receipt::Conflict;
use super::{
    Actor, ConsentFacts, ConsentReceipt, ConsentRules, Event, Exports, Gpc, Ledger, NewReceipt,
    OptOutConfirmation, Recorded,
};
use crate::Error;
use crate::audit::Caller;
use crate::error::ConsentCause;
use crate::taxonomy::{Obligation, Purpose, Subject};
use crate::time::Moment;

/// A [`Ledger`] with the [`ConsentRules`] that withdrawals, signals and admissions to an export
/// go by. [`Ledger::under`] returns one.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Identifier, Log, Caller};
/// use confidant::consent::{ConsentState, Ledger, LedgerKey, NewReceipt, PurposeRule, ConsentRules};
/// use confidant::decision::ClauseId;
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::{DataCategory, Purpose, Subject};
/// use confidant::time::{Clock, SystemClock};
///
/// # pollster::block_on(async {
/// let training = Purpose::new("training")?;
/// let rule = PurposeRule::by_consent(training.clone(), ClauseId::new("P-4")?);
/// let rules = ConsentRules::builder().purpose(rule.category(DataCategory::new("chat")?)).build()?;
///
/// let store = Arc::new(MemoryStore::new());
/// let ledger = Ledger::new(store, LedgerKey::generate()?, Log::in_memory()?);
/// let me = Caller::new(Identifier::new("service:web")?);
/// let (jo, now) = (Subject::new("user-17")?, SystemClock::new().now());
/// let back = NewReceipt::consent(ConsentState::Withdrawn, [training], now).method("form.button");
/// let done = ledger.under(&rules).withdraw(&me, "acme", &jo, back).await?;
/// assert_eq!(done.recorded.number, 1);
/// assert!(done.exports.list.is_empty());
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RuledLedger<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) rules: &'a ConsentRules,
}

/// What follows from a withdrawal, an objection or an opt-out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Withdrawal {
    /// The receipt.
    pub recorded: Recorded,
    /// What recipients owe, one each.
    pub obligations: Vec<Obligation>,
    /// The exports that the data subject is in.
    pub exports: Exports,
}

impl Ledger {
    /// Returns the ledger with the rules that withdrawals, signals and admissions to an
    /// export go by.
    #[must_use]
    pub const fn under<'a>(&'a self, rules: &'a ConsentRules) -> RuledLedger<'a> {
        RuledLedger {
            ledger: self,
            rules,
        }
    }
}

impl RuledLedger<'_> {
    /// Records a withdrawal, an objection or an opt-out, and returns what follows from
    /// it: the obligations of the recipients, and the exports that the data subject is
    /// in. It takes effect at the time of the receipt, and makes nothing unlawful that
    /// was done before.
    ///
    /// # Errors
    /// `Config` where the receipt takes no permission away, and those of
    /// [`record`](Ledger::record) and [`exports_of`](Ledger::exports_of). Where the exports
    /// cannot be listed the receipt has been recorded all the same, and the error is
    /// [`InDoubt`](crate::ErrorKind::InDoubt).
    pub async fn withdraw(
        self,
        caller: &Caller,
        tenant: &str,
        subject: &Subject,
        receipt: NewReceipt,
    ) -> Result<Withdrawal, Error> {
        if !receipt.event().is_restrictive() {
            let what = "event that takes a permission away";
            return Err(ConsentCause::Missing { what }.into());
        }
        if receipt.event() == Event::OptedOut {
            for purpose in receipt.purposes() {
                self.rules.check_opt_out(purpose)?;
            }
        }
        let at = receipt.at().min(self.ledger.inner.clock.now());
        // Of no purpose in particular, it is of all of them.
        let obligations = match receipt.purposes().is_empty() {
            true => self.rules.obligations(self.rules.purposes(), at)?,
            false => self.rules.obligations(receipt.purposes(), at)?,
        };
        let recorded = self.ledger.record(caller, tenant, subject, receipt).await?;
        let exports = self
            .ledger
            .exports_of(tenant, subject)
            .await
            .map_err(|error| {
                let what = "the receipt was recorded, but the exports could not be listed";
                Error::message(crate::ErrorKind::InDoubt, what).with_source(error)
            })?;
        Ok(Withdrawal {
            recorded,
            obligations,
            exports,
        })
    }

    /// Records the signal of Global Privacy Control as an opt-out of every purpose that
    /// sells or shares data, and returns the confirmation to show. `value` is that of
    /// the header, as received.
    ///
    /// A signal that stands recorded already is not recorded again, so this may be
    /// called for each request. Consents that the signal contradicts are noted with the
    /// clause that says which of the two counts. Returns nothing where the value is not
    /// the signal, or no purpose sells or shares.
    ///
    /// # Errors
    /// Those of [`record`](Ledger::record).
    pub async fn record_gpc(
        self,
        caller: &Caller,
        tenant: &str,
        subject: &Subject,
        value: &[u8],
    ) -> Result<Option<OptOutConfirmation>, Error> {
        let purposes: Vec<Purpose> = self.rules.sale_or_sharing().cloned().collect();
        let Some((_, clause)) = &self.rules.inner.gpc else {
            return Ok(None);
        };
        if Gpc::from_headers([value]) == Gpc::Off || purposes.is_empty() {
            return Ok(None);
        }
        let facts = self.ledger.facts(tenant, subject).await?;
        let now = self.ledger.inner.clock.now();
        if let Some(standing) = standing_signal(&facts, &purposes, now) {
            return Ok(standing.confirmation());
        }
        let mut conflicts = Vec::new();
        for purpose in &purposes {
            let consents = facts.streams(purpose).map(|streams| streams.consents);
            let last = consents.and_then(|consents| latest(consents, now));
            let last = last.filter(|_| facts.consent(purpose, now).permits());
            if let Some(receipt) = last.and_then(|fact| facts.receipt_of(fact)) {
                conflicts.push(Conflict {
                    purpose: purpose.clone(),
                    consent: receipt.id,
                    clause: clause.clone(),
                });
            }
        }
        let receipt = NewReceipt::new(Event::OptedOut, purposes, now)
            .method("header.sec-gpc")
            .actor(Actor::Software)
            .signal(value)
            .conflicts(conflicts);
        let recorded = self.ledger.record(caller, tenant, subject, receipt).await?;
        Ok(recorded.receipt.confirmation())
    }
}

/// The receipt by which the signal stands recorded for all of these purposes.
fn standing_signal<'f>(
    facts: &'f ConsentFacts,
    purposes: &[Purpose],
    now: Moment,
) -> Option<&'f ConsentReceipt> {
    let standing = |purpose: &Purpose| {
        let fact = latest(facts.streams(purpose)?.opt_outs, now)?;
        let receipt = facts.receipt_of(fact)?;
        (receipt.event == Event::OptedOut && receipt.signal.is_some()).then_some(receipt)
    };
    let mut receipts = purposes.iter().map(standing);
    let first = receipts.next()??;
    receipts.all(|receipt| receipt.is_some()).then_some(first)
}
