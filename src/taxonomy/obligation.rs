//! Obligations: who owes what by when, and the evidence that it was done.

use super::Processor;
use crate::decision::ClauseId;
use crate::time::Moment;

/// Something that somebody owes by a moment because of a clause: a processor's
/// deletion, a notice, a confirmation.
///
/// Its state is computed from its evidence and the time, and kept nowhere, so it
/// cannot be out of date. The states are those of DPV's rules: fulfilled and violated.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::taxonomy::{Evidence, Obligation, ObligationKind, ObligationState, Obligor};
/// use confidant::time::Moment;
///
/// let due: Moment = "2026-03-01T00:00:00Z".parse()?;
/// let clause = ClauseId::new("CC-44")?;
/// let obligation = Obligation::new(Obligor::Controller, ObligationKind::Erase, due, clause);
/// let before: Moment = "2026-02-01T00:00:00Z".parse()?;
/// assert_eq!(obligation.state(before), ObligationState::Pending);
/// assert_eq!(obligation.state(due), ObligationState::Violated);
///
/// let done = obligation.with_evidence(Evidence::new(before, [7; 32]));
/// assert_eq!(done.state(due), ObligationState::Fulfilled);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    who: Obligor,
    what: ObligationKind,
    by: Moment,
    clause: ClauseId,
    evidence: Option<Evidence>,
}

/// Who owes something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Obligor {
    /// The controller, whose policy it is.
    Controller,
    /// A processor or another recipient of data.
    Processor(Processor),
}

/// What is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ObligationKind {
    /// Acknowledge that a request or a complaint was received.
    Acknowledge,
    /// Answer a request.
    Answer,
    /// Confirm an opt-out, so that the data subject can be shown it.
    Confirm,
    /// Erase data, and say so.
    Erase,
    /// Tell data subjects something: a change, an erasure to come, a breach.
    NotifySubjects,
    /// Tell an authority something.
    NotifyAuthority,
    /// Pass a correction on.
    Rectify,
    /// Use data no further for a purpose.
    StopProcessing,
}

/// What shows that an obligation was met: when, and the SHA-256 digest of the
/// document, receipt or log entry that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    at: Moment,
    digest: [u8; 32],
}

/// How an obligation stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObligationState {
    /// Open, with time left.
    Pending,
    /// Met in time.
    Fulfilled,
    /// Met too late.
    FulfilledLate,
    /// Open, and its time is over.
    Violated,
}

impl Obligation {
    /// Records that `who` owes `what` before the moment `by`, because of `clause`.
    #[must_use]
    pub const fn new(who: Obligor, what: ObligationKind, by: Moment, clause: ClauseId) -> Self {
        Self {
            who,
            what,
            by,
            clause,
            evidence: None,
        }
    }

    /// Adds what shows that it was met. The earliest evidence counts.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = match self.evidence {
            Some(known) if known.at <= evidence.at => Some(known),
            _ => Some(evidence),
        };
        self
    }

    /// Returns who owes it.
    #[must_use]
    pub const fn who(&self) -> &Obligor {
        &self.who
    }

    /// Returns what is owed.
    #[must_use]
    pub const fn what(&self) -> ObligationKind {
        self.what
    }

    /// Returns the moment before which it must be met.
    #[must_use]
    pub const fn by(&self) -> Moment {
        self.by
    }

    /// Returns the clause that it comes from.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns what shows that it was met.
    #[must_use]
    pub const fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_ref()
    }

    /// Returns how it stands at `now`. It is violated from the very moment `by` on.
    #[must_use]
    pub fn state(&self, now: Moment) -> ObligationState {
        match &self.evidence {
            // Evidence from the future shows nothing yet.
            Some(evidence) if evidence.at <= now => {
                if evidence.at < self.by {
                    ObligationState::Fulfilled
                } else {
                    ObligationState::FulfilledLate
                }
            }
            _ if now < self.by => ObligationState::Pending,
            _ => ObligationState::Violated,
        }
    }
}

impl Evidence {
    /// Records that something was done at a moment, as the document with this SHA-256
    /// digest shows.
    #[must_use]
    pub const fn new(at: Moment, digest: [u8; 32]) -> Self {
        Self { at, digest }
    }

    /// Returns when it was done.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }

    /// Returns the digest of what shows it.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_follows_from_evidence_and_time() {
        let day = |day| -> Moment { format!("2026-03-{day:02}T00:00:00Z").parse().unwrap() };
        let clause = ClauseId::new("c").unwrap();
        let open = Obligation::new(Obligor::Controller, ObligationKind::Answer, day(10), clause);
        let met = |at| open.clone().with_evidence(Evidence::new(day(at), [0; 32]));
        for (obligation, now, expected) in [
            (open.clone(), 9, ObligationState::Pending),
            (open.clone(), 10, ObligationState::Violated),
            (met(9), 8, ObligationState::Pending),
            (met(9), 9, ObligationState::Fulfilled),
            (met(9), 20, ObligationState::Fulfilled),
            (met(10), 20, ObligationState::FulfilledLate),
            (met(12), 11, ObligationState::Violated),
        ] {
            assert_eq!(obligation.state(day(now)), expected);
        }
        let twice = met(12).with_evidence(Evidence::new(day(9), [1; 32]));
        assert_eq!(twice.state(day(20)), ObligationState::Fulfilled);
    }
}
