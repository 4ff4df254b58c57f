//! The nesting of encodings, and the custom rules that apply in them.

use std::cell::Cell;

use crate::redact::engine::hit::{Hit, Sink};
use crate::redact::finding::MOST_LAYERS;

/// How many bytes of deeper levels may be decoded per byte of a region.
const MOST_WORK: usize = 2;

/// Custom rules that apply to decoded text in addition to the built-in rules.
pub(crate) trait CustomRules {
    /// Reports what the rules find in a whole decoded text.
    fn find(&self, text: &[u8], sink: &mut Sink);

    /// Returns whether a hit in a decoded text stands.
    fn keeps(&self, text: &[u8], hit: &Hit) -> bool;
}

/// A level of encoding: the text itself, or a text decoded from it.
pub(crate) struct Scope<'a> {
    custom: &'a dyn CustomRules,
    depth: usize,
    /// How many bytes may still be decoded here and deeper. Unlimited in the text
    /// itself, where every byte is decoded once.
    spare: Option<&'a Cell<usize>>,
}

impl<'a> Scope<'a> {
    /// Creates the scope of the text itself.
    pub(crate) const fn new(custom: &'a dyn CustomRules) -> Self {
        Self {
            custom,
            depth: 0,
            spare: None,
        }
    }

    pub(in crate::redact::engine) const fn custom(&self) -> &'a dyn CustomRules {
        self.custom
    }

    /// Returns whether nothing more is decoded here.
    #[inline]
    pub(in crate::redact::engine) fn is_deep(&self) -> bool {
        self.depth >= MOST_LAYERS || self.spare.is_some_and(|spare| spare.get() == 0)
    }

    /// Returns the scope of a region of `len` decoded bytes, unless the limit is
    /// reached. A region of the text itself starts a new count in `spare`.
    pub(in crate::redact::engine) fn inner<'b>(
        &self,
        len: usize,
        spare: &'b Cell<usize>,
    ) -> Option<Scope<'b>>
    where
        'a: 'b,
    {
        let spare = if let Some(known) = self.spare {
            // After one refusal nothing more is decoded, because decoding is work
            // too.
            let rest = known.replace(0).checked_sub(len)?;
            known.set(rest);
            known
        } else {
            spare.set(MOST_WORK * len);
            spare
        };
        Some(Scope {
            custom: self.custom,
            depth: self.depth + 1,
            spare: Some(spare),
        })
    }
}
