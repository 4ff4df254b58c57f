//! Collection of set bits without data-dependent branches.

use super::BLOCK;

/// The most places that are written at a time. A list needs room for this many places
/// after its last one.
pub(super) const SPARE: usize = 32;

/// How many places are written at a time without AVX-512.
const PAIR: usize = 2;

/// Collects the set bits of the blocks of a piece in ascending order, relative to its
/// start, without data-dependent branches. Returns how many there are.
#[inline(always)]
pub(super) fn list(sets: impl Iterator<Item = u64>, list: &mut [u16]) -> usize {
    let (mut len, mut from) = (0, 0);
    for set in sets {
        let end = len + set.count_ones() as usize;
        let (mut at, mut rest) = (len, set);
        loop {
            let places = list.get_mut(at..).and_then(<[u16]>::first_chunk_mut);
            let Some::<&mut [u16; PAIR]>(places) = places else {
                break;
            };
            for place in places {
                *place = from + rest.trailing_zeros() as u16;
                rest &= rest.wrapping_sub(1);
            }
            at += PAIR;
            if at >= end {
                break;
            }
        }
        len = end;
        from += BLOCK as u16;
    }
    len
}
