//! Sets of words that are asked for a word at a time.

/// Words of up to sixteen letters, each as one number, in order.
pub(super) struct WordSet<const N: usize> {
    packed: [u128; N],
}

impl<const N: usize> WordSet<N> {
    /// The set of `words`, which are in small letters and no longer than sixteen.
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated when the crate is compiled"
    )]
    pub(super) const fn new(words: [&[u8]; N]) -> Self {
        let mut packed = [0; N];
        let mut count = 0;
        while count < N {
            assert!(
                words[count].len() <= 16,
                "a word has sixteen letters at most"
            );
            let word = pack(words[count]);
            let mut at = count;
            while at > 0 && packed[at - 1] > word {
                packed[at] = packed[at - 1];
                at -= 1;
            }
            packed[at] = word;
            count += 1;
        }
        Self { packed }
    }

    /// Whether `word` is in the set, in any case.
    #[inline]
    pub(super) fn contains(&self, word: &[u8]) -> bool {
        !word.is_empty() && word.len() <= 16 && self.packed.binary_search(&pack(word)).is_ok()
    }

    /// Whether `word` ends with one of the set of three letters or more.
    pub(super) fn any_ends(&self, word: &[u8]) -> bool {
        (1..word.len().saturating_sub(2))
            .any(|from| word.get(from..).is_some_and(|end| self.contains(end)))
    }
}

#[inline]
const fn pack(mut word: &[u8]) -> u128 {
    let mut number = 0;
    while let [first, rest @ ..] = word {
        number = number << 8 | first.to_ascii_lowercase() as u128;
        word = rest;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_its_words_in_any_case() {
        const SET: WordSet<3> = WordSet::new([b"token", b"api", b"confidentialdata"]);
        for word in ["api", "Token", "CONFIDENTIALDATA"] {
            assert!(SET.contains(word.as_bytes()), "{word}");
        }
        for word in ["", "ap", "apii", "tokens", "xconfidentialdata"] {
            assert!(!SET.contains(word.as_bytes()), "{word}");
        }
    }
}
