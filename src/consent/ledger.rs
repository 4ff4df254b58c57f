//! The ledger: receipts in a store, one chain for each data subject.

use std::fmt;
use std::sync::Arc;

use super::chain::{Held, MAX_RECEIPTS, Pages, load};
use super::record::{self, Chain};
use super::{ConsentFacts, ConsentReceipt, LedgerKey, NewReceipt, OptOutConfirmation, Recorded};
use crate::audit::{Caller, Log, Trail};
use crate::random::random;
use crate::store::{Batch, Condition, RecordKey, Store, StoredRecord, Tries};
use crate::taxonomy::Subject;
use crate::time::{Clock, SystemClock};
use crate::{Error, ErrorKind};

/// The action of the entry that says that a chain is destroyed.
pub(super) const SHRED: &str = "consent.shred";

/// An append-only ledger of receipts: who consented to what, objected, opted out, and
/// when.
///
/// The receipts of a data subject are chained under a key of their own, which is derived
/// from the ledger's key and a salt in the store. A receipt that was changed, left out,
/// swapped, or taken from another chain is noticed whenever the chain is read, and then
/// nothing is decided on it. A chain that was taken away as a whole reads as one that was
/// never begun: [`check_tenant_log`](Self::check_tenant_log) tells.
///
/// To [`shred`](Self::shred) somebody's chain is to destroy the salt and the receipts; no
/// other chain depends on them.
///
/// Every change is an entry of the audit log first, with keyed digests in the place of
/// tenant, subject and receipt. A store that was put back to an earlier state is not
/// noticed by the chain alone: [`check_log`](Self::check_log) holds it against the log.
///
/// A clone is the same ledger. Several processes may share one store and one log.
///
/// # Security
/// Purposes, times, signals and reasons lie in the store as they are; who they are
/// about does not. Copies of the store keep a chain readable until they are gone too.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Identifier, Log, Caller};
/// use confidant::consent::{ConsentState, Ledger, LedgerKey, NewReceipt, NoticeRef};
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::{Purpose, Subject};
/// use confidant::time::{Clock, SystemClock};
///
/// # pollster::block_on(async {
/// let ledger = Ledger::new(Arc::new(MemoryStore::new()), LedgerKey::generate()?, Log::in_memory()?);
/// let me = Caller::new(Identifier::new("service:web")?);
/// let (jo, training) = (Subject::new("user-17")?, Purpose::new("training")?);
///
/// let now = SystemClock::new().now();
/// let given = NewReceipt::consent(ConsentState::Given, [training.clone()], now)
///     .notice(NoticeRef::new("2026-04-22", "en", [7; 32])?)
///     .method("form.checkbox")
///     .withdrawal_route("https://acme.test/privacy");
/// ledger.record(&me, "acme", &jo, given).await?;
/// let facts = ledger.facts("acme", &jo).await?;
/// assert_eq!(facts.consent(&training, now), ConsentState::Given);
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Ledger {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) store: Arc<dyn Store>,
    pub(super) key: LedgerKey,
    pub(super) log: Log,
    pub(super) clock: Arc<dyn Clock>,
}

impl Ledger {
    /// The most receipts of one data subject. One that takes a permission away is taken
    /// beyond it.
    pub const MAX_RECEIPTS: u64 = MAX_RECEIPTS;

