//! The grouping of anchors into buckets.
//!
//! A bucket allows every combination of the halves of its anchors' bytes, so similar
//! anchors belong together. For the built-in anchors, the best buckets were searched
//! once. Other anchors are placed when the tables are made.

use std::cmp::Reverse;

use super::buckets::SEARCHED;
use super::tables::{Anchor, BUCKETS};
use crate::redact::text::ByteSet;

/// Puts similar anchors into the same bucket, so that buckets have few false
/// positives.
pub(super) fn group(anchors: &[Anchor]) -> Vec<(Anchor, usize)> {
    let mut placed = Vec::with_capacity(anchors.len());
    let mut others = Vec::new();
    for anchor in anchors {
        match searched(anchor) {
            Some(bucket) => placed.push((*anchor, bucket)),
            None => others.push(*anchor),
        }
    }
    if !others.is_empty() {
        place(others, &mut placed);
    }
    placed
}

/// Returns the bucket that was searched for an anchor. Another anchor with the same
/// sum would get it too, which costs time but misses nothing.
pub(in crate::redact::engine) fn searched(anchor: &Anchor) -> Option<usize> {
    let at = SEARCHED.binary_search_by_key(&sum(anchor), |(sum, _)| *sum);
    let (_, bucket) = SEARCHED.get(at.ok()?)?;
    Some(usize::from(*bucket))
}

/// Returns the sum of an anchor, its key in the table. It mixes the halves of the
/// sets by multiplication, after which the upper bits become the lower ones.
pub(in crate::redact::engine) fn sum(anchor: &Anchor) -> u32 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mixed = anchor.iter().fold(0, |sum: u64, set| {
        let bits = set.bits();
        let lower = (sum ^ bits as u64).wrapping_mul(FACTOR).rotate_left(32);
        let upper = lower ^ (bits >> 64) as u64;
        upper.wrapping_mul(FACTOR).rotate_left(32)
    });
    mixed as u32
}

/// Puts each of `others` into the bucket where it adds the fewest false positives.
fn place(mut others: Vec<Anchor>, placed: &mut Vec<(Anchor, usize)>) {
    let mut buckets = [([Halves::default(); 4], 0); BUCKETS];
    for (anchor, bucket) in &*placed {
        if let Some((known, _)) = buckets.get_mut(*bucket) {
            *known = join(known, &halves(anchor));
        }
    }
    for (known, weighed) in &mut buckets {
        *weighed = weight(known);
    }
    // The most frequent anchors are placed first.
    others.sort_by_cached_key(|anchor| Reverse(frequency(anchor)));
    for anchor in others {
        let own = halves(&anchor);
        let costs = buckets
            .iter()
            .enumerate()
            .map(|(bucket, (known, weighed))| {
                let joined = weight(&join(known, &own));
                (joined.saturating_sub(*weighed), bucket)
            });
        let bucket = costs.min().map_or(0, |(_, bucket)| bucket);
        if let Some((known, weighed)) = buckets.get_mut(bucket) {
            *known = join(known, &own);
            *weighed = weight(known);
        }
        placed.push((anchor, bucket));
    }
}

/// Returns an estimate of how often an anchor occurs in ordinary text, for
/// comparison.
pub(crate) fn frequency(anchor: &Anchor) -> u64 {
    weight(&halves(anchor))
}

pub(in crate::redact::engine) fn halves(anchor: &Anchor) -> [Halves; 4] {
    anchor.map(Halves::of)
}

pub(super) fn join(one: &[Halves; 4], other: &[Halves; 4]) -> [Halves; 4] {
    let mut joined = *one;
    for (halves, other) in joined.iter_mut().zip(other) {
        halves.low |= other.low;
        halves.high |= other.high;
    }
    joined
}

/// The low and high halves of the bytes of a set, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::redact::engine) struct Halves {
    pub(in crate::redact::engine) low: u16,
    pub(in crate::redact::engine) high: u8,
}

impl Halves {
    fn of(set: ByteSet) -> Self {
        set.bytes().fold(Self::default(), |halves, byte| Self {
            low: halves.low | 1 << (byte & 15),
            high: halves.high | 1 << (byte >> 4),
        })
    }
}

/// Returns an estimate of how much text passes lookups of halves at all four
/// positions, in parts of 10,000 to the fourth power.
fn weight(halves: &[Halves; 4]) -> u64 {
    let passes = |halves: &Halves| {
        let mut sum = 0;
        for row in super::ones(u64::from(halves.high)).filter_map(|high| SUMS.get(high)) {
            for (at, sums) in (0..16).step_by(4).zip(row) {
                let count = sums.get(usize::from(halves.low >> at & 15));
                sum += u64::from(count.copied().unwrap_or(0));
            }
        }
        sum
    };
    halves.iter().map(passes).product()
}

/// The sums of [`FREQUENCIES`] over any four adjacent low halves.
const SUMS: [[[u16; 16]; 4]; 8] = sums();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn sums() -> [[[u16; 16]; 4]; 8] {
    let mut sums = [[[0; 16]; 4]; 8];
    let mut at = 0;
    while at < 8 * 4 * 16 * 4 {
        let (high, four, set, low) = (at / 256, at / 64 % 4, at / 4 % 16, at % 4);
        if set >> low & 1 == 1 {
            sums[high][four][set] += FREQUENCIES[high][four * 4 + low];
        }
        at += 1;
    }
    sums
}

/// The frequency of each byte in code, logs and conversations, per 10,000, by high
/// and low half.
#[rustfmt::skip]
const FREQUENCIES: [[u16; 16]; 8] = [
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 105, 1, 1, 1, 1, 1],
    [1; 16],
    [1331, 5, 313, 8, 1, 1, 9, 9, 52, 52, 12, 8, 137, 88, 120, 108],
    [209, 151, 135, 123, 104, 109, 112, 99, 89, 85, 231, 36, 8, 63, 14, 5],
    [1, 29, 14, 29, 18, 37, 16, 17, 17, 33, 4, 16, 22, 28, 27, 27],
    [26, 4, 25, 43, 52, 14, 11, 14, 11, 8, 12, 18, 94, 18, 1, 170],
    [17, 408, 120, 227, 224, 667, 155, 89, 138, 298, 8, 49, 232, 142, 360, 307],
    [141, 17, 329, 301, 463, 187, 69, 74, 48, 64, 16, 25, 4, 25, 1, 1],
];
