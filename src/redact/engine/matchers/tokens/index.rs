//! Prefixes by the bytes at the place that leads to them.

use std::cmp::Reverse;

use crate::redact::engine::tables::index::{Buckets, Filter};
use crate::redact::text::ByteSet;

/// How many bytes a prefix is looked up by.
pub(super) const KEY: usize = 3;

/// One way to one prefix.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// How far behind the token's start the place lies that leads to it.
    pub(super) back: u8,
    pub(super) prefix: u16,
}

/// Prefixes by three bytes, behind a filter that sees a fourth where that says
/// much.
#[derive(Default)]
pub(super) struct Index<const WORDS: usize> {
    filter: Filter<WORDS>,
    added: Vec<(u32, Entry)>,
    entries: Buckets<Entry>,
}

/// A fourth byte that may be any of more than these says little.
const MOST_FOURTH: u32 = 8;

impl<const WORDS: usize> Index<WORDS> {
    /// Adds a prefix to which the place `back` bytes behind its start leads; the
    /// key is what stands `from` bytes behind the start.
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

    /// Puts the entries in order; of those with one key the longest prefix leads.
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

/// The first three of the bytes.
#[inline]
const fn key([first, second, third, _]: [u8; KEY + 1]) -> u32 {
    u32::from_le_bytes([first, second, third, 0])
}

/// The first three of the bytes, as what the filter holds: no fourth byte is like
/// that.
#[inline]
const fn three([first, second, third, _]: [u8; KEY + 1]) -> u32 {
    u32::from_le_bytes([first, second, third, 0xff])
}
