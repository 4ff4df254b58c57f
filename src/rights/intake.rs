//! Incoming requests: who asks for what, and for which time.

use std::ops::{Bound, RangeBounds};

use super::{RequestId, RequestKind};
use crate::Error;
use crate::consent::check_plain;
use crate::error::RightsCause;
use crate::taxonomy::{Evidence, Jurisdiction};
use crate::time::Moment;

/// The range of time for which data is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    from: Option<Moment>,
    until: Option<Moment>,
}

const RANGE: &str = "range of days does not include its start, or includes its end";

impl DateRange {
    /// Asks for a range of moments, such as `from..until`, `from..` or `..`.
    ///
    /// # Errors
    /// `Config` where it is empty, or its end is included: the last day ends where the
    /// next one begins, and that is the end to give.
    pub fn new(range: impl RangeBounds<Moment>) -> Result<Self, Error> {
        let from = match range.start_bound() {
            Bound::Included(from) => Some(*from),
            Bound::Unbounded => None,
            Bound::Excluded(_) => return Err(RightsCause::Unfit { what: RANGE }.into()),
        };
        let until = match range.end_bound() {
            Bound::Excluded(until) => Some(*until),
            Bound::Unbounded => None,
            Bound::Included(_) => return Err(RightsCause::Unfit { what: RANGE }.into()),
        };
        Self::between(from, until)
    }

    /// From one moment on and before another.
    pub(super) fn between(from: Option<Moment>, until: Option<Moment>) -> Result<Self, Error> {
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            let what = "range of days is empty";
            return Err(RightsCause::Unfit { what }.into());
        }
        Ok(Self { from, until })
    }

    /// Returns the first moment.
    #[must_use]
    pub const fn from(&self) -> Option<Moment> {
        self.from
    }

    /// Returns the moment after the last.
    #[must_use]
    pub const fn until(&self) -> Option<Moment> {
        self.until
    }

    /// Returns whether a moment is in the range.
    #[must_use]
    pub fn contains(&self, at: Moment) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requester {
    /// The data subject.
    Subject,
    /// Somebody who acts for them, by the id that the product gave that party.
    Agent(Box<str>),
}

/// An incoming request.
///
/// # Security
/// It names the data subject nowhere: the register files it under a keyed pseudonym.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    pub(super) kind: RequestKind,
    pub(super) received: Moment,
    pub(super) requester: Requester,
    pub(super) jurisdiction: Option<Jurisdiction>,
    pub(super) identity: Option<Evidence>,
    pub(super) authority: Option<Evidence>,
    pub(super) range: Option<DateRange>,
    pub(super) appeals: Option<RequestId>,
    pub(super) channel: Box<str>,
    /// The id that the caller drew, until the request has it.
    pub(super) id: Option<RequestId>,
}

impl Intake {
    /// The most bytes of a channel, and of the id of an agent.
    pub const MAX_NAME: usize = 64;

    /// Takes in a request of a kind that was received at a moment, over a channel such
    /// as `form`, `mail` or `drp`.
    #[must_use]
    pub fn new(kind: RequestKind, received: Moment, channel: &str) -> Self {
        Self {
            kind,
            received,
            requester: Requester::Subject,
            jurisdiction: None,
            identity: None,
            authority: None,
            range: None,
            appeals: None,
            channel: channel.into(),
            id: None,
        }
    }

    /// Files it under an id that was drawn before: to open it again under that id opens
    /// nothing. Without this, the register draws one.
    #[must_use]
    pub const fn id(mut self, id: RequestId) -> Self {
        self.id = Some(id);
        self
    }

    /// Says that an agent makes it, under the id that the product gave them.
    #[must_use]
    pub fn agent(mut self, id: &str) -> Self {
        self.requester = Requester::Agent(id.into());
        self
    }

    /// Says whose law applies. Where nobody knows, the strictest row of the table does.
    #[must_use]
    pub const fn jurisdiction(mut self, jurisdiction: Jurisdiction) -> Self {
        self.jurisdiction = Some(jurisdiction);
        self
    }

    /// Says that the identity is proved already, such as by a session.
    #[must_use]
    pub const fn identity(mut self, evidence: Evidence) -> Self {
        self.identity = Some(evidence);
        self
    }

    /// Says that the agent's authority is proved already, such as by a signed mandate.
    #[must_use]
    pub const fn authority(mut self, evidence: Evidence) -> Self {
        self.authority = Some(evidence);
        self
    }

    /// Asks for the data of a range of days alone.
    #[must_use]
    pub const fn range(mut self, range: DateRange) -> Self {
        self.range = Some(range);
        self
    }

    /// Says which request's answer an appeal is against.
    #[must_use]
    pub const fn appeals(mut self, request: RequestId) -> Self {
        self.appeals = Some(request);
        self
    }

    /// Checks that it may be taken in.
    ///
    /// # Errors
    /// `Config` where an appeal names no request or another kind names one, a range
    /// stands with a kind other than access or portability, an authority is proved
    /// without an agent, or the channel or the agent's id is not 1 to
    /// [`MAX_NAME`](Self::MAX_NAME) letters, digits and `-_.:/`; `Limit` where one is
    /// longer.
    pub fn check(&self) -> Result<(), Error> {
        let unfit = |what| Err(RightsCause::Unfit { what }.into());
        check_plain("channel of a request", &self.channel, Self::MAX_NAME)?;
        if let Requester::Agent(id) = &self.requester {
            check_plain("agent of a request", id, Self::MAX_NAME)?;
        } else if self.authority.is_some() {
            return unfit("authority is proved, and no agent is named");
        }
        if (self.kind == RequestKind::Appeal) != self.appeals.is_some() {
            return unfit("appeal names no request, or another kind of request names one");
        }
        let by_date = matches!(self.kind, RequestKind::Access | RequestKind::Portability);
        if self.range.is_some() && !by_date {
            return unfit("only access and portability can be asked for by date");
        }
        Ok(())
    }
}
