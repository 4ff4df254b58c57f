//! States of a consent, and the other events that a receipt records.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::ConsentCause;

/// The state of a consent, in the words of the Data Privacy Vocabulary (DPV).
///
/// Only [`Given`](Self::Given) and [`Renewed`](Self::Renewed) make processing valid.
/// Everything else, unknown included, denies: that is the vocabulary's own rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConsentState {
    /// Nothing reliable is known.
    Unknown,
    /// It was asked for, and not answered yet.
    Requested,
    /// It was asked for, and the answer was put off.
    RequestDeferred,
    /// It was refused.
    Refused,
    /// It was given.
    Given,
    /// It was given before, and confirmed anew.
    Renewed,
    /// It was given, and its time is over.
    Expired,
    /// It turned out not to be valid, such as for a flaw of the notice.
    Invalidated,
    /// Somebody other than the data subject ended it.
    Revoked,
    /// The data subject ended it.
    Withdrawn,
}

impl ConsentState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Unknown,
        Self::Requested,
        Self::RequestDeferred,
        Self::Refused,
        Self::Given,
        Self::Renewed,
        Self::Expired,
        Self::Invalidated,
        Self::Revoked,
        Self::Withdrawn,
    ];

    /// Returns whether processing on this consent is valid, time and notice apart.
    #[must_use]
    pub const fn permits(self) -> bool {
        matches!(self, Self::Given | Self::Renewed)
    }

    /// Returns the term of the vocabulary, such as `ConsentGiven`.
    #[must_use]
    pub const fn dpv(self) -> &'static str {
        match self {
            Self::Unknown => "ConsentUnknown",
            Self::Requested => "ConsentRequested",
            Self::RequestDeferred => "ConsentRequestDeferred",
            Self::Refused => "ConsentRefused",
            Self::Given => "ConsentGiven",
            Self::Renewed => "RenewedConsentGiven",
            Self::Expired => "ConsentExpired",
            Self::Invalidated => "ConsentInvalidated",
            Self::Revoked => "ConsentRevoked",
            Self::Withdrawn => "ConsentWithdrawn",
        }
    }

    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Requested => 1,
            Self::RequestDeferred => 2,
            Self::Refused => 3,
            Self::Given => 4,
            Self::Renewed => 5,
            Self::Expired => 6,
            Self::Invalidated => 7,
            Self::Revoked => 8,
            Self::Withdrawn => 9,
        }
    }
}

impl fmt::Display for ConsentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dpv())
    }
}

impl FromStr for ConsentState {
    type Err = Error;

    /// # Errors
    /// `Config` for another term.
    fn from_str(term: &str) -> Result<Self, Error> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.dpv() == term).ok_or_else(|| {
            ConsentCause::Unknown {
                what: "consent state",
            }
            .into()
        })
    }
}

/// What a receipt records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Event {
    /// A consent came into this state.
    Consent(ConsentState),
    /// The data subject objected to processing.
    Objected,
    /// The controller found grounds that override an objection, and wrote them down.
    ObjectionOverridden,
    /// The data subject took an objection back.
    ObjectionLifted,
    /// The data subject opted out.
    OptedOut,
    /// The data subject took an opt-out back.
    OptOutLifted,
    /// Processing was restricted.
    Restricted,
    /// A restriction came to its end.
    RestrictionLifted,
    /// The data subject went on using the product after a change of its policy. It is
    /// never a consent.
    PolicyAccepted,
}

impl Event {
    /// Returns whether it can only take permissions away.
    #[must_use]
    pub const fn is_restrictive(self) -> bool {
        match self {
            Self::Consent(state) => !state.permits(),
            Self::Objected | Self::OptedOut | Self::Restricted => true,
            Self::ObjectionOverridden
            | Self::ObjectionLifted
            | Self::OptOutLifted
            | Self::RestrictionLifted
            | Self::PolicyAccepted => false,
        }
    }

