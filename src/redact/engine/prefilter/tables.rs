//! The lookup tables shared by all kernels.

use super::group::group;
use crate::redact::text::ByteSet;

/// The token alphabet.
pub(crate) const TOKEN_SET: ByteSet = ByteSet::parse("A-Za-z0-9_-");

/// Four byte sets, one for each of the first four bytes of an anchor.
///
/// The first byte is ASCII. A later byte from 128 up counts as the byte 128 below it,
/// because lookups use seven bits.
pub(crate) type Anchor = [ByteSet; 4];

/// Buckets come in sets of eight, one bit each.
pub(super) const SETS: usize = 3;
pub(in crate::redact::engine) const BUCKETS: usize = 8 * SETS;

/// The bit of a digit in lookups of the token alphabet. In halves it is the bit of
/// high half 3, which contains only digits of the alphabet.
pub(super) const DIGIT: u8 = 1 << 3;

/// The tables. Each anchor belongs to one bucket. An entry has the bits of all
/// buckets of its set that contain its byte at that position.
pub(super) struct Tables {
    /// The buckets for each set, position and [folded](fold) byte, for kernels with
    /// 64-entry lookups.
    pub(super) folded: [[[u8; FOLDED]; 4]; SETS],
    /// For each byte, 128 if it is in the token alphabet, plus [`DIGIT`] if it is a
    /// digit.
    pub(super) token: [u8; 128],
    /// The buckets as the intersection of what the low and the high half of a byte
    /// allow, for kernels with 16-entry lookups.
    pub(super) low: [[[u8; 16]; 4]; SETS],
    pub(super) high: [[[u8; 16]; 4]; SETS],
    /// The keys of anchors: one bit in each set for the sum of four bytes.
    pub(super) keys: [[u64; KEY_WORDS]; 2],
    /// For each position and byte, the buckets again and, from [`BUCKETS`] on, one
    /// bit for each anchor with too many keys to list.
    pub(super) exact: [[u64; 128]; 4],
    /// The token alphabet in halves, one bit for each high half. It is exact.
    pub(super) token_low: [u8; 16],
    pub(super) token_high: [u8; 16],
}

impl Tables {
    pub(super) fn new(anchors: &[Anchor]) -> Self {
        let mut tables = Self {
            folded: [[[0; FOLDED]; 4]; SETS],
            token: [0; 128],
            low: [[[0; 16]; 4]; SETS],
            high: [[[0; 16]; 4]; SETS],
            keys: [[0; KEY_WORDS]; 2],
            exact: [[0; 128]; 4],
            token_low: [0; 16],
            token_high: [0; 16],
        };
        let mut wide = BUCKETS;
        for (anchor, bucket) in group(anchors) {
            for (position, set) in anchor.iter().enumerate() {
                tables.allow(bucket, position, *set);
            }
            let is_wide = !tables.list(&anchor);
            tables.write(&anchor, if is_wide { wide } else { bucket });
            if is_wide {
                // The last bit is shared by all remaining anchors.
                wide = (wide + 1).min(63);
            }
        }
        for byte in (0..128_u8).filter(|&byte| TOKEN_SET.contains(byte)) {
            let (low, high) = (usize::from(byte & 15), usize::from(byte >> 4));
            let digit = if byte.is_ascii_digit() { DIGIT } else { 0 };
            set_bits(&mut tables.token, usize::from(byte), 128 | digit);
            set_bits(&mut tables.token_low, low, 1 << high);
            set_bits(&mut tables.token_high, high, 1 << high);
        }
        tables
    }

    /// Records the bytes of an anchor under a bit of `exact`.
    fn write(&mut self, anchor: &Anchor, bit: usize) {
        for (table, set) in self.exact.iter_mut().zip(anchor) {
            for byte in set.bytes() {
                if let Some(entry) = table.get_mut(usize::from(byte)) {
                    *entry |= 1 << bit;
                }
            }
        }
    }

    /// Lists the keys of an anchor. Returns `false` if there are too many.
    fn list(&mut self, anchor: &Anchor) -> bool {
        let [first, second, third, fourth] = *anchor;
        if first.len() * second.len() * third.len() * fourth.len() > MOST_KEYS {
            return false;
        }
        for first in first.bytes() {
            for second in second.bytes() {
                for third in third.bytes() {
                    for fourth in fourth.bytes() {
                        let places = places([first, second, third, fourth]);
                        for (keys, (word, bit)) in self.keys.iter_mut().zip(places) {
                            if let Some(word) = keys.get_mut(word) {
                                *word |= 1 << bit;
                            }
                        }
                    }
                }
            }
        }
        true
    }

