//! A snapshot of the tables, which scans read and writers replace.

use std::sync::Arc;

use zeroize::DefaultIsZeroes;

use super::filter::Filter;
use super::forms::Marks;
use super::keys::Keys;
use super::polynomial::Sum;
use super::shards::{Item, Shards};
use super::window::{Class, is_plain, offsets, window};
use crate::error::KnownRefusal;

/// How many entries a window may lead to before another window is tried.
const ROOMY: usize = 4;

/// The greatest number of entries that a window may lead to.
pub(super) const MOST_ENTRIES: usize = 256;

/// How many entries a window counts as if it is likely in ordinary text.
const PLAIN: usize = 64;

/// The greatest number of superfluous grams of removed values in a filter.
const SPARE: usize = 4096;

/// The existence of values of one length with a window at one offset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    window: u32,
    count: u32,
    /// The length of the values.
    pub(super) len: u16,
    /// The offset of the window in the values.
    pub(super) offset: u8,
    /// The hashes of the window's grams, as many as there are.
    grams: [u32; Class::Long.stride()],
}

impl Entry {
    /// Returns the class of the entry's window.
    pub(super) fn class(&self) -> Class {
        Class::of(self.len.into())
    }

    fn grams(&self) -> &[u32] {
        self.grams.get(..self.class().stride()).unwrap_or_default()
    }

    /// Returns whether the entry is for values of `len` bytes with a window at
    /// `offset`.
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

/// A value: its fingerprint, and the window that leads to it.
#[derive(Clone, Copy, Debug, Default)]
struct Value {
    tag: u32,
    digest: [u8; 16],
    offset: u8,
    /// Who has the value: the bits of [`Holder`].
    holders: u8,
}

impl DefaultIsZeroes for Value {}

/// Who has a value, which stays as long as anybody has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// Who uses the set.
    Set,
    /// Owners of values, such as the secrets of a vault.
    Owners,
}

impl Holder {
    const fn bit(self) -> u8 {
        match self {
            Self::Set => 1,
            Self::Owners => 2,
        }
    }
}

/// Where a value stands in the tables. It holds keyed hashes, as they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    tag: u32,
    pub(super) digest: [u8; 16],
    offset: u8,
    window: u32,
    len: usize,
}

impl Item for Value {
    fn hash(&self) -> u32 {
        self.tag
    }
}

/// The tables. A clone is cheap and shares almost everything.
#[derive(Clone, Debug)]
pub(super) struct State {
    entries: Shards<Entry>,
    values: Shards<Value>,
    /// The grams of all windows, and those of the short windows alone.
    all: Grams,
    short: Grams,
    len: usize,
    /// The greatest offset of a window.
    back: usize,
    /// The length of the longest value.
    longest: usize,
    /// The marks with short escapes that values contain, or contained.
    marks: Marks,
}

/// A filter and the statistics about it.
#[derive(Clone, Debug)]
struct Grams {
    filter: Arc<Filter>,
    /// How many entries have grams in the filter.
    entries: usize,
    /// How many grams those are.
    needed: usize,
    /// How many grams the filter contains, including those of removed values.
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

    /// Subtracts grams that are no longer needed.
    const fn release(&mut self, grams: usize) {
        self.entries -= 1;
        self.needed -= grams;
    }

