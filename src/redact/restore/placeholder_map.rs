//! The reversible map from placeholders to values.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::BuildHasher as _;
use std::ops::Range;

use zeroize::Zeroizing;

use super::readings::{Origin, Readings, readings};
use super::values::Values;
use crate::redact::custom::KnownValues;
use crate::redact::finding::{Category, Kind};
use crate::redact::operator::{Key, tag};
use crate::redact::redactor::{Form, Redactor};
use crate::redact::text::{Step, Walk, placeholder};
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
/// gets another tag. So does a text of digits that JSON has both as a number and as a
/// string.
///
/// A value in an encoded form, such as `q8Zr%21t` in an address, has a placeholder with
/// two tags: that of the plain value and its own. It gives back the form that stood
/// there; with the first tag alone, it gives the plain value. The map knows both, and
/// they are hidden wherever they appear.
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
    pub(super) limit: usize,
    pub(super) entries: HashMap<u64, Entry>,
    /// Tags that a text contained before any value had them. No value may get them,
    /// because the text would be read as its placeholder.
    pub(super) taken: HashSet<u64>,
    /// The placeholders that somebody typed and that were hidden for that reason.
    contested: HashSet<(Kind, u64)>,
    /// Keyed hashes of the texts that redaction returned.
    outputs: HashSet<u64>,
    hasher: RandomState,
    /// The search for the values.
    pub(super) values: Values,
}

/// A value of a map.
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) value: Secret<str>,
    /// The form in which JSON had the value, if any did.
    pub(super) form: Form,
    /// The tag of the plain value, if this one is an encoded form of it.
    pub(super) plain: Option<u64>,
}

/// What a map knows of a value that was found.
pub(super) struct Identity {
    /// The kind under which the map has the value.
    pub(super) kind: Kind,
    /// Whether the map has the value already, in whatever form.
    pub(super) is_known: bool,
    /// The tag of the plain value, if the map has it.
    plain: Option<u64>,
    /// The readings of the value that the map does not have yet. If it does not have the
    /// plain value, that is the last one.
    readings: Vec<Zeroizing<String>>,
    /// What the plain value also may be, or may hold.
    others: Vec<Zeroizing<String>>,
}

impl Identity {
    /// A value that is not read in any other way.
    pub(super) const fn plain(kind: Kind) -> Self {
        Self {
            kind,
            is_known: false,
            plain: None,
            readings: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Returns the tag of the plain value, if the map has it.
    #[cfg(feature = "guard")]
    pub(super) const fn plain_tag(&self) -> Option<u64> {
        self.plain
    }
}

/// A placeholder that was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) tag: u64,
    /// Whether the map learned the value, or its form in JSON, by that.
    pub(super) is_new: bool,
}

impl PlaceholderMap {
    /// The default limit: one million values.
    pub const DEFAULT_LIMIT: usize = 1_000_000;

