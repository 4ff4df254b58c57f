//! The record of a sweeper's last run.

use std::time::Duration;

use super::authentic;
use super::format;
use super::hold_book::HoldBook;
use crate::Error;
use crate::audit::Identifier;
use crate::store::{Batch, Condition, RecordKey};
use crate::taxonomy::Tenant;
use crate::time::Moment;

const RUNS: &str = "confidant.retention.run";
const WHAT: &str = "the last run";

/// When a sweeper last ran, as the store has it, or the log where it says later.
pub(super) struct LastRun {
    key: RecordKey,
    at: Option<Moment>,
    condition: Condition,
}

impl LastRun {
    pub(super) async fn load(book: &HoldBook, name: &Identifier) -> Result<Self, Error> {
        let key = RecordKey::new(Tenant::NONE, RUNS, name.as_str().unwrap_or_default())?;
        book.told.follow(&book.log).await?;
        // Whoever takes the record away takes nothing from the log.
        let told = book.told.last_run(name);
        let Some(record) = book.store.get(&key).await? else {
            return Ok(Self {
                key,
                at: told,
                condition: Condition::Absent,
            });
        };
        let body = authentic::verified(&book.log_key, &key, &record.value, WHAT)?;
        let mut reader = format::read(body, || format::damaged(WHAT))?;
        let at = reader.moment()?;
        reader.end()?;
        Ok(Self {
            key,
            at: told.max(Some(at)),
            condition: Condition::Revision(record.revision),
        })
    }

    pub(super) const fn at(&self) -> Option<Moment> {
        self.at
    }

    /// Stores that a run began at `now`, if none has begun meanwhile. A clock that is
    /// behind by no more than it may be wrong takes nothing back; one that is behind by
    /// more was confirmed.
    pub(super) async fn advance(
        &self,
        book: &HoldBook,
        now: Moment,
        skew: Duration,
    ) -> Result<(), Error> {
        let is_near = |last: &Moment| now.saturating_add(skew) >= *last;
        let at = self.at.filter(is_near).map_or(now, |last| last.max(now));
        let mut out = format::begin();
        out.moment(at);
        let batch = Batch::new().require(self.key.clone(), self.condition).put(
            self.key.clone(),
            authentic::signed(&book.log_key, &self.key, out.into_bytes()),
        );
        book.store.commit(batch).await.map(|_| ())
    }
}
