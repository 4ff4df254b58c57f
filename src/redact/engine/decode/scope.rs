//! How deep the engine is in encodings, and who looks along.

use std::cell::Cell;

use crate::redact::engine::hit::{Hit, Sink};
use crate::redact::finding::MOST_LAYERS;

/// How many bytes of deeper levels may be decoded for each byte of a region.
const MOST_WORK: usize = 2;

/// Who else looks into decoded text, beside the built-in rules.
pub(crate) trait Beside {
    /// Reports what it finds in a whole decoded text.
    fn find(&self, text: &[u8], sink: &mut Sink);

    /// Whether a hit in it stands.
    fn keeps(&self, text: &[u8], hit: &Hit) -> bool;
}

/// One level of encodings: the text itself, or what was decoded within it.
pub(crate) struct Scope<'a> {
    beside: &'a dyn Beside,
    depth: usize,
    /// How many bytes may still be decoded here and further down; no end to the
    /// text itself, of which every byte is decoded once.
    spare: Option<&'a Cell<usize>>,
}

impl<'a> Scope<'a> {
    /// The text itself.
    pub(crate) const fn new(beside: &'a dyn Beside) -> Self {
        Self {
            beside,
            depth: 0,
            spare: None,
        }
    }

    pub(in crate::redact::engine) const fn beside(&self) -> &'a dyn Beside {
        self.beside
    }

    /// Whether nothing further is decoded here.
    #[inline]
    pub(in crate::redact::engine) fn is_deep(&self) -> bool {
        self.depth >= MOST_LAYERS || self.spare.is_some_and(|spare| spare.get() == 0)
    }

    /// The level of a region of `len` decoded bytes, if that may still be read.
    /// One that lies in the text itself counts by `spare` what it leads to.
    pub(in crate::redact::engine) fn inner<'b>(
        &self,
        len: usize,
        spare: &'b Cell<usize>,
    ) -> Option<Scope<'b>>
    where
        'a: 'b,
    {
        let spare = if let Some(known) = self.spare {
            // Once refused, nothing more is decoded: decoding is work too.
            let rest = known.replace(0).checked_sub(len)?;
            known.set(rest);
            known
        } else {
            spare.set(MOST_WORK * len);
            spare
        };
        Some(Scope {
            beside: self.beside,
            depth: self.depth + 1,
            spare: Some(spare),
        })
    }
}
