//! Deadlines of requests.

use std::time::Duration;

use super::row::StartEvent;
use super::table::Clock;
use super::{Request, RequestKind, RequestState, Requester, RightsRules, Step};
use crate::Error;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::taxonomy::{Evidence, Obligation, ObligationKind, Obligor};
use crate::time::{Moment, Period, Rounding, Zone};

/// The deadline of a request, and the clause that sets it.
///
/// There is always a moment: while the clock stands still or has not started, it is the
/// one until which the requester is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    due: Moment,
    at_risk: Moment,
    clause: ClauseId,
    acknowledge: Option<(Moment, ClauseId)>,
    waits: bool,
    extended: bool,
    can_extend: bool,
    strictest: bool,
}

/// The state of a request's deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DeadlineState {
    /// It is closed, and was closed in time.
    Met,
    /// There is time.
    OnTime,
    /// The requester must answer first.
    Waiting,
    /// There is little time.
    AtRisk,
    /// It is closed, and was closed too late.
    MetLate,
    /// It is open, and its time is over.
    Overdue,
}

impl Deadline {
    /// Returns the moment before which it must be answered.
    #[must_use]
    pub const fn due(&self) -> Moment {
        self.due
    }

    /// Returns the clause that sets it: the row of the table, or that of the promise.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns the moment before which the receipt must be acknowledged, and the clause,
    /// where one says so.
    #[must_use]
    pub fn acknowledge(&self) -> Option<(Moment, &ClauseId)> {
        let (by, clause) = self.acknowledge.as_ref()?;
        Some((*by, clause))
    }

    /// Returns whether the clock stands still because the requester must answer.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.waits
    }

    /// Returns whether it was extended.
    #[must_use]
    pub const fn is_extended(&self) -> bool {
        self.extended
    }

    /// Returns whether an extension is allowed that was not used.
    #[must_use]
    pub const fn can_extend(&self) -> bool {
        self.can_extend
    }

    /// Returns whether the strictest row of the table applies, because the right row is
    /// unknown.
    #[must_use]
    pub const fn is_strictest(&self) -> bool {
        self.strictest
    }
}

impl Request {
    /// Computes the deadline. It follows from the steps alone, also from one that a clock
    /// dated ahead: [`deadline_state`](Self::deadline_state) believes none of those. A
    /// question that is asked when the time is over stops no clock.
    ///
    /// # Errors
    /// `Config` where the table has no row in force at all, `Limit` past
    /// [`Moment::MAX`].
    pub fn deadline(&self, rules: &RightsRules) -> Result<Deadline, Error> {
        if !self.has(asks) {
            return self.deadline_of_all(rules);
        }
        let mut counted = Self {
            steps: Vec::new(),
            state: RequestState::Received,
            ..self.clone()
        };
        for (at, step) in &self.steps {
            if !asks(step) || *at < counted.deadline_of_all(rules)?.due {
                counted.steps.push((*at, step.clone()));
            }
        }
        counted.state = self.state;
        counted.deadline_of_all(rules)
    }

