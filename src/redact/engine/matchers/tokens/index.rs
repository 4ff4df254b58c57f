//! The lookup of prefixes by the bytes at the place that leads to them.

use std::cmp::Reverse;

use crate::redact::engine::tables::index::{Buckets, Filter};
use crate::redact::text::ByteSet;

/// The number of bytes by which a prefix is looked up.
pub(super) const KEY: usize = 3;

/// One route to one prefix.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// How far after the token's start the place lies that leads to it.
    pub(super) back: u8,
    pub(super) prefix: u16,
}

/// Prefixes, looked up by three bytes. A filter before the look-up also tests a fourth
/// byte where few values of it are possible.
#[derive(Default)]
pub(super) struct Index<const WORDS: usize> {
    filter: Filter<WORDS>,
    added: Vec<(u32, Entry)>,
    entries: Buckets<Entry>,
}

/// The greatest number of values of a selective fourth byte.
const MOST_FOURTH: u32 = 8;

impl<const WORDS: usize> Index<WORDS> {
    /// Adds a prefix that is reached from the place `back` bytes after its start. The
    /// key is `from` bytes after the start.
    pub(super) fn add(&mut self, bytes: &[ByteSet], from: usize, back: usize, prefix: u16) {
        let set = |at: usize| bytes.get(from + at).copied().unwrap_or(ByteSet::ANY);
        let back = u8::try_from(back).unwrap_or(u8::MAX);
        for first in set(0).bytes() {
            for second in set(1).bytes() {
                for third in set(2).bytes() {
                    let bytes = [first, second, third, 0];
                    self.added.push((key(bytes), Entry { back, prefix }));
                    if set(3).len() > MOST_FOURTH {
                        self.filter.add(three(bytes));
                        continue;
                    }
                    for fourth in set(3).bytes() {
                        let bytes = [first, second, third, fourth];
                        self.filter.add(u32::from_le_bytes(bytes));
                    }
                }
            }
        }
    }

    /// Sorts the entries. Of those with the same key, the longest prefix comes first.
    pub(super) fn sort(&mut self, len: impl Fn(u16) -> usize) {
        let entries = std::mem::take(&mut self.added);
        self.entries = Buckets::new(&entries, |entry| (Reverse(len(entry.prefix)), entry.prefix));
    }

    #[inline]
    pub(super) fn may_hold(&self, bytes: [u8; KEY + 1]) -> bool {
        self.filter.may_hold(three(bytes)) | self.filter.may_hold(u32::from_le_bytes(bytes))
    }

    #[inline]
    pub(super) fn get(&self, bytes: [u8; KEY + 1]) -> impl Iterator<Item = &Entry> {
        self.entries.get(key(bytes))
    }
}

/// Returns the first three of the bytes.
#[inline]
const fn key([first, second, third, _]: [u8; KEY + 1]) -> u32 {
    u32::from_le_bytes([first, second, third, 0])
}

/// Returns the first three of the bytes in the form in the filter, which differs from
/// any fourth byte.
#[inline]
const fn three([first, second, third, _]: [u8; KEY + 1]) -> u32 {
    u32::from_le_bytes([first, second, third, 0xff])
}
