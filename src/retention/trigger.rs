//! The events that start the clocks of retention.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::RetentionCause;
use crate::time::Moment;

/// An event from which a clause counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// The record was created or collected. Every record has it.
    Created,
    /// The record was last changed. Every record has it.
    LastModified,
    /// The record, or its owner, was last active. Every record has it.
    LastActive,
    /// The account was closed.
    AccountClosed,
    /// The contract ended, or is known to end.
    ContractEnd,
    /// The data subject asked for deletion.
    DeletionRequested,
    /// The consent that the record rests on was withdrawn.
    ConsentWithdrawn,
    /// An objection to the processing was upheld.
    ObjectionUpheld,
    /// The purpose of the record came to its end.
    PurposeEnded,
    /// The record turned out to be about a child.
    ChildDataFound,
    /// The service is being wound down.
    ServiceWindDown,
    /// The last hold on the record was released. Releases of
    /// [`Holds`](super::Holds) that select the record count by themselves.
    HoldReleased,
    /// Not an event but a state, for clauses that keep: for as long as the account is not
    /// [closed](Self::AccountClosed).
    WhileActive,
    /// Not an event but a state, for clauses that keep: for as long as the contract has
    /// not [ended](Self::ContractEnd).
    WhileUnderContract,
}

impl Trigger {
    /// Every trigger.
    pub const ALL: [Self; 14] = [
        Self::Created,
        Self::LastModified,
        Self::LastActive,
        Self::AccountClosed,
        Self::ContractEnd,
        Self::DeletionRequested,
        Self::ConsentWithdrawn,
        Self::ObjectionUpheld,
        Self::PurposeEnded,
        Self::ChildDataFound,
        Self::ServiceWindDown,
        Self::HoldReleased,
        Self::WhileActive,
        Self::WhileUnderContract,
    ];

    /// Returns the name used in documents, such as `deletion_requested`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::LastModified => "last_modified",
            Self::LastActive => "last_active",
            Self::AccountClosed => "account_closed",
            Self::ContractEnd => "contract_end",
            Self::DeletionRequested => "deletion_requested",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::ObjectionUpheld => "objection_upheld",
            Self::PurposeEnded => "purpose_ended",
            Self::ChildDataFound => "child_data_found",
            Self::ServiceWindDown => "service_wind_down",
            Self::HoldReleased => "hold_released",
            Self::WhileActive => "while_active",
            Self::WhileUnderContract => "while_under_contract",
        }
    }

    /// Returns whether every record has this event, so that one without it is not
    /// evaluated: its time was forgotten, not its happening.
    #[must_use]
    pub const fn is_inherent(self) -> bool {
        matches!(self, Self::Created | Self::LastModified | Self::LastActive)
    }

    /// Returns whether the data subject brought this about, or somebody for them: what
    /// is erased because of it is erased at once, and without a notice before.
    #[must_use]
    pub const fn is_demand(self) -> bool {
        matches!(
            self,
            Self::DeletionRequested
                | Self::ConsentWithdrawn
                | Self::ObjectionUpheld
                | Self::ChildDataFound
        )
    }

    /// Returns the event that ends this state, if it is one.
    #[must_use]
    pub const fn ended_by(self) -> Option<Self> {
        match self {
            Self::WhileActive => Some(Self::AccountClosed),
            Self::WhileUnderContract => Some(Self::ContractEnd),
            _ => None,
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Trigger {
    type Err = Error;

    /// # Errors
    /// `Config` for another name.
    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == name);
        found.ok_or_else(|| RetentionCause::Undeclared { what: "trigger" }.into())
    }
}

/// Events that can have a time: all but the two states.
const COUNT: usize = Trigger::ALL.len() - 2;

/// What is known of an event of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It has not happened.
    Not,
    /// It happened, or will, at this moment.
    At(Moment),
    /// It happened or may have, and when is not known.
    Unknown,
}

/// When the events of one record happened.
///
/// An event that is not named has not happened. Where the time of an event is not
/// known, or it is not known whether it happened, say so with
/// [`unknown`](Self::unknown): what depends on it is then reported, and never guessed.
///
/// # Example
/// ```
/// use confidant::retention::{Events, Trigger};
///
/// let events = Events::created("2026-01-31T12:00:00Z".parse()?)
///     .at(Trigger::DeletionRequested, "2026-04-24T09:00:00Z".parse()?)
///     .unknown(Trigger::LastActive);
/// assert!(events.get(Trigger::DeletionRequested).is_some());
/// assert!(events.get(Trigger::LastActive).is_none());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    known: u16,
    unknown: u16,
    at: [Moment; COUNT],
}

impl Events {
    /// Returns a trigger without an event.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            known: 0,
            unknown: 0,
            at: [Moment::UNIX_EPOCH; COUNT],
        }
    }

    /// Returns a trigger of one event: [`Trigger::Created`].
    #[must_use]
    pub const fn created(at: Moment) -> Self {
        Self::new().at(Trigger::Created, at)
    }

    /// Adds the time of an event, in place of what was said of it before.
    /// A [state](Trigger::ended_by) has no time and is left out.
    #[must_use]
    pub const fn at(mut self, trigger: Trigger, at: Moment) -> Self {
        if let Some((_, from)) = self.at.split_at_mut_checked(trigger as usize)
            && let Some(place) = from.first_mut()
        {
            *place = at;
            self.known |= trigger.bit();
            self.unknown &= !trigger.bit();
        }
        self
    }

    /// Says that an event happened, or may have, and that its time is not known.
    #[must_use]
    pub const fn unknown(mut self, trigger: Trigger) -> Self {
        self.unknown |= trigger.bit();
        self.known &= !trigger.bit();
        self
    }

    /// Returns the time of an event, if it is known.
    #[must_use]
    pub fn get(&self, trigger: Trigger) -> Option<Moment> {
        match self.known(trigger) {
            Known::At(at) => Some(at),
            Known::Not | Known::Unknown => None,
        }
    }

    pub(super) fn known(&self, trigger: Trigger) -> Known {
        if self.known & trigger.bit() != 0 {
            let at = self.at.get(trigger as usize);
            return at.map_or(Known::Unknown, |at| Known::At(*at));
        }
        if self.unknown & trigger.bit() != 0 || trigger.is_inherent() {
            return Known::Unknown;
        }
        Known::Not
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for trigger in Trigger::ALL {
            assert_eq!(trigger.as_str().parse::<Trigger>().unwrap(), trigger);
        }
        assert!("Created".parse::<Trigger>().is_err());
    }

    #[test]
    fn what_was_said_last_of_an_event_holds() {
        for (index, trigger) in Trigger::ALL.into_iter().enumerate() {
            assert_eq!(trigger as usize, index);
            let events = Events::new().unknown(trigger).at(trigger, Moment::MAX);
            let expected = trigger.ended_by().is_none().then_some(Moment::MAX);
            assert_eq!(events.get(trigger), expected);
            let events = events.unknown(trigger);
            assert_eq!(events.known(trigger), Known::Unknown);
        }
    }

    #[test]
    fn an_event_that_every_record_has_is_not_taken_for_absent() {
        let events = Events::new();
        assert_eq!(events.known(Trigger::Created), Known::Unknown);
        assert_eq!(events.known(Trigger::DeletionRequested), Known::Not);
    }
}