    /// Returns whether the filter should be rebuilt.
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
            longest: 0,
            marks: Marks::NONE,
        }
    }

    /// Returns the length of the longest value.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// Returns the marks with short escapes that values may contain.
    pub(super) const fn marks(&self) -> Marks {
        self.marks
    }

    /// Returns the number of values.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Returns the filter of the grams of all windows.
    pub(super) fn all(&self) -> &Filter {
        &self.all.filter
    }

    /// Returns the filter of the grams of the short windows.
    pub(super) fn short(&self) -> &Filter {
        &self.short.filter
    }

    /// Returns whether there are windows of a class.
    pub(super) const fn has(&self, class: Class) -> bool {
        match class {
            Class::Short => self.short.entries > 0,
            Class::Long => self.all.entries > self.short.entries,
        }
    }

    /// Returns how many bytes must be read to know that no value begins at a place.
    pub(super) const fn reach(&self) -> usize {
        self.back + Class::Long.window()
    }

    /// Returns the greatest offset of a window.
    pub(super) const fn back(&self) -> usize {
        self.back
    }

    /// Returns the entries that a window leads to.
    pub(super) fn entries(&self, window: u32) -> &[Entry] {
        self.entries.equal(window)
    }

    /// Returns the greatest number of entries that any window leads to.
    #[cfg(test)]
    pub(super) fn entries_of_most(&self) -> usize {
        let counts = self.entries.iter();
        let counts = counts.map(|entry| self.entries(entry.window).len());
        counts.max().unwrap_or(0)
    }

    /// Returns whether a stretch of `len` bytes is one of the values.
    pub(super) fn holds(&self, keys: &Keys, sum: Sum, len: usize) -> bool {
        self.value(keys, sum, len).is_some()
    }

    /// Returns whether the window at `offset` is the one registered for the value in
    /// a stretch of `len` bytes. Windows of other values may lead there too.
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

    /// Adds a value of an allowed length. Returns whether it is new.
    pub(super) fn insert(
        &mut self,
        keys: &Keys,
        value: &[u8],
        holder: Holder,
    ) -> Result<bool, KnownRefusal> {
        let sum = keys.polynomial().sum(value);
        if let Some(known) = self.value(keys, sum, value.len()) {
            if known.holders & holder.bit() == 0 {
                let is = |other: &Value| other.digest == known.digest;
                if let Some(known) = self.values.find_mut(known.tag, is) {
                    known.holders |= holder.bit();
                }
            }
            return Ok(false);
        }
        let offset = self.lead(keys, value)?;
        self.values.insert(Value {
            tag: keys.tag(sum, value.len()),
            digest: keys.digest(sum, value.len()),
            offset,
            holders: holder.bit(),
        });
        self.marks.add(value);
        self.len += 1;
        Ok(true)
    }

    /// Removes a value. Returns whether it was present.
    pub(super) fn remove(&mut self, keys: &Keys, value: &[u8]) -> bool {
        let place = self.place(keys, value);
        place.is_some_and(|place| self.forget(&place, Holder::Set))
    }

    /// Returns where a value stands in the tables, if it is present.
    pub(super) fn place(&self, keys: &Keys, value: &[u8]) -> Option<Place> {
        let sum = keys.polynomial().sum(value);
        let known = self.value(keys, sum, value.len())?;
        Some(Place {
            tag: known.tag,
            digest: known.digest,
            offset: known.offset,
            window: keys.window(window(value, known.offset)),
            len: value.len(),
        })
    }

    /// Takes the value at a place from a holder, and removes it if nobody else has it.
    /// Returns whether the holder had it.
    pub(super) fn forget(&mut self, place: &Place, holder: Holder) -> bool {
        let is = |other: &Value| other.digest == place.digest;
        let mut known = self
            .values
            .equal(place.tag)
            .iter()
            .filter(|value| is(value));
        let Some(holders) = known.next().map(|value| value.holders) else {
            return false;
        };
        if holders != holder.bit() {
            if let Some(known) = self.values.find_mut(place.tag, is) {
                known.holders &= !holder.bit();
            }
            return holders & holder.bit() != 0;
        }
        self.values.remove(place.tag, is);
        self.len -= 1;
        let is = |entry: &Entry| entry.is(place.len, place.offset);
        if let Some(entry) = self.entries.find_mut(place.window, is) {
            entry.count -= 1;
            if entry.count == 0 {
                let entry = self.entries.remove(place.window, is);
                entry.iter().for_each(|entry| self.release(entry));
            }
        }
        true
    }

    /// Registers a window that leads to values of this length. Returns the offset of
    /// the window.
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

    /// Adds the grams of an entry to the filters.
    fn note(&mut self, entry: &Entry) {
        self.back = self.back.max(entry.offset.into());
        self.longest = self.longest.max(entry.len.into());
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

    /// Rebuilds the filters with room for twice the grams.
    fn fill(&mut self) {
        let Self { entries, .. } = self.clone();
        self.all = Grams::with_room(2 * self.all.needed);
        self.short = Grams::with_room(2 * self.short.needed);
        (self.back, self.longest) = (0, 0);
        entries.iter().for_each(|entry| self.note(entry));
    }
}
