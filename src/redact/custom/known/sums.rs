//! Digests of the prefixes of a text, computed on demand.

use super::polynomial::{Polynomial, Sum};
use super::wiped::Wiped;

/// How many digests are kept before the earliest are discarded.
const MOST: usize = 32 * 1024;

/// Digests of the prefixes of a text from some place on. Each byte is read once,
/// however many stretches contain it.
pub(super) struct Sums<'t> {
    polynomial: &'t Polynomial,
    text: &'t [u8],
    base: usize,
    /// The digest up to `base`, then up to every later byte.
    sums: Wiped<Sum>,
    /// How far before a stretch later ones may begin.
    back: usize,
}

impl<'t> Sums<'t> {
    pub(super) const fn new(polynomial: &'t Polynomial, text: &'t [u8], back: usize) -> Self {
        Self {
            polynomial,
            text,
            base: 0,
            sums: Wiped::new(),
            back,
        }
    }

    /// Returns the digest of the bytes from `start` to `end`.
    pub(super) fn of(&mut self, start: usize, end: usize) -> Option<Sum> {
        if start < self.base || start >= self.base + self.sums.len() {
            self.base = start.saturating_sub(self.back);
            self.sums.clear();
            self.sums.push([0; 2]);
        }
        if self.sums.len() > MOST {
            let done = start.saturating_sub(self.back).saturating_sub(self.base);
            self.sums.remove_first(done);
            self.base += done;
        }
        let known = self.base + self.sums.len() - 1;
        let mut sum = *self.sums.last()?;
        for &byte in self.text.get(known..end).unwrap_or_default() {
            sum = self.polynomial.push(sum, byte);
            self.sums.push(sum);
        }
        let head = *self.sums.get(start - self.base)?;
        let all = *self.sums.get(end - self.base)?;
        self.polynomial.rest(head, all, end - start)
    }
}
