//! The rules of visibility.

mod builder;
mod clause;

pub use builder::VisibilityRulesBuilder;
pub use clause::{DenyClause, GateClause, On, StaffClause};

use std::fmt;

use super::{AccessVerdict, Action, Attribute, Level, MemberRole, ReasonKind};
use crate::decision::ClauseId;
use crate::taxonomy::DataCategory;

/// The rules of visibility: which ground permits which actions, and what forbids them.
///
/// It is immutable and checked. What it does not permit is denied.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::visibility::{Action, Attribute, DenyClause, On, VisibilityRules, MemberRole};
///
/// let [view, edit] = [Action::new("view")?, Action::new("edit")?];
/// let suspended = Attribute::new("suspended")?;
/// let clause = |id| ClauseId::new(id);
/// let policy = VisibilityRules::builder()
///     .actions([view.clone(), edit.clone()])
///     .owner(clause("IC-42")?, [view.clone(), edit.clone()])
///     .role(clause("IC-53")?, MemberRole::new("editor")?, [view.clone(), edit])
///     .internal(clause("IC-43")?, [view.clone()])
///     .public(clause("IC-44")?, [view])
///     .deny(DenyClause::when(clause("suspended")?, On::Resource, suspended))
///     .build()?;
/// assert!(policy.action("view").is_some());
/// assert!(policy.action("delete").is_none());
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct VisibilityRules {
    pub(super) actions: Vec<Action>,
    pub(super) roles: Vec<(MemberRole, u16)>,
    /// The names of the attributes, for each [`On`].
    pub(super) attributes: [Vec<Attribute>; On::COUNT],
    pub(super) clauses: Vec<ClauseId>,
    /// What holds for each action, by its number.
    pub(super) table: Vec<ActionRules>,
    pub(super) owner: Option<u16>,
    pub(super) internal: Option<u16>,
    pub(super) public: Option<u16>,
    pub(super) denials: Vec<Denial>,
    pub(super) staff: Vec<StaffRule>,
    pub(super) gate: Option<Gate>,
    pub(super) fork: Option<u16>,
}

/// The number of an action in its policy: what hot paths ask with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub(super) u8);

/// What holds for one action.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ActionRules {
    /// The attributes that must be known, for each [`On`].
    pub(super) needed: [u16; On::COUNT],
    /// The attributes that forbid it when they are true, and when they are false.
    pub(super) when: [u16; On::COUNT],
    pub(super) unless: [u16; On::COUNT],
    /// The roles that may, by number.
    pub(super) roles: u64,
    pub(super) owner: bool,
    pub(super) internal: bool,
    pub(super) public: bool,
}

/// A clause that forbids.
#[derive(Clone, Copy, Debug)]
pub(super) struct Denial {
    pub(super) clause: u16,
    pub(super) on: On,
    /// The bit of the attribute.
    pub(super) attribute: u16,
    pub(super) value: bool,
    /// The bits of the actions.
    pub(super) actions: u64,
    pub(super) spares_staff: bool,
}

/// A clause by which staff may.
#[derive(Clone, Debug)]
pub(super) struct StaffRule {
    pub(super) clause: u16,
    pub(super) reason: ReasonKind,
    pub(super) actions: u64,
    /// All where it is empty.
    pub(super) categories: Vec<DataCategory>,
    /// In nanoseconds.
    pub(super) longest: i64,
}

/// What holds before a publication.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    pub(super) clause: u16,
    pub(super) from: Level,
    pub(super) rule_set: Option<Box<str>>,
    /// In nanoseconds.
    pub(super) max_age: i64,
    pub(super) never_waived: Vec<Box<str>>,
}

impl ActionId {
    pub(super) const fn bit(self) -> u64 {
        1 << (self.0 % 64)
    }
}

impl VisibilityRules {
    /// The most actions, and the most roles.
    pub const MAX_NAMES: usize = 64;
    /// The most attributes of one [`On`].
    pub const MAX_ATTRIBUTES: usize = 16;
    /// The most clauses.
    pub const MAX_CLAUSES: usize = 4_096;

    /// Begins a policy that permits nothing.
    #[must_use]
    pub fn builder() -> VisibilityRulesBuilder {
        VisibilityRulesBuilder::default()
    }

    /// Returns the number of an action that the policy declares.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<ActionId> {
        let number = self
            .actions
            .iter()
            .position(|known| known.as_str() == name)?;
        u8::try_from(number).ok().map(ActionId)
    }

    /// Returns the actions, in the order in which they were declared.
    pub fn actions(&self) -> impl Iterator<Item = (ActionId, &Action)> {
        let actions = self.actions.iter();
        (0..)
            .zip(actions)
            .map(|(number, action)| (ActionId(number), action))
    }

    /// Returns the roles, in the order in which they were declared.
    pub fn roles(&self) -> impl Iterator<Item = &MemberRole> {
        self.roles.iter().map(|(role, _)| role)
    }

    /// Returns the clause by which a verdict of this policy was reached; none where
    /// nothing was there to reach one.
    #[must_use]
    pub fn clause(&self, verdict: AccessVerdict) -> Option<&ClauseId> {
        self.clauses.get(usize::from(verdict.clause))
    }

    /// Returns the clauses, in the order in which they were declared.
    pub fn clauses(&self) -> impl Iterator<Item = &ClauseId> {
        self.clauses.iter()
    }

    /// Returns the level from which on a publication must pass the gate; none where
    /// there is no gate.
    #[must_use]
    pub fn gate_from(&self) -> Option<Level> {
        self.gate.as_ref().map(|gate| gate.from)
    }

    pub(super) fn rules(&self, action: ActionId) -> Option<&ActionRules> {
        self.table.get(usize::from(action.0))
    }

    pub(super) fn role_number(&self, role: &MemberRole) -> Option<u16> {
        let number = self.roles.iter().position(|(known, _)| known == role)?;
        u16::try_from(number).ok()
    }

    pub(super) fn attribute_bit(&self, on: On, attribute: &Attribute) -> Option<u16> {
        let known = self.attributes.get(on.number())?;
        let number = known.iter().position(|known| known == attribute)?;
        1u16.checked_shl(u32::try_from(number).ok()?)
    }

    pub(super) fn clause_id(&self, number: u16) -> Option<&ClauseId> {
        self.clauses.get(usize::from(number))
    }
}

impl fmt::Debug for VisibilityRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("actions", &self.actions)
            .field("clauses", &self.clauses)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
