//! Destroying chains whose retention is over.

use super::chain::{Held, Pages, load};
use super::{Facts, Ledger, record};
use crate::audit::Caller;
use crate::retention::{Erasable, Events, OwnErasure, OwnRecords, OwnVerdict, Trigger};
use crate::store::{Batch, Condition, Key};
use crate::time::Moment;
use crate::{Error, ErrorKind};

impl Ledger {
    /// Destroys the chains of a tenant that are due by the retention of the ledger's own
    /// records, as [`shred`](Self::shred) does. A chain is created with its first receipt,
    /// and last changed and active with its last one.
    ///
    /// A chain in which an objection, an opt-out or a restriction stands stays: without it,
    /// what was stopped would go on. So does one that a hold may be about.
    ///
    /// # Errors
    /// `Config` where the schedule does not declare the category;
    /// [`Integrity`](ErrorKind::Integrity) where a chain is not what was written; those of
    /// the store and the log. What was destroyed before stays destroyed.
    pub async fn erase_due(
        &self,
        caller: &Caller,
        tenant: &str,
        own: &OwnRecords<'_>,
        now: Moment,
    ) -> Result<OwnErasure, Error> {
        let mut done = OwnErasure::default();
        let store = &*self.inner.store;
        let mut pages = Pages::new(record::subjects(tenant)?);
        while let Some(page) = pages.next(store).await? {
            for record in &page {
                let Some(held) = load(store, &self.inner.key, &record.key).await? else {
                    continue;
                };
                let Some(events) = events(&held) else {
                    continue;
                };
                match own.verdict(tenant, events, now).await? {
                    OwnVerdict::Keep => {}
                    OwnVerdict::Held => done.held += 1,
                    OwnVerdict::Erase(_) if stops_something(&held, now) => done.standing += 1,
                    OwnVerdict::Erase(under) => {
                        let erased = self.erase(caller, &record.key, &held, &under).await?;
                        done.erased += u64::from(erased);
                    }
                }
            }
        }
        Ok(done)
    }

    /// Destroys a chain as it was read, and returns whether it did: not where it has grown
    /// since, nor where a hold was changed.
    async fn erase(
        &self,
        caller: &Caller,
        place: &Key,
        held: &Held,
        under: &Erasable,
    ) -> Result<bool, Error> {
        let trail = self.trail(caller, "consent.shred", place, held)?;
        trail.attempt().await?;
        let tenant = place.tenant();
        let batch = Batch::new()
            .require(place.clone(), Condition::Revision(held.revision))
            .delete_range(record::receipts(tenant)?.prefix(held.chain.id))
            .delete_range(record::lineage_of(tenant, &held.key.lineage())?)
            .delete(place.clone());
        let batch = under.required_by(batch, &self.inner.store);
        match trail.end(self.inner.store.commit(batch).await).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What happened to a chain; nothing where it has no receipt.
fn events(held: &Held) -> Option<Events> {
    let (first, last) = (held.receipts.first()?, held.receipts.last()?);
    let events = Events::created(first.received)
        .at(Trigger::LastModified, last.received)
        .at(Trigger::LastActive, last.received);
    Some(events)
}

fn stops_something(held: &Held, now: Moment) -> bool {
    Facts::new(held.receipts.clone()).stops_something(now)
}
