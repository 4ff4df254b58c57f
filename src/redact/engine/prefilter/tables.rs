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
pub(super) const SETS: usize = 2;
pub(in crate::redact::engine) const BUCKETS: usize = 8 * SETS;

/// The bit of a digit in lookups of the token alphabet. In halves it is the bit of
/// high half 3, which contains only digits of the alphabet.
pub(super) const DIGIT: u8 = 1 << 3;

/// The tables. Each anchor belongs to one bucket. An entry has the bits of all
/// buckets of its set that contain its byte at that position.
pub(super) struct Tables {
    /// The buckets for each set, position and byte.
    pub(super) buckets: [[[u8; 128]; 4]; SETS],
    /// For each byte, 128 if it is in the token alphabet, plus [`DIGIT`] if it is a
    /// digit.
    pub(super) token: [u8; 128],
    /// `buckets` as the intersection of what the low and the high half of a byte
    /// allow, for kernels with 16-entry lookups. They pass more places, never fewer.
    pub(super) low: [[[u8; 16]; 4]; SETS],
    pub(super) high: [[[u8; 16]; 4]; SETS],
    /// For each position and byte, the buckets again and, from [`BUCKETS`] on, one
    /// bit for each anchor with too many beginnings to list.
    pub(super) exact: [[u64; 128]; 4],
    /// The beginnings of the other anchors: one bit for each sum of three or four
    /// bytes.
    begins: [u64; 1 << (BEGIN_BITS - 6)],
    /// The token alphabet in halves, one bit for each high half. It is exact.
    pub(super) token_low: [u8; 16],
    pub(super) token_high: [u8; 16],
}

impl Tables {
    pub(super) fn new(anchors: &[Anchor]) -> Self {
        let mut tables = Self {
            buckets: [[[0; 128]; 4]; SETS],
            token: [0; 128],
            low: [[[0; 16]; 4]; SETS],
            high: [[[0; 16]; 4]; SETS],
            exact: [[0; 128]; 4],
            begins: [0; 1 << (BEGIN_BITS - 6)],
            token_low: [0; 16],
            token_high: [0; 16],
        };
        let mut wide = BUCKETS;
        for (anchor, bucket) in group(anchors) {
            for (position, set) in anchor.iter().enumerate() {
                tables.allow(bucket, position, *set);
            }
            let is_wide = !tables.begin(&anchor);
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

    /// Records the beginnings of an anchor. Returns `false` if there are too many.
    fn begin(&mut self, anchor: &Anchor) -> bool {
        // If the last byte has many values, it is left to the buckets.
        const OPEN: ByteSet = ByteSet::of(0);
        let [first, second, third, fourth] = *anchor;
        let open = fourth.len() > 4;
        let fourth = if open { OPEN } else { fourth };
        if first.len() * second.len() * third.len() * fourth.len() > MOST_WAYS {
            return false;
        }
        for first in first.bytes() {
            for second in second.bytes() {
                for third in third.bytes() {
                    for fourth in fourth.bytes() {
                        let bytes = u32::from_le_bytes([first, second, third, fourth]);
                        let (word, bit) = if open { three(bytes) } else { four(bytes) };
                        if let Some(word) = self.begins.get_mut(word) {
                            *word |= 1 << bit;
                        }
                    }
                }
            }
        }
        true
    }

    /// Returns whether an anchor may begin with `bytes`. False positives are
    /// possible.
    #[inline]
    pub(super) fn is_anchor(&self, bytes: [u8; 4]) -> bool {
        let bytes = u32::from_le_bytes(bytes) & SEVEN_BITS;
        let begins = |(word, bit): (usize, u32)| {
            self.begins
                .get(word)
                .is_some_and(|word| word >> bit & 1 == 1)
        };
        // Evaluate all lookups: which of them fails is unpredictable.
        let begun = begins(four(bytes)) | begins(three(bytes));
        let look =
            |table: &[u64; 128], byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
        let [first, second, third, fourth] = &self.exact;
        let [a, b, c, d] = bytes.to_le_bytes();
        let set = look(first, a) & look(second, b) & look(third, c) & look(fourth, d);
        (set >> BUCKETS != 0) | (begun & (set != 0))
    }

    fn allow(&mut self, bucket: usize, position: usize, set: ByteSet) {
        let (index, bit) = (bucket / 8, 1 << (bucket % 8));
        let (Some(buckets), Some(low), Some(high)) = (
            at(&mut self.buckets, index, position),
            at(&mut self.low, index, position),
            at(&mut self.high, index, position),
        ) else {
            return;
        };
        for byte in set.bytes() {
            set_bits(buckets, usize::from(byte), bit);
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

/// The greatest number of beginnings of an anchor that are listed.
const MOST_WAYS: u32 = 1024;

const BEGIN_BITS: u32 = 15;

/// Four bytes without their high bits.
const SEVEN_BITS: u32 = u32::from_le_bytes([127; 4]);

/// Returns the position of the first three bytes of a beginning.
#[inline]
const fn three(bytes: u32) -> (usize, u32) {
    four((bytes & 0x00FF_FFFF) | 0x8000_0000)
}

/// Returns the position of the four bytes of a beginning.
#[inline]
const fn four(bytes: u32) -> (usize, u32) {
    let sum = bytes.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BEGIN_BITS);
    ((sum >> 6) as usize, sum & 63)
}

fn set_bits(table: &mut [u8], at: usize, bits: u8) {
    if let Some(entry) = table.get_mut(at) {
        *entry |= bits;
    }
}
