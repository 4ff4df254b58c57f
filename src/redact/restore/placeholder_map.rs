//! The reversible map from placeholders to values.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::redact::custom::KnownValues;
use crate::redact::finding::Kind;
use crate::redact::operator::{Key, tag};
use crate::redact::text::placeholder;
use crate::secret::Secret;

/// A map from placeholders to the values behind them, usually one per conversation.
///
/// The values are kept in memory that is wiped when the map is dropped. They are
/// looked up by tag; no value is a key of the map. There is no `Clone` and no
/// `Serialize`, and `Debug` shows only counts.
///
/// Under one key, equal values of a kind have equal placeholders, whatever was
/// redacted before them. There is one exception: two values share a tag of 40 bits by
/// chance about once in 20,000 conversations of 10,000 values. The later value then
/// gets another tag.
///
/// # Example
/// ```
/// use confidant::redact::{Key, Redactor, PlaceholderMap};
///
/// let redactor = Redactor::default();
/// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
/// let text = "use ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA to deploy";
/// let redacted = redactor.redact_with(text, &mut map);
/// assert_eq!(redacted.as_str(), "use [TOKEN-R23G40WT] to deploy");
/// let answer = map.restore("run `deploy --token token-r23g4owt`");
/// assert!(answer.as_str().ends_with("ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA`"));
/// ```
pub struct PlaceholderMap {
    key: Key,
    limit: usize,
    entries: HashMap<u64, Entry>,
    /// Tags that a text contained before any value had them. No value may get them,
    /// because the text would be read as its placeholder.
    taken: HashSet<u64>,
    /// The values that are hidden wherever they occur, if repeats are.
    known: Option<KnownValues>,
}

struct Entry {
    kind: Kind,
    form: Form,
    value: Secret<str>,
}

/// What a value is in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A number, which stands there without quotation marks.
    Number,
    /// A string or a part of one.
    Text,
}

/// A value with its tag.
#[derive(Clone, Copy)]
pub(crate) struct Mapped<'m> {
    pub(crate) tag: u64,
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) value: &'m str,
}

/// From here on count the tags of numbers, so that a number and the same digits as text
/// have placeholders of their own, and each is restored as what it was.
const NUMBERS: u32 = 1 << 31;

impl PlaceholderMap {
    /// The default limit: one million values.
    pub const DEFAULT_LIMIT: usize = 1_000_000;

