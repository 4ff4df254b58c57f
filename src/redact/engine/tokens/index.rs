//! Prefixes by the bytes at the place that leads to them.

use crate::redact::shape::ByteSet;

/// How many bytes a prefix is looked up by.
pub(super) const KEY: usize = 3;

/// With some thousand keys of four bytes one place in thirty passes by chance.
const FILTER_BITS: u32 = 16;

/// One way to one prefix.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    key: [u8; KEY],
    /// How far behind the token's start the place lies that leads to it.
    pub(super) back: u8,
    pub(super) prefix: u16,
}

/// Prefixes by three bytes, behind a filter that sees a fourth.
#[derive(Default)]
pub(super) struct Index {
    filter: Vec<u64>,
    entries: Vec<Entry>,
}

impl Index {
    /// Adds a prefix to which the place `back` bytes behind its start leads;
    /// the key ends there, or begins with the token where that is its start.
    pub(super) fn add(&mut self, bytes: &[ByteSet], back: usize, prefix: u16) {
        if self.filter.is_empty() {
            self.filter = vec![0; 1 << (FILTER_BITS - 6)];
        }
        let from = back.saturating_sub(KEY);
        let set = |at: usize| bytes.get(from + at).copied().unwrap_or(ByteSet::ANY);
        let back = u8::try_from(back).unwrap_or(u8::MAX);
        for first in set(0).bytes() {
            for second in set(1).bytes() {
                for third in set(2).bytes() {
                    let key = [first, second, third];
                    self.entries.push(Entry { key, back, prefix });
                    for fourth in set(3).bytes() {
                        let (word, bit) = slot([first, second, third, fourth]);
                        if let Some(word) = self.filter.get_mut(word) {
                            *word |= 1 << bit;
                        }
                    }
                }
            }
        }
    }

    /// Puts the entries in order; of those with one key the longest prefix leads.
    pub(super) fn sort(&mut self, len: impl Fn(u16) -> usize) {
        self.entries.sort_unstable_by_key(|entry| {
            (entry.key, usize::MAX - len(entry.prefix), entry.prefix)
        });
    }

    #[inline]
    pub(super) fn may_hold(&self, bytes: [u8; KEY + 1]) -> bool {
        let (word, bit) = slot(bytes);
        self.filter
            .get(word)
            .is_some_and(|word| word >> bit & 1 == 1)
    }

    pub(super) fn get(&self, [first, second, third, _]: [u8; KEY + 1]) -> &[Entry] {
        let key = [first, second, third];
        let from = self.entries.partition_point(|entry| entry.key < key);
        let rest = self.entries.get(from..).unwrap_or_default();
        let count = rest.iter().take_while(|entry| entry.key == key).count();
        rest.get(..count).unwrap_or_default()
    }
}

#[inline]
fn slot(bytes: [u8; KEY + 1]) -> (usize, u32) {
    let hash = u32::from_le_bytes(bytes).wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS);
    ((hash >> 6) as usize, hash & 63)
}
