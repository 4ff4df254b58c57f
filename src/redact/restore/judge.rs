//! The decision which values are restored.

use crate::redact::finding::Kind;

/// Decides which values are released where, while a text is read from left to right.
pub(crate) trait Judge {
    /// Begins another text, such as the next string of a JSON document.
    fn begin(&mut self) {}

    /// Reads text of the input, placeholders included, in any number of pieces.
    fn read(&mut self, text: &str);

    /// Meets a placeholder that is not in the map, or the beginning of a damaged one.
    fn misses(&mut self, _written: &str) {}

    /// Returns whether a value of the map is released here: after everything that was
    /// read, in place of the placeholder `written`, which is read next.
    fn releases(&mut self, kind: Kind, tag: u64, written: &str) -> bool;

    /// Returns whether a value that is released may stand right before `rest`; `None` where
    /// that depends on text that has not arrived. At the `end` none will. It must not depend
    /// on more than [`MAX_AHEAD`] bytes.
    fn may_stand_before(&mut self, _kind: Kind, _rest: &str, _end: bool) -> Option<bool> {
        Some(true)
    }
}

/// On how many bytes behind a placeholder its release may depend.
pub(crate) const MAX_AHEAD: usize = 256;

/// Releases everything.
pub(crate) struct ReleaseAll;

impl Judge for ReleaseAll {
    fn read(&mut self, _: &str) {}

    fn releases(&mut self, _: Kind, _: u64, _: &str) -> bool {
        true
    }
}