    /// Creates an empty map that makes placeholders under `key`.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            values: Values::new(&key),
            key,
            limit: Self::DEFAULT_LIMIT,
            entries: HashMap::new(),
            taken: HashSet::new(),
            contested: HashSet::new(),
            outputs: HashSet::new(),
            hasher: RandomState::new(),
        }
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
        self.contested.clear();
        self.outputs.clear();
        self.values = Values::new(&self.key);
    }

    /// Adds a value and returns its placeholder, or its label if the map is full.
    ///
    /// If the map has the value already, possibly in another encoding, the placeholder is
    /// that of its kind there.
    pub fn placeholder(&mut self, kind: Kind, value: &str) -> String {
        let mut out = Vec::new();
        let identity = self.identify(kind, value, Origin::PLAIN, Form::Plain);
        self.write(&identity, value, Form::Plain, &mut out, |_| {});
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

    /// Returns the number behind a text that is nothing but the placeholder of a
    /// number of JSON.
    #[cfg(feature = "json")]
    pub(crate) fn number(&self, text: &str) -> Option<&str> {
        let (kind, tag) = Walk::whole(text)?;
        let entry = self.entries.get(&tag).filter(|entry| entry.kind == kind)?;
        (entry.form == Form::Number).then(|| entry.value.expose_secret())
    }

    /// Returns what the map knows of a value of a kind.
    pub(super) fn identify(&self, kind: Kind, value: &str, origin: Origin, form: Form) -> Identity {
        let mut identity = Identity::plain(kind);
        if kind == Kind::Literal {
            return identity;
        }
        if let Some((_, entry)) = self.values.entry(&self.entries, value) {
            identity.kind = entry.kind;
            identity.is_known = true;
            identity.plain = entry.plain;
            return identity;
        }
        if !form.is_text() {
            return identity;
        }
        let Readings { decoded, others } = readings(value, origin);
        identity.readings = decoded;
        if kind.category() == Category::Secret {
            identity.others = others;
        }
        let known = identity.readings.iter().enumerate().rev();
        let known = known.filter_map(|(at, reading)| {
            let (tag, entry) = self.values.entry(&self.entries, reading)?;
            Some((at, entry.kind, entry.plain.unwrap_or(tag)))
        });
        // Its units may also hold what stands beside the value.
        let inside = || {
            let last = identity.readings.last()?;
            let found = self.find_values(last, |_| true).into_iter();
            let (_, tag) = found.max_by_key(|(span, _)| span.len())?;
            let entry = self.entries.get(&tag)?;
            Some((0, entry.kind, entry.plain.unwrap_or(tag)))
        };
        if let Some((at, kind, plain)) = { known }.next().or_else(inside) {
            identity.readings.truncate(at);
            identity.kind = kind;
            identity.is_known = true;
            identity.plain = Some(plain);
        }
        identity
    }

    /// Adds a value and its readings, and writes its placeholder, or its label if the map
    /// is full. Passes on what was added or was there.
    pub(super) fn write(
        &mut self,
        identity: &Identity,
        value: &str,
        form: Form,
        out: &mut Vec<u8>,
        mut note: impl FnMut(Written),
    ) {
        let kind = identity.kind;
        let mut plain = identity.plain;
        for reading in identity.readings.iter().rev() {
            let Some(written) = self.insert(kind, reading, Form::Plain, plain) else {
                return placeholder::write_label(kind, out);
            };
            note(written);
            plain = plain.or(Some(written.tag));
        }
        match self.insert(kind, value, form, plain) {
            Some(written) => {
                self.write_tag(written.tag, out);
                note(written);
                plain = plain.or(Some(written.tag));
            }
            None => return placeholder::write_label(kind, out),
        }
        for other in &identity.others {
            if let Some(written) = self.insert(kind, other, Form::Plain, plain) {
                note(written);
            }
        }
    }

    /// Writes the placeholder of the value with this tag.
    pub(super) fn write_tag(&self, tag: u64, out: &mut Vec<u8>) {
        if let Some(entry) = self.entries.get(&tag) {
            placeholder::write_placeholder(entry.kind, entry.plain, tag, out);
        }
    }

    fn insert(
        &mut self,
        kind: Kind,
        value: &str,
        form: Form,
        plain: Option<u64>,
    ) -> Option<Written> {
        let full = self.entries.len() >= self.limit;
        let mut counter: u32 = 0;
        loop {
            let tag = tag(&self.key, kind, value.as_bytes(), counter);
            if let Some(entry) = self.entries.get_mut(&tag) {
                // A number and a string of JSON with one text are two values, because
                // each must come back as what it was.
                let fits = entry.form == form || [entry.form, form].contains(&Form::Plain);
                if entry.kind == kind && entry.value.expose_secret() == value && fits {
                    let is_new = form != Form::Plain && entry.form != form;
                    if is_new {
                        entry.form = form;
                    }
                    return Some(Written { tag, is_new });
                }
            } else if !self.taken.contains(&tag) {
                if full {
                    return None;
                }
                self.add(tag, kind, value, form, plain);
                let is_new = true;
                return Some(Written { tag, is_new });
            }
            counter = counter.checked_add(1)?;
        }
    }

    /// Adds a value under a tag that is free. `plain` is the tag of the plain value, if
    /// this one is a form of it.
    pub(super) fn add(
        &mut self,
        tag: u64,
        kind: Kind,
        value: &str,
        form: Form,
        plain: Option<u64>,
    ) {
        let entry = Entry {
            kind,
            value: Secret::from(Box::<str>::from(value)),
            form,
            plain: plain.filter(|plain| *plain != tag),
        };
        self.entries.insert(tag, entry);
        self.values.insert(kind, value, tag);
        if kind == Kind::Literal {
            self.contest(value);
        }
    }

    /// Notes the placeholders in a text that somebody typed.
    fn contest(&mut self, text: &str) {
        let mut walk = Walk::new();
        loop {
            match walk.next(text.as_bytes(), true) {
                Step::Token { kind, tag, .. } => {
                    self.contested.insert((kind, tag));
                }
                Step::Mangled { .. } => {}
                Step::Cut | Step::End => return,
            }
        }
    }

    /// Returns whether somebody typed this placeholder.
    pub(super) fn is_contested(&self, kind: Kind, tag: u64) -> bool {
        self.contested.contains(&(kind, tag))
    }

    /// Returns the places of known values in a text, with their tags.
    #[cfg(feature = "guard")]
    pub(crate) fn tags_in(&self, text: &str) -> Vec<(Range<usize>, u64)> {
        self.find_values(text, |_| true)
    }

    /// Returns the free places of known values in a text, with their tags.
    pub(super) fn find_values(
        &self,
        text: &str,
        is_free: impl Fn(&Range<usize>) -> bool,
    ) -> Vec<(Range<usize>, u64)> {
        self.values.find(&self.entries, text, is_free)
    }

    /// Returns the length of the longest value that only the search in texts finds, or
    /// `at_least`.
    pub(super) fn longest(&self, at_least: usize) -> usize {
        self.values.longest(at_least)
    }

    /// Returns the set of the values that may be searched for in encodings.
    pub(crate) const fn known_values(&self) -> &KnownValues {
        self.values.known()
    }

    /// Returns a number that grows whenever a value is added that is searched for in
    /// encodings.
    pub(super) fn generation(&self) -> u64 {
        self.values.generation()
    }

    /// Notes a text that the redaction of this redactor returned.
    pub(super) fn note_output(&mut self, redactor: &Redactor, text: &str) {
        if self.outputs.len() < self.limit {
            let output = self.hasher.hash_one((redactor.rules_id(), text));
            self.outputs.insert(output);
        }
    }

    /// Returns whether the redaction of this redactor has returned this text. Another one
    /// may find more in it.
    pub(super) fn is_output(&self, redactor: &Redactor, text: &str) -> bool {
        let output = self.hasher.hash_one((redactor.rules_id(), text));
        self.outputs.contains(&output)
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
