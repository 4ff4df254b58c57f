//! The kernel for AVX-512 with VBMI and VBMI2: 64-entry lookups of 64 bytes at a time.
//!
//! A lookup in 64 entries takes a third of the time of one in 128, so anchors are looked
//! up by folded bytes.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi16, _mm512_and_si512, _mm512_castsi512_si256, _mm512_cmpeq_epi8_mask,
    _mm512_cmpge_epu8_mask, _mm512_cvtepu8_epi16, _mm512_extracti64x4_epi64, _mm512_loadu_si512,
    _mm512_maskz_compress_epi8, _mm512_movepi8_mask, _mm512_or_si512, _mm512_permutex2var_epi8,
    _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_set1_epi16, _mm512_srli_epi16,
    _mm512_storeu_si512, _mm512_ternarylogic_epi64, _mm512_test_epi8_mask,
};

use super::list::SPARE;
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

/// [`list`](super::list::list), half a block at a time.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,popcnt")]
pub(super) fn list(sets: impl Iterator<Item = u64>, list: &mut [u16]) -> usize {
    const BITS: [u8; BLOCK] = bits();
    // SAFETY: the load reads the 64 bytes of `BITS`.
    let bits = unsafe { _mm512_loadu_si512(BITS.as_ptr().cast()) };
    let (mut len, mut from) = (0, _mm512_set1_epi16(0));
    for set in sets {
        // The numbers of the set bits come first.
        let places = _mm512_maskz_compress_epi8(set, bits);
        let count = set.count_ones() as usize;
        let low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(places));
        write(list, len, _mm512_add_epi16(low, from));
        if count > SPARE {
            let high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(places));
            write(list, len + SPARE, _mm512_add_epi16(high, from));
        }
        len += count;
        from = _mm512_add_epi16(from, _mm512_set1_epi16(BLOCK as i16));
    }
    len
}

/// The numbers of the bits of a mask.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn bits() -> [u8; BLOCK] {
    let mut bits = [0; BLOCK];
    let mut bit = 0;
    while bit < BLOCK {
        bits[bit] = bit as u8;
        bit += 1;
    }
    bits
}

/// Writes places to a list from `at` on, if it has room for all of them.
#[inline]
#[target_feature(enable = "avx512f")]
fn write(list: &mut [u16], at: usize, places: __m512i) {
    let room = list.get_mut(at..).and_then(<[u16]>::first_chunk_mut);
    let Some::<&mut [u16; SPARE]>(room) = room else {
        return;
    };
    const { assert!(size_of::<[u16; SPARE]>() == size_of::<__m512i>()) };
    // SAFETY: the store writes the 64 bytes of `room`.
    unsafe { _mm512_storeu_si512(room.as_mut_ptr().cast(), places) };
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
