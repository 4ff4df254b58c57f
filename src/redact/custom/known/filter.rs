//! A filter of bits: whether a gram may be one of a known value.

use std::sync::atomic::{AtomicU64, Ordering};
use std::{fmt, iter};

use zeroize::Zeroize;

/// How many bits there are at least for each gram: of others, no more than five in
/// a hundred pass.
const BITS_PER_GRAM: usize = 8;

/// The fewest words; a filter of 4 KiB is as fast as a smaller one.
const LEAST_WORDS: usize = 512;

/// The most words: as many as the hash of a gram can choose from, 8 MiB.
const MOST_WORDS: usize = 1 << 20;

/// Grams by their hashes; two bits in one word stand for each.
///
/// It only ever gains grams, so those who read need not wait for who adds: a
/// snapshot that is older than a gram meets it as one that passes by chance.
pub(super) struct Filter {
    words: Box<[AtomicU64]>,
}

impl Filter {
    /// A filter with room for so many grams.
    pub(super) fn with_room(grams: usize) -> Self {
        let words = (grams * BITS_PER_GRAM).div_ceil(64).next_power_of_two();
        let words = words.clamp(LEAST_WORDS, MOST_WORDS);
        Self {
            words: iter::repeat_with(AtomicU64::default).take(words).collect(),
        }
    }

    /// For how many grams there is room.
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

    /// Whether it holds a gram, or others that make it look so.
    #[inline]
    pub(super) fn holds(&self, gram: u32) -> bool {
        is_in(self.word(gram), gram)
    }

    /// Which of some grams it may hold, the first as the lowest bit.
    ///
    /// All words are asked for before the first is looked at, so that waiting for
    /// one is waiting for all.
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

/// The first bits of the hash choose the word.
#[inline]
const fn index(gram: u32, words: usize) -> usize {
    (gram >> 12) as usize & (words - 1)
}

/// The last bits choose those in the word.
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
