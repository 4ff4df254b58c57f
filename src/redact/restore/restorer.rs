//! Restoring values in place of their placeholders, in a whole text or a stream.

use std::borrow::Cow;
use std::fmt;
use std::ops::{AddAssign, Range};

use super::judge::{Judge, MAX_AHEAD, ReleaseAll};
use super::placeholder_map::PlaceholderMap;
#[cfg(feature = "json")]
use crate::redact::redactor::Edit;
use crate::redact::text::{Step, Walk, part_of_str, placeholder};

/// A text in which the placeholders of a [`PlaceholderMap`] were replaced with their
/// values.
///
/// It contains the original values, so `Debug` shows only the counts.
///
/// # Example
/// ```
/// use confidant::redact::{Key, Kind, PlaceholderMap};
///
/// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
/// let placeholder = map.placeholder(Kind::Email, "ann@example.org");
/// let answer = format!("Write to {placeholder} or [EMAIL-00000000].");
/// let restored = map.restore(&answer);
/// assert_eq!(restored.as_str(), "Write to ann@example.org or [EMAIL-00000000].");
/// assert_eq!(restored.counts().restored(), 1);
/// assert_eq!(restored.counts().unknown(), 1);
/// ```
#[derive(Clone)]
pub struct Restored<'t> {
    text: Cow<'t, str>,
    counts: RestoreCounts,
}

impl<'t> Restored<'t> {
    #[cfg(feature = "json")]
    pub(crate) const fn new(text: Cow<'t, str>, counts: RestoreCounts) -> Self {
        Self { text, counts }
    }

    /// Returns the restored text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the restored text, borrowed if nothing was restored.
    #[must_use]
    pub fn into_inner(self) -> Cow<'t, str> {
        self.text
    }

    /// Returns the counts of restored and other placeholders.
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

/// Counts of the placeholders in a text: restored, unknown and mangled.
///
/// See [`Restored`] and [`Restorer`] for examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestoreCounts {
    restored: u64,
    unknown: u64,
    mangled: u64,
    withheld: u64,
}

impl AddAssign for RestoreCounts {
    fn add_assign(&mut self, other: Self) {
        self.restored += other.restored;
        self.unknown += other.unknown;
        self.mangled += other.mangled;
        self.withheld += other.withheld;
    }
}

impl RestoreCounts {
    /// Returns counts of nothing.
    pub(crate) const fn zero() -> Self {
        Self {
            restored: 0,
            unknown: 0,
            mangled: 0,
            withheld: 0,
        }
    }

    /// Returns how many placeholders were replaced with their values.
    #[must_use]
    pub const fn restored(self) -> u64 {
        self.restored
    }

    /// Returns how many placeholders are not in the map, because they were invented
    /// or belong to another map. They stay in the text.
    #[must_use]
    pub const fn unknown(self) -> u64 {
        self.unknown
    }

    /// Returns how many placeholders were damaged: a bracket and a kind without a tag
    /// of eight characters. They stay in the text; the intended value is never
    /// guessed.
    #[must_use]
    pub const fn mangled(self) -> u64 {
        self.mangled
    }

    /// Returns how many placeholders of the map stay in the text because their values
    /// are not released there. A map by itself releases everything.
    #[must_use]
    pub const fn withheld(self) -> u64 {
        self.withheld
    }
}

