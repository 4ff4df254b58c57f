//! The causes of errors, in words that never hold content.

use super::audit::AuditCause;
use super::consent::ConsentCause;
use super::decision::DecisionCause;
use super::key_service::KeyServiceCause;
use super::known::KnownCause;
use super::policy::PolicyCause;
use super::pseudonym::PseudonymCause;
use super::retention::RetentionCause;
use super::rights::RightsCause;
use super::rules::RuleCause;
use super::store::StoreCause;
use super::taxonomy::TaxonomyCause;
use super::time::TimeCause;
use super::visibility::VisibilityCause;

#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Cause {
    #[error(transparent)]
    Audit(AuditCause),
    #[error("{what} is below the minimum of {least}")]
    Below { what: &'static str, least: u64 },
    #[error(transparent)]
    Consent(ConsentCause),
    #[error(transparent)]
    Decision(DecisionCause),
    #[error(transparent)]
    KeyService(KeyServiceCause),
    #[error(transparent)]
    Known(KnownCause),
    #[error("{what} passes the limit of {limit}")]
    Limit { what: &'static str, limit: u64 },
    #[error("{0}")]
    Message(&'static str),
    #[error(transparent)]
    Policy(PolicyCause),
    #[error(transparent)]
    Pseudonym(PseudonymCause),
    #[error(transparent)]
    Retention(RetentionCause),
    #[error(transparent)]
    Rights(RightsCause),
    #[error(transparent)]
    Rule(RuleCause),
    #[error(transparent)]
    Store(StoreCause),
    #[error(transparent)]
    Taxonomy(TaxonomyCause),
    #[error(transparent)]
    Time(TimeCause),
    #[error(transparent)]
    Visibility(VisibilityCause),
}
