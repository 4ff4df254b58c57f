//! Beginning an order anew whose record cannot be used.

use sha2::{Digest as _, Sha256};

use super::executor::Executor;
use super::order::Order;
use super::progress::Progress;
use crate::store::{Batch, Condition};
use crate::time::Moment;
use crate::{Error, ErrorKind};

impl Executor {
    /// Begins an order anew whose record is not what was written, or is newer than the audit
    /// log, as after a log was put back. Returns whether there was such a record: one that is
    /// sound is left as it is.
    ///
    /// What the stores have reported is lost: [`execute`](Self::execute) has every keeper act
    /// again, after it has asked the holds, and what was reported by others is to be
    /// [reported](Self::report) again. The log is told first, with the digest of the record.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where no store holds its category; those of the store and
    /// the log.
    pub async fn restart(&self, order: &Order, now: Moment) -> Result<bool, Error> {
        let parts = &*self.parts;
        match parts.find(order).await {
            Err(error) if error.kind() == ErrorKind::Integrity => {}
            found => return found.map(|_| false),
        }
        let id = parts.id(order);
        let key = parts.key(order, &id)?;
        let Some(record) = parts.book.store.get(&key).await? else {
            return Ok(false);
        };
        let progress = Progress {
            round: parts.book.told.closed(&id),
            ..parts.begun(order, now)?
        };
        let digest = Sha256::digest(&record.value).into();
        let trail = parts.trail(order, &id, "restart")?;
        let trail = trail.with(|entry| entry.digest(digest));
        trail.attempt().await?;
        let batch = Batch::new()
            .require(key.clone(), Condition::Revision(record.revision))
            .put(key.clone(), parts.signed(&key, &progress));
        let done = parts.book.store.commit(batch).await;
        trail.end(done.map(|_| true)).await
    }
}
