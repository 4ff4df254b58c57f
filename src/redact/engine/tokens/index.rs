//! Prefixes by the bytes at the place that leads to them.

use crate::redact::shape::ByteSet;

/// How many bytes a prefix is looked up by.
pub(super) const KEY: usize = 3;

/// With some thousand keys of four bytes one place in twenty passes by chance,
/// and the filter leaves room in the nearest cache.
const FILTER_BITS: u32 = 15;

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
    /// In the order of their buckets.
    entries: Vec<Entry>,
    /// Where each bucket starts, and after the last one where it ends.
    buckets: Vec<u16>,
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
            (
                bucket(entry.key),
                entry.key,
                usize::MAX - len(entry.prefix),
                entry.prefix,
            )
        });
        let mut count = 0;
        self.buckets = (0..=BUCKETS)
            .map(|number| {
                let rest = self.entries.get(count..).unwrap_or_default().iter();
                count += rest.take_while(|entry| bucket(entry.key) < number).count();
                u16::try_from(count).unwrap_or(u16::MAX)
            })
            .collect();
    }

    #[inline]
    pub(super) fn may_hold(&self, bytes: [u8; KEY + 1]) -> bool {
        let (word, bit) = slot(bytes);
        self.filter
            .get(word)
            .is_some_and(|word| word >> bit & 1 == 1)
    }

    #[inline]
    pub(super) fn get(
        &self,
        [first, second, third, _]: [u8; KEY + 1],
    ) -> impl Iterator<Item = &Entry> {
        let key = [first, second, third];
        let number = bucket(key);
        let at = |number: usize| self.buckets.get(number).copied().map_or(0, usize::from);
        let entries = self
            .entries
            .get(at(number)..at(number + 1))
            .unwrap_or_default();
        entries.iter().filter(move |entry| entry.key == key)
    }
}

const BUCKETS: usize = 1 << 10;

#[inline]
fn bucket([first, second, third]: [u8; KEY]) -> usize {
    let key = u32::from_le_bytes([first, second, third, 0]);
    (key.wrapping_mul(0x85EB_CA6B) >> 22) as usize
}

#[inline]
fn slot(bytes: [u8; KEY + 1]) -> (usize, u32) {
    let hash = u32::from_le_bytes(bytes).wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS);
    ((hash >> 6) as usize, hash & 63)
}
