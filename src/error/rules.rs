//! The causes of errors with rules and allow-lists.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RuleCause {
    #[error("allow-list {what}")]
    Allow { what: &'static str },
    #[error("field `{field}` of allow-list {number} {what}")]
    AllowField {
        number: usize,
        field: &'static str,
        what: &'static str,
    },
    #[error("allow-list {number} {what}")]
    AllowNumber { number: usize, what: &'static str },
    #[error("counter-example {number} {what}")]
    CounterExample { number: usize, what: &'static str },
    #[error("example {number} {what}")]
    Example { number: usize, what: &'static str },
    #[error("field `{field}` {what}")]
    Field {
        field: &'static str,
        what: &'static str,
    },
    #[error("rule {number} {what}")]
    Number { number: usize, what: &'static str },
    #[error("rule {what}")]
    Rule { what: &'static str },
}

impl RuleCause {
    #[expect(
        clippy::unused_self,
        reason = "every cause answers for its kind, also where there is but one"
    )]
    pub(super) const fn kind(self) -> ErrorKind {
        ErrorKind::Config
    }
}
