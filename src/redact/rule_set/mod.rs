//! Rules as data: read from TOML, run around their keywords.

mod anchors;
mod check;
mod compile;
mod document;
mod find;
mod pattern;
mod rule;
mod runs;
mod set;
#[cfg(test)]
mod tests;

pub(crate) use pattern::AllowPattern;
pub use set::RuleSet;
