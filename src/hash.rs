//! A quick hash of short names under a key.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A quick hash of ids and names under a key that is drawn at random, because they may
/// come from outside.
///
/// Most are hashed by two multiplications, whose halves are folded together. Whoever
/// knows neither the key nor any hash cannot choose ids that meet in one place of a table.
#[derive(Clone, Debug)]
pub(crate) struct NameHash {
    keys: [u64; 3],
}

/// What [`NameHash`] hashes by where a map asks it.
#[derive(Debug)]
pub(crate) struct NameHasher {
    hash: u64,
    keys: [u64; 3],
}

impl Default for NameHash {
    fn default() -> Self {
        let random = RandomState::new();
        Self {
            keys: [0_u8, 1, 2].map(|number| random.hash_one(number)),
        }
    }
}

impl NameHash {
    /// The hash under a key that is no secret, for names by which a caller sorts what it
    /// has: names that meet in one number cost time and are told apart.
    #[cfg(feature = "consent")]
    pub(crate) const PLAIN: Self = Self {
        keys: [
            0x9e37_79b9_7f4a_7c15,
            0xd1b5_4a32_d192_ed03,
            0xabc9_8388_fb8f_ac03,
        ],
    };

    #[inline]
    pub(crate) fn of(&self, name: &str) -> u64 {
        let mut hasher = self.build_hasher();
        hasher.write(name.as_bytes());
        hasher.finish()
    }
}

impl BuildHasher for NameHash {
    type Hasher = NameHasher;

    #[inline]
    fn build_hasher(&self) -> NameHasher {
        let [hash, ..] = self.keys;
        NameHasher {
            hash,
            keys: self.keys,
        }
    }
}

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let [_, key, _] = self.keys;
        let mut rest = bytes;
        while rest.len() > 16
            && let Some((block, after)) = rest.split_first_chunk::<16>()
        {
            let (first, second) = ends(block);
            self.hash = fold(first ^ self.hash, second ^ key);
            rest = after;
        }
        let (first, second) = ends(rest);
        self.hash = fold(first ^ self.hash, second ^ key) ^ bytes.len() as u64;
    }

    /// Takes what ends a text: the length is counted in already.
    #[inline]
    fn write_u8(&mut self, end: u8) {
        self.hash ^= u64::from(end);
    }

    #[inline]
    fn finish(&self) -> u64 {
        let [.., key] = self.keys;
        fold(self.hash, key)
    }
}

/// All of up to 16 bytes in two numbers.
#[inline]
fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let number = |bytes| u64::from(u32::from_le_bytes(bytes));
        return (number(*first), number(*last));
    }
    match bytes {
        [] => (0, 0),
        [one] => (u64::from(*one), 0),
        [one, other @ ..] => {
            let last = other.last().copied().unwrap_or(0);
            let middle = other.first().copied().unwrap_or(0);
            (u64::from_le_bytes([*one, middle, last, 0, 0, 0, 0, 0]), 0)
        }
    }
}

#[inline]
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn every_byte_counts_at_every_length() {
        let hash = NameHash::default();
        for len in 1..70 {
            let plain = "a".repeat(len);
            let mut seen = HashSet::from([hash.of(&plain), hash.of(&"a".repeat(len + 1))]);
            for at in 0..len {
                let mut changed = plain.clone().into_bytes();
                changed[at] = b'b';
                let changed = String::from_utf8(changed).unwrap();
                assert!(seen.insert(hash.of(&changed)), "{len} {at}");
            }
        }
    }

    #[test]
    fn ids_that_count_on_spread_over_places_and_tags() {
        let hash = NameHash::default();
        let (mut places, mut tags) = (HashMap::new(), HashMap::new());
        for number in 0..65_536 {
            let hash = hash.of(&format!("workspace-{number}"));
            *places.entry(hash & 0xffff).or_insert(0) += 1;
            *tags.entry(hash >> 48).or_insert(0) += 1;
        }
        // At random the fullest of as many places holds about nine.
        for found in [places, tags] {
            let fullest = found.values().max().copied();
            assert!(fullest < Some(20), "{fullest:?}");
            assert!(found.len() > 35_000, "{}", found.len());
        }
    }

    #[test]
    fn a_map_finds_what_it_was_given() {
        let mut map = HashMap::with_hasher(NameHash::default());
        for number in 0..1_000 {
            map.insert(format!("chat.n{number}"), number);
        }
        for number in 0..1_000 {
            assert_eq!(map.get(&format!("chat.n{number}")), Some(&number));
        }
        assert_eq!(map.get("chat"), None);
    }

    #[test]
    fn keys_differ() {
        assert_ne!(NameHash::default().of("jo"), NameHash::default().of("jo"));
    }
}
