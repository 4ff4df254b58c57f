//! The kernel for every processor.

use super::tables::{DIGIT, Tables};
use super::{Masks, blocks};

pub(super) fn masks(tables: &Tables, text: &[u8], masks: &mut [Masks]) {
    let [first, second, third, fourth] = &tables.buckets;
    let look =
        |table: &[u8; 128], byte: u8| table.get(usize::from(byte & 127)).copied().unwrap_or(0);
    for (block, masks) in blocks(text).zip(masks) {
        let (mut token, mut digit, mut anchor) = (0_u64, 0_u64, 0_u64);
        for (bit, bytes) in block.windows(4).enumerate() {
            let &[a, b, c, d] = bytes else { continue };
            if a >= 128 {
                continue;
            }
            let class = look(&tables.token, a);
            token |= u64::from(class >> 7) << bit;
            digit |= u64::from(class & DIGIT != 0) << bit;
            let hits = look(first, a) & look(second, b) & look(third, c) & look(fourth, d);
            anchor |= u64::from(hits != 0) << bit;
        }
        *masks = Masks {
            token,
            digit,
            anchor,
        };
    }
}