    /// Creates an empty map that makes placeholders under `key`.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            key,
            limit: Self::DEFAULT_LIMIT,
            entries: HashMap::new(),
            taken: HashSet::new(),
            known: None,
        }
    }

    /// Also hides the values of the map wherever they occur again, even where no rule
    /// would find them.
    ///
    /// A value is found as exact bytes, also inside a word. It must have from
    /// [`KnownValues::MIN_LEN`] to [`KnownValues::MAX_LEN`] bytes; a shorter one occurs in
    /// texts by chance. Texts that look like placeholders are not repeated values.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let (redactor, key) = (Redactor::default(), Key::from_bytes([7; 32]));
    /// let mut map = PlaceholderMap::new(key).hide_repeats();
    /// redactor.redact_with("password=fV9s-Rk2xLq7", &mut map);
    /// let again = redactor.redact_with("it is fV9s-Rk2xLq7, I said", &mut map);
    /// assert!(again.as_str().starts_with("it is [PASSWORD-"));
    /// ```
    #[must_use]
    pub fn hide_repeats(mut self) -> Self {
        let key = Key::from_bytes(self.key.mac(&[b"confidant/redact/repeats@v1"]));
        let known = KnownValues::new(key);
        for entry in self.entries.values() {
            remember(Some(&known), entry.kind, entry.value.expose_secret());
        }
        self.known = Some(known);
        self
    }

    /// Sets the greatest number of values that the map keeps.
    ///
    /// A value found beyond the limit is replaced with its label and cannot be
    /// restored.
    #[must_use]
    pub const fn limit(mut self, values: usize) -> Self {
        self.limit = values;
        self
    }

    /// Returns the number of values in the map.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether the map holds no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Wipes and forgets all values.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.taken.clear();
        if let Some(known) = &self.known {
            known.clear();
        }
    }

    /// Adds a value and returns its placeholder, or its label if the map is full.
    pub fn placeholder(&mut self, kind: Kind, value: &str) -> String {
        let mut out = Vec::new();
        self.write(kind, Form::Text, value, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Returns the value with this tag and its kind.
    ///
    /// The tag is the 40-bit number written as the eight characters of a placeholder,
    /// most significant first.
    #[must_use]
    pub fn value(&self, tag: u64) -> Option<(Kind, &Secret<str>)> {
        let entry = self.entries.get(&tag)?;
        Some((entry.kind, &entry.value))
    }

    pub(crate) fn find(&self, kind: Kind, tag: u64) -> Option<&str> {
        let entry = self.entries.get(&tag)?;
        (entry.kind == kind).then(|| entry.value.expose_secret())
    }

    /// Adds a value and writes its placeholder, or its label if the map is full.
    /// Returns the tag of the placeholder.
    pub(crate) fn write(
        &mut self,
        kind: Kind,
        form: Form,
        value: &str,
        out: &mut Vec<u8>,
    ) -> Option<u64> {
        let tag = self.insert(kind, form, value);
        match tag {
            Some(tag) => placeholder::write_placeholder(kind, tag, out),
            None => placeholder::write_label(kind, out),
        }
        tag
    }

    /// The values hidden wherever they occur.
    pub(crate) const fn known(&self) -> Option<&KnownValues> {
        self.known.as_ref()
    }

    /// Returns the kind under which a value is in the map, if it is.
    pub(crate) fn kind_of(&self, value: &str) -> Option<Kind> {
        let has = |kind: &Kind| {
            [0, NUMBERS].into_iter().any(|first| {
                let tag = tag(&self.key, *kind, value.as_bytes(), first);
                let is_it =
                    |entry: &&Entry| entry.kind == *kind && entry.value.expose_secret() == value;
                self.entries.get(&tag).filter(is_it).is_some()
            })
        };
        Kind::ALL.iter().copied().find(has)
    }

    /// Returns the values with their tags and kinds, in no order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Mapped<'_>> {
        let entries = self.entries.iter();
        entries.map(|(tag, entry)| entry.mapped(*tag))
    }

    /// Returns the value with this tag.
    pub(crate) fn entry(&self, tag: u64) -> Option<Mapped<'_>> {
        self.entries.get(&tag).map(|entry| entry.mapped(tag))
    }

    /// Returns the tags that no value may get, in no order.
    pub(crate) fn taken(&self) -> impl Iterator<Item = u64> {
        self.taken.iter().copied()
    }

    /// Returns how many tags no value may get.
    pub(crate) fn taken_len(&self) -> usize {
        self.taken.len()
    }

    /// Puts a value back under the tag that it had. Returns `false`, and changes nothing,
    /// if another value has it or the map is full.
    pub(crate) fn put(&mut self, mapped: Mapped<'_>) -> bool {
        let Mapped {
            tag,
            kind,
            form,
            value,
        } = mapped;
        if let Some(entry) = self.entries.get(&tag) {
            return entry.is(kind, form, value);
        }
        if self.entries.len() >= self.limit {
            return false;
        }
        remember(self.known.as_ref(), kind, value);
        let value = Secret::from(Box::<str>::from(value));
        self.entries.insert(tag, Entry { kind, form, value });
        true
    }

    fn insert(&mut self, kind: Kind, form: Form, value: &str) -> Option<u64> {
        let full = self.entries.len() >= self.limit;
        let mut counter: u32 = match form {
            Form::Number => NUMBERS,
            Form::Text => 0,
        };
        loop {
            let tag = tag(&self.key, kind, value.as_bytes(), counter);
            match self.entries.entry(tag) {
                Slot::Occupied(slot) => {
                    if slot.get().is(kind, form, value) {
                        return Some(tag);
                    }
                }
                Slot::Vacant(slot) => {
                    if !self.taken.contains(&tag) {
                        if full {
                            return None;
                        }
                        slot.insert(Entry {
                            kind,
                            form,
                            value: Secret::from(Box::<str>::from(value)),
                        });
                        remember(self.known.as_ref(), kind, value);
                        return Some(tag);
                    }
                }
            }
            counter = counter.checked_add(1)?;
        }
    }

    /// Reserves a tag so that no value gets it. Returns `false` if the map is full.
    pub(crate) fn take(&mut self, tag: u64) -> bool {
        if self.taken.len() >= self.limit {
            return self.taken.contains(&tag);
        }
        self.taken.insert(tag);
        true
    }
}

impl Entry {
    fn is(&self, kind: Kind, form: Form, value: &str) -> bool {
        self.kind == kind && self.form == form && self.value.expose_secret() == value
    }

    const fn mapped(&self, tag: u64) -> Mapped<'_> {
        Mapped {
            tag,
            kind: self.kind,
            form: self.form,
            value: self.value.expose_secret(),
        }
    }
}

/// Adds a value to those that are hidden wherever they occur, if it may be one.
fn remember(known: Option<&KnownValues>, kind: Kind, value: &str) {
    if let Some(known) = known
        && kind != Kind::Literal
    {
        // One that is too short or too long is found by rules alone, as documented.
        let _ = known.insert(value);
    }
}

impl fmt::Debug for PlaceholderMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaceholderMap")
            .field("len", &self.entries.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
