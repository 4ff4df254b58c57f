//! The portable kernel for every processor.

use super::tables::{DIGIT, Tables};
use super::{LEAD, Masks, blocks};

pub(super) fn masks(tables: &Tables, text: &[u8], masks: &mut [Masks]) {
    for (block, masks) in blocks(text).zip(masks) {
        let (mut token, mut digit, mut joint) = (0_u64, 0_u64, 0_u64);
        let (mut lead, mut anchor) = (0_u64, 0_u64);
        for (bit, bytes) in block.windows(4).enumerate() {
            let &[a, b, c, d] = bytes else { continue };
            lead |= u64::from(a >= LEAD) << bit;
            let Some(class) = tables.token.get(usize::from(a)) else {
                continue;
            };
            token |= u64::from(class >> 7) << bit;
            digit |= u64::from(class & DIGIT != 0) << bit;
            joint |= u64::from(matches!(a, b'_' | b'-')) << bit;
            anchor |= u64::from(tables.is_anchor([a, b, c, d])) << bit;
        }
        *masks = Masks {
            token,
            digit,
            joint,
            lead,
            anchor,
        };
    }
}
