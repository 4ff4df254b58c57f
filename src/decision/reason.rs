//! The reasons of a decision.

use std::fmt;

use super::clause::ClauseId;

/// What a decision comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// It may happen.
    Allow,
    /// It may not happen.
    Deny,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

/// What speaks for an effect: a clause and why it applies, in fixed words.
///
/// The words are `&'static str`, so that no content gets into a decision, which
/// is logged and shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    clause: Option<ClauseId>,
    why: &'static str,
}

impl Reason {
    /// Creates the reason of a clause, such as "consent was withdrawn".
    #[must_use]
    pub const fn new(clause: ClauseId, why: &'static str) -> Self {
        Self {
            clause: Some(clause),
            why,
        }
    }

    /// No clause speaks, and it follows all the same: something needed was
    /// missing or failed.
    #[must_use]
    pub const fn without_clause(why: &'static str) -> Self {
        Self { clause: None, why }
    }

    /// Returns the clause that speaks, if it is one.
    #[must_use]
    pub const fn clause(&self) -> Option<&ClauseId> {
        self.clause.as_ref()
    }

    /// Returns the reason in words for people.
    #[must_use]
    pub const fn why(&self) -> &'static str {
        self.why
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.clause {
            Some(clause) => write!(f, "`{clause}` ({})", self.why),
            None => f.write_str(self.why),
        }
    }
}
