//! Clauses of a policy that have more than a list of actions.

use std::time::Duration;

use super::super::{Action, Attribute, Level, ReasonKind};
use crate::decision::ClauseId;
use crate::taxonomy::DataCategory;

/// What an attribute is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum On {
    /// The resource and everything that contains it: a clause applies where it applies
    /// to one of them, and the attribute must be known of each.
    Resource,
    /// Whoever asks, unless that is nobody in particular.
    Principal,
    /// The organisation that the resource belongs to, where it belongs to one.
    Organisation,
    /// The request, such as whether it was made after a second factor.
    Request,
}

/// A clause that forbids, whatever permits.
///
/// An attribute that is unknown forbids as well: it is never read as false.
#[derive(Clone, Debug)]
pub struct DenyClause {
    pub(super) clause: ClauseId,
    pub(super) on: On,
    pub(super) attribute: Attribute,
    pub(super) value: bool,
    pub(super) actions: Option<Vec<Action>>,
    pub(super) spares_staff: bool,
}

/// A clause by which staff may reach what is not theirs, for one kind of reason.
#[derive(Clone, Debug)]
pub struct StaffClause {
    pub(super) clause: ClauseId,
    pub(super) reason: ReasonKind,
    pub(super) actions: Vec<Action>,
    pub(super) categories: Vec<DataCategory>,
    pub(super) longest: Duration,
}

/// The clause that asks for a clean scan before a resource may be seen further.
#[derive(Clone, Debug)]
pub struct GateClause {
    pub(super) clause: ClauseId,
    pub(super) from: Level,
    pub(super) rule_set: Option<Box<str>>,
    pub(super) max_age: Duration,
    pub(super) never_waived: Vec<Box<str>>,
}

impl On {
    /// How many there are.
    pub(in crate::visibility) const COUNT: usize = 4;

    pub(in crate::visibility) const fn number(self) -> usize {
        match self {
            Self::Resource => 0,
            Self::Principal => 1,
            Self::Organisation => 2,
            Self::Request => 3,
        }
    }
}

impl DenyClause {
    /// Forbids every action when `attribute` is true: "the workspace is suspended".
    #[must_use]
    pub const fn when(clause: ClauseId, on: On, attribute: Attribute) -> Self {
        Self {
            clause,
            on,
            attribute,
            value: true,
            actions: None,
            spares_staff: false,
        }
    }

    /// Forbids every action unless `attribute` is true: "without a second factor".
    #[must_use]
    pub fn unless(clause: ClauseId, on: On, attribute: Attribute) -> Self {
        Self {
            value: false,
            ..Self::when(clause, on, attribute)
        }
    }

    /// Forbids these actions alone.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions = Some(actions.into_iter().collect());
        self
    }

    /// Does not apply to staff under a grant, who may have to look at what is suspended.
    #[must_use]
    pub const fn spares_staff(mut self) -> Self {
        self.spares_staff = true;
        self
    }
}

impl StaffClause {
    /// Permits `actions` for reasons of this kind, under grants of at most a day.
    #[must_use]
    pub fn new(
        clause: ClauseId,
        reason: ReasonKind,
        actions: impl IntoIterator<Item = Action>,
    ) -> Self {
        Self {
            clause,
            reason,
            actions: actions.into_iter().collect(),
            categories: Vec::new(),
            longest: Duration::from_secs(24 * 60 * 60),
        }
    }

    /// Permits them on resources of these categories, and of those below them, alone. A
    /// resource without a category is of none.
    #[must_use]
    pub fn categories(mut self, categories: impl IntoIterator<Item = DataCategory>) -> Self {
        self.categories.extend(categories);
        self
    }

    /// Sets how long a grant may last at most.
    #[must_use]
    pub const fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }
}

impl GateClause {
    /// Asks for a scan before anything becomes internal or public, made within the last
    /// day, under rules of any version.
    #[must_use]
    pub const fn new(clause: ClauseId) -> Self {
        Self {
            clause,
            from: Level::Internal,
            rule_set: None,
            max_age: Duration::from_secs(24 * 60 * 60),
            never_waived: Vec::new(),
        }
    }

    /// Asks for it from this level on.
    #[must_use]
    pub const fn from(mut self, level: Level) -> Self {
        self.from = level;
        self
    }

    /// Takes only scans under this version of the rule set.
    #[must_use]
    pub fn rule_set(mut self, version: &str) -> Self {
        self.rule_set = Some(version.into());
        self
    }

    /// Takes only scans that are not older than this.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Lets nobody waive findings of a kind, given by its label, such as `PRIVATEKEY`.
    #[must_use]
    pub fn never_waived(mut self, label: &str) -> Self {
        self.never_waived.push(label.into());
        self
    }
}
