//! Check digits of personal numbers, as their issuers publish them.
//!
//! Every function takes the letters and digits of a number, in capitals and without
//! punctuation, in a length that the number's shape allows. It returns whether they
//! can be such a number.

pub(crate) mod americas;
pub(crate) mod asia;
pub(crate) mod europe;
#[cfg(test)]
mod tests;

/// Returns whether the digits among `bytes` have a correct Luhn check digit (ISO/IEC
/// 7812-1, annex B).
pub(crate) fn luhn(bytes: &[u8]) -> bool {
    let digits = bytes.iter().rev().filter(|byte| byte.is_ascii_digit());
    let sum: u32 = digits
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            let weighted = if index % 2 == 1 { 2 * digit } else { digit };
            weighted / 10 + weighted % 10
        })
        .sum();
    sum > 0 && sum.is_multiple_of(10)
}

/// Returns whether the letters and digits among `bytes` have the check digits of an
/// international bank account number (ISO 13616, ISO 7064 MOD 97-10).
pub(crate) fn mod97(bytes: &[u8]) -> bool {
    let mut account = bytes.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let mut country = [0_u8; 4];
    for (byte, known) in country.iter_mut().zip(account.by_ref()) {
        *byte = *known;
    }
    let country = country.iter().filter(|byte| **byte != 0);
    let remainder = account.chain(country).fold(0_u32, |remainder, byte| {
        let value = value(byte.to_ascii_uppercase());
        (remainder * if value < 10 { 10 } else { 100 } + value) % 97
    });
    remainder == 1
}

/// Returns whether the last digit is the check digit of ISO 7064 MOD 11,10.
pub(crate) fn mod11_10(bytes: &[u8]) -> bool {
    let Some((last, rest)) = bytes.split_last() else {
        return false;
    };
    let product = rest.iter().fold(10, |product, byte| {
        let sum = (value(*byte) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == value(*last)
}

/// Returns whether the digits end with the check digit of Verhoeff's dihedral scheme.
pub(crate) fn verhoeff(bytes: &[u8]) -> bool {
    let mut sum = 0_u32;
    for (index, byte) in bytes.iter().rev().enumerate() {
        let mut digit = value(*byte) % 10;
        for _ in 0..index % 8 {
            digit = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
                .get(digit as usize)
                .copied()
                .unwrap_or(0);
        }
        sum = dihedral(sum, digit);
    }
    sum == 0
}

/// Returns the product of two symmetries of a pentagon: 0 to 4 are rotations, 5 to 9
/// reflections.
const fn dihedral(one: u32, other: u32) -> u32 {
    match (one < 5, other < 5) {
        (true, true) => (one + other) % 5,
        (true, false) => 5 + (one + other - 5) % 5,
        (false, true) => 5 + (one - 5 + 5 - other) % 5,
        (false, false) => (one + 5 - other) % 5,
    }
}

/// Accepts any number, for numbers without a check digit.
pub(crate) const fn any(_: &[u8]) -> bool {
    true
}

/// Returns the value of a character: digits count as themselves, letters from 10 on.
const fn value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (byte - b'0') as u32,
        b'A'..=b'Z' => (byte - b'A') as u32 + 10,
        _ => 0,
    }
}

/// Returns the weighted sum of the values.
fn weigh(bytes: &[u8], weights: &[u32]) -> u32 {
    let pairs = bytes.iter().zip(weights);
    pairs.map(|(byte, weight)| value(*byte) * weight).sum()
}

/// Returns the value at `index`.
fn at(bytes: &[u8], index: usize) -> u32 {
    bytes.get(index).map_or(0, |byte| value(*byte))
}

/// Returns the number written by `count` digits at `from`.
fn number(bytes: &[u8], from: usize, count: usize) -> u64 {
    let digits = bytes.iter().skip(from).take(count);
    digits.fold(0, |number, byte| number * 10 + u64::from(value(*byte)))
}

fn last(bytes: &[u8]) -> u32 {
    bytes.last().map_or(0, |byte| value(*byte))
}

/// Returns whether all bytes are equal.
fn is_repeat(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| bytes.first() == Some(byte))
}

/// Returns whether the day exists in some year.
const fn is_day(month: u64, day: u64) -> bool {
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    1 <= day && day <= days
}

/// Returns whether a date of six digits, year first, stands at `from`.
fn is_ymd(bytes: &[u8], from: usize) -> bool {
    is_day(number(bytes, from + 2, 2), number(bytes, from + 4, 2))
}

/// Returns whether a date of four digits, day first, stands at `from`.
fn is_dm(bytes: &[u8], from: usize) -> bool {
    is_day(number(bytes, from + 2, 2), number(bytes, from, 2))
}
