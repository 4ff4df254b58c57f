//! Short stand-ins for names that facts and rules are matched by.

use std::num::NonZeroU64;

use sha2::{Digest as _, Sha256};

use super::NoticeRef;
use crate::taxonomy::Purpose;

/// The first 128 bits of a SHA-256 digest of a name.
///
/// It lies where it is compared, while a name lies in memory of its own, which costs a
/// decision more than all else where there are many data subjects. Two names of one mark
/// take some 2^64 digests to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark(NonZeroU64, u64);

impl Mark {
    pub(super) fn of_purpose(purpose: &Purpose) -> Self {
        Self::of([purpose.as_str().as_bytes()])
    }

    pub(super) fn of_notice(notice: &NoticeRef) -> Self {
        let (version, language) = (notice.version(), notice.language());
        // A version and a language hold no zero byte.
        Self::of([version.as_bytes(), language.as_bytes(), notice.digest()])
    }

    fn of<const N: usize>(parts: [&[u8]; N]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (words, _) = digest.as_chunks::<8>();
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        let mut word = || words.next().unwrap_or_default();
        // A digest that begins with 64 zero bits is as good as none to be found.
        Self(NonZeroU64::new(word()).unwrap_or(NonZeroU64::MIN), word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_notice_counts() {
        let mark = |version: &str, language: &str, digest: u8| {
            Mark::of_notice(&NoticeRef::new(version, language, [digest; 32]).unwrap())
        };
        let all = [
            mark("v1", "en", 1),
            mark("v1", "en", 2),
            mark("v1", "de", 1),
            mark("v1e", "nn", 1),
            mark("v", "en", 1),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all.iter().skip(at + 1).any(|other| other == one), "{at}");
        }
        assert_eq!(mark("v1", "en", 1), mark("v1", "en", 1));
        // One word more than that would put a fact on two lines of a cache.
        assert_eq!(size_of::<Option<Mark>>(), 16);
    }

    #[test]
    fn is_the_beginning_of_the_digest() {
        // printf 'training\0' | sha256sum
        let purpose = Purpose::new("training").unwrap();
        let Mark(first, second) = Mark::of_purpose(&purpose);
        assert_eq!(
            first.get().to_le_bytes(),
            [0xd4, 0x81, 0x7e, 0x33, 0x63, 0x14, 0x11, 0xb3]
        );
        assert_eq!(
            second.to_le_bytes(),
            [0x9b, 0x55, 0xc3, 0x7e, 0xb6, 0x8a, 0xee, 0x80]
        );
    }
}
