//! The contents of a map, for a store that keeps them.

use super::placeholder_map::{Entry, PlaceholderMap};
use super::readings::Origin;
use crate::redact::finding::Kind;
use crate::redact::redactor::{Form, into_text};

/// A value with its tag.
#[derive(Clone, Copy)]
pub(crate) struct Mapped<'m> {
    pub(crate) tag: u64,
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) value: &'m str,
}

impl PlaceholderMap {
    /// Returns the placeholder of the value with this tag.
    pub(crate) fn written(&self, tag: u64) -> String {
        let mut out = Vec::new();
        self.write_tag(tag, &mut out);
        into_text(out)
    }

    /// Returns the values with their tags and kinds, in no order.
    #[cfg(test)]
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

    /// Returns how the value with this tag is searched for, if it is.
    pub(crate) fn search_of(&self, tag: u64) -> Option<Search> {
        self.values.search_of(&self.entries, tag)
    }

    /// Puts a value back under the tag that it had. Returns `false`, and changes nothing,
    /// if another value has it or the map is full.
    ///
    /// Two processes may have learned different forms of one value. A string of JSON then
    /// wins, because it stays valid wherever the value stands.
    pub(crate) fn put(&mut self, mapped: Mapped<'_>) -> bool {
        let Mapped {
            tag,
            kind,
            form,
            value,
        } = mapped;
        if let Some(entry) = self.entries.get_mut(&tag) {
            let is_same = entry.kind == kind && entry.value.expose_secret() == value;
            if is_same {
                entry.form = entry.form.merged(form);
            }
            return is_same;
        }
        if self.entries.len() >= self.limit {
            return false;
        }
        // The plain value comes before its forms.
        let plain = self.identify(kind, value, Origin::PLAIN, form).plain_tag();
        self.add(tag, kind, value, form, plain);
        true
    }
}

/// Where a value of a map is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// In texts as they are.
    Plain,
    /// Also in their encodings.
    Encoded,
}

impl Entry {
    const fn mapped(&self, tag: u64) -> Mapped<'_> {
        Mapped {
            tag,
            kind: self.kind,
            form: self.form,
            value: self.value.expose_secret(),
        }
    }
}
