//! Rules for telemetry: what may be measured.

use std::collections::BTreeMap;
use std::fmt;

use super::document::FieldKind;
use crate::decision::{ClauseId, Decision, Reason};
use crate::id::not_plain;
use crate::pseudonym::Pseudonym;
use crate::taxonomy::Processor;
use crate::time::Moment;

/// The events that may be measured, with their fields. What is not listed is dropped and
/// counted.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    pub(super) clause: Option<ClauseId>,
    pub(super) events: BTreeMap<Box<str>, EventRule>,
    pub(super) processors: Vec<Processor>,
    pub(super) environments: Vec<Box<str>>,
    pub(super) min_group: Option<u32>,
    pub(super) per_subject: bool,
}

/// One event that may be measured.
#[derive(Clone, Debug)]
pub struct EventRule {
    pub(super) clause: ClauseId,
    pub(super) fields: BTreeMap<Box<str>, FieldKind>,
    pub(super) processors: Vec<Processor>,
}

/// The value of a field of an event. Free text cannot be one.
///
/// # Security
/// `Debug` shows its kind alone.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FieldValue<'a> {
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A word of a closed list: up to 64 letters, digits and `-_.:/`.
    Word(&'a str),
    /// A time.
    Time(Moment),
    /// A keyed pseudonym.
    Pseudonym(Pseudonym),
    /// An id that names a thing: up to 64 letters, digits and `-_.:/`.
    Id(&'a str),
    /// A field of an account, such as its name.
    Account(&'a str),
}

/// What is left of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted<'a> {
    fields: Vec<(&'a str, FieldValue<'a>)>,
    dropped: usize,
}

impl Telemetry {
    /// Admits an event with the fields that are listed for it and of the right kind. The
    /// others are dropped and counted. Nothing is returned for an event that is not
    /// listed.
    #[must_use]
    pub fn admit<'a>(
        &self,
        event: &str,
        fields: impl IntoIterator<Item = (&'a str, FieldValue<'a>)>,
    ) -> Option<Admitted<'a>> {
        let rule = self.events.get(event)?;
        let mut admitted = Admitted {
            fields: Vec::new(),
            dropped: 0,
        };
        for (name, value) in fields {
            let fits = rule.fields.get(name).is_some_and(|kind| value.is_of(*kind));
            let is_new = !admitted.fields.iter().any(|(known, _)| *known == name);
            if fits && is_new {
                admitted.fields.push((name, value));
            } else {
                admitted.dropped += 1;
            }
        }
        Some(admitted)
    }

    /// Decides whether an event may go to a processor, or stay with the controller where
    /// there is none, in an environment such as `production`.
    pub fn decide(
        &self,
        event: &str,
        to: Option<&Processor>,
        environment: Option<&str>,
    ) -> Decision {
        let Some(rule) = self.events.get(event) else {
            return Decision::deny(Reason::without_clause("event is not listed"));
        };
        let reason = |why| Reason::new(rule.clause.clone(), why);
        if !self.environments.is_empty() {
            let listed = |name: &str| self.environments.iter().any(|own| **own == *name);
            if !environment.is_some_and(listed) {
                return Decision::deny(reason("environment is missing or not listed"));
            }
        }
        match to {
            None => Decision::allow(reason("event is listed and stays with the controller")),
            Some(to) => {
                let own = &rule.processors;
                let listed = if own.is_empty() {
                    &self.processors
                } else {
                    own
                };
                match listed.contains(to) {
                    true => Decision::allow(reason("event is listed for the processor")),
                    false => Decision::deny(reason("processor is not listed for the event")),
                }
            }
        }
    }

    /// Decides whether a count about a group of this size may be looked at; nothing
    /// stands for a single person.
    pub fn analyse(&self, group: Option<u32>) -> Decision {
        let Some(clause) = &self.clause else {
            return Decision::deny(Reason::without_clause("there is no clause on telemetry"));
        };
        let reason = |why| Reason::new(clause.clone(), why);
        match (group, self.min_group) {
            (None, _) if self.per_subject => {
                Decision::allow(reason("single persons may be looked at"))
            }
            (None, _) => Decision::deny(reason("single persons may not be looked at")),
            (Some(_), None) => Decision::allow(reason("no least size of a group is stated")),
            (Some(size), Some(least)) if size >= least => {
                Decision::allow(reason("group has the least size"))
            }
            (Some(_), Some(_)) => Decision::deny(reason("group is smaller than the least size")),
        }
    }

    /// Returns the names of the events that are listed.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.events.keys().map(|name| &**name)
    }
}

impl FieldValue<'_> {
    fn is_of(self, kind: FieldKind) -> bool {
        match (self, kind) {
            (Self::Number(number), FieldKind::Number) => number.is_finite(),
            (Self::Flag(_), FieldKind::Flag)
            | (Self::Time(_), FieldKind::Time)
            | (Self::Pseudonym(_), FieldKind::Pseudonym)
            | (Self::Account(_), FieldKind::Account) => true,
            (Self::Word(word), FieldKind::Word) | (Self::Id(word), FieldKind::Id) => {
                (1..=64).contains(&word.len()) && not_plain(word).is_none()
            }
            _ => false,
        }
    }
}

impl fmt::Debug for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "Number",
            Self::Flag(_) => "Flag",
            Self::Word(_) => "Word",
            Self::Time(_) => "Time",
            Self::Pseudonym(_) => "Pseudonym",
            Self::Id(_) => "Id",
            Self::Account(_) => "Account",
        })
    }
}

impl<'a> Admitted<'a> {
    /// Returns the fields that are left.
    #[must_use]
    pub fn fields(&self) -> &[(&'a str, FieldValue<'a>)] {
        &self.fields
    }

    /// Returns how many fields were dropped.
    #[must_use]
    pub const fn dropped(&self) -> usize {
        self.dropped
    }
}
