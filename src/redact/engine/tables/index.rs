//! Tables in which matchers look up the rules for a few first bytes.

/// The bounds of the number of buckets, which is otherwise about the number of
/// entries.
const LEAST_BUCKET_BITS: u32 = 4;
const MOST_BUCKET_BITS: u32 = 12;

/// A set of keys that is cheap to query and may have false positives.
///
/// Its `64 * WORDS` bits should be about ten times the number of keys, and no more:
/// all filters must fit into the L1 cache together.
pub(in crate::redact::engine) struct Filter<const WORDS: usize> {
    words: Box<[u64; WORDS]>,
}

impl<const WORDS: usize> Default for Filter<WORDS> {
    fn default() -> Self {
        Self {
            words: Box::new([0; WORDS]),
        }
    }
}

impl<const WORDS: usize> Filter<WORDS> {
    const BITS: u32 = {
        assert!(WORDS.is_power_of_two(), "a slot is some bits of a sum");
        (u64::BITS as usize * WORDS).trailing_zeros()
    };

    pub(in crate::redact::engine) fn add(&mut self, key: u32) {
        let slot = hash(key, Self::BITS);
        if let Some(word) = self.words.get_mut(slot >> 6) {
            *word |= 1 << (slot & 63);
        }
    }

    #[inline]
    pub(in crate::redact::engine) fn may_hold(&self, key: u32) -> bool {
        let slot = hash(key, Self::BITS);
        let word = self.words.get(slot >> 6).copied().unwrap_or(0);
        word >> (slot & 63) & 1 == 1
    }
}

/// Entries by their keys.
pub(in crate::redact::engine) struct Buckets<E> {
    /// In the order of their buckets.
    entries: Vec<(u32, E)>,
    /// The start of each bucket, and the end of the last one.
    starts: Vec<u32>,
    bits: u32,
}

impl<E> Default for Buckets<E> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            starts: Vec::new(),
            bits: LEAST_BUCKET_BITS,
        }
    }
}

impl<E: Copy> Buckets<E> {
    /// Creates the table of `entries`. Entries with the same key are ordered by rank,
    /// and those with the same rank keep their order.
    pub(in crate::redact::engine) fn new<R: Ord>(
        entries: &[(u32, E)],
        rank: impl Fn(&E) -> R,
    ) -> Self {
        let Some(first) = entries.first() else {
            return Self::default();
        };
        // Buckets have a few entries each: count them, then fill them in order.
        let bits = entries.len().next_power_of_two().trailing_zeros();
        let bits = bits.clamp(LEAST_BUCKET_BITS, MOST_BUCKET_BITS);
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for (key, _) in entries {
            if let Some(count) = starts.get_mut(hash(*key, bits)) {
                *count += 1;
            }
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        let mut sorted = vec![*first; entries.len()];
        for entry in entries.iter().rev() {
            if let Some(start) = starts.get_mut(hash(entry.0, bits)) {
                *start -= 1;
                if let Some(place) = sorted.get_mut(*start as usize) {
                    *place = *entry;
                }
            }
        }
        for ends in starts.windows(2) {
            if let &[start, end] = ends
                && let Some(bucket) = sorted.get_mut(start as usize..end as usize)
            {
                bucket.sort_by_key(|(_, entry)| rank(entry));
            }
        }
        Self {
            entries: sorted,
            starts,
            bits,
        }
    }

    pub(in crate::redact::engine) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[inline]
    pub(in crate::redact::engine) fn get(&self, key: u32) -> impl Iterator<Item = &E> {
        let number = hash(key, self.bits);
        let at = |number: usize| self.starts.get(number).map_or(0, |start| *start as usize);
        let bucket = self.entries.get(at(number)..at(number + 1));
        let entries = bucket.unwrap_or_default().iter();
        entries.filter_map(move |(known, entry)| (*known == key).then_some(entry))
    }
}

#[inline]
const fn hash(key: u32, bits: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::*;

    #[test]
    fn entries_are_found_by_their_keys_and_no_others() {
        let entries = (0..3000_u32).map(|at| (at % 1000 * 7919, at));
        let entries: Vec<_> = entries.collect();
        let buckets = Buckets::new(&entries, |at| Reverse(at / 1000));
        let mut filter = Filter::<512>::default();
        assert!(!filter.may_hold(7919));
        for key in 0..1000 {
            filter.add(key * 7919);
            let found: Vec<u32> = buckets.get(key * 7919).copied().collect();
            assert_eq!(found, [key + 2000, key + 1000, key]);
        }
        assert_eq!(buckets.get(1).count(), 0);
        assert!((0..1000).all(|key| filter.may_hold(key * 7919)));
        let by_chance = (0..1000).filter(|key| filter.may_hold(key * 7919 + 1));
        assert!(by_chance.count() < 100);
    }
}
