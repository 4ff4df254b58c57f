//! Keys derived from the caller's key, and the hashes computed with them.

use std::fmt;

use zeroize::Zeroize;

use super::polynomial::{Polynomial, Sum};
use super::window::{Class, GRAM, number};
use crate::redact::operator::Key;

/// The derived keys of a set of known values.
pub(super) struct Keys {
    key: Key,
    gram: GramKey,
    window: [u64; 2],
    tag: [u64; 2],
    polynomial: Polynomial,
}

impl Keys {
    /// Derives the keys for values of up to `most` bytes.
    pub(super) fn new(key: Key, most: usize) -> Self {
        let derived = |what: u8| {
            let mut mac = key.mac(&[b"known values: keys", &[0, what]]);
            let numbers = [0, 8, 16, 24].map(|at| number(mac.get(at..).unwrap_or_default()));
            mac.zeroize();
            numbers
        };
        let [gram, first, second, _] = derived(0);
        let window = [first, second];
        let [first, second, place, other] = derived(1);
        Self {
            key,
            gram: GramKey(gram | 1),
            window,
            tag: [first, second],
            polynomial: Polynomial::new([place, other], most),
        }
    }

    pub(super) const fn gram(&self) -> GramKey {
        self.gram
    }

    pub(super) const fn polynomial(&self) -> &Polynomial {
        &self.polynomial
    }

    /// Returns the hashes of a window's grams.
    pub(super) fn grams(&self, window: &[u8]) -> [u32; Class::Long.stride()] {
        let mut grams = [0; Class::Long.stride()];
        for (hash, gram) in grams.iter_mut().zip(window.windows(GRAM)) {
            *hash = self.gram.hash(number(gram));
        }
        grams
    }

    /// Returns the hash of a window.
    pub(super) fn window(&self, window: &[u8]) -> u32 {
        let last = window.last_chunk::<8>().map_or(0, |last| number(last));
        mix(self.window, number(window), last)
    }

    /// Returns the tag of a value in its table. It distinguishes most values and does
    /// not reveal them.
    pub(super) fn tag(&self, [first, second]: Sum, len: usize) -> u32 {
        mix(self.tag, first ^ (len as u64) << 48, second)
    }

    /// Returns the fingerprint of a value: the first 128 bits of HMAC-SHA-256.
    pub(super) fn digest(&self, [first, second]: Sum, len: usize) -> [u8; 16] {
        let parts = [first, second, len as u64].map(u64::to_le_bytes);
        let mac = self.key.mac(&[b"known value", &[0], parts.as_flattened()]);
        mac.first_chunk().copied().unwrap_or_default()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.gram.0.zeroize();
        self.window.zeroize();
        self.tag.zeroize();
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// The key of the gram hash.
#[derive(Clone, Copy)]
pub(super) struct GramKey(u64);

impl GramKey {
    /// Returns the hash of the gram in the low bytes of a number: the upper half of a
    /// product, on which all of them have an influence.
    #[inline]
    pub(super) const fn hash(self, bytes: u64) -> u32 {
        const UNUSED: usize = 8 * (8 - GRAM);
        ((bytes << UNUSED).wrapping_mul(self.0) >> 32) as u32
    }
}

/// A fast keyed hash for tables. Without the key, nobody can choose inputs that
/// collide.
#[expect(
    clippy::cast_possible_truncation,
    reason = "both halves of the product are wanted"
)]
const fn mix([a, b]: [u64; 2], first: u64, second: u64) -> u32 {
    let wide = (first ^ a) as u128 * (second ^ b) as u128;
    let folded = (wide >> 64) as u64 ^ wide as u64;
    (folded >> 32) as u32
}
