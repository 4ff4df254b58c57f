//! The NEON kernel: 16-entry lookups of both halves of 16 bytes at a time.

use std::arch::aarch64::{
    uint8x16_t, vaddv_u8, vandq_u8, vceqq_u8, vcgeq_u8, vdupq_n_u8, vget_high_u8, vget_low_u8,
    vld1q_u8, vorrq_u8, vqtbl1q_u8, vshrq_n_u8, vtstq_u8,
};

use super::tables::{DIGIT, SETS, Tables};
use super::{BLOCK, LEAD, Masks, REACH, blocks};

/// The tables for the low and the high half of a byte.
type Halves = (uint8x16_t, uint8x16_t);

const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

#[target_feature(enable = "neon")]
pub(super) fn masks(tables: &Tables, text: &[u8], masks: &mut [Masks]) {
    let [low0, low1, low2] = &tables.low;
    let [high0, high1, high2] = &tables.high;
    let sets = [set(low0, high0), set(low1, high1), set(low2, high2)];
    let token = (table(&tables.token_low), table(&tables.token_high));
    for (block, masks) in blocks(text).zip(masks) {
        let quarters = [
            quarter::<0>(block, &sets, token),
            quarter::<16>(block, &sets, token),
            quarter::<32>(block, &sets, token),
            quarter::<48>(block, &sets, token),
        ];
        *masks = Masks::default();
        for (index, (token, anchor, digit, joint, lead)) in quarters.into_iter().enumerate() {
            masks.token |= u64::from(token) << (16 * index);
            masks.anchor |= u64::from(anchor) << (16 * index);
            masks.digit |= u64::from(digit) << (16 * index);
            masks.joint |= u64::from(joint) << (16 * index);
            masks.lead |= u64::from(lead) << (16 * index);
        }
    }
}

/// Loads the tables of one set of buckets, one pair for each position.
#[inline]
#[target_feature(enable = "neon")]
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

/// Returns the token, anchor, digit, joint and lead masks of the 16 bytes from `AT` on.
#[inline]
#[target_feature(enable = "neon")]
fn quarter<const AT: usize>(
    block: &[u8; BLOCK + REACH],
    sets: &[[Halves; 4]; SETS],
    token: Halves,
) -> (u16, u16, u16, u16, u16) {
    let bytes = load(block, AT);
    let mut hits = vdupq_n_u8(0);
    for [first, second, third, fourth] in *sets {
        let set = vandq_u8(
            vandq_u8(lookup(first, bytes), lookup(second, load(block, AT + 1))),
            vandq_u8(
                lookup(third, load(block, AT + 2)),
                lookup(fourth, load(block, AT + 3)),
            ),
        );
        hits = vorrq_u8(hits, set);
    }
    let classes = lookup(token, bytes);
    (
        some(classes),
        some(hits),
        some(vandq_u8(classes, vdupq_n_u8(DIGIT))),
        some(vorrq_u8(
            vceqq_u8(bytes, vdupq_n_u8(b'_')),
            vceqq_u8(bytes, vdupq_n_u8(b'-')),
        )),
        some(vcgeq_u8(bytes, vdupq_n_u8(LEAD))),
    )
}

/// Returns which bytes are not zero.
#[inline]
#[target_feature(enable = "neon")]
fn some(bytes: uint8x16_t) -> u16 {
    let bits = vandq_u8(vtstq_u8(bytes, bytes), table(&BITS));
    u16::from(vaddv_u8(vget_low_u8(bits))) | u16::from(vaddv_u8(vget_high_u8(bits))) << 8
}

/// Returns the buckets that both halves of each byte allow.
#[inline]
#[target_feature(enable = "neon")]
fn lookup((low, high): Halves, bytes: uint8x16_t) -> uint8x16_t {
    let lows = vandq_u8(bytes, vdupq_n_u8(15));
    vandq_u8(
        vqtbl1q_u8(low, lows),
        vqtbl1q_u8(high, vshrq_n_u8::<4>(bytes)),
    )
}

#[inline]
#[target_feature(enable = "neon")]
fn table(entries: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the load reads the 16 bytes that `entries` points to.
    unsafe { vld1q_u8(entries.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn load(block: &[u8; BLOCK + REACH], at: usize) -> uint8x16_t {
    debug_assert!(at + 16 <= BLOCK + REACH, "a quarter lies within the block");
    // SAFETY: `quarter` is called with 0, 16, 32 and 48 and adds at most 3, so the 16
    // bytes end at 67 at the latest.
    unsafe { vld1q_u8(block.as_ptr().add(at)) }
}
