//! The surprise at the letters of a value, compared with ordinary words.

/// The surprise at the third of three codes after the first two, in eighths of a bit.
/// Code 0 is the edge of a word, 1 to 26 are letters. Made by `training/grams.py`.
static GRAMS: &[u8; 27 * 27 * 27] = include_bytes!("grams.bin");

/// The surprise at an ordinary letter, in eighths of a bit.
const ORDINARY: usize = 30;

/// The surprise at the letters of a value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Surprise {
    letters: usize,
    total: usize,
    /// The greatest surprise at four adjacent letters.
    pub(super) most: usize,
}

impl Surprise {
    /// Returns the mean surprise at a letter, in eighths of a bit.
    pub(super) fn mean(self) -> usize {
        self.total / self.letters.max(1)
    }

    /// Returns how much more surprising the value is than a word of the same length,
    /// in bits.
    pub(super) fn excess(self) -> usize {
        (self.total / 8).saturating_sub(self.letters * ORDINARY / 8)
    }
}

/// Returns the surprise at the words of `value`, which end at digits, punctuation and
/// camel-case boundaries.
#[expect(
    clippy::indexing_slicing,
    reason = "a code is below 27, so an index is below the size of the table"
)]
pub(super) fn surprise(value: &[u8]) -> Surprise {
    let mut this = Surprise::default();
    let (mut first, mut second) = (0, 0);
    let (mut last_four, mut of_four) = ([0; 4], 0);
    let mut small = false;
    let mut take = |first: usize, second: usize, third: usize| {
        let bits = usize::from(GRAMS[(first * 27 + second) * 27 + third]);
        this.total += bits;
        this.letters += 1;
        let last = &mut last_four[this.letters % 4];
        of_four = of_four + bits - *last;
        *last = bits;
        this.most = this.most.max(of_four);
    };
    for &byte in value {
        let code = usize::from(CODES[usize::from(byte)]);
        let seam = code & CAPITAL != 0 && small;
        small = code & SMALL != 0;
        let code = code & LETTER;
        if second != 0 && (code == 0 || seam) {
            take(first, second, 0);
            (first, second) = (0, 0);
        }
        if code != 0 {
            take(first, second, code);
            (first, second) = (second, code);
        }
    }
    if second != 0 {
        take(first, second, 0);
    }
    this
}

/// The parts of the code of a byte: its letter, and one bit for each letter case.
const LETTER: usize = 31;
const SMALL: usize = 32;
const CAPITAL: usize = 64;

/// The codes of all bytes.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
static CODES: [u8; 256] = {
    let mut table = [0; 256];
    let mut letter = 1;
    while letter <= 26 {
        table[b'a' as usize - 1 + letter] = (letter | SMALL) as u8;
        table[b'A' as usize - 1 + letter] = (letter | CAPITAL) as u8;
        letter += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_surprise_less_than_letters_at_random() {
        for word in ["authorization", "myServicePassword", "changeme", "letmein"] {
            assert!(surprise(word.as_bytes()).mean() < 32, "{word}");
        }
        for letters in ["qkzvwxtr", "xgrqeeulqdpq", "ptrhiluqlewz"] {
            assert!(surprise(letters.as_bytes()).mean() > 38, "{letters}");
        }
        assert_eq!(surprise(b"").mean(), 0);
    }
}
