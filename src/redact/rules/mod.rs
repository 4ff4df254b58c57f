//! The built-in rules, one file per family of providers.
//!
//! Adding a rule is adding one entry to one of these tables. The formats are
//! facts from the providers' own documentation, which each entry names.

mod cloud;
mod personal;
mod source;
mod structure;

use super::rule::Rule;

/// Every built-in rule, in the order in which rules are numbered.
pub(crate) static FAMILIES: &[&[Rule]] = &[
    cloud::RULES,
    source::RULES,
    structure::RULES,
    personal::RULES,
];

/// How many built-in rules there are.
pub(crate) fn count() -> u32 {
    let count = FAMILIES.iter().map(|rules| rules.len()).sum::<usize>();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The rule with a number.
pub(crate) fn get(number: u32) -> Option<&'static Rule> {
    FAMILIES.iter().copied().flatten().nth(number as usize)
}
