//! Reading and verifying chains.

use std::collections::BTreeMap;

use super::key::SubjectKey;
use super::record::{self, Chain, damaged};
use super::{ConsentReceipt, LedgerKey, ReceiptId};
use crate::error::ConsentCause;
use crate::mac::is_same_mac;
use crate::store::{MAX_PAGE, Range, RecordKey, Store, StoredRecord};
use crate::{Error, ErrorKind};

/// The most receipts of one data subject.
pub(super) const MAX_RECEIPTS: u64 = 10_000;
/// How often a chain is read again that changed meanwhile.
const TRIES: u32 = 64;

/// A receipt that is in the ledger.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// The receipt.
    pub receipt: ConsentReceipt,
    /// Its place in the chain of the data subject, counted from 1.
    pub number: u64,
    /// Whether it had been recorded before, so that this call changed nothing.
    pub repeated: bool,
}

/// What was found when all chains of a tenant were verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How many data subjects have a chain.
    pub subjects: u64,
    /// How many receipts the chains have.
    pub receipts: u64,
}

impl Verified {
    const fn new(subjects: u64, receipts: u64) -> Self {
        Self { subjects, receipts }
    }
}

/// The chain of a data subject as the store holds it.
pub(super) struct Held {
    pub(super) chain: Chain,
    pub(super) revision: u64,
    pub(super) key: SubjectKey,
    /// In order of their numbers.
    pub(super) receipts: Vec<ConsentReceipt>,
}

impl Held {
    /// Reads and verifies the record at a place, without its receipts.
    pub(super) fn new(
        key: &LedgerKey,
        place: &RecordKey,
        record: &StoredRecord,
    ) -> Result<Self, Error> {
        let chain = Chain::parse(&record.value)?;
        let key = key.subject(place.tenant(), place.path(), &chain.salt);
        let expected = key.head(&chain.id, chain.begun, chain.count, &chain.last);
        if !is_same_mac(&expected, &chain.mac) {
            return Err(damaged());
        }
        Ok(Self {
            chain,
            revision: record.revision,
            key,
            receipts: Vec::new(),
        })
    }

    /// The receipt of the same id, which must be the same.
    pub(super) fn find(&self, receipt: &ConsentReceipt) -> Result<Option<Recorded>, Error> {
        let Some(index) = position(&self.receipts, receipt.id) else {
            return Ok(None);
        };
        let known = self.receipts.get(index).ok_or_else(damaged)?;
        if !is_same(known, receipt) {
            return Err(ConsentCause::SameId.into());
        }
        Ok(Some(Recorded {
            receipt: known.clone(),
            number: index as u64 + 1,
            repeated: true,
        }))
    }

    /// Has a receipt be received no earlier than those before it, which a host whose clock is
    /// ahead may have recorded, and marks that it was so.
    pub(super) fn in_turn(&self, mut receipt: ConsentReceipt) -> ConsentReceipt {
        let received = || self.receipts.iter().map(|receipt| receipt.received);
        let before = received().max();
        if let Some(before) = before.filter(|before| *before > receipt.received) {
            receipt.received = before;
            receipt.behind = received().filter(|received| *received == before).count() as u64;
        }
        receipt
    }

    /// Refuses a receipt that gives something where the chain is full. One that takes a
    /// permission away is always taken.
    pub(super) fn check_room(&self, receipt: &ConsentReceipt) -> Result<(), Error> {
        let most = MAX_RECEIPTS;
        if self.chain.count >= most && !receipt.event.is_restrictive() {
            return Err(Error::limit("receipts of a data subject", most));
        }
        Ok(())
    }

    /// Reads the receipts and verifies the chain.
    async fn fill(&mut self, store: &dyn Store, tenant: &str) -> Result<(), Error> {
        let mut before = [0; 32];
        let mut range = record::receipts(tenant)?.prefix(self.chain.id);
        loop {
            let page = store.scan(&range, PAGE).await?;
            for record in &page {
                let number = self.receipts.len() as u64 + 1;
                if record::receipt_of(record.key.path())? != (self.chain.id, number) {
                    return Err(damaged());
                }
                let bytes = record::without_mac(&record.value, |bytes| {
                    let (key, id) = (&self.key, &self.chain.id);
                    before = key.receipt(id, number, &before, bytes);
                    before
                })?;
                self.receipts.push(record::read_receipt(bytes)?);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => range = range.after(last.key.path()),
                _ => break,
            }
        }
        if self.receipts.len() as u64 != self.chain.count || before != self.chain.last {
            return Err(damaged());
        }
        Ok(())
    }
}

/// Receipts may have some kilobytes each.
const PAGE: usize = 256;

