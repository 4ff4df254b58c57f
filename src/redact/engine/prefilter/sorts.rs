//! Byte-class masks of one 64-byte block, for callers that inspect few blocks.

use super::BLOCK;

/// The byte classes of a block. Bit `i` describes byte `i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sorts {
    /// A letter or a digit.
    pub(crate) alnum: u64,
    pub(crate) capital: u64,
    pub(crate) digit: u64,
    /// An opening bracket.
    pub(crate) bracket: u64,
    /// A backslash.
    pub(crate) escape: u64,
}

impl Sorts {
    /// Computes the masks of a block, eight bytes at a time.
    pub(super) fn of(block: &[u8; BLOCK]) -> Self {
        let (eights, _) = block.as_chunks();
        eights.iter().fold(Self::default(), |sorts, eight| {
            sorts.then(u64::from_le_bytes(*eight))
        })
    }

    /// Appends the masks of eight more bytes.
    #[inline]
    fn then(self, bytes: u64) -> Self {
        // No sum carries into its neighbor: both parts are below 128.
        let ascii = !bytes & HIGH;
        let small = bytes & !HIGH;
        let from = |bytes: u64, first: u8| bytes + u64::from_le_bytes([128 - first; 8]);
        let between = |bytes: u64, first: u8, end: u8| from(bytes, first) & !from(bytes, end);
        let digit = between(small, b'0', b'9' + 1) & ascii;
        let letter = between(small | HIGH >> 2, b'a', b'z' + 1) & ascii;
        let bracket = between(small, b'[', b'[' + 1) & ascii;
        let escape = between(small, b'\\', b'\\' + 1) & ascii;
        Self {
            alnum: behind(self.alnum, letter | digit),
            // Capitals lack a bit that lower-case letters have.
            capital: behind(self.capital, letter & !(small << 2)),
            digit: behind(self.digit, digit),
            bracket: behind(self.bracket, bracket),
            escape: behind(self.escape, escape),
        }
    }

    /// Returns the masks of only the bytes whose bits are set in `bytes`.
    #[inline]
    pub(crate) const fn only(self, bytes: u64) -> Self {
        Self {
            alnum: self.alnum & bytes,
            capital: self.capital & bytes,
            digit: self.digit & bytes,
            bracket: self.bracket & bytes,
            escape: self.escape & bytes,
        }
    }
}

/// The high bit of each of eight bytes.
const HIGH: u64 = u64::from_le_bytes([128; 8]);

/// Shifts the bits down and adds the high bits of eight bytes above them.
#[inline]
const fn behind(bits: u64, flags: u64) -> u64 {
    bits >> 8 | flags.wrapping_mul(0x0002_0408_1020_4081) & 0xff << 56
}
