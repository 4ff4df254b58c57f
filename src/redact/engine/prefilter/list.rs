//! The places of bits, listed without a branch that nobody could foresee.

use super::BLOCK;

/// How many places are written at a time, wanted or not; a list needs room for as
/// many beyond its last one.
pub(crate) const LIST_SPARE: usize = 2;

/// Lists the places in `sets`, which speak of a block each, upwards; answers how
/// many there are.
#[inline(always)]
pub(super) fn list(sets: &[u64], list: &mut [u16]) -> usize {
    let (mut len, mut from) = (0, 0);
    for &set in sets {
        let end = len + set.count_ones() as usize;
        let (mut at, mut rest) = (len, set);
        loop {
            let places = list.get_mut(at..).and_then(<[u16]>::first_chunk_mut);
            let Some::<&mut [u16; LIST_SPARE]>(places) = places else {
                break;
            };
            for place in places {
                *place = from + rest.trailing_zeros() as u16;
                rest &= rest.wrapping_sub(1);
            }
            at += LIST_SPARE;
            if at >= end {
                break;
            }
        }
        len = end;
        from += BLOCK as u16;
    }
    len
}
