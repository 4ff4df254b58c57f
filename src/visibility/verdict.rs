//! Verdicts, which are quick to compute.

use std::fmt;

/// A small answer: whether an action is permitted, on which ground or why not, and by
/// which clause.
///
/// [`VisibilityRules::clause`](super::VisibilityRules::clause) names the clause, and
/// [`VisibilityFacts::explain`](super::VisibilityFacts::explain) says the rest: what is missing, and what
/// would change the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a verdict that is not looked at enforces nothing"]
pub struct AccessVerdict {
    pub(super) answer: Answer,
    pub(super) clause: u16,
}

/// A ground on which an action is permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Ground {
    /// Whoever asks owns the resource, or what contains it.
    Owner,
    /// They are a member of it, or of what contains it, in a role that may.
    Member,
    /// They are an active member of the organisation, and the resource is internal.
    Internal,
    /// The resource is public.
    Public,
}

/// Why an action is not permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AccessRefusal {
    /// A clause forbids it.
    Forbidden,
    /// A clause that forbids could not be evaluated: an attribute is unknown.
    AttributeUnknown,
    /// The moment is not one that facts can be about.
    TimeUnknown,
    /// The action is not one of the policy.
    ActionUnknown,
    /// Whoever asks is not known, or was not at the moment.
    PrincipalUnknown,
    /// The resource is not known, or was not there at the moment.
    ResourceUnknown,
    /// A grant for staff covers it, and nothing was written into the audit log yet.
    EntryMissing,
    /// No ground permits it.
    NoGround,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Allow(Ground),
    Deny(AccessRefusal),
}

/// No clause.
pub(super) const NO_CLAUSE: u16 = u16::MAX;

impl AccessVerdict {
    pub(super) const fn allow(ground: Ground, clause: u16) -> Self {
        Self {
            answer: Answer::Allow(ground),
            clause,
        }
    }

    pub(super) const fn deny(refusal: AccessRefusal, clause: u16) -> Self {
        Self {
            answer: Answer::Deny(refusal),
            clause,
        }
    }

    /// Returns whether it is permitted.
    #[must_use]
    pub const fn is_allow(self) -> bool {
        matches!(self.answer, Answer::Allow(_))
    }

    /// Returns the ground, where it is permitted.
    #[must_use]
    pub const fn ground(self) -> Option<Ground> {
        match self.answer {
            Answer::Allow(ground) => Some(ground),
            Answer::Deny(_) => None,
        }
    }

    /// Returns why it is not permitted, where it is not.
    #[must_use]
    pub const fn refusal(self) -> Option<AccessRefusal> {
        match self.answer {
            Answer::Allow(_) => None,
            Answer::Deny(refusal) => Some(refusal),
        }
    }

    /// The same in fixed words.
    pub(super) const fn why(self) -> &'static str {
        match self.answer {
            Answer::Allow(ground) => ground.why(),
            Answer::Deny(refusal) => refusal.why(),
        }
    }
}

impl Ground {
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Owner => "owner of the resource",
            Self::Member => "member in a role that may",
            Self::Internal => "member of the organisation, and the resource is internal",
            Self::Public => "resource is public",
        }
    }
}

impl AccessRefusal {
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Forbidden => "an attribute forbids it",
            Self::AttributeUnknown => "an attribute is unknown",
            Self::TimeUnknown => "moment is outside the years that facts are about",
            Self::ActionUnknown => "action is not one of the policy",
            Self::PrincipalUnknown => "whoever asks is not known",
            Self::ResourceUnknown => "there is no such resource",
            Self::EntryMissing => "staff grant is not in the audit log yet",
            Self::NoGround => "nothing permits it",
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl fmt::Display for AccessRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}
