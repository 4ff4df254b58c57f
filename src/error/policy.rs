//! The causes of errors with policies.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PolicyCause {
    #[error("subject of a decision is not a name, or is one of the policy itself")]
    About,
    #[error(
        "policy document has {count} faults, the first at line {line}, column {column}: {code}"
    )]
    Faults {
        count: usize,
        code: &'static str,
        line: u32,
        column: u32,
    },
    #[error("facts belong to another policy")]
    OtherFacts,
    #[error(
        "history of schedules does not end with the policy's own, or has one that belongs to no policy"
    )]
    OtherHistory,
}

impl PolicyCause {
    #[expect(
        clippy::unused_self,
        reason = "every cause answers for its kind, also where there is but one"
    )]
    pub(super) const fn kind(self) -> ErrorKind {
        ErrorKind::Config
    }
}
