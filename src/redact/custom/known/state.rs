//! One state of the tables: what a scan reads, and how it changes.

use std::sync::Arc;

use zeroize::DefaultIsZeroes;

use super::filter::Filter;
use super::keys::Keys;
use super::polynomial::Sum;
use super::shards::{Item, Shards};
use super::window::{Class, is_plain, offsets, window};
use crate::error::KnownRefusal;

/// How many entries a window may lead to before another one is looked for.
const ROOMY: usize = 4;

/// How many entries a window may lead to at all.
pub(super) const MOST_ENTRIES: usize = 256;

/// How many entries it counts for that a window may well stand in ordinary text.
const PLAIN: usize = 64;

/// Grams of what was removed that a filter may hold beyond as many as are needed.
const SPARE: usize = 4096;

/// That some values of one length have a window at one place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    window: u32,
    count: u32,
    /// The length of the values.
    pub(super) len: u16,
    /// Where in the values the window begins.
    pub(super) offset: u8,
    /// The hashes of the window's grams, as many as there are.
    grams: [u32; Class::Long.stride()],
}

impl Entry {
    /// The sort of its window.
    pub(super) fn class(&self) -> Class {
        Class::of(self.len.into())
    }

    fn grams(&self) -> &[u32] {
        self.grams.get(..self.class().stride()).unwrap_or_default()
    }

    /// Whether it is that of values of `len` bytes with a window at `offset`.
    fn is(&self, len: usize, offset: u8) -> bool {
        usize::from(self.len) == len && self.offset == offset
    }
}

impl DefaultIsZeroes for Entry {}

impl Item for Entry {
    fn hash(&self) -> u32 {
        self.window
    }
}

/// One value: its fingerprint, and which window leads to it.
#[derive(Clone, Copy, Debug, Default)]
struct Value {
    tag: u32,
    digest: [u8; 16],
    offset: u8,
}

impl DefaultIsZeroes for Value {}

impl Item for Value {
    fn hash(&self) -> u32 {
        self.tag
    }
}

/// The tables. A clone is cheap and shares nearly all with its original.
#[derive(Clone, Debug)]
pub(super) struct State {
    entries: Shards<Entry>,
    values: Shards<Value>,
    /// The grams of all windows, and those of the short ones alone.
    all: Grams,
    short: Grams,
    len: usize,
    /// The furthest from its value's start that a window begins.
    back: usize,
}

/// A filter, and what is known of it.
#[derive(Clone, Debug)]
struct Grams {
    filter: Arc<Filter>,
    /// How many entries have their grams in it.
    entries: usize,
    /// How many grams those are.
    needed: usize,
    /// How many it holds, those of what was removed among them.
    filled: usize,
}

impl Grams {
    fn with_room(grams: usize) -> Self {
        Self {
            filter: Arc::new(Filter::with_room(grams)),
            entries: 0,
            needed: 0,
            filled: 0,
        }
    }

    fn add(&mut self, grams: &[u32]) {
        grams.iter().for_each(|gram| self.filter.add(*gram));
        self.entries += 1;
        self.needed += grams.len();
        self.filled += grams.len();
    }

    /// Counts grams out that are no longer needed.
    const fn release(&mut self, grams: usize) {
        self.entries -= 1;
        self.needed -= grams;
    }

