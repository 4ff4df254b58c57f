//! The kernel for AVX-512 with VBMI: 128-entry lookups of 64 bytes at a time.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_cmpge_epu8_mask, _mm512_loadu_si512,
    _mm512_movepi8_mask, _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_set1_epi8,
    _mm512_test_epi8_mask,
};

use super::tables::{DIGIT, Tables};
use super::{BLOCK, LEAD, Masks, REACH, blocks};

/// The two halves of a 128-entry table.
type Table = (__m512i, __m512i);

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) fn masks(tables: &Tables, text: &[u8], masks: &mut [Masks]) {
    let [first, second, third] = &tables.buckets;
    let sets = [set(first), set(second), set(third)];
    let token = table(&tables.token);
    let digit = _mm512_set1_epi8(DIGIT.cast_signed());
    let lead = _mm512_set1_epi8(LEAD.cast_signed());
    for (block, masks) in blocks(text).zip(masks) {
        let bytes = load::<0>(block);
        // In the lookups, a byte from 128 up aliases an ASCII byte.
        let ascii = !_mm512_movepi8_mask(bytes);
        let later = [load::<1>(block), load::<2>(block), load::<3>(block)];
        let [first, second, third] = sets;
        let both = _mm512_or_si512(hits(first, bytes, later), hits(second, bytes, later));
        let hits = _mm512_or_si512(both, hits(third, bytes, later));
        let classes = lookup(token, bytes);
        *masks = Masks {
            token: _mm512_movepi8_mask(classes) & ascii,
            digit: _mm512_test_epi8_mask(classes, digit) & ascii,
            joint: is(bytes, b'_') | is(bytes, b'-'),
            lead: _mm512_cmpge_epu8_mask(bytes, lead),
            anchor: _mm512_test_epi8_mask(hits, hits) & ascii,
        };
    }
}

/// Returns which bytes equal `byte`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn is(bytes: __m512i, byte: u8) -> u64 {
    _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
}

/// Loads the tables of one set of buckets, one for each position.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn set([first, second, third, fourth]: &[[u8; 128]; 4]) -> [Table; 4] {
    [table(first), table(second), table(third), table(fourth)]
}

/// Returns the buckets of one set that allow each byte and the bytes after it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn hits(
    [first, second, third, fourth]: [Table; 4],
    bytes: __m512i,
    [at1, at2, at3]: [__m512i; 3],
) -> __m512i {
    _mm512_and_si512(
        _mm512_and_si512(lookup(first, bytes), lookup(second, at1)),
        _mm512_and_si512(lookup(third, at2), lookup(fourth, at3)),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn lookup((low, high): Table, bytes: __m512i) -> __m512i {
    _mm512_permutex2var_epi8(low, bytes, high)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn table(entries: &[u8; 128]) -> Table {
    let low = entries.as_ptr().cast();
    // SAFETY: both loads read 64 of the 128 bytes that `entries` points to.
    unsafe {
        (
            _mm512_loadu_si512(low),
            _mm512_loadu_si512(entries.as_ptr().add(64).cast()),
        )
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn load<const AT: usize>(block: &[u8; BLOCK + REACH]) -> __m512i {
    const { assert!(AT <= REACH) };
    // SAFETY: 64 bytes from `AT` on lie within the block, as `AT` is at most `REACH`.
    unsafe { _mm512_loadu_si512(block.as_ptr().add(AT).cast()) }
}