    /// The deadline where every question counts.
    fn deadline_of_all(&self, rules: &RightsRules) -> Result<Deadline, Error> {
        let (kind, received) = (self.kind(), self.received());
        let zone = &rules.inner.zone;
        let after = |period: Period, start: Moment| period.after_in(start, zone, Rounding::Back);
        let clock = rules.inner.table.clock(kind, self.jurisdiction(), received);
        let promise = rules.kind(kind).and_then(|rule| Some((rule, rule.within?)));
        let (row, strictest) = match &clock {
            Some(Clock::Row(row)) => (*row, false),
            Some(Clock::Strictest(row)) => (*row, true),
            None => return Err(RightsCause::Unknown { what: "clock" }.into()),
        };
        // A row that names no number gets that of the strictest one.
        let numbered = match row.period {
            Some(_) => Some(row),
            None => {
                let table = &rules.inner.table;
                let own = table.strictest(Some(kind), received);
                own.or_else(|| table.strictest(None, received))
            }
        };
        let numbered = numbered.filter(|_| promise.is_none() || row.period.is_some());
        let started = if strictest {
            Some(received)
        } else {
            self.started(rules, &row.start)
        };
        let extended = self.last(|step| matches!(step, Step::Extend(_)));
        let extension = row.extension.filter(|_| !strictest);
        let paused = if row.stops && !strictest {
            self.paused()
        } else {
            Some(Duration::ZERO)
        };
        let mut due: Option<(Moment, &ClauseId)> = None;
        let mut waits = false;
        let period = numbered.and_then(|row| Some((row, row.period?)));
        match (period, started, paused) {
            (None, _, _) => {}
            (Some((numbered, period)), Some(started), Some(paused)) => {
                let whole = match (extended, extension) {
                    // In one step, so that a month's end does not move it.
                    (Some(_), Some(extension)) => period.checked_add(extension)?,
                    _ => period,
                };
                let end = after(whole, started)?.checked_add(paused)?;
                due = Some((end, &numbered.id));
            }
            _ => waits = true,
        }
        if let Some((rule, within)) = promise {
            let gives_way = rule.extendable && (extended.is_some() || waits);
            let end = after(within, received)?;
            if !gives_way && due.is_none_or(|(due, _)| end < due) {
                due = Some((end, &rule.clause));
                waits = false;
            }
        }
        let (due, clause) = match due {
            Some(due) if !waits => due,
            _ => (after(rules.inner.patience, self.asked())?, &row.id),
        };
        let acknowledge = if strictest {
            rules.inner.table.shortest_acknowledgement(kind, received)
        } else {
            let by = row.acknowledge.map(|period| after(period, received));
            by.transpose()?.map(|by| (by, &row.id))
        };
        let at_risk = before(rules.inner.at_risk, due, zone)?;
        Ok(Deadline {
            due,
            at_risk,
            clause: clause.clone(),
            acknowledge: acknowledge.map(|(by, clause)| (by, clause.clone())),
            waits,
            extended: extended.is_some(),
            can_extend: extension.is_some() && extended.is_none(),
            strictest,
        })
    }

    /// Returns how it stands with its deadline at `now`.
    ///
    /// # Errors
    /// Those of [`deadline`](Self::deadline).
    pub fn deadline_state(&self, rules: &RightsRules, now: Moment) -> Result<DeadlineState, Error> {
        if let Some((at, _)) = self.closed() {
            return Ok(match at < self.deadline(rules)?.due {
                true => DeadlineState::Met,
                false => DeadlineState::MetLate,
            });
        }
        // A step that lies ahead, by a clock that was, gives no time.
        let known = self.without_future(now, Duration::ZERO);
        let deadline = known.deadline(rules)?;
        Ok(match () {
            () if now >= deadline.due => DeadlineState::Overdue,
            () if deadline.waits => DeadlineState::Waiting,
            () if now >= deadline.at_risk => DeadlineState::AtRisk,
            () => DeadlineState::OnTime,
        })
    }

    /// Returns what is owed for it, with evidence for what was done: the acknowledgement,
    /// the answer (for an opt-out its confirmation), and for a correction that each
    /// recipient passes it on.
    ///
    /// # Errors
    /// Those of [`deadline`](Self::deadline).
    pub fn obligations(&self, rules: &RightsRules) -> Result<Vec<Obligation>, Error> {
        let deadline = self.deadline(rules)?;
        let mut owed = Vec::new();
        let controller = || Obligor::Controller;
        if let Some((by, clause)) = deadline.acknowledge() {
            let what = ObligationKind::Acknowledge;
            let one = Obligation::new(controller(), what, by, clause.clone());
            let done = self.last(|step| *step == Step::Acknowledge);
            owed.push(with_evidence(one, done, *self.id_digest()));
        }
        let what = if self.kind() == RequestKind::OptOut {
            ObligationKind::Confirm
        } else {
            ObligationKind::Answer
        };
        let one = Obligation::new(controller(), what, deadline.due, deadline.clause.clone());
        let closed = self.closed();
        let digest = closed.and_then(|(_, answer)| answer);
        let digest = digest.unwrap_or(*self.id_digest());
        owed.push(with_evidence(one, closed.map(|(at, _)| at), digest));
        let begun = self.last(|step| *step == Step::Begin);
        if let (RequestKind::Correction, Some(begun)) = (self.kind(), begun) {
            for (recipient, within, clause) in &rules.inner.correction_recipients {
                let by = within.after_in(begun, &rules.inner.zone, Rounding::Back)?;
                let who = Obligor::Processor(recipient.clone());
                let one = Obligation::new(who, ObligationKind::Rectify, by, clause.clone());
                owed.push(one);
            }
        }
        Ok(owed)
    }

