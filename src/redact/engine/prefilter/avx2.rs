//! The AVX2 kernel: 16-entry lookups of both halves of 32 bytes at a time.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_adds_epu8, _mm256_and_si256, _mm256_andnot_si256,
    _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_shuffle_epi8,
    _mm256_slli_epi16, _mm256_srli_epi16,
};

use super::tables::{DIGIT, SETS, Tables};
use super::{BLOCK, LEAD, Masks, REACH, Sorts, blocks};

/// The table entries for the low and the high half of a byte.
type Halves = (__m256i, __m256i);

#[target_feature(enable = "avx2")]
pub(super) fn masks(tables: &Tables, text: &[u8], masks: &mut [Masks]) {
    for (block, masks) in blocks(text).zip(masks) {
        let first = both::<0, 32>(block);
        let buckets = allowed::<0>(tables, first);
        let buckets = and(buckets, allowed::<1>(tables, both::<1, 33>(block)));
        let buckets = and(buckets, allowed::<2>(tables, both::<2, 34>(block)));
        let buckets = and(buckets, allowed::<3>(tables, both::<3, 35>(block)));
        let [(low0, high0), (low1, high1), (low2, high2)] = buckets;
        let low = _mm256_or_si256(_mm256_or_si256(low0, low1), low2);
        let high = _mm256_or_si256(_mm256_or_si256(high0, high1), high2);
        let anchor = join(some(low), some(high));
        let token = table(&tables.token_low, &tables.token_high);
        let low = lookup(token, first.0);
        let high = lookup(token, first.1);
        *masks = Masks {
            token: join(some(low), some(high)),
            digit: join(digits(low), digits(high)),
            joint: join(joints(load::<0, _>(block)), joints(load::<32, _>(block))),
            lead: join(leads(load::<0, _>(block)), leads(load::<32, _>(block))),
            anchor,
        };
    }
}

/// The buckets for the bytes of both halves of a block, for each set.
type Buckets = [(__m256i, __m256i); SETS];

/// Returns the buckets that allow the bytes at position `AT`.
#[inline]
#[target_feature(enable = "avx2")]
#[expect(
    clippy::indexing_slicing,
    reason = "a position that was checked when the crate was compiled"
)]
fn allowed<const AT: usize>(tables: &Tables, (low, high): (Halves, Halves)) -> Buckets {
    const { assert!(AT < 4) };
    let [low0, low1, low2] = &tables.low;
    let [high0, high1, high2] = &tables.high;
    let set0 = table(&low0[AT], &high0[AT]);
    let set1 = table(&low1[AT], &high1[AT]);
    let set2 = table(&low2[AT], &high2[AT]);
    [
        (lookup(set0, low), lookup(set0, high)),
        (lookup(set1, low), lookup(set1, high)),
        (lookup(set2, low), lookup(set2, high)),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn and([one, two, three]: Buckets, [other_one, other_two, other_three]: Buckets) -> Buckets {
    let and = |one: (__m256i, __m256i), other: (__m256i, __m256i)| {
        (
            _mm256_and_si256(one.0, other.0),
            _mm256_and_si256(one.1, other.1),
        )
    };
    [
        and(one, other_one),
        and(two, other_two),
        and(three, other_three),
    ]
}

/// Loads 32 bytes from `LOW` and 32 from `HIGH` on, split into halves.
#[inline]
#[target_feature(enable = "avx2")]
fn both<const LOW: usize, const HIGH: usize>(block: &[u8; BLOCK + REACH]) -> (Halves, Halves) {
    (
        halves(load::<LOW, _>(block)),
        halves(load::<HIGH, _>(block)),
    )
}

/// Returns the byte-class masks of a block.
#[target_feature(enable = "avx2")]
pub(super) fn sorts(block: &[u8; BLOCK]) -> Sorts {
    let (low, high) = (
        sorts_of(load::<0, _>(block)),
        sorts_of(load::<32, _>(block)),
    );
    Sorts {
        alnum: join(low[0], high[0]),
        capital: join(low[1], high[1]),
        digit: join(low[2], high[2]),
        bracket: join(low[3], high[3]),
        escape: join(low[4], high[4]),
    }
}

/// Returns which bytes are `_` or `-`.
#[inline]
#[target_feature(enable = "avx2")]
fn joints(bytes: __m256i) -> u32 {
    let equal = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()));
    _mm256_movemask_epi8(_mm256_or_si256(equal(b'_'), equal(b'-'))).cast_unsigned()
}

