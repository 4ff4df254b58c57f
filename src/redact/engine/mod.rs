//! The engine: from text to hits.
//!
//! The first stage ([`prefilter`]) marks the few places that need examination. The
//! driver ([`scan`]) walks over these places and asks the [`matchers`] that a place
//! leads to; each reads a bounded number of bytes from there. Encoded text is decoded
//! ([`decode`]) and scanned in the same way. Overlaps are resolved last ([`overlaps`]).
//! No pattern ever runs over a whole text.
//!
//! # A text that continues
//! A window of a stream may end in the middle of a value. There is one protocol for
//! this, and no function returns that it needs more text:
//!
//! 1. Everything is read through a [`Text`](crate::redact::text::Text), which records a
//!    read past the end of the window. The reader goes on as if the text ended there.
//! 2. The caller of a reader takes that record. If there is one, the result is
//!    discarded, what the place changed in the [`Progress`] is undone, and the place is
//!    left open with [`Sink::open`].
//! 3. Hits at and after the first open place do not count. Scanning goes on from there
//!    when the window has grown.
//!
//! The rules of the user follow the same protocol. Those that walk over a window in
//! their own way know without a [`Text`](crate::redact::text::Text) which places depend
//! on more of it, and leave these open.

mod decode;
mod hit;
mod judge;
mod matchers;
mod overlaps;
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
pub(crate) use overlaps::{Resolver, sort};
pub(crate) use scan::{Pass, Progress};

use matchers::address::Addresses;
use matchers::infix::Within;
use matchers::named::Named;
use matchers::personal::Personal;
use matchers::tokens::{self, Tokens};
use prefilter::{Kernel, Prefilter};
use scan::marks;

use super::builtin::{Form, Rule, Selection, Structure, families};
use super::finding::{Category, Kind, RuleRef};

/// How many bytes before the place that leads to a hit the hit may start.
pub(crate) const MOST_BACK: usize = tokens::MOST_BACK;

/// How many bytes before a place matchers read.
pub(crate) const MOST_LOOK_BACK: usize = 2304;

/// The rules that are on, ready to scan.
pub(crate) struct Engine {
    prefilter: Prefilter,
    tokens: Tokens,
    named: Named,
    addresses: Addresses,
    within: Within,
    structures: [Option<RuleRef>; Structure::COUNT],
    /// The matchers for personal data, if any are on.
    personal: Option<Personal>,
    /// Whether each built-in rule is about personal data. Empty if no such rule is on.
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
        let rules: Vec<(RuleRef, &'static Rule)> = families::all()
            .filter(|(_, rule)| selection.has(rule) && !is_disabled(rule.id))
            .collect();
        let mut structures = [None; Structure::COUNT];
        for (reference, rule) in &rules {
            if let Form::Structure(structure) = rule.form
                && let Some(slot) = structures.get_mut(structure as usize)
            {
                *slot = Some(*reference);
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
            Some(_) => families::all()
                .map(|(_, rule)| rule.kind.category() == Category::Personal)
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

    /// Returns whether the rule is a built-in one about personal data.
    fn is_personal(&self, rule: RuleRef) -> bool {
        match rule {
            RuleRef::BuiltIn(place) => {
                let known = self.about_people.get(usize::from(place));
                known.is_some_and(|is| *is)
            }
            _ => false,
        }
    }

    /// Returns the rule for a structure, if it is on.
    fn rule(&self, structure: Structure) -> Option<RuleRef> {
        self.structures.get(structure as usize).copied().flatten()
    }
}