    /// Opens the ledger in a store. Changes are told to `log`, and times come from the
    /// system's clock.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, key: LedgerKey, log: Log) -> Self {
        Self::with_clock(store, key, log, Arc::new(SystemClock::new()))
    }

    /// Opens the ledger with another clock.
    #[must_use]
    pub fn with_clock(
        store: Arc<dyn Store>,
        key: LedgerKey,
        log: Log,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                key,
                log,
                clock,
            }),
        }
    }

    /// Records a receipt. It is durable when this returns.
    ///
    /// # Errors
    /// Those of [`NewReceipt::into_receipt`]; `Config` for an id that another receipt of
    /// the data subject has; `Limit` past [`MAX_RECEIPTS`](Self::MAX_RECEIPTS), but for a
    /// receipt that takes a permission away;
    /// [`Integrity`](crate::ErrorKind::Integrity) where the chain is not what was
    /// written; [`Store`](crate::ErrorKind::Store) and
    /// [`Conflict`](crate::ErrorKind::Conflict) where the store or the log fails: in all
    /// of them nothing was recorded. [`InDoubt`](crate::ErrorKind::InDoubt) where it may
    /// have been: the same call with the same [`id`](NewReceipt::id) tells.
    pub async fn record(
        &self,
        caller: &Caller,
        tenant: &str,
        subject: &Subject,
        receipt: NewReceipt,
    ) -> Result<Recorded, Error> {
        let receipt = receipt.into_receipt(self.inner.clock.now())?;
        let place = self.place(tenant, subject)?;
        let held = self.ensure(&place).await?;
        if let Some(known) = held.find(&receipt)? {
            return Ok(known);
        }
        held.check_room(&receipt)?;
        let trail = self.trail(caller, receipt.event.action(), &place, &held)?;
        let logged = held.key.log_receipt(receipt.id.as_bytes());
        let trail = trail.with(|entry| entry.resource(logged));
        let trail = match receipt.purposes.first() {
            Some(purpose) if receipt.purposes.len() == 1 => trail.purpose(purpose.as_str())?,
            _ => trail,
        };
        trail.attempt().await?;
        let recorded = self.append(&place, receipt).await;
        let trail = match &recorded {
            Ok(recorded) => trail.count("number", recorded.number)?,
            Err(_) => trail,
        };
        trail.end(recorded).await
    }

    /// Verifies the chain of a data subject and returns every receipt, the oldest first.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the chain is not what was
    /// written, and those of the store.
    pub async fn receipts(
        &self,
        tenant: &str,
        subject: &Subject,
    ) -> Result<Vec<ConsentReceipt>, Error> {
        let place = self.place(tenant, subject)?;
        let held = self.load(&place).await?;
        Ok(held.map(|held| held.receipts).unwrap_or_default())
    }

    /// Verifies the chain of a data subject and returns the facts for decisions.
    ///
    /// # Errors
    /// Those of [`receipts`](Self::receipts). Decide with
    /// [`ConsentFacts::unavailable`] then, which denies.
    pub async fn facts(&self, tenant: &str, subject: &Subject) -> Result<ConsentFacts, Error> {
        Ok(ConsentFacts::new(self.receipts(tenant, subject).await?))
    }

    /// Returns the confirmations of all opt-outs of a data subject, to show to them.
    ///
    /// # Errors
    /// Those of [`receipts`](Self::receipts).
    pub async fn confirmations(
        &self,
        tenant: &str,
        subject: &Subject,
    ) -> Result<Vec<OptOutConfirmation>, Error> {
        let receipts = self.receipts(tenant, subject).await?;
        Ok(receipts
            .iter()
            .filter_map(ConsentReceipt::confirmation)
            .collect())
    }

    /// Destroys the chain of a data subject, with their key and their places in
    /// exports, and returns whether there was one. Ask [`exports_of`](Self::exports_of)
    /// before. The receipts need not be whole, nor the record that says which are theirs:
    /// what it names is destroyed, unless the record of somebody else names it too.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the record is not what was written
    /// and does not name receipts that can be theirs alone, so that nobody else's are
    /// destroyed; those of the store and the log. After one of kind
    /// [`InDoubt`](crate::ErrorKind::InDoubt) call it again.
    pub async fn shred(
        &self,
        caller: &Caller,
        tenant: &str,
        subject: &Subject,
    ) -> Result<bool, Error> {
        let place = self.place(tenant, subject)?;
        let Some(record) = self.inner.store.get(&place).await? else {
            return Ok(false);
        };
        let read = Held::new(&self.inner.key, &place, &record);
        let is_whole = read.is_ok();
        let held = match read {
            Err(error) if error.kind() == ErrorKind::Integrity => {
                self.claimed(&place, &record).await?
            }
            read => read?,
        };
        let trail = self.trail(caller, SHRED, &place, &held)?;
        trail.attempt().await?;
        let done = match is_whole {
            true => self.try_shred(&place).await,
            false => {
                let batch = shredding(&place, &held)?;
                self.inner.store.commit(batch).await.map(drop)
            }
        };
        trail.end(done).await?;
        Ok(true)
    }

    /// The chain that a damaged record names, if no other record of the tenant names it.
    async fn claimed(&self, place: &RecordKey, record: &StoredRecord) -> Result<Held, Error> {
        let chain = Chain::parse(&record.value)?;
        let mut pages = Pages::new(record::subjects(place.tenant())?);
        while let Some(page) = pages.next(&*self.inner.store).await? {
            let names = |other: &StoredRecord| {
                let other = Chain::parse(&other.value);
                other.is_ok_and(|other| other.id == chain.id)
            };
            if page.iter().any(|other| other.key != *place && names(other)) {
                return Err(record::damaged());
            }
        }
        let key = self
            .inner
            .key
            .subject(place.tenant(), place.path(), &chain.salt);
        Ok(Held {
            chain,
            revision: record.revision,
            key,
            receipts: Vec::new(),
        })
    }

    pub(super) fn place(&self, tenant: &str, subject: &Subject) -> Result<RecordKey, Error> {
        record::subject_key(tenant, &self.inner.key.place(tenant, subject))
    }

    pub(super) async fn load(&self, place: &RecordKey) -> Result<Option<Held>, Error> {
        load(&*self.inner.store, &self.inner.key, place).await
    }

    /// The chain of a data subject; an empty one is begun where there is none, so that
    /// the log can name them before anything is recorded.
    pub(super) async fn ensure(&self, place: &RecordKey) -> Result<Held, Error> {
        let mut tries = Tries::default();
        loop {
            if let Some(held) = self.load(place).await? {
                return Ok(held);
            }
            let (mut salt, mut id) = ([0; 32], [0; 16]);
            random(&mut salt)?;
            random(&mut id)?;
            let key = self.inner.key.subject(place.tenant(), place.path(), &salt);
            let begun = self.inner.clock.now();
            let last = [0; 32];
            let chain = Chain {
                salt,
                id,
                begun,
                count: 0,
                last,
                mac: key.head(&id, begun, 0, &last),
            };
            let batch = Batch::new()
                .require(place.clone(), Condition::Absent)
                .put(place.clone(), chain.to_bytes());
            // Whoever came first has begun it, and the next round finds that.
            tries.ended(self.inner.store.commit(batch).await)?;
        }
    }

    async fn append(&self, place: &RecordKey, receipt: ConsentReceipt) -> Result<Recorded, Error> {
        let mut tries = Tries::default();
        let mut tried = false;
        loop {
            let attempt = self.try_append(place, &receipt, tried).await;
            tried = true;
            if let Some(recorded) = tries.ended(attempt)? {
                return Ok(recorded);
            }
        }
    }

    async fn try_append(
        &self,
        place: &RecordKey,
        receipt: &ConsentReceipt,
        tried: bool,
    ) -> Result<Recorded, Error> {
        let held = self.ensure(place).await?;
        if let Some(known) = held.find(receipt)? {
            // An attempt before this one was it, if there was one.
            let repeated = known.repeated && !tried;
            return Ok(Recorded { repeated, ..known });
        }
        held.check_room(receipt)?;
        let receipt = held.in_turn(receipt.clone());
        let (chain, number) = (&held.chain, held.chain.count + 1);
        let bytes = record::write_receipt(&receipt);
        let mac = held.key.receipt(&chain.id, number, &chain.last, &bytes);
        let next = Chain {
            count: number,
            last: mac,
            mac: held.key.head(&chain.id, chain.begun, number, &mac),
            ..chain.clone()
        };
        let path = record::receipt_key(place.tenant(), &chain.id, number)?;
        let batch = Batch::new()
            .require(place.clone(), Condition::Revision(held.revision))
            .require(path.clone(), Condition::Absent)
            .put(place.clone(), next.to_bytes())
            .put(path, [&bytes[..], &mac].concat());
        self.inner.store.commit(batch).await?;
        Ok(Recorded {
            receipt,
            number,
            repeated: false,
        })
    }

    async fn try_shred(&self, place: &RecordKey) -> Result<(), Error> {
        let mut tries = Tries::default();
        loop {
            let Some(record) = tries.ended(self.inner.store.get(place).await)? else {
                continue;
            };
            let Some(record) = record else {
                return Ok(());
            };
            let held = Held::new(&self.inner.key, place, &record)?;
            let batch = shredding(place, &held)?;
            if tries.ended(self.inner.store.commit(batch).await)?.is_some() {
                return Ok(());
            }
        }
    }

    pub(super) fn trail(
        &self,
        caller: &Caller,
        action: &str,
        place: &RecordKey,
        held: &Held,
    ) -> Result<Trail<'_>, Error> {
        let tenant = self.inner.key.tenant(place.tenant());
        let entry = caller.attempts(action)?.tenant(tenant);
        let entry = entry.subject(held.key.log_subject());
        Ok(Trail::new(&self.inner.log, entry))
    }
}

/// What destroys a chain as it was read.
pub(super) fn shredding(place: &RecordKey, held: &Held) -> Result<Batch, Error> {
    let tenant = place.tenant();
    Ok(Batch::new()
        .require(place.clone(), Condition::Revision(held.revision))
        .delete_range(record::receipts(tenant)?.prefix(held.chain.id))
        .delete_range(record::lineage_of(tenant, &held.key.lineage())?)
        .delete(place.clone()))
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("store", &self.inner.store)
            .finish_non_exhaustive()
    }
}
