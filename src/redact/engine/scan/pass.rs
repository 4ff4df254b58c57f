//! The state of one scan of one text.

use super::progress::Progress;
use crate::redact::engine::decode::Scope;
use crate::redact::engine::hit::{Hit, Sink};
use crate::redact::text::Text;

/// One scan of one text: what is read, by which rules beside the built-in ones, how far
/// the scan has come, and what it has found.
///
/// Functions that need less take less: matchers get the text, and those that find more
/// than one value the sink.
pub(crate) struct Pass<'p> {
    pub(crate) text: &'p Text<'p>,
    /// The level of encoding, and the rules of the user.
    pub(crate) scope: &'p Scope<'p>,
    pub(crate) progress: &'p mut Progress,
    pub(crate) sink: &'p mut Sink,
}

impl Pass<'_> {
    /// Adds a hit, if there is one.
    #[inline]
    pub(super) fn add(&mut self, hit: Option<Hit>) {
        if let Some(hit) = hit {
            self.sink.hit(hit);
        }
    }
}
