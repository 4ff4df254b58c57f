//! Verdicts: what a schedule demands for a record.

use std::fmt;

use super::disposition::DispositionKind;
use super::trigger::Trigger;
use crate::time::Moment;

/// What a schedule demands of one record at one moment.
///
/// It is small and copied; clauses and holds stand in it by their index.
/// [`Schedule::explain`](super::Schedule::explain) names them, and says why each of the
/// others lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a verdict that is not looked at erases nothing"]
pub struct RetentionVerdict {
    pub(super) status: Status,
    pub(super) action: Option<DispositionKind>,
    pub(super) not_before: Option<Moment>,
    pub(super) due_by: Option<Moment>,
    pub(super) decided_by: Option<Decider>,
    pub(super) acts_for: Option<Decider>,
    pub(super) kept_by: Option<u16>,
    pub(super) notice: NoticeState,
    pub(super) missing: Option<Missing>,
    pub(super) erasure: Option<Erasure>,
    /// Until when a bound keeps the record at the longest, and the clause of it.
    pub(super) keep: Option<(Moment, u16)>,
}

/// How a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Nothing is to be done yet.
    Keep,
    /// The action may be taken, and its deadline is ahead.
    Due,
    /// The action has not been taken, and its deadline is over.
    Overdue,
    /// A hold suspends all actions. The deadlines are shown, and go on.
    Held,
    /// The data would have to be erased if a legal obligation or claim did not demand
    /// that it is kept: it is kept, and used for nothing else.
    Restrict,
    /// Something is missing that the answer depends on.
    Unknown,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Decider {
    /// The clause with this index in [`Schedule::clauses`](super::Schedule::clauses).
    Clause(u16),
    /// A source that the record was derived from.
    Source,
    /// The hold with this index in [`Holds::iter`](super::Holds::iter).
    Hold(u32),
}

/// How things stand with the notice before an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoticeState {
    /// None is demanded, or not yet.
    NotDue,
    /// The data subject must be told now, and has not been.
    Due,
    /// The data subject was told, and has time until this moment.
    Waiting(Moment),
    /// The data subject was told, and had their time.
    Given,
}

/// What is missing for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Missing {
    /// The schedule does not declare the category of the record.
    Category,
    /// The time of an event is not known.
    Event(Trigger),
    /// A source that the record was derived from could not be evaluated.
    Source,
}

/// The erasure that the clauses demand, whatever a hold or a legal obligation says
/// against it: what derived data takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Erasure {
    pub(super) by: Moment,
    pub(super) from: Moment,
    pub(super) kind: DispositionKind,
    pub(super) decider: Decider,
}

impl RetentionVerdict {
    pub(super) const fn unknown(missing: Missing) -> Self {
        Self {
            status: Status::Unknown,
            action: None,
            not_before: None,
            due_by: None,
            decided_by: None,
            acts_for: None,
            kept_by: None,
            notice: NoticeState::NotDue,
            missing: Some(missing),
            erasure: None,
            keep: None,
        }
    }

    /// Returns how the record stands.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Returns what is to be done: now where the status says that it is due, later where
    /// it says keep. `None` where nothing is, or not by us.
    #[must_use]
    pub const fn action(&self) -> Option<DispositionKind> {
        self.action
    }

    /// Returns the moment before which the action may not be taken.
    /// [`Moment::MAX`] means that its end is not known yet.
    #[must_use]
    pub const fn not_before(&self) -> Option<Moment> {
        self.not_before
    }

    /// Returns the moment before which the action must be taken. The action of a
    /// processor is owed by it.
    #[must_use]
    pub const fn due_by(&self) -> Option<Moment> {
        self.due_by
    }

    /// Returns what set [`due_by`](Self::due_by); the hold, where there is one; or what
    /// keeps the record, where nothing is to be done.
    #[must_use]
    pub const fn decided_by(&self) -> Option<Decider> {
        self.decided_by
    }

    /// Returns whose action it is. It differs from [`decided_by`](Self::decided_by) where
    /// a weaker action was due first and a stronger one is due by now, too.
    #[must_use]
    pub const fn acts_for(&self) -> Option<Decider> {
        self.acts_for
    }

    /// Returns the index of the clause that keeps the record although its erasure is due.
    #[must_use]
    pub const fn kept_by(&self) -> Option<u16> {
        self.kept_by
    }

    /// Returns until when a clause keeps the record at the longest, those that lost left
    /// out, and which one.
    #[cfg(feature = "rights")]
    pub(crate) const fn longest_keep(&self) -> Option<(Moment, u16)> {
        self.keep
    }

    /// Returns how things stand with the notice before the erasure.
    #[must_use]
    pub const fn notice(&self) -> NoticeState {
        self.notice
    }

    /// Returns what is missing.
    #[must_use]
    pub const fn missing(&self) -> Option<Missing> {
        self.missing
    }

    /// Returns whether the action may be taken at the moment of the verdict: it is due,
    /// nothing holds it back, and whoever must be told before has been.
    #[must_use]
    pub const fn may_act(&self) -> bool {
        let is_due = match self.status {
            Status::Due | Status::Overdue => true,
            Status::Restrict => self.action.is_some(),
            Status::Keep | Status::Held | Status::Unknown => false,
        };
        is_due && matches!(self.notice, NoticeState::NotDue | NoticeState::Given)
    }

    /// Returns whether somebody has something to do or to look at.
    #[must_use]
    pub const fn needs_attention(&self) -> bool {
        match self.status {
            Status::Due | Status::Overdue | Status::Unknown => true,
            Status::Restrict => self.action.is_some(),
            Status::Keep | Status::Held => matches!(self.notice, NoticeState::Due),
        }
    }
}

impl Status {
    /// Returns its name, such as `overdue`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Held => "held",
            Self::Restrict => "restrict",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