    /// Whether it is time for a new filter.
    fn is_worn(&self) -> bool {
        self.filled > self.filter.room() || self.filled > 2 * self.needed + SPARE
    }
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            entries: Shards::new(),
            values: Shards::new(),
            all: Grams::with_room(0),
            short: Grams::with_room(0),
            len: 0,
            back: 0,
        }
    }

    /// How many values there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The grams of all windows.
    pub(super) fn all(&self) -> &Filter {
        &self.all.filter
    }

    /// The grams of the short windows.
    pub(super) fn short(&self) -> &Filter {
        &self.short.filter
    }

    /// Whether there are windows of a class.
    pub(super) const fn has(&self, class: Class) -> bool {
        match class {
            Class::Short => self.short.entries > 0,
            Class::Long => self.all.entries > self.short.entries,
        }
    }

    /// How many bytes from its start on have to be read to know that no value
    /// begins at a place.
    pub(super) const fn reach(&self) -> usize {
        self.back + Class::Long.window()
    }

    /// The furthest from its value's start that a window begins.
    pub(super) const fn back(&self) -> usize {
        self.back
    }

    /// What a window leads to.
    pub(super) fn entries(&self, window: u32) -> &[Entry] {
        self.entries.equal(window)
    }

    /// The most entries that one window leads to.
    #[cfg(test)]
    pub(super) fn entries_of_most(&self) -> usize {
        let counts = self.entries.iter();
        let counts = counts.map(|entry| self.entries(entry.window).len());
        counts.max().unwrap_or(0)
    }

    /// Whether a stretch of `len` bytes is one of the values.
    pub(super) fn holds(&self, keys: &Keys, sum: Sum, len: usize) -> bool {
        self.value(keys, sum, len).is_some()
    }

    /// Whether a window at `offset` is what leads to the value that a stretch of
    /// `len` bytes is; windows of other values may lead there too.
    pub(super) fn leads(&self, keys: &Keys, sum: Sum, len: usize, offset: u8) -> bool {
        let value = self.value(keys, sum, len);
        value.is_some_and(|value| value.offset == offset)
    }

    fn value(&self, keys: &Keys, sum: Sum, len: usize) -> Option<Value> {
        let same = self.values.equal(keys.tag(sum, len));
        if same.is_empty() {
            return None;
        }
        let digest = keys.digest(sum, len);
        same.iter().find(|value| value.digest == digest).copied()
    }

    /// Adds a value of a length that is allowed; answers whether it is new.
    pub(super) fn insert(&mut self, keys: &Keys, value: &[u8]) -> Result<bool, KnownRefusal> {
        let sum = keys.polynomial().sum(value);
        if self.holds(keys, sum, value.len()) {
            return Ok(false);
        }
        let offset = self.lead(keys, value)?;
        self.values.insert(Value {
            tag: keys.tag(sum, value.len()),
            digest: keys.digest(sum, value.len()),
            offset,
        });
        self.len += 1;
        Ok(true)
    }

    /// Removes a value; answers whether it was there.
    pub(super) fn remove(&mut self, keys: &Keys, value: &[u8]) -> bool {
        let sum = keys.polynomial().sum(value);
        let Some(known) = self.value(keys, sum, value.len()) else {
            return false;
        };
        let is = |other: &Value| other.digest == known.digest;
        self.values.remove(known.tag, is);
        self.len -= 1;
        let hash = keys.window(window(value, known.offset));
        let is = |entry: &Entry| entry.is(value.len(), known.offset);
        if let Some(entry) = self.entries.find_mut(hash, is) {
            entry.count -= 1;
            if entry.count == 0 {
                let entry = self.entries.remove(hash, is);
                entry.iter().for_each(|entry| self.release(entry));
            }
        }
        true
    }

    /// Sees to it that a window leads to values of this one's length; answers
    /// where the window begins.
    fn lead(&mut self, keys: &Keys, value: &[u8]) -> Result<u8, KnownRefusal> {
        let len = value.len();
        let mut best: Option<(usize, u32, u8)> = None;
        for offset in offsets(len) {
            let window = window(value, offset);
            let hash = keys.window(window);
            let known = self.entries(hash);
            let mut crowd = known.len();
            if known.iter().any(|entry| entry.is(len, offset)) {
                crowd = 0;
            } else if crowd == MOST_ENTRIES {
                continue;
            }
            if is_plain(window) {
                crowd += PLAIN;
            }
            if best.is_none_or(|(least, ..)| crowd < least) {
                best = Some((crowd, hash, offset));
            }
            if crowd < ROOMY {
                break;
            }
        }
        let (_, hash, offset) = best.ok_or(KnownRefusal::Crowded)?;
        let is = |entry: &Entry| entry.is(len, offset);
        if let Some(entry) = self.entries.find_mut(hash, is) {
            entry.count += 1;
        } else {
            self.add(Entry {
                window: hash,
                count: 1,
                len: u16::try_from(len).map_err(|_| KnownRefusal::Long)?,
                offset,
                grams: keys.grams(window(value, offset)),
            });
        }
        Ok(offset)
    }

    fn add(&mut self, entry: Entry) {
        self.entries.insert(entry);
        self.note(&entry);
        if self.all.is_worn() || self.short.is_worn() {
            self.fill();
        }
    }

    /// Puts the grams of an entry where they belong.
    fn note(&mut self, entry: &Entry) {
        self.back = self.back.max(entry.offset.into());
        self.all.add(entry.grams());
        if entry.class() == Class::Short {
            self.short.add(entry.grams());
        }
    }

    fn release(&mut self, entry: &Entry) {
        self.all.release(entry.grams().len());
        if entry.class() == Class::Short {
            self.short.release(entry.grams().len());
        }
        if self.all.is_worn() || self.short.is_worn() {
            self.fill();
        }
    }

    /// Makes new filters with room for as many grams again.
    fn fill(&mut self) {
        let Self { entries, .. } = self.clone();
        self.all = Grams::with_room(2 * self.all.needed);
        self.short = Grams::with_room(2 * self.short.needed);
        self.back = 0;
        entries.iter().for_each(|entry| self.note(entry));
    }
}
