//! A digest of any stretch of a text in a few steps, whatever its length.
//!
//! The bytes are coefficients of a polynomial, which is evaluated modulo the prime
//! 2^61 - 1 at two secret points. Two values of up to 8 KiB have the same digest with
//! a probability of less than one in 2^95. The digest of a stretch is computed from
//! the digests of the text up to its start and up to its end.

use std::iter;

use zeroize::Zeroize;

use super::wiped::Wiped;

const PRIME: u64 = (1 << 61) - 1;

/// How many powers are stored consecutively. The rest are stored at this distance.
const STEP: usize = 128;

/// The digest of a stretch, before it is mixed with a key.
pub(super) type Sum = [u64; 2];

/// The two points and their powers.
#[derive(Debug)]
pub(super) struct Polynomial {
    places: Sum,
    low: Wiped<Sum>,
    high: Wiped<Sum>,
}

impl Polynomial {
    /// Creates the digest function at these points, for stretches of up to `most`
    /// bytes.
    pub(super) fn new(places: Sum, most: usize) -> Self {
        let places = places.map(|place| place % PRIME);
        let low = powers(places, STEP);
        let step = low.last().map_or([1; 2], |last| times(*last, places));
        Self {
            places,
            low,
            high: powers(step, most / STEP + 1),
        }
    }

    /// Returns the digest of the bytes of `sum` followed by `byte`.
    #[inline]
    pub(super) fn push(&self, sum: Sum, byte: u8) -> Sum {
        times(sum, self.places).map(|sum| reduced(sum + u64::from(byte)))
    }

    pub(super) fn sum(&self, bytes: &[u8]) -> Sum {
        let bytes = bytes.iter();
        bytes.fold([0; 2], |sum, byte| self.push(sum, *byte))
    }

    /// Returns the digest of the last `len` bytes of a text, given the digest of the
    /// whole text and of the part before them.
    #[inline]
    pub(super) fn rest(&self, head: Sum, all: Sum, len: usize) -> Option<Sum> {
        let low = self.low.get(len % STEP)?;
        let high = self.high.get(len / STEP)?;
        let [a, b] = times(head, times(*low, *high));
        let [c, d] = all;
        Some([reduced(c + PRIME - a), reduced(d + PRIME - b)])
    }
}

impl Drop for Polynomial {
    fn drop(&mut self) {
        self.places.zeroize();
    }
}

/// Returns the first `count` powers.
fn powers(of: Sum, count: usize) -> Wiped<Sum> {
    let mut powers = Wiped::new();
    let all = iter::successors(Some([1; 2]), |power| Some(times(*power, of)));
    all.take(count).for_each(|power| powers.push(power));
    powers
}

#[inline]
fn times(a: Sum, b: Sum) -> Sum {
    let ([a, c], [b, d]) = (a, b);
    [product(a, b), product(c, d)]
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "both parts have less than 62 bits"
)]
const fn product(a: u64, b: u64) -> u64 {
    let wide = a as u128 * b as u128;
    reduced((wide & PRIME as u128) as u64 + (wide >> 61) as u64)
}

#[inline]
const fn reduced(number: u64) -> u64 {
    if number >= PRIME {
        number - PRIME
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(place: u64, bytes: &[u8]) -> u64 {
        let prime = u128::from(PRIME);
        let place = u128::from(place) % prime;
        let sum = bytes.iter().fold(0, |sum: u128, byte| {
            (sum * place + u128::from(*byte)) % prime
        });
        u64::try_from(sum).unwrap()
    }

    #[test]
    fn a_stretch_has_the_digest_of_its_bytes() {
        for places in [[0, 1], [PRIME - 1, PRIME - 2], [u64::MAX, 0x1234_5678_9abc]] {
            let polynomial = Polynomial::new(places, 1000);
            let text: Vec<u8> = (0..1000_u32).map(|at| (at * at % 251) as u8).collect();
            let text = [text, vec![255; 300]].concat();
            for (start, len) in [(0, 0), (0, 1), (7, 127), (8, 128), (300, 1000), (99, 999)] {
                let end = start + len;
                let head = polynomial.sum(&text[..start]);
                let all = polynomial.sum(&text[..end]);
                let expected = places.map(|place| slow(place, &text[start..end]));
                assert_eq!(polynomial.sum(&text[start..end]), expected);
                assert_eq!(polynomial.rest(head, all, len), Some(expected));
            }
        }
    }
}
