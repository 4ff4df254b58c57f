//! Numbers by pairs of numbers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Numbers by pairs of numbers.
///
/// The pairs are numbers that this module gave out itself, one after the other, so a
/// hash without a key will do.
#[derive(Clone, Debug, Default)]
pub(in crate::visibility) struct Pairs {
    map: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
}

#[derive(Clone, Debug, Default)]
pub(in crate::visibility) struct Mixer(u64);

impl Hasher for Mixer {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        // Both halves of the product count: the table takes its place from one end of
        // the hash and its tag from the other.
        let product = u128::from(self.0 ^ value) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

impl Pairs {
    #[inline]
    pub(in crate::visibility) fn get(&self, first: u32, second: u32) -> Option<u32> {
        self.map.get(&pair(first, second)).copied()
    }

    pub(super) fn insert(&mut self, first: u32, second: u32, number: u32) {
        self.map.insert(pair(first, second), number);
    }
}

const fn pair(first: u32, second: u32) -> u64 {
    (first as u64) << 32 | second as u64
}