/// Reads and verifies the chain at a place.
pub(super) async fn load(
    store: &dyn Store,
    key: &LedgerKey,
    place: &RecordKey,
) -> Result<Option<Held>, Error> {
    let mut record = store.get(place).await?;
    for _ in 0..TRIES {
        let Some(found) = &record else {
            return Ok(None);
        };
        let mut held = Held::new(key, place, found)?;
        let Err(error) = held.fill(store, place.tenant()).await else {
            return Ok(Some(held));
        };
        // The record and its receipts are read one after the other: what was appended
        // or destroyed in between is no damage.
        let again = store.get(place).await?;
        if again.as_ref().map(|again| again.revision) == Some(found.revision) {
            return Err(error);
        }
        record = again;
    }
    Err(Error::message(ErrorKind::Conflict, "others keep changing the chain").retry())
}

/// Verifies every chain of a tenant, and that no receipt is without its chain. Shows those
/// that are what was written, and returns with their number the records that are not.
pub(super) async fn verify_chains(
    store: &dyn Store,
    key: &LedgerKey,
    tenant: &str,
    mut seen: impl FnMut(&Held),
) -> Result<(Verified, Vec<RecordKey>), Error> {
    // Receipts first: a chain that is begun meanwhile then has no receipt here.
    let mut found = BTreeMap::new();
    let mut damaged = Vec::new();
    let mut pages = Pages::new(record::receipts(tenant)?);
    while let Some(page) = pages.next(store).await? {
        for StoredRecord { key, .. } in page {
            match record::receipt_of(key.path()) {
                Ok((chain, _)) => _ = found.entry(chain).or_insert(key),
                Err(_) => damaged.push(key),
            }
        }
    }
    let (mut subjects, mut receipts) = (0, 0);
    let mut pages = Pages::new(record::subjects(tenant)?);
    while let Some(page) = pages.next(store).await? {
        for record in page {
            match load(store, key, &record.key).await {
                Ok(Some(held)) => {
                    found.remove(&held.chain.id);
                    seen(&held);
                    subjects += 1;
                    receipts += held.chain.count;
                }
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::Integrity => {
                    // Its receipts are told with it.
                    if let Ok(chain) = Chain::parse(&record.value) {
                        found.remove(&chain.id);
                    }
                    damaged.push(record.key);
                }
                Err(error) => return Err(error),
            }
        }
    }
    // What was shredded meanwhile is gone by now.
    for (chain, key) in found {
        let range = record::receipts(tenant)?.prefix(chain);
        if !store.scan(&range, 1).await?.is_empty() {
            damaged.push(key);
        }
    }
    Ok((Verified::new(subjects, receipts), damaged))
}

/// A range, page by page.
pub(super) struct Pages {
    range: Option<Range>,
}

impl Pages {
    const SIZE: usize = MAX_PAGE / 10;

    pub(super) const fn new(range: Range) -> Self {
        Self { range: Some(range) }
    }

    pub(super) async fn next(
        &mut self,
        store: &dyn Store,
    ) -> Result<Option<Vec<StoredRecord>>, Error> {
        let Some(range) = self.range.take() else {
            return Ok(None);
        };
        let page = store.scan(&range, Self::SIZE).await?;
        if let Some(last) = page.last().filter(|_| page.len() == Self::SIZE) {
            self.range = Some(range.after(last.key.path()));
        }
        Ok(Some(page))
    }
}

/// Whether `other` is what was recorded as `one`, but for when it was received. What took
/// a permission away in the future was recorded as of the moment it was received, which is
/// known no longer where that was moved behind the receipts before it.
fn is_same(one: &ConsentReceipt, other: &ConsentReceipt) -> bool {
    let may_be_moved = one.at == one.received || one.behind > 0;
    let is_moved = may_be_moved && one.event.is_restrictive() && other.at > one.at;
    let at = if is_moved { one.at } else { other.at };
    *one == ConsentReceipt {
        at,
        received: one.received,
        behind: one.behind,
        ..other.clone()
    }
}

/// The receipt of an id, where there is one.
fn position(receipts: &[ConsentReceipt], id: ReceiptId) -> Option<usize> {
    receipts.iter().position(|receipt| receipt.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::{ConsentState, Event, NewReceipt};
    use crate::taxonomy::Purpose;
    use crate::time::Moment;

    #[test]
    fn a_full_chain_takes_what_takes_away_and_nothing_else() {
        let at = Moment::UNIX_EPOCH;
        let mut held = Held {
            chain: Chain {
                salt: [0; 32],
                id: [0; 16],
                begun: at,
                count: MAX_RECEIPTS - 1,
                last: [0; 32],
                mac: [0; 32],
            },
            revision: 1,
            key: LedgerKey::from_bytes([1; 32]).subject("acme", b"place", &[0; 32]),
            receipts: Vec::new(),
        };
        let receipt = |event| {
            let purposes = [Purpose::new("training").unwrap()];
            let receipt = NewReceipt::new(event, purposes, at).method("form");
            receipt.into_receipt(at).unwrap()
        };
        let gives = receipt(Event::OptOutLifted);
        held.check_room(&gives).unwrap();
        held.chain.count += 1;
        let error = held.check_room(&gives).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        for event in [
            Event::Objected,
            Event::OptedOut,
            Event::Restricted,
            Event::Consent(ConsentState::Withdrawn),
        ] {
            held.check_room(&receipt(event)).unwrap();
        }
    }
}