    /// When the clock started; nothing where it waits for something.
    fn started(&self, rules: &RightsRules, events: &[StartEvent]) -> Option<Moment> {
        let mut start = self.received();
        for event in events {
            let (asked, given) = match event {
                StartEvent::Receipt => continue,
                StartEvent::Identity => (
                    self.last(|step| *step == Step::AskIdentity),
                    self.proved_since_asked(rules),
                ),
                StartEvent::Fee => (
                    self.last(|step| *step == Step::AskFee),
                    self.last(|step| *step == Step::PayFee),
                ),
            };
            match (asked, given) {
                (None, _) => {}
                (Some(_), Some(given)) => start = start.max(given),
                // Who acted on it nevertheless has all that was asked for.
                (Some(_), None) if self.has(|step| *step == Step::Accept) => {}
                (Some(_), None) => return None,
            }
        }
        Some(start)
    }

    /// When everything was proved that was asked for, for the first time.
    fn proved_since_asked(&self, rules: &RightsRules) -> Option<Moment> {
        let needed = rules.kind(self.kind()).is_none_or(|rule| rule.identity);
        let mut identity = !needed || self.intake.identity.is_some();
        let mut authority =
            *self.requester() == Requester::Subject || self.intake.authority.is_some();
        let mut asked = false;
        for (at, step) in self.steps() {
            match step {
                Step::AskIdentity => asked = true,
                Step::ProveIdentity(_) => identity = true,
                Step::ProveAuthority(_) => authority = true,
                _ => continue,
            }
            if asked && identity && authority {
                return Some(at);
            }
        }
        None
    }

    /// How long clarifications were waited for; nothing where one is waited for now.
    fn paused(&self) -> Option<Duration> {
        let (mut total, mut since) = (Duration::ZERO, None);
        for (at, step) in self.steps() {
            match step {
                Step::AskClarification => since = Some(at),
                Step::Clarify => {
                    let waited = since.take().and_then(|since| at.since(since));
                    total = total.saturating_add(waited.unwrap_or_default());
                }
                _ => {}
            }
        }
        // One that is closed waits for nothing.
        match (since, self.closed()) {
            (Some(since), Some((at, _))) => {
                Some(total.saturating_add(at.since(since).unwrap_or_default()))
            }
            (Some(_), None) => None,
            (None, _) => Some(total),
        }
    }

    /// When the requester was last asked for something.
    fn asked(&self) -> Moment {
        self.last(asks).unwrap_or(self.received())
    }

    /// What shows a step that leaves no document of its own: its request.
    fn id_digest(&self) -> Box<[u8; 32]> {
        use sha2::{Digest as _, Sha256};

        Box::new(Sha256::digest(self.id().as_bytes()).into())
    }
}

/// Whether a step asks the requester for something.
const fn asks(step: &Step) -> bool {
    matches!(
        step,
        Step::AskIdentity | Step::AskFee | Step::AskClarification
    )
}

/// The last moment from which a period is over by its end.
pub(super) fn before(period: Period, end: Moment, zone: &Zone) -> Result<Moment, Error> {
    let mut moment = end.checked_sub(period.shortest())?;
    for _ in 0..4 {
        let over = period.after_in(moment, zone, Rounding::Forward)?;
        match over.since(end) {
            Some(late) if !late.is_zero() => moment = moment.checked_sub(late)?,
            _ => return Ok(moment),
        }
    }
    end.checked_sub(period.longest())
}

fn with_evidence(obligation: Obligation, done: Option<Moment>, digest: [u8; 32]) -> Obligation {
    match done {
        Some(at) => obligation.with_evidence(Evidence::new(at, digest)),
        None => obligation,
    }
}