/// Returns which bytes begin characters beyond ASCII.
#[inline]
#[target_feature(enable = "avx2")]
fn leads(bytes: __m256i) -> u32 {
    // The bytes are compared with signs, and those beyond ASCII are negative.
    let above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8((LEAD - 1).cast_signed()));
    _mm256_movemask_epi8(_mm256_and_si256(above, bytes)).cast_unsigned()
}

/// [`list`](super::list::list), compiled with bit-manipulation instructions.
#[target_feature(enable = "bmi1,popcnt")]
pub(super) fn list(sets: impl Iterator<Item = u64>, list: &mut [u16]) -> usize {
    super::list::list(sets, list)
}

/// Returns the masks of letters and digits, capitals, digits, opening brackets and
/// backslashes of 32 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn sorts_of(bytes: __m256i) -> [u32; 5] {
    let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let mask = |bytes: __m256i| _mm256_movemask_epi8(bytes).cast_unsigned();
    // Bytes from 128 up are negative, and therefore below all of these.
    let between = |bytes: __m256i, first: u8, last: u8| {
        _mm256_and_si256(
            _mm256_cmpgt_epi8(bytes, all(first - 1)),
            _mm256_cmpgt_epi8(all(last + 1), bytes),
        )
    };
    let small = _mm256_or_si256(bytes, all(0x20));
    let letter = between(small, b'a', b'z');
    let digit = between(bytes, b'0', b'9');
    let is_small = _mm256_cmpeq_epi8(bytes, small);
    [
        mask(_mm256_or_si256(letter, digit)),
        mask(_mm256_andnot_si256(is_small, letter)),
        mask(digit),
        mask(_mm256_cmpeq_epi8(bytes, all(b'['))),
        mask(_mm256_cmpeq_epi8(bytes, all(b'\\'))),
    ]
}

/// Joins the masks of both halves of a block.
#[inline]
const fn join(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

/// Returns which bytes are not zero.
#[inline]
#[target_feature(enable = "avx2")]
fn some(bytes: __m256i) -> u32 {
    let high = _mm256_adds_epu8(bytes, _mm256_set1_epi8(127));
    _mm256_movemask_epi8(high).cast_unsigned()
}

/// Returns which of the byte classes have the digit bit.
#[inline]
#[target_feature(enable = "avx2")]
fn digits(classes: __m256i) -> u32 {
    const { assert!(DIGIT << 4 == 128, "the bit is moved to where it is read") };
    _mm256_movemask_epi8(_mm256_slli_epi16::<4>(classes)).cast_unsigned()
}

/// Returns the low and the high half of each byte.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(bytes: __m256i) -> Halves {
    let mask = _mm256_set1_epi8(15);
    let high = _mm256_srli_epi16::<4>(bytes);
    (_mm256_and_si256(bytes, mask), _mm256_and_si256(high, mask))
}

/// Returns the buckets that both halves of each byte allow.
#[inline]
#[target_feature(enable = "avx2")]
fn lookup((low, high): Halves, (lows, highs): Halves) -> __m256i {
    _mm256_and_si256(
        _mm256_shuffle_epi8(low, lows),
        _mm256_shuffle_epi8(high, highs),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn table(low: &[u8; 16], high: &[u8; 16]) -> Halves {
    // SAFETY: each load reads the 16 bytes that the reference points to.
    let (low, high) = unsafe {
        (
            _mm_loadu_si128(low.as_ptr().cast()),
            _mm_loadu_si128(high.as_ptr().cast()),
        )
    };
    (
        _mm256_broadcastsi128_si256(low),
        _mm256_broadcastsi128_si256(high),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn load<const AT: usize, const LEN: usize>(bytes: &[u8; LEN]) -> __m256i {
    const { assert!(AT + 32 <= LEN) };
    // SAFETY: 32 bytes from `AT` on lie within `bytes`.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().add(AT).cast()) }
}
