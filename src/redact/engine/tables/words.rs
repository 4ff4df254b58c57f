//! Sets of words, queried one word at a time.

/// The number of places in a table. A set fills at most half of them.
const PLACES: usize = 256;

/// A hash table of words of up to sixteen letters, each packed into a number.
pub(in crate::redact::engine) struct WordSet {
    table: [u128; PLACES],
    /// For each first letter or digit of the words, by its lowest five bits, the last
    /// ones.
    ends: [u32; 32],
    longest: usize,
}

impl WordSet {
    /// Creates the set of `words`, which are in lower case and at most sixteen
    /// letters long.
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated when the crate is compiled"
    )]
    pub(in crate::redact::engine) const fn new(mut words: &[&[u8]]) -> Self {
        assert!(words.len() <= PLACES / 2, "a table is at most half full");
        let (mut table, mut longest, mut ends) = ([0; PLACES], 0, [0; 32]);
        while let [word, rest @ ..] = words {
            assert!(
                !word.is_empty() && word.len() <= 16,
                "a word has one to sixteen letters"
            );
            let number = pack(word);
            let mut place = place(number);
            while table[place] != 0 {
                place = (place + 1) % PLACES;
            }
            table[place] = number;
            if longest < word.len() {
                longest = word.len();
            }
            ends[(word[0] & 31) as usize] |= 1 << (word[word.len() - 1] & 31);
            words = rest;
        }
        Self {
            table,
            ends,
            longest,
        }
    }

    /// Returns whether `word` is in the set, in any letter case.
    #[inline]
    pub(in crate::redact::engine) fn contains(&self, word: &[u8]) -> bool {
        self.may_hold(word) && self.holds(word)
    }

    /// Returns whether a word of the set begins and ends like `word`.
    #[inline]
    fn may_hold(&self, word: &[u8]) -> bool {
        let (Some(first), Some(last)) = (word.first(), word.last()) else {
            return false;
        };
        let ends = self.ends.get(usize::from(*first & 31));
        ends.is_some_and(|ends| ends >> (*last & 31) & 1 == 1) && word.len() <= self.longest
    }

    #[inline(never)]
    fn holds(&self, word: &[u8]) -> bool {
        let number = pack(word);
        let mut place = place(number);
        loop {
            match self.table.get(place) {
                Some(&known) if known == number => return true,
                None | Some(0) => return false,
                Some(_) => place = (place + 1) % PLACES,
            }
        }
    }

    /// Returns whether `word` ends with a word of the set of three letters or more.
    pub(in crate::redact::engine) fn any_ends(&self, word: &[u8]) -> bool {
        let mut ends = (1..word.len().saturating_sub(2)).filter_map(|from| word.get(from..));
        ends.any(|end| self.contains(end))
    }
}

/// Packs a word of up to sixteen letters into a number: its first and last eight
/// letters, or four, or fewer, with its length between their bits.
#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "a length is at most the last of them"
)]
const fn pack(word: &[u8]) -> u128 {
    // Converts letters to lower case and leaves digits unchanged.
    const SMALL: u64 = u64::from_le_bytes([0x20; 8]);
    let (first, last) = match (word.first_chunk::<8>(), word.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => match (word.first_chunk::<4>(), word.last_chunk::<4>(), word) {
            (Some(first), Some(last), _) => {
                let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
                (first as u64 | (last as u64) << 32, 0)
            }
            (_, _, [first, second, third]) => (
                *first as u64 | (*second as u64) << 8 | (*third as u64) << 16,
                0,
            ),
            (_, _, [first, second]) => (*first as u64 | (*second as u64) << 8, 0),
            (_, _, [first]) => (*first as u64, 0),
            _ => (0, 0),
        },
    };
    let len = match word.len() {
        len @ 0..16 => LENGTHS[len],
        _ => LENGTHS[16],
    };
    ((first | SMALL) ^ len) as u128 | ((last | SMALL) as u128) << 64
}

/// The bits of a length, apart from each other: no letter has its high bit set.
const LENGTHS: [u64; 17] = lengths();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn lengths() -> [u64; 17] {
    let mut lengths = [0; 17];
    let mut len = 0;
    while len < 17 {
        let bits = len as u64;
        lengths[len] = (bits & 1) << 7
            | (bits & 2) << 14
            | (bits & 4) << 21
            | (bits & 8) << 28
            | (bits & 16) << 35;
        len += 1;
    }
    lengths
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "both halves of the number are folded in"
)]
const fn place(number: u128) -> usize {
    let folded = number as u64 ^ (number >> 64) as u64;
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_its_words_in_any_case() {
        const SET: WordSet = WordSet::new(&[b"token", b"api", b"confidentialdata"]);
        for word in ["api", "Token", "CONFIDENTIALDATA"] {
            assert!(SET.contains(word.as_bytes()), "{word}");
        }
        for word in [
            "",
            "ap",
            "apii",
            "tokens",
            "xconfidentialdata",
            "confidentialdat",
            "toketoken",
            "ap\u{c9}",
        ] {
            assert!(!SET.contains(word.as_bytes()), "{word}");
        }
        assert!(SET.any_ends(b"myapi"));
        assert!(!SET.any_ends(b"api"));
    }
}
