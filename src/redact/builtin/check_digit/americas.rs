//! Check digits of American numbers, north and south.

use super::{at, is_repeat, is_ymd, last, luhn, number, value, weigh};

/// United States social security number: no area 000, 666 or from 900, no group 00,
/// no serial 0000, and none of the numbers printed in advertisements.
pub(crate) fn us_ssn(id: &[u8]) -> bool {
    let (area, group, serial) = (number(id, 0, 3), number(id, 3, 2), number(id, 5, 4));
    let printed = matches!(id, b"078051120" | b"219099999");
    !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0 && !printed && !is_repeat(id)
}

/// United States individual taxpayer number: the groups that are issued.
pub(crate) fn us_itin(id: &[u8]) -> bool {
    matches!(number(id, 3, 2), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// United States bank routing number: the districts of the Federal Reserve, and
/// weights 3, 7 and 1.
pub(crate) fn us_routing(id: &[u8]) -> bool {
    let sum = weigh(id, &[3, 7, 1, 3, 7, 1, 3, 7, 1]);
    matches!(number(id, 0, 2), 0..=12 | 21..=32 | 61..=72 | 80) && sum > 0 && sum.is_multiple_of(10)
}

/// United States health care provider number: Luhn after the issuer prefix 80840.
pub(crate) fn us_npi(id: &[u8]) -> bool {
    let mut whole = *b"808400000000000";
    for (byte, digit) in whole.iter_mut().skip(5).zip(id) {
        *byte = *digit;
    }
    luhn(&whole)
}

/// United States DEA number: the digits at places one, three and five, plus twice the
/// digits between them.
pub(crate) fn us_dea(id: &[u8]) -> bool {
    weigh(id, &[0, 0, 1, 2, 1, 2, 1, 2]) % 10 == last(id)
}

/// Canadian social insurance number: a Luhn digit.
pub(crate) fn ca_sin(id: &[u8]) -> bool {
    luhn(id) && !is_repeat(id)
}

/// Returns the Brazilian check digit, which makes a weighted sum a multiple of 11, or
/// 0.
fn br_digit(id: &[u8], weights: &[u32]) -> u32 {
    let rest = weigh(id, weights) % 11;
    if rest < 2 { 0 } else { 11 - rest }
}

/// Brazilian CPF of a person.
pub(crate) fn br_cpf(id: &[u8]) -> bool {
    br_digit(id, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) == at(id, 9)
        && br_digit(id, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == at(id, 10)
        && !is_repeat(id)
}

/// Brazilian CNPJ of a company.
pub(crate) fn br_cnpj(id: &[u8]) -> bool {
    br_digit(id, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == at(id, 12)
        && br_digit(id, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == at(id, 13)
        && !is_repeat(id)
}

/// Mexican CURP: a date, a sex, and a sum over 37 letters including Ñ.
pub(crate) fn mx_curp(id: &[u8]) -> bool {
    let sum: u32 = id
        .iter()
        .take(17)
        .zip((2..=18).rev())
        .map(|(byte, weight)| {
            let value = value(*byte);
            // Ñ comes after N.
            (if *byte > b'N' { value + 1 } else { value }) * weight
        })
        .sum();
    is_ymd(id, 4) && (10 - sum % 10) % 10 == last(id)
}

/// Mexican RFC: a date, and a check digit or an A for ten.
pub(crate) fn mx_rfc(id: &[u8]) -> bool {
    let company = id.len() == 12;
    let Some((check, rest)) = id.split_last() else {
        return false;
    };
    // A company's number has eleven places and is read with a leading blank.
    let blank = if company { 37 * 13 } else { 0 };
    let sum: u32 = rest
        .iter()
        .zip((2..=if company { 12 } else { 13 }).rev())
        .map(|(byte, weight)| {
            let value = value(*byte);
            (if *byte > b'N' { value + 1 } else { value }) * weight
        })
        .sum();
    let right = match 11 - (sum + blank) % 11 {
        11 => b'0',
        10 => b'A',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    };
    is_ymd(id, if company { 3 } else { 4 }) && right == *check
}

/// Argentine CUIT or CUIL: its types, and modulus 11.
pub(crate) fn ar_cuit(id: &[u8]) -> bool {
    let rest = 11 - weigh(id, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let check = match rest {
        11 => 0,
        10 => 9,
        digit => digit,
    };
    matches!(number(id, 0, 2), 20 | 23 | 24 | 27 | 30 | 33 | 34) && check == last(id)
}

/// Chilean RUT: modulus 11 with weights 2 to 7 from the right, K for ten.
pub(crate) fn cl_rut(id: &[u8]) -> bool {
    let Some((check, rest)) = id.split_last() else {
        return false;
    };
    let digits = rest.iter().rev().map(|byte| value(*byte));
    let sum: u32 = digits
        .zip([2, 3, 4, 5, 6, 7].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .sum();
    let right = match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    };
    right == *check && !is_repeat(rest)
}

/// Colombian NIT: prime weights from the right.
pub(crate) fn co_nit(id: &[u8]) -> bool {
    let digits = id.iter().rev().skip(1).map(|byte| value(*byte));
    let sum: u32 = digits
        .zip([3, 7, 13, 17, 19, 23, 29, 37, 41, 43])
        .map(|(digit, weight)| digit * weight)
        .sum();
    let rest = sum % 11;
    last(id) == if rest < 2 { rest } else { 11 - rest }
}

/// Vehicle identification number: modulus 11 of its places (49 CFR 565.15), X for
/// ten.
pub(crate) fn vin(id: &[u8]) -> bool {
    let sum: u32 = id
        .iter()
        .zip([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
        .map(|(byte, weight)| {
            let place = match byte {
                b'A'..=b'I' => u32::from(byte - b'A') + 1,
                b'J'..=b'R' => u32::from(byte - b'J') + 1,
                b'S'..=b'Z' => u32::from(byte - b'S') + 2,
                digit => value(*digit),
            };
            place * weight
        })
        .sum();
    let right = match sum % 11 {
        10 => b'X',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    };
    id.get(8) == Some(&right) && !is_repeat(id)
}
