//! Rules as data: read from TOML and searched around their keywords.

mod anchors;
mod check;
mod compile;
mod conditions;
mod document;
mod find;
mod gate;
mod gitleaks;
mod literals;
mod near;
mod pattern;
mod rule;
mod runs;
mod set;
#[cfg(test)]
mod tests;

pub use gitleaks::{GitleaksBase, GitleaksConfig};
pub(crate) use pattern::AllowPattern;
pub use set::RuleSet;
