//! What a user adds: rule sets, gitleaks configurations, allow-lists, detectors, known
//! values, names of fields and paths in JSON.

mod allow_list;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod custom;
pub(crate) mod detector;
mod fields;
#[cfg(feature = "json")]
mod json_paths;
mod known;
#[cfg(feature = "rules")]
mod rule_set;

pub use allow_list::{AllowList, AllowListBuilder};
pub(crate) use custom::Custom;
pub use detector::{Detections, Detector};
pub use fields::FieldNames;
#[cfg(any(feature = "json", feature = "tracing"))]
pub(crate) use fields::{is_replaced, masked, may_be_secret};
#[cfg(feature = "json")]
pub use json_paths::JsonPaths;
#[cfg(feature = "json")]
pub(crate) use json_paths::Step;
pub use known::{KnownForms, KnownTenants, KnownValues};
#[cfg(feature = "rules")]
pub use rule_set::{GitleaksBase, GitleaksConfig, RuleSet};