    /// Whether it says no to a consent that was given or asked for.
    pub(super) const fn takes_consent(self) -> bool {
        use ConsentState::{Invalidated, Refused, Revoked, Withdrawn};

        matches!(
            self,
            Self::Consent(Refused | Invalidated | Revoked | Withdrawn)
        )
    }

    /// Of two events at one moment the one of the higher rank wins: the stricter one.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::ObjectionLifted | Self::OptOutLifted | Self::RestrictionLifted => 0,
            Self::PolicyAccepted => 0,
            Self::ObjectionOverridden => 1,
            Self::Objected | Self::OptedOut | Self::Restricted => 2,
            Self::Consent(state) if state.permits() => state.code(),
            Self::Consent(state) => 16 + state.code(),
        }
    }

    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Consent(state) => state.code(),
            Self::Objected => 16,
            Self::ObjectionOverridden => 17,
            Self::ObjectionLifted => 18,
            Self::OptedOut => 32,
            Self::OptOutLifted => 33,
            Self::Restricted => 48,
            Self::RestrictionLifted => 49,
            Self::PolicyAccepted => 64,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        let others = [
            Self::Objected,
            Self::ObjectionOverridden,
            Self::ObjectionLifted,
            Self::OptedOut,
            Self::OptOutLifted,
            Self::Restricted,
            Self::RestrictionLifted,
            Self::PolicyAccepted,
        ];
        let states = ConsentState::ALL.into_iter().map(Self::Consent);
        states.chain(others).find(|event| event.code() == code)
    }

    /// The name of the action in the audit log.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::Consent(ConsentState::Given) => "consent.give",
            Self::Consent(ConsentState::Renewed) => "consent.renew",
            Self::Consent(ConsentState::Withdrawn) => "consent.withdraw",
            Self::Consent(_) => "consent.record",
            Self::Objected => "consent.object",
            Self::ObjectionOverridden => "consent.override_objection",
            Self::ObjectionLifted => "consent.lift_objection",
            Self::OptedOut => "consent.opt_out",
            Self::OptOutLifted => "consent.lift_opt_out",
            Self::Restricted => "consent.restrict",
            Self::RestrictionLifted => "consent.lift_restriction",
            Self::PolicyAccepted => "consent.accept_policy",
        }
    }
}

/// Who did what a receipt records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Actor {
    /// The data subject.
    Subject,
    /// Somebody who may act for the data subject.
    Agent,
    /// The controller.
    Controller,
    /// Software of the data subject, such as a browser that sends a signal.
    Software,
}

impl Actor {
    /// Every actor.
    pub const ALL: [Self; 4] = [Self::Subject, Self::Agent, Self::Controller, Self::Software];

    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Subject => 0,
            Self::Agent => 1,
            Self::Controller => 2,
            Self::Software => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_given_and_renewed_permit() {
        let permitting = ConsentState::ALL
            .into_iter()
            .filter(|state| state.permits());
        assert!(permitting.eq([ConsentState::Given, ConsentState::Renewed]));
        for state in ConsentState::ALL {
            assert_eq!(state.dpv().parse::<ConsentState>().unwrap(), state);
        }
        assert!("Given".parse::<ConsentState>().is_err());
    }

    #[test]
    fn a_code_means_one_event() {
        let known = (0..=u8::MAX).filter_map(|code| Some((code, Event::from_code(code)?)));
        let known: Vec<_> = known.collect();
        assert_eq!(known.len(), ConsentState::ALL.len() + 8);
        assert!(known.iter().all(|(code, event)| event.code() == *code));
    }

    #[test]
    fn at_one_moment_the_stricter_event_wins() {
        for state in ConsentState::ALL
            .into_iter()
            .filter(|state| !state.permits())
        {
            let [other, given, renewed] = [state, ConsentState::Given, ConsentState::Renewed]
                .map(|state| Event::Consent(state).rank());
            assert!(other > given && other > renewed);
        }
        assert!(Event::Objected.rank() > Event::ObjectionOverridden.rank());
        assert!(Event::OptedOut.rank() > Event::OptOutLifted.rank());
        assert!(Event::Restricted.rank() > Event::RestrictionLifted.rank());
    }
}
