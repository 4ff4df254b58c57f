//! The engine: from text to hits.
//!
//! The first stage marks the few places that need examination. For each sort of
//! place, a matcher reads a bounded number of bytes from there. Overlaps are resolved
//! last. No pattern ever runs over a whole text.

mod decode;
mod hit;
mod judge;
mod matchers;
mod prefilter;
mod scan;
mod syntax;
mod tables;
#[cfg(confidant_tools)]
pub mod tools;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use decode::{CustomRules, Scope, undo};
pub(crate) use hit::{Hit, Sink};
pub(crate) use scan::{Progress, Resolver, sort};

use matchers::address::Addresses;
use matchers::infix::Within;
use matchers::named::Named;
use matchers::personal::Personal;
use matchers::tokens::{self, Tokens};
use prefilter::{Kernel, Prefilter};
use scan::marks;

use super::builtin::{FAMILIES, Form, Rule, Selection, Structure};
use super::finding::Category;
use super::finding::Kind;

/// How many bytes before the place that leads to a hit the hit may start.
pub(crate) const MOST_BACK: usize = tokens::MOST_BACK;

/// How many bytes before a place matchers read.
pub(crate) const MOST_LOOK_BACK: usize = 256;

/// The rules that are on, ready to scan.
pub(crate) struct Engine {
    prefilter: Prefilter,
    tokens: Tokens,
    named: Named,
    addresses: Addresses,
    within: Within,
    structures: [Option<u32>; Structure::COUNT],
    /// The matchers for personal data, if any are on.
    personal: Option<Personal>,
    /// For each built-in rule, whether it is about personal data. Empty if none of
    /// those is on.
    about_people: Vec<bool>,
}

/// Returns the kind of secret that a name denotes by a word in a script other than
/// Latin.
pub(crate) fn kind_of_word(name: &str) -> Option<Kind> {
    if name.is_ascii() {
        return None;
    }
    matchers::assignment::kind_of_word(name)
}

/// Returns whether a value reads as ordinary words, or as a number of a few digits.
pub(crate) fn is_ordinary(value: &[u8]) -> bool {
    judge::is_plain(value)
}

impl Engine {
    /// Creates the engine for the selected built-in rules, except the disabled ones.
    pub(crate) fn new(selection: &Selection, is_disabled: impl Fn(&str) -> bool) -> Self {
        Self::with_kernel(selection, is_disabled, Kernel::best())
    }

    fn with_kernel(
        selection: &Selection,
        is_disabled: impl Fn(&str) -> bool,
        kernel: Kernel,
    ) -> Self {
        let rules: Vec<(u32, &'static Rule)> = (0..)
            .zip(FAMILIES.iter().copied().flatten())
            .filter(|(_, rule)| selection.has(rule) && !is_disabled(rule.id))
            .collect();
        let mut structures = [None; Structure::COUNT];
        for (number, rule) in &rules {
            if let Form::Structure(structure) = rule.form
                && let Some(slot) = structures.get_mut(structure as usize)
            {
                *slot = Some(*number);
            }
        }
        let tokens = Tokens::new(&rules);
        let mut anchors = marks::anchors();
        anchors.extend_from_slice(tokens.anchors());
        let within = Within::new(&rules);
        anchors.extend(within.anchors());
        let personal = Personal::new(&rules, structures, selection.is_strict());
        if let Some(personal) = &personal {
            anchors.extend(personal.anchors());
        }
        let about_people = match personal {
            Some(_) => FAMILIES
                .iter()
                .copied()
                .flatten()
                .map(|rule| rule.kind.category() == Category::Personal)
                .collect(),
            None => Vec::new(),
        };
        Self {
            about_people,
            prefilter: Prefilter::with_kernel(&anchors, kernel),
            tokens,
            named: Named::new(&rules),
            addresses: Addresses::new(&rules),
            within,
            structures,
            personal,
        }
    }

    /// Returns whether the built-in rule of this number is about personal data.
    fn is_personal(&self, rule: u32) -> bool {
        self.about_people.get(rule as usize).is_some_and(|is| *is)
    }

    /// Returns the number of the rule for a structure, if it is on.
    fn rule(&self, structure: Structure) -> Option<u32> {
        self.structures.get(structure as usize).copied().flatten()
    }
}
