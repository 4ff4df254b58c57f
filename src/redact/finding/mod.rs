//! Findings, their kinds, categories and encodings, and reports.

mod encoding;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod finding;
mod kind;
mod report;
mod rule_ref;
#[cfg(feature = "serde")]
mod stored;

pub use encoding::Encoding;
pub(crate) use encoding::{Layers, MOST_LAYERS};
pub(crate) use finding::RuleId;
pub use finding::{Finding, Validation};
pub use kind::{Category, Kind};
pub use report::Report;
pub(crate) use rule_ref::RuleRef;
