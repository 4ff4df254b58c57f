//! What a user adds: rule sets, gitleaks configurations, allow-lists, detectors and
//! known values.

mod allow_list;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod custom;
pub(crate) mod detector;
mod known;
#[cfg(feature = "rules")]
mod rule_set;

pub(crate) use allow_list::Verdict;
pub use allow_list::{AllowList, AllowListBuilder};
pub(crate) use custom::{Custom, KNOWN};
pub use detector::{Detections, Detector};
pub use known::KnownValues;
#[cfg(feature = "rules")]
pub use rule_set::{GitleaksBase, GitleaksConfig, RuleSet};
