//! Destroying chains whose retention is over.

use super::chain::{Held, Pages, load};
use super::ledger::{SHRED, shredding};
use super::{ConsentFacts, Ledger, record};
use crate::audit::Caller;
use crate::retention::{Erasable, Events, OwnErasure, OwnRecords, OwnVerdict, Trigger};
use crate::store::RecordKey;
use crate::time::Moment;
use crate::{Error, ErrorKind};

impl Ledger {
    /// Destroys the chains of a tenant that are due by the retention of the ledger's own
    /// records, as [`shred`](Self::shred) does. A chain is created when the ledger begins
    /// it, and last changed and active with its last receipt. One without receipts is of
    /// somebody who is in exports on another basis than consent, or whose receipt could
    /// not be recorded: it was last changed and active with the latest of their exports.
    ///
    /// A chain in which an objection, an opt-out or a restriction stands stays: without it,
    /// what was stopped would go on. So does one that a hold may be about, and one that is
    /// not what was written, which is counted:
    /// [`check_tenant_log`](Self::check_tenant_log) tells which.
    ///
    /// # Errors
    /// `Config` where the schedule does not declare the category; those of the store and the
    /// log. What was destroyed before stays destroyed.
    pub async fn erase_due(
        &self,
        caller: &Caller,
        tenant: &str,
        own: &OwnRecords<'_>,
        now: Moment,
    ) -> Result<OwnErasure, Error> {
        let mut done = OwnErasure::default();
        // What was stopped since a moment that lies back is stopped.
        let stopped = now.max(self.inner.clock.now());
        let store = &*self.inner.store;
        let mut pages = Pages::new(record::subjects(tenant)?);
        while let Some(page) = pages.next(store).await? {
            for record in &page {
                let held = match load(store, &self.inner.key, &record.key).await {
                    Ok(Some(held)) => held,
                    Ok(None) => continue,
                    Err(error) if error.kind() == ErrorKind::Integrity => {
                        done.damaged += 1;
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                let events = self.events(tenant, &held).await?;
                match own.verdict(tenant, events, now).await? {
                    OwnVerdict::Keep => {}
                    OwnVerdict::Held => done.held += 1,
                    OwnVerdict::Erase(_) if stops_something(&held, stopped) => done.standing += 1,
                    OwnVerdict::Erase(under) => {
                        let erased = self.erase(caller, &record.key, &held, &under).await?;
                        done.erased += u64::from(erased);
                    }
                }
            }
        }
        Ok(done)
    }

    /// What happened to a chain.
    async fn events(&self, tenant: &str, held: &Held) -> Result<Events, Error> {
        let begun = held.chain.begun;
        let last = match held.receipts.last() {
            Some(last) => last.received,
            None => {
                let exports = self.exports_of_chain(tenant, held).await?;
                let ends = exports.list.iter().map(|export| match export.finished {
                    Some((finished, _)) => finished,
                    None => export.begun,
                });
                ends.fold(begun, Moment::max)
            }
        };
        let events = Events::created(begun)
            .at(Trigger::LastModified, last)
            .at(Trigger::LastActive, last);
        Ok(events)
    }

    /// Destroys a chain as it was read, and returns whether it did: not where it has grown
    /// since, nor where a hold was changed.
    async fn erase(
        &self,
        caller: &Caller,
        place: &RecordKey,
        held: &Held,
        under: &Erasable,
    ) -> Result<bool, Error> {
        let trail = self.trail(caller, SHRED, place, held)?;
        trail.attempt().await?;
        let batch = shredding(place, held)?;
        let batch = under.required_by(batch, &self.inner.store);
        match trail.end(self.inner.store.commit(batch).await).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn stops_something(held: &Held, now: Moment) -> bool {
    ConsentFacts::new(held.receipts.clone()).stops_something(now)
}
