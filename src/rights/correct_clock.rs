//! Putting right what a host with a clock that was ahead wrote.

use std::time::Duration;

use super::register::{SKEW, missing};
use super::{Register, Request, RequestId, record};
use crate::Error;
use crate::audit::Caller;
use crate::error::RightsCause;
use crate::store::{Batch, Condition, Tries};
use crate::time::Moment;

impl Register {
    /// Dates what lies more than five minutes in the future of a request `now`, which is what
    /// a person says that it is: a host whose clock was ahead opened it or took a step of it,
    /// which moves its deadline and keeps everybody else from taking steps. Returns the
    /// request. The log tells when it was received, as far as was known before.
    ///
    /// # Errors
    /// `Config` where there is no such request; [`Refused`](crate::ErrorKind::Refused) where
    /// the clock of this host is more than five minutes away from `now`; those of
    /// [`get`](Self::get) and of the log.
    pub async fn correct_clock(
        &self,
        caller: &Caller,
        tenant: &str,
        id: RequestId,
        now: Moment,
    ) -> Result<Request, Error> {
        let clock = self.inner.clock.now();
        if clock > now.saturating_add(SKEW) || clock.saturating_add(SKEW) < now {
            let what = "the clock of this host is not at the moment that was named";
            return Err(RightsCause::Refused { what }.into());
        }
        let found = self.find(tenant, id).await?.ok_or_else(missing)?;
        let trail = self.trail(caller, "rights.correct_clock", tenant, &found.person, id)?;
        let received = found.request.received().unix_seconds();
        let trail = trail.count("received", received.try_into().unwrap_or_default())?;
        trail.attempt().await?;
        trail
            .end(self.try_correct_clock(tenant, id, now).await)
            .await
    }

    async fn try_correct_clock(
        &self,
        tenant: &str,
        id: RequestId,
        now: Moment,
    ) -> Result<Request, Error> {
        let mut tries = Tries::default();
        let place = record::request_key(tenant, id)?;
        loop {
            let Some(found) = tries.ended(self.find(tenant, id).await)? else {
                continue;
            };
            let found = found.ok_or_else(missing)?;
            let corrected = found.request.without_future(now, SKEW);
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

    /// The same request, of which what lies by more than `skew` after a moment happened at
    /// that moment.
    pub(super) fn without_future(&self, now: Moment, skew: Duration) -> Self {
        let latest = now.saturating_add(skew);
        let mut same = self.clone();
        let moments = same.steps.iter_mut().map(|(at, _)| at);
        for at in moments.chain([&mut same.intake.received]) {
            if *at > latest {
                *at = now;
            }
        }
        // What came after what was moved came after it still.
        let mut last = same.intake.received;
        for (at, _) in &mut same.steps {
            *at = (*at).max(last);
            last = *at;
        }
        same
    }
}
