//! Counts over the bytes of a value, made in one pass.

use super::pairs::FREQUENT_PAIRS;

/// Codes of bytes: small letters, capitals, digits and others.
const CAPITAL: usize = 26;
const DIGIT: usize = 52;
const OTHER: usize = 53;
const CODES: usize = 64;

const CODE: [u8; 256] = codes();
/// The evidence of two adjacent bytes against a word: 0 to 2.
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
                // A camel-case boundary is a step of its own.
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

/// The composition of a value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measure {
    pub(super) digits: usize,
    pub(super) letters: usize,
    pub(super) small: usize,
    /// The evidence of adjacent bytes against words.
    pub(super) points: usize,
}

/// The count of a byte: above its code, one in sixteen bits each for a digit, a
/// letter and a small letter.
const COUNTS: [u64; 256] = counts();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn counts() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let code = CODE[byte] as usize;
        table[byte] = code as u64
            | ((code == DIGIT) as u64) << 16
            | ((code < DIGIT) as u64) << 32
            | ((code < CAPITAL) as u64) << 48;
        byte += 1;
    }
    table
}

impl Measure {
    /// Measures `value`, which has at most [`MOST`](super::MOST) bytes.
    #[expect(
        clippy::indexing_slicing,
        reason = "a code is below the number of codes"
    )]
    pub(super) fn of(value: &[u8]) -> Self {
        const {
            assert!(
                super::MOST * CODES < 1 << 16,
                "no count passes on to the next"
            )
        };
        let (mut last, mut points, mut counts) = (OTHER, 0, 0);
        for &byte in value {
            let count = COUNTS[usize::from(byte)];
            let code = (count % CODES as u64) as usize;
            counts += count;
            points += usize::from(STEP[last][code]);
            last = code;
        }
        let count = |at: u32| usize::from((counts >> at) as u16);
        let (digits, letters) = (count(16), count(32));
        Self {
            digits,
            letters,
            small: count(48),
            points,
        }
    }
}

/// Returns how many decimal digits `value` has, if it consists of hexadecimal digits.
/// It has at most [`MOST`](super::MOST) bytes.
pub(super) fn digits_of_hex(value: &[u8]) -> Option<usize> {
    let mut digits = 0;
    // Most other values have another byte among the first ones.
    for piece in value.chunks(8) {
        digits += piece.iter().map(hex_count).sum::<usize>();
        if digits >= OTHERS {
            return None;
        }
    }
    Some(digits)
}

/// What a byte that is no hexadecimal digit counts as.
const OTHERS: usize = 1 << 8;

#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "the table has an entry for every byte"
)]
fn hex_count(byte: &u8) -> usize {
    static COUNTS: [u16; 256] = {
        let mut table = [OTHERS as u16; 256];
        let mut byte = 0;
        while byte < 256 {
            if (byte as u8).is_ascii_hexdigit() {
                table[byte] = (byte as u8).is_ascii_digit() as u16;
            }
            byte += 1;
        }
        table
    };
    const { assert!(super::MOST < OTHERS, "digits never count as another byte") };
    usize::from(COUNTS[usize::from(*byte)])
}

/// Returns the length of the longest run of letters and digits in `value`.
pub(super) fn longest(value: &[u8]) -> usize {
    let runs = value.split(|byte| !byte.is_ascii_alphanumeric());
    runs.map(<[u8]>::len).max().unwrap_or(0)
}
