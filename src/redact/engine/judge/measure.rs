//! What a value is made of, counted in one pass.

use super::pairs::FREQUENT_PAIRS;

/// Codes of bytes: small letters, capitals, digits, all else.
const CAPITAL: usize = 26;
const DIGIT: usize = 52;
const OTHER: usize = 53;
const CODES: usize = 64;

const CODE: [u8; 256] = codes();
/// What two neighbours say against a word: 0 to 2.
const STEP: [[u8; CODES]; CODES] = steps();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn codes() -> [u8; 256] {
    let mut table = [OTHER as u8; 256];
    let mut index = 0;
    while index < 26 {
        table[b'a' as usize + index] = index as u8;
        table[b'A' as usize + index] = (CAPITAL + index) as u8;
        if index < 10 {
            table[b'0' as usize + index] = DIGIT as u8;
        }
        index += 1;
    }
    table
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn steps() -> [[u8; CODES]; CODES] {
    let mut table = [[0; CODES]; CODES];
    let mut one = 0;
    while one <= DIGIT {
        let mut other = 0;
        while other <= DIGIT {
            table[one][other] = if one < DIGIT && other < DIGIT {
                let rare = FREQUENT_PAIRS[one % 26] >> (other % 26) & 1 == 0;
                // A seam of camel case is a step of its own.
                let seam = one < CAPITAL && other >= CAPITAL;
                if seam {
                    1
                } else if rare {
                    2
                } else {
                    0
                }
            } else if one == DIGIT && other == DIGIT {
                0
            } else if one == DIGIT {
                2
            } else {
                1
            };
            other += 1;
        }
        one += 1;
    }
    table
}

/// What a value is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measure {
    pub(super) digits: usize,
    pub(super) letters: usize,
    pub(super) small: usize,
    /// What neighbours say against words.
    pub(super) points: usize,
    /// The longest run of letters and digits.
    pub(super) longest: usize,
}

impl Measure {
    #[expect(
        clippy::indexing_slicing,
        reason = "a code is below the number of codes"
    )]
    pub(super) fn of(value: &[u8]) -> Self {
        let mut this = Self::default();
        let (mut last, mut run) = (OTHER, 0);
        for &byte in value {
            let code = usize::from(CODE[usize::from(byte)]);
            let step = STEP[last][code];
            last = code;
            this.digits += usize::from(code == DIGIT);
            this.letters += usize::from(code < DIGIT);
            this.small += usize::from(code < CAPITAL);
            this.points += usize::from(step);
            run = if code == OTHER { 0 } else { run + 1 };
            this.longest = this.longest.max(run);
        }
        this
    }
}
