//! The kernel for AVX-512 with VBMI: 64-entry lookups of 64 bytes at a time.
//!
//! A lookup in 64 entries takes a third of the time of one in 128, so anchors are looked
//! up by folded bytes.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_cmpge_epu8_mask, _mm512_loadu_si512,
    _mm512_movepi8_mask, _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8,
    _mm512_set1_epi8, _mm512_srli_epi16, _mm512_ternarylogic_epi64, _mm512_test_epi8_mask,
};

use super::tables::{DIGIT, FOLDED, Tables};
use super::{BLOCK, LEAD, Masks, REACH, blocks};

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) fn masks(tables: &Tables, text: &[u8], masks: &mut [Masks]) {
    let [first, second, third] = &tables.folded;
    let sets = [set(first), set(second), set(third)];
    let token = halves(&tables.token);
    let digit = _mm512_set1_epi8(DIGIT.cast_signed());
    let lead = _mm512_set1_epi8(LEAD.cast_signed());
    for (block, masks) in blocks(text).zip(masks) {
        let bytes = load::<0>(block);
        // In the lookups, a byte from 128 up aliases an ASCII byte.
        let ascii = !_mm512_movepi8_mask(bytes);
        let folded = [
            fold(bytes),
            fold(load::<1>(block)),
            fold(load::<2>(block)),
            fold(load::<3>(block)),
        ];
        let [first, second, third] = sets;
        let both = _mm512_or_si512(hits(first, folded), hits(second, folded));
        let hits = _mm512_or_si512(both, hits(third, folded));
        let classes = _mm512_permutex2var_epi8(token.0, bytes, token.1);
        *masks = Masks {
            token: _mm512_movepi8_mask(classes) & ascii,
            digit: _mm512_test_epi8_mask(classes, digit) & ascii,
            joint: is(bytes, b'_') | is(bytes, b'-'),
            lead: _mm512_cmpge_epu8_mask(bytes, lead),
            anchor: _mm512_test_epi8_mask(hits, hits) & ascii,
        };
    }
}

/// Folds each byte as [`fold`](super::tables::fold) does. The two highest bits are
/// undefined, and no lookup reads them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn fold(bytes: __m512i) -> __m512i {
    /// Selects bits of the second operand where the third one has them, and of the
    /// first one elsewhere.
    const SELECT: i32 = 0b1101_1000;
    let bit = _mm512_set1_epi8(0x20);
    _mm512_ternarylogic_epi64::<SELECT>(bytes, _mm512_srli_epi16::<1>(bytes), bit)
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
fn set([first, second, third, fourth]: &[[u8; FOLDED]; 4]) -> [__m512i; 4] {
    [table(first), table(second), table(third), table(fourth)]
}

/// Returns the buckets of one set that allow each byte and the bytes after it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn hits(
    [first, second, third, fourth]: [__m512i; 4],
    [at0, at1, at2, at3]: [__m512i; 4],
) -> __m512i {
    let lookup = |table, folded| _mm512_permutexvar_epi8(folded, table);
    _mm512_and_si512(
        _mm512_and_si512(lookup(first, at0), lookup(second, at1)),
        _mm512_and_si512(lookup(third, at2), lookup(fourth, at3)),
    )
}

/// Loads the two halves of a 128-entry table.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn halves(entries: &[u8; 128]) -> (__m512i, __m512i) {
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
fn table(entries: &[u8; FOLDED]) -> __m512i {
    // SAFETY: the load reads the 64 bytes that `entries` points to.
    unsafe { _mm512_loadu_si512(entries.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn load<const AT: usize>(block: &[u8; BLOCK + REACH]) -> __m512i {
    const { assert!(AT <= REACH) };
    // SAFETY: 64 bytes from `AT` on lie within the block, as `AT` is at most `REACH`.
    unsafe { _mm512_loadu_si512(block.as_ptr().add(AT).cast()) }
}