    /// Returns whether an anchor may begin with `bytes`, judged by one look-up of keys.
    /// Misses no anchor.
    #[inline]
    pub(super) fn may_be_anchor(&self, bytes: [u8; 4]) -> bool {
        let bytes = seven_bits(bytes);
        let [place, _] = places(bytes);
        let [keys, _] = &self.keys;
        let [first, second, ..] = &self.exact;
        let wide = look(first, bytes[0]) & look(second, bytes[1]);
        // Evaluate both: which of them fails is unpredictable.
        has(keys, place) | (wide >> BUCKETS != 0)
    }

    /// Returns whether an anchor begins with `bytes`. False positives are rare.
    #[inline]
    pub(super) fn is_anchor(&self, bytes: [u8; 4]) -> bool {
        let bytes = seven_bits(bytes);
        let [place, other] = places(bytes);
        let [keys, others] = &self.keys;
        let [a, b, c, d] = bytes;
        let [first, second, third, fourth] = &self.exact;
        let set = look(first, a) & look(second, b) & look(third, c) & look(fourth, d);
        (set >> BUCKETS != 0) | (has(keys, place) & has(others, other) & (set != 0))
    }

    fn allow(&mut self, bucket: usize, position: usize, set: ByteSet) {
        let (index, bit) = (bucket / 8, 1 << (bucket % 8));
        let (Some(folded), Some(low), Some(high)) = (
            at(&mut self.folded, index, position),
            at(&mut self.low, index, position),
            at(&mut self.high, index, position),
        ) else {
            return;
        };
        for byte in set.bytes() {
            set_bits(folded, usize::from(fold(byte)), bit);
            set_bits(low, usize::from(byte & 15), bit);
            set_bits(high, usize::from(byte >> 4), bit);
            if position > 0 {
                set_bits(high, usize::from(byte >> 4) + 8, bit);
            }
        }
    }
}

/// Returns the table of a set for a position.
fn at<const N: usize>(
    tables: &mut [[[u8; N]; 4]; SETS],
    set: usize,
    position: usize,
) -> Option<&mut [u8; N]> {
    tables.get_mut(set)?.get_mut(position)
}

/// The greatest number of keys of an anchor that are listed.
const MOST_KEYS: u32 = 1024;

/// The number of folded bytes.
pub(super) const FOLDED: usize = 64;

/// Folds a byte to six bits. Letters fold to the same number in both cases, and so do
/// the other bytes that differ in this bit only. A byte from 128 up folds like the one
/// 128 below it.
pub(super) const fn fold(byte: u8) -> u8 {
    byte & 0x1f | (byte & 0x40) >> 1
}

/// The number of bits in the number of a key, and of words in a set of keys.
const KEY_BITS: u32 = 16;
pub(super) const KEY_WORDS: usize = 1 << (KEY_BITS - 6);

/// Returns four bytes without their high bits.
#[inline]
const fn seven_bits(bytes: [u8; 4]) -> [u8; 4] {
    (u32::from_le_bytes(bytes) & u32::from_le_bytes([127; 4])).to_le_bytes()
}

#[inline]
fn look(table: &[u64; 128], byte: u8) -> u64 {
    table.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Returns the word and the bit of a key in each set of keys.
#[inline]
const fn places(bytes: [u8; 4]) -> [(usize, u32); 2] {
    const fn place(sum: u64) -> (usize, u32) {
        ((sum >> 6) as usize % KEY_WORDS, (sum & 63) as u32)
    }
    let sum = (u32::from_le_bytes(bytes) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    [
        place(sum >> (u64::BITS - KEY_BITS)),
        place(sum >> (u64::BITS - 2 * KEY_BITS)),
    ]
}

#[inline]
fn has(keys: &[u64; KEY_WORDS], (word, bit): (usize, u32)) -> bool {
    keys.get(word).is_some_and(|word| word >> bit & 1 == 1)
}

fn set_bits(table: &mut [u8], at: usize, bits: u8) {
    if let Some(entry) = table.get_mut(at) {
        *entry |= bits;
    }
}
