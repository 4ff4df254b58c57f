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

/// How far the record may be ahead of the log: more than clocks may differ.
const NEAR: Duration = Duration::from_secs(86_400);

/// When a sweeper last ran: as the log says, or the store where the log knows of no run.
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
        // The log is told of each run before the store is, so a record says something only
        // where it kept the later of two moments that are near each other. An older one that
        // was put back does not count, and one that is not what was written is replaced.
        let stored = || {
            let body = authentic::verified(&book.log_key, &key, &record.value, WHAT).ok()?;
            let mut reader = format::read(body, || format::damaged(WHAT)).ok()?;
            let at = reader.moment().ok()?;
            reader.end().ok()?;
            Some(at)
        };
        let near = told.map_or(Moment::MAX, |told| told.saturating_add(NEAR));
        let at = stored().filter(|at| *at <= near);
        Ok(Self {
            at: told.max(at),
            condition: Condition::Revision(record.revision),
            key,
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
