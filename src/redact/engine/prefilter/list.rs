//! Where anchors may begin, listed without a branch that nobody could foresee.

use super::{BLOCK, Masks};

/// How many places are written at a time, wanted or not; a list needs room for as
/// many beyond its last one.
pub(super) const SPARE: usize = 2;

/// Lists the anchors in the masks of a piece, upwards, each counted from the start
/// of the piece; answers how many there are.
#[inline(always)]
pub(super) fn list(masks: &[Masks], list: &mut [u16]) -> usize {
    let (mut len, mut from) = (0, 0);
    for Masks { anchor, .. } in masks {
        let end = len + anchor.count_ones() as usize;
        let (mut at, mut rest) = (len, *anchor);
        loop {
            let places = list.get_mut(at..).and_then(<[u16]>::first_chunk_mut);
            let Some::<&mut [u16; SPARE]>(places) = places else {
                break;
            };
            for place in places {
                *place = from + rest.trailing_zeros() as u16;
                rest &= rest.wrapping_sub(1);
            }
            at += SPARE;
            if at >= end {
                break;
            }
        }
        len = end;
        from += BLOCK as u16;
    }
    len
}