/// A restorer for text that arrives in chunks, such as a model's answer.
///
/// The concatenated output equals the output of [`PlaceholderMap::restore`] for the
/// whole text, however the chunks are cut. All text is passed on at once, except for
/// a tail of at most 53 bytes that could be the beginning of a placeholder.
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
    /// Creates a restorer at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            carry: String::new(),
            walk: Walk::new(),
            counts: RestoreCounts::zero(),
        }
    }

    /// Reads the next chunk and appends the text that is settled to `out`.
    pub fn push(&mut self, map: &PlaceholderMap, chunk: &str, out: &mut String) {
        self.push_if(map, chunk, &mut ReleaseAll, out);
    }

    /// Like [`push`](Self::push), but restores only what `judge` releases.
    pub(crate) fn push_if(
        &mut self,
        map: &PlaceholderMap,
        chunk: &str,
        judge: &mut impl Judge,
        out: &mut String,
    ) {
        if self.carry.is_empty() {
            let held = self.restore(map, chunk, false, judge, out);
            self.carry.push_str(held);
            return;
        }
        let mut text = std::mem::take(&mut self.carry);
        text.push_str(chunk);
        let held = self.restore(map, &text, false, judge, out).len();
        text.drain(..text.len() - held);
        self.carry = text;
    }

    /// Ends the stream: appends the text held back to `out` and returns the counts.
    /// The restorer can then be used for another stream.
    pub fn finish(&mut self, map: &PlaceholderMap, out: &mut String) -> RestoreCounts {
        self.finish_if(map, &mut ReleaseAll, out)
    }

    /// Like [`finish`](Self::finish), but restores only what `judge` releases.
    pub(crate) fn finish_if(
        &mut self,
        map: &PlaceholderMap,
        judge: &mut impl Judge,
        out: &mut String,
    ) -> RestoreCounts {
        let text = std::mem::take(&mut self.carry);
        self.restore(map, &text, true, judge, out);
        std::mem::take(self).counts
    }

    /// Returns the counts so far.
    #[must_use]
    pub const fn counts(&self) -> RestoreCounts {
        self.counts
    }

    /// Appends the restored `text` to `out` as far as it is settled, and returns the
    /// rest.
    fn restore<'t>(
        &mut self,
        map: &PlaceholderMap,
        text: &'t str,
        end: bool,
        judge: &mut impl Judge,
        out: &mut String,
    ) -> &'t str {
        let mut done = 0;
        self.walk(map, text, end, judge, |place, value| {
            out.push_str(part_of_str(text, done..place.start));
            out.push_str(value);
            done = place.end;
        });
        out.push_str(part_of_str(text, done..self.walk.at));
        let held = part_of_str(text, self.walk.at..text.len());
        let most = placeholder::MAX_TOKEN + MAX_AHEAD;
        debug_assert!(held.len() <= most, "little is held back");
        held
    }

    /// Walks over `text` as far as it is settled, and passes the place of each
    /// placeholder that is restored to `put`, with its value.
    fn walk(
        &mut self,
        map: &PlaceholderMap,
        text: &str,
        end: bool,
        judge: &mut (impl Judge + ?Sized),
        mut put: impl FnMut(Range<usize>, &str),
    ) {
        let mut read = 0;
        self.walk.at = 0;
        loop {
            match self.walk.next(text.as_bytes(), end) {
                Step::Token { start, kind, tag } => {
                    let written = part_of_str(text, start..self.walk.at);
                    let Some(value) = map.find(kind, tag) else {
                        judge.misses(written);
                        self.counts.unknown += 1;
                        continue;
                    };
                    judge.read(part_of_str(text, read..start));
                    read = start;
                    let is_released = judge.releases(kind, tag, written);
                    let rest = part_of_str(text, self.walk.at..text.len());
                    let outcome = match is_released {
                        true => judge.may_stand_before(kind, rest, end),
                        false => Some(false),
                    };
                    match outcome {
                        Some(true) => {
                            put(start..self.walk.at, value);
                            self.counts.restored += 1;
                        }
                        Some(false) => self.counts.withheld += 1,
                        None => {
                            self.walk.step_back(start);
                            break;
                        }
                    }
                }
                Step::Mangled { start } => {
                    judge.misses(part_of_str(text, start..self.walk.at));
                    self.counts.mangled += 1;
                }
                Step::Cut | Step::End => break,
            }
        }
        judge.read(part_of_str(text, read..self.walk.at));
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
    /// Replaces placeholders with their values.
    ///
    /// Changes that models make to a placeholder are tolerated: another letter case,
    /// `O` for `0`, `I` or `L` for `1`, another dash (`‐`, `‑`, `‒`, `–`, `—`, `−`), a
    /// backslash before the dash, and brackets that are missing or written as `\[`,
    /// `%5B`, `&#91;` or in full width. An underscore or blank in place of the dash is
    /// not: such a text is counted as [mangled](RestoreCounts::mangled).
    /// Otherwise a placeholder must be exactly one of this map. Without brackets, no
    /// letter or digit may stand next to it. Values are restored once: text that
    /// looks like a placeholder inside a value stays.
    ///
    /// Values are written unescaped. If the text is JSON, parse it first and restore
    /// its strings, because a value may contain quotation marks.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, Kind, PlaceholderMap};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let placeholder = map.placeholder(Kind::Phone, "+1 202 555 0143");
    /// let answer = format!("Call {}.", placeholder.to_lowercase());
    /// assert_eq!(map.restore(&answer).as_str(), "Call +1 202 555 0143.");
    /// ```
    #[must_use]
    pub fn restore<'t>(&self, text: &'t str) -> Restored<'t> {
        self.restore_if(text, &mut ReleaseAll)
    }

    /// Like [`restore`](Self::restore), but restores only what `judge` releases.
    pub(crate) fn restore_if<'t>(&self, text: &'t str, judge: &mut impl Judge) -> Restored<'t> {
        let (mut restorer, mut out) = (Restorer::new(), String::new());
        restorer.restore(self, text, true, judge, &mut out);
        let counts = restorer.counts;
        let text = if counts.restored == 0 {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(out)
        };
        Restored { text, counts }
    }

    /// Returns the placeholders of a text that `judge` releases, with their values, and
    /// the counts.
    #[cfg(feature = "json")]
    pub(crate) fn restoring(
        &self,
        text: &str,
        judge: &mut dyn Judge,
    ) -> (Vec<Edit>, RestoreCounts) {
        let (mut restorer, mut edits) = (Restorer::new(), Vec::new());
        restorer.walk(self, text, true, judge, |span, value| {
            edits.push(Edit {
                span,
                text: value.to_owned(),
                finding: None,
            });
        });
        (edits, restorer.counts)
    }
}
