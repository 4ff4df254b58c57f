//! Putting right what a host with a clock that was ahead wrote.

use super::register::missing;
use super::{Register, Request, RequestId, record};
use crate::Error;
use crate::audit::Caller;
use crate::store::{Batch, Condition, Tries};
use crate::time::Moment;

impl Register {
    /// Dates what lies in the future of a request now: a host whose clock was ahead opened
    /// it or took a step of it, which moves its deadline and keeps everybody else from
    /// taking steps. Call it where the clock is right. Returns the request.
    ///
    /// # Errors
    /// `Config` where there is no such request; those of [`get`](Self::get) and of the log.
    pub async fn correct_clock(
        &self,
        caller: &Caller,
        tenant: &str,
        id: RequestId,
    ) -> Result<Request, Error> {
        let found = self.find(tenant, id).await?.ok_or_else(missing)?;
        let trail = self.trail(caller, "rights.correct_clock", tenant, &found.person, id)?;
        trail.attempt().await?;
        trail.end(self.try_correct_clock(tenant, id).await).await
    }

    async fn try_correct_clock(&self, tenant: &str, id: RequestId) -> Result<Request, Error> {
        let mut tries = Tries::default();
        let place = record::request_key(tenant, id)?;
        loop {
            let Some(found) = tries.ended(self.find(tenant, id).await)? else {
                continue;
            };
            let found = found.ok_or_else(missing)?;
            let corrected = found.request.not_after(self.inner.clock.now());
            if corrected == found.request {
                return Ok(corrected);
            }
            let batch = Batch::new()
                .require(place.clone(), Condition::Revision(found.revision))
                .put(place.clone(), self.seal(&place, &found.person, &corrected)?);
            if tries.ended(self.inner.store.commit(batch).await)?.is_some() {
                return Ok(corrected);
            }
        }
    }
}

impl Request {
    /// The latest moment at which something of it happened.
    pub(super) fn last_known(&self) -> Moment {
        let last = self.steps.last().map(|(at, _)| *at);
        last.unwrap_or(self.intake.received)
    }

    /// The same request, of which nothing happened after a moment.
    fn not_after(&self, now: Moment) -> Self {
        let mut same = self.clone();
        same.intake.received = same.intake.received.min(now);
        for (at, _) in &mut same.steps {
            *at = (*at).min(now);
        }
        same
    }
}
