//! The first letters of names, compared all at once.

use super::words::KEY;

/// The first letters of a name as a number: up to eight, and up to a punctuation
/// mark.
#[derive(Clone, Copy)]
pub(super) struct Head {
    letters: u64,
    mask: u64,
}

impl Head {
    /// Converts letters to lower case. Other bytes that it changes are letters
    /// neither before nor after.
    const SMALL: u64 = u64::from_le_bytes([0x20; 8]);

    pub(super) fn of(name: &[u8]) -> Self {
        const LOW: u64 = u64::from_le_bytes([1; 8]);
        let mut eight = [b'_'; 8];
        for (place, byte) in eight.iter_mut().zip(name) {
            *place = *byte;
        }
        let bytes = u64::from_le_bytes(eight);
        // The lowest set bit belongs to the first punctuation mark.
        let other = bytes ^ u64::from_le_bytes([b'_'; 8]);
        let marks = other.wrapping_sub(LOW) & !other & (LOW << 7);
        let rest = u64::BITS - marks.trailing_zeros() / 8 * 8;
        let mask = u64::MAX.checked_shr(rest).unwrap_or(0);
        Self {
            letters: (bytes | Self::SMALL) & mask,
            mask,
        }
    }

    /// Returns whether there is a punctuation mark among the letters by which names
    /// are looked up.
    pub(super) const fn is_short(self) -> bool {
        self.mask < u64::MAX >> (u64::BITS - 8 * KEY as u32)
    }

    /// Returns the key in the filter of heads: six letters if there are six, or else
    /// four. Returns `None` if there are fewer.
    #[expect(clippy::cast_possible_truncation, reason = "four letters are meant")]
    pub(super) fn key(self) -> Option<u32> {
        if self.mask & SIX == SIX {
            Some(six(self.letters))
        } else {
            Some(self.letters as u32).filter(|_| self.mask >= u64::from(u32::MAX))
        }
    }

    /// Returns whether the name may stand at `at`. False positives are rare.
    #[inline]
    pub(super) fn may_stand(self, lead: &[u8], at: usize) -> bool {
        let eight = lead.get(at..).and_then(<[u8]>::first_chunk);
        eight.is_none_or(|&eight| {
            (u64::from_le_bytes(eight) | Self::SMALL) & self.mask == self.letters
        })
    }
}

/// A mask of the first six letters of a head.
const SIX: u64 = u64::MAX >> 16;

/// Returns the key of eight bytes, for a name of at least six letters.
#[inline]
pub(super) const fn key(eight: [u8; 8]) -> u32 {
    six(u64::from_le_bytes(eight) | Head::SMALL)
}

/// Returns the first six of eight letters as a key.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "all six are mixed in")]
const fn six(letters: u64) -> u32 {
    let letters = letters & SIX;
    (letters ^ (letters >> 32).wrapping_mul(0x85EB_CA6B)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_at_the_first_mark() {
        for (name, head) in [
            ("acme", "acme"),
            ("ab_cd", "ab"),
            ("_ab", ""),
            ("abcdefgh", "abcdefgh"),
            ("abcdefghij_k", "abcdefgh"),
            ("abcdefg_", "abcdefg"),
            ("ab1_2_3", "ab1"),
        ] {
            let Head { letters, mask } = Head::of(name.as_bytes());
            let bytes = letters.to_le_bytes();
            assert_eq!(&bytes[..head.len()], head.as_bytes(), "{name}");
            assert_eq!(mask.trailing_ones() as usize, 8 * head.len(), "{name}");
            assert_eq!(mask.count_ones(), mask.trailing_ones(), "{name}");
            assert_eq!(letters & !mask, 0, "{name}");
            assert_eq!(Head::of(name.as_bytes()).is_short(), head.len() < KEY);
        }
    }
}
