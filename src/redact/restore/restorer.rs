//! Putting values back in the place of placeholders, at once or in a stream.

use std::borrow::Cow;
use std::fmt;

use super::placeholder_map::PlaceholderMap;
use crate::redact::text::{Step, Walk, placeholder};

/// A text with the values of a [`PlaceholderMap`] back in it.
///
/// It holds what was redacted: `Debug` shows the counts and no text.
#[derive(Clone)]
pub struct Restored<'t> {
    text: Cow<'t, str>,
    counts: RestoreCounts,
}

impl<'t> Restored<'t> {
    /// The restored text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The restored text, borrowed where nothing was put back.
    #[must_use]
    pub fn into_inner(self) -> Cow<'t, str> {
        self.text
    }

    /// What became of the placeholders.
    #[must_use]
    pub const fn counts(&self) -> RestoreCounts {
        self.counts
    }
}

impl fmt::Debug for Restored<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Restored")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

/// What became of the placeholders of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestoreCounts {
    restored: u64,
    unknown: u64,
    mangled: u64,
}

impl RestoreCounts {
    /// How many placeholders were replaced with their values.
    #[must_use]
    pub const fn restored(self) -> u64 {
        self.restored
    }

    /// How many had the form of a placeholder and are not in the map: invented,
    /// or another map's. They are left as they are.
    #[must_use]
    pub const fn unknown(self) -> u64 {
        self.unknown
    }

    /// How many, in brackets, named a kind and had no tag of eight characters:
    /// what is left of a placeholder that was cut or changed. They are left as
    /// they are; which value was meant is never guessed.
    #[must_use]
    pub const fn mangled(self) -> u64 {
        self.mangled
    }
}

/// Restores a text that arrives in chunks, such as a model's answer.
///
/// What is emitted is, put together, what [`PlaceholderMap::restore`] makes of the whole
/// text, wherever the chunks are cut. All is emitted at once but for a tail of
/// at most 40 bytes which could be the beginning of a placeholder.
///
/// # Example
/// ```
/// use confidant::redact::{Key, Kind, Restorer, PlaceholderMap};
///
/// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
/// let placeholder = map.placeholder(Kind::Email, "ann@example.org");
/// let (head, tail) = placeholder.split_at(9);
///
/// let (mut restorer, mut out) = (Restorer::new(), String::new());
/// restorer.push(&map, "Write to ", &mut out);
/// restorer.push(&map, head, &mut out);
/// assert_eq!(out, "Write to ");
/// restorer.push(&map, tail, &mut out);
/// let counts = restorer.finish(&map, &mut out);
/// assert_eq!(out, "Write to ann@example.org");
/// assert_eq!(counts.restored(), 1);
/// ```
pub struct Restorer {
    carry: String,
    walk: Walk,
    counts: RestoreCounts,
}

impl Restorer {
    /// A stream at its start.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            carry: String::new(),
            walk: Walk::new(),
            counts: RestoreCounts {
                restored: 0,
                unknown: 0,
                mangled: 0,
            },
        }
    }

    /// Takes the next chunk; appends what is settled to `out`.
    pub fn push(&mut self, map: &PlaceholderMap, chunk: &str, out: &mut String) {
        if self.carry.is_empty() {
            let held = self.restore(map, chunk, false, out);
            self.carry.push_str(held);
            return;
        }
        let mut text = std::mem::take(&mut self.carry);
        text.push_str(chunk);
        let held = self.restore(map, &text, false, out).len();
        text.drain(..text.len() - held);
        self.carry = text;
    }

    /// Ends the stream: appends what was held back, and says what became of the
    /// placeholders. The restorer is ready for another stream afterwards.
    pub fn finish(&mut self, map: &PlaceholderMap, out: &mut String) -> RestoreCounts {
        let text = std::mem::take(&mut self.carry);
        self.restore(map, &text, true, out);
        std::mem::take(self).counts
    }

    /// What became of the placeholders until now.
    #[must_use]
    pub const fn counts(&self) -> RestoreCounts {
        self.counts
    }

    /// Appends the restored `text` to `out`, up to where it is not settled;
    /// gives back what remains.
    fn restore<'t>(
        &mut self,
        map: &PlaceholderMap,
        text: &'t str,
        end: bool,
        out: &mut String,
    ) -> &'t str {
        let mut done = 0;
        self.walk.at = 0;
        loop {
            match self.walk.next(text.as_bytes(), end) {
                Step::Token { start, kind, tag } => match map.find(kind, tag) {
                    Some(value) => {
                        out.push_str(text.get(done..start).unwrap_or_default());
                        out.push_str(value);
                        done = self.walk.at;
                        self.counts.restored += 1;
                    }
                    None => self.counts.unknown += 1,
                },
                Step::Mangled => self.counts.mangled += 1,
                Step::Cut | Step::End => break,
            }
        }
        out.push_str(text.get(done..self.walk.at).unwrap_or_default());
        let held = text.get(self.walk.at..).unwrap_or_default();
        debug_assert!(held.len() <= placeholder::MAX_TOKEN, "little is held back");
        held
    }
}

impl Default for Restorer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Restorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Restorer")
            .field("held", &self.carry.len())
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl PlaceholderMap {
    /// Puts the values back in the place of their placeholders.
    ///
    /// Forgiven is what models do to a placeholder: another letter case, `O` for
    /// `0`, `I` or `L` for `1`, a backslash before the dash, brackets that are
    /// gone or written as `\[`, `%5B`, `&#91;` or in full width. Beyond that a
    /// placeholder must be exactly one of this map, and without brackets it may
    /// not follow or precede a letter or digit; nothing is matched by likeness.
    /// Values are put in once: what looks like a placeholder inside of a value
    /// stays as it is.
    ///
    /// Values are put in as they are. Where the text is JSON, restore its strings
    /// after parsing it, since a value may hold quotation marks.
    #[must_use]
    pub fn restore<'t>(&self, text: &'t str) -> Restored<'t> {
        let (mut restorer, mut out) = (Restorer::new(), String::new());
        restorer.restore(self, text, true, &mut out);
        let counts = restorer.counts;
        let text = if counts.restored == 0 {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(out)
        };
        Restored { text, counts }
    }
}
