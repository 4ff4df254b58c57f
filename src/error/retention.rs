//! The causes of errors with retention schedules and their execution.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RetentionCause {
    #[error("clock is ahead of the last run by more than the allowed jump")]
    ClockAhead,
    #[error("clock is behind the last run by more than the clock skew")]
    ClockBehind,
    #[error("category is declared, but has no clause")]
    CategoryWithoutClause,
    #[error("clause {problem}")]
    Clause { problem: &'static str },
    #[error("clause keeps and deletes on the same event, which cannot both hold")]
    Contradiction,
    #[error("{what} is declared twice")]
    Duplicate { what: &'static str },
    #[error("erasure is not complete: {open} of its stores have not reported")]
    Incomplete { open: usize },
    #[error("{what} is not 1 to {limit} letters, digits and `-_.:/`")]
    Name { what: &'static str, limit: usize },
    #[error("overriding a hold requires two different people")]
    OnePerson,
    #[error("record of {what} is damaged")]
    Record { what: &'static str },
    #[error("run would act on more records than are allowed without a confirmation")]
    Share,
    #[error("store {problem}")]
    Store { problem: &'static str },
    #[error("{what} is not declared")]
    Undeclared { what: &'static str },
    #[error("{what} is on hold")]
    Held { what: &'static str },
    #[error(
        "holds are not those that the log tells of: put them back, or call \
         HoldBook::accept_restored"
    )]
    Holds,
    #[error("hold {problem}")]
    Hold { problem: &'static str },
    #[error("schedule {problem}")]
    Schedule { problem: &'static str },
    #[error("two clauses yield to each other")]
    YieldsInCircle,
}

impl RetentionCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::ClockAhead
            | Self::ClockBehind
            | Self::Held { .. }
            | Self::Incomplete { .. }
            | Self::OnePerson
            | Self::Share => ErrorKind::Refused,
            Self::Holds | Self::Record { .. } => ErrorKind::Integrity,
            _ => ErrorKind::Config,
        }
    }
}
