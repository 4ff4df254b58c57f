//! The kernel for AVX2: 16-entry lookups of both halves of 32 bytes at a time.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
};

use super::tables::{DIGIT, SETS, Tables};
use super::{BLOCK, Masks, REACH, blocks};

/// The tables for the low and the high half of a byte.
type Halves = (__m256i, __m256i);

#[target_feature(enable = "avx2")]
pub(super) fn masks(tables: &Tables, text: &[u8], masks: &mut [Masks]) {
    let sets = [
        set(&tables.low[0], &tables.high[0]),
        set(&tables.low[1], &tables.high[1]),
    ];
    let token = (table(&tables.token_low), table(&tables.token_high));
    for (block, masks) in blocks(text).zip(masks) {
        let low = half(
            &sets,
            token,
            [
                load::<0>(block),
                load::<1>(block),
                load::<2>(block),
                load::<3>(block),
            ],
        );
        let high = half(
            &sets,
            token,
            [
                load::<32>(block),
                load::<33>(block),
                load::<34>(block),
                load::<35>(block),
            ],
        );
        *masks = Masks {
            token: u64::from(low.0) | u64::from(high.0) << 32,
            digit: u64::from(low.2) | u64::from(high.2) << 32,
            anchor: tables.sift(block, u64::from(low.1) | u64::from(high.1) << 32),
        };
    }
}

/// The tables of one set of buckets, a pair for each position.
#[inline]
#[target_feature(enable = "avx2")]
fn set(low: &[[u8; 16]; 4], high: &[[u8; 16]; 4]) -> [Halves; 4] {
    let [low0, low1, low2, low3] = low;
    let [high0, high1, high2, high3] = high;
    [
        (table(low0), table(high0)),
        (table(low1), table(high1)),
        (table(low2), table(high2)),
        (table(low3), table(high3)),
    ]
}

/// The token, the anchor and the digit mask of 32 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn half(sets: &[[Halves; 4]; SETS], token: Halves, bytes: [__m256i; 4]) -> (u32, u32, u32) {
    let mut hits = _mm256_setzero_si256();
    for [first, second, third, fourth] in *sets {
        let [at0, at1, at2, at3] = bytes;
        let set = _mm256_and_si256(
            _mm256_and_si256(look(first, at0), look(second, at1)),
            _mm256_and_si256(look(third, at2), look(fourth, at3)),
        );
        hits = _mm256_or_si256(hits, set);
    }
    let [at0, ..] = bytes;
    let classes = look(token, at0);
    let digits = _mm256_and_si256(classes, _mm256_set1_epi8(DIGIT.cast_signed()));
    (some(classes), some(hits), some(digits))
}

/// Which bytes are not zero.
#[inline]
#[target_feature(enable = "avx2")]
fn some(bytes: __m256i) -> u32 {
    let none = _mm256_cmpeq_epi8(bytes, _mm256_setzero_si256());
    !_mm256_movemask_epi8(none).cast_unsigned()
}

/// What both halves of each byte allow.
#[inline]
#[target_feature(enable = "avx2")]
fn look((low, high): Halves, bytes: __m256i) -> __m256i {
    let mask = _mm256_set1_epi8(15);
    let lows = _mm256_and_si256(bytes, mask);
    let highs = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), mask);
    _mm256_and_si256(
        _mm256_shuffle_epi8(low, lows),
        _mm256_shuffle_epi8(high, highs),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn table(entries: &[u8; 16]) -> __m256i {
    // SAFETY: the load takes the 16 bytes that `entries` points to.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(entries.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn load<const AT: usize>(block: &[u8; BLOCK + REACH]) -> __m256i {
    const { assert!(AT + 32 <= BLOCK + REACH) };
    // SAFETY: 32 bytes from `AT` on lie within the block.
    unsafe { _mm256_loadu_si256(block.as_ptr().add(AT).cast()) }
}
