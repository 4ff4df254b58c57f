//! What happened, in words that never hold content.

use super::decision::DecisionCause;
use super::known::KnownCause;
use super::rules::RuleCause;
use super::store::StoreCause;
use super::time::TimeCause;

#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    #[error(transparent)]
    Decision(DecisionCause),
    #[error(transparent)]
    Known(KnownCause),
    #[error("{what} passes the limit of {limit}")]
    Limit { what: &'static str, limit: u64 },
    #[error("{0}")]
    Message(&'static str),
    #[error(transparent)]
    Rule(RuleCause),
    #[error(transparent)]
    Store(StoreCause),
    #[error(transparent)]
    Time(TimeCause),
}
