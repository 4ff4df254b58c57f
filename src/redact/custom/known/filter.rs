//! A bit filter that tells whether a gram may belong to a known value.

use std::sync::atomic::{AtomicU64, Ordering};
use std::{fmt, iter};

use zeroize::Zeroize;

/// The least number of bits per gram. At most five in a hundred other grams pass.
const BITS_PER_GRAM: usize = 8;

/// The least number of words. A filter of 4 KiB is as fast as a smaller one.
const LEAST_WORDS: usize = 512;

/// The greatest number of words: all that the hash of a gram can address, 8 MiB.
const MOST_WORDS: usize = 1 << 20;

/// A set of gram hashes, each represented by two bits in one word.
///
/// Bits are only ever set, so readers need no lock. A gram newer than a reader's
/// snapshot is treated like one that passes by chance.
pub(super) struct Filter {
    words: Box<[AtomicU64]>,
}

impl Filter {
    /// Creates a filter with room for `grams` grams.
    pub(super) fn with_room(grams: usize) -> Self {
        let words = (grams * BITS_PER_GRAM).div_ceil(64).next_power_of_two();
        let words = words.clamp(LEAST_WORDS, MOST_WORDS);
        Self {
            words: iter::repeat_with(AtomicU64::default).take(words).collect(),
        }
    }

    /// Returns the number of grams that the filter has room for.
    pub(super) const fn room(&self) -> usize {
        if self.words.len() == MOST_WORDS {
            usize::MAX
        } else {
            self.words.len() * 64 / BITS_PER_GRAM
        }
    }

    pub(super) fn add(&self, gram: u32) {
        let [first, second] = bits(gram);
        if let Some(word) = self.words.get(index(gram, self.words.len())) {
            word.fetch_or(1 << first | 1 << second, Ordering::Relaxed);
        }
    }

    /// Returns whether the filter may contain a gram. False positives are possible.
    #[inline]
    pub(super) fn holds(&self, gram: u32) -> bool {
        is_in(self.word(gram), gram)
    }

    /// Returns which of the grams the filter may contain, as bits, the first gram
    /// lowest.
    ///
    /// All words are loaded before the first is tested, so their latencies overlap.
    #[inline]
    pub(super) fn which<const N: usize>(&self, grams: [u32; N]) -> u32 {
        let words = grams.map(|gram| self.word(gram));
        let mut which = 0;
        for (bit, (gram, word)) in (0..).zip(grams.into_iter().zip(words)) {
            which |= u32::from(is_in(word, gram)) << bit;
        }
        which
    }

    #[inline]
    fn word(&self, gram: u32) -> u64 {
        let word = self.words.get(index(gram, self.words.len()));
        word.map_or(0, |word| word.load(Ordering::Relaxed))
    }
}

#[inline]
const fn is_in(word: u64, gram: u32) -> bool {
    let [first, second] = bits(gram);
    (word >> first) & (word >> second) & 1 == 1
}

/// Returns the word for a gram: the first bits of the hash.
#[inline]
const fn index(gram: u32, words: usize) -> usize {
    (gram >> 12) as usize & (words - 1)
}

/// Returns the two bits in that word: the last bits of the hash.
#[inline]
const fn bits(gram: u32) -> [u32; 2] {
    [gram & 63, gram >> 6 & 63]
}

impl Drop for Filter {
    fn drop(&mut self) {
        for word in &mut self.words {
            word.get_mut().zeroize();
        }
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}
