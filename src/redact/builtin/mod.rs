//! The built-in rules: their data, one file per family, and what is derived from it.

mod catalogue;
pub(crate) mod check_digit;
mod evidence;
mod examples;
pub(crate) mod families;
mod rule;
mod selection;
mod spec;

pub use catalogue::BuiltInRule;
pub use evidence::RuleEvidence;
#[cfg(test)]
pub(crate) use families::FAMILIES;
pub(crate) use rule::{Check, Form, Number, Rule, Structure};
pub(crate) use selection::Selection;
