//! Check digits of numbers of Asia, Africa and the Pacific.

use super::{at, is_day, is_repeat, is_ymd, last, luhn, number, value, verhoeff, weigh};

/// Indian Aadhaar number: Verhoeff's check digit.
pub(crate) fn in_aadhaar(id: &[u8]) -> bool {
    verhoeff(id) && !is_repeat(id)
}

/// Indian GSTIN: begins with a state code and contains a PAN.
pub(crate) fn in_gstin(id: &[u8]) -> bool {
    matches!(number(id, 0, 2), 1..=38 | 97 | 99)
}

/// Turkish identity number: the tenth digit checks the places before it, the eleventh
/// all.
pub(crate) fn tr_identity(id: &[u8]) -> bool {
    let odd = weigh(id, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weigh(id, &[0, 1, 0, 1, 0, 1, 0, 1]);
    let all = weigh(id, &[1; 10]);
    (7 * odd + 9 * even) % 10 == at(id, 9) && all % 10 == last(id)
}

/// Australian tax file number: a multiple of 11.
pub(crate) fn au_tfn(id: &[u8]) -> bool {
    weigh(id, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11) && !is_repeat(id)
}

/// Australian business number: a multiple of 89 after subtracting one from the first
/// place.
pub(crate) fn au_abn(id: &[u8]) -> bool {
    let sum = weigh(id, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    sum > 10 && (sum - 10).is_multiple_of(89)
}

/// Australian company number: modulus 10.
pub(crate) fn au_acn(id: &[u8]) -> bool {
    let sum = weigh(id, &[8, 7, 6, 5, 4, 3, 2, 1]);
    sum > 0 && (10 - sum % 10) % 10 == last(id)
}

/// Australian Medicare card: the ninth digit is the check digit, followed by the
/// issue number.
pub(crate) fn au_medicare(id: &[u8]) -> bool {
    weigh(id, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == at(id, 8)
}

/// New Zealand IRD number: modulus 11, with a second set of weights if the result is
/// 10.
pub(crate) fn nz_ird(id: &[u8]) -> bool {
    let mut whole = *b"000000000";
    for (byte, digit) in whole.iter_mut().rev().zip(id.iter().rev()) {
        *byte = *digit;
    }
    let check = |weights: &[u32]| (11 - weigh(&whole, weights) % 11) % 11;
    let check = match check(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => check(&[7, 4, 3, 2, 5, 2, 7, 6]),
        check => check,
    };
    matches!(number(&whole, 0, 9), 10_000_000..=150_000_000) && check == last(id)
}

/// Singaporean NRIC: a letter for a weighted sum, which depends on the first letter.
pub(crate) fn sg_nric(id: &[u8]) -> bool {
    let sum = weigh(id.get(1..).unwrap_or_default(), &[2, 7, 6, 5, 4, 3, 2]);
    let (shift, letters) = match id.first() {
        Some(b'S') => (0, b"JZIHGFEDCBA"),
        Some(b'T') => (4, b"JZIHGFEDCBA"),
        Some(b'F') => (0, b"XWUTRQPNMLK"),
        Some(b'G') => (4, b"XWUTRQPNMLK"),
        _ => (3, b"XWUTRQPNJLK"),
    };
    letters.get(((sum + shift) % 11) as usize) == id.last()
}

/// South Korean resident or foreigner number: begins with a date. Numbers issued
/// since October 2020 have no check digit.
pub(crate) fn kr_resident(id: &[u8]) -> bool {
    is_ymd(id, 0)
}

/// South Korean business number.
pub(crate) fn kr_business(id: &[u8]) -> bool {
    let sum = weigh(id, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + at(id, 8) * 5 / 10;
    (10 - sum % 10) % 10 == last(id)
}

/// Japanese individual number: modulus 11.
pub(crate) fn jp_individual(id: &[u8]) -> bool {
    let rest = weigh(id, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    last(id) == if rest < 2 { 0 } else { 11 - rest } && !is_repeat(id)
}

/// Chinese resident number: a date, and ISO 7064 MOD 11-2 (GB 11643).
pub(crate) fn cn_resident(id: &[u8]) -> bool {
    let sum = weigh(id, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    matches!(number(id, 6, 2), 18..=20)
        && is_ymd(id, 8)
        && b"10X98765432".get((sum % 11) as usize) == id.last()
}

/// Taiwanese identity number: the letter counts as two digits; the sum is a multiple
/// of 10.
pub(crate) fn tw_identity(id: &[u8]) -> bool {
    let place = id
        .first()
        .and_then(|first| {
            b"ABCDEFGHJKLMNPQRSTUVXYWZIO"
                .iter()
                .position(|letter| letter == first)
        })
        .and_then(|place| u32::try_from(place).ok());
    let Some(place) = place.map(|place| place + 10) else {
        return false;
    };
    let digits = id.get(1..).unwrap_or_default();
    let sum = place / 10 + 9 * (place % 10) + weigh(digits, &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    sum.is_multiple_of(10)
}

/// Hong Kong identity number: modulus 11 over eight places, 36 for a blank, A for
/// ten.
pub(crate) fn hk_identity(id: &[u8]) -> bool {
    let sum = if id.len() == 9 {
        weigh(id, &[9, 8, 7, 6, 5, 4, 3, 2])
    } else {
        36 * 9 + weigh(id, &[8, 7, 6, 5, 4, 3, 2])
    };
    (sum + last(id)).is_multiple_of(11)
}

/// Thai identity number: modulus 11 over twelve places.
pub(crate) fn th_identity(id: &[u8]) -> bool {
    let sum = weigh(id, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (11 - sum % 11) % 10 == last(id)
}

/// South African identity number: a date, the citizenship, and a Luhn digit.
pub(crate) fn za_identity(id: &[u8]) -> bool {
    is_ymd(id, 0) && at(id, 10) <= 2 && luhn(id)
}

/// Israeli identity number: a Luhn digit.
pub(crate) fn il_identity(id: &[u8]) -> bool {
    luhn(id) && !is_repeat(id)
}

/// A date of birth: the year is first or last, and one of the other two numbers is a
/// month.
pub(crate) fn birth(id: &[u8]) -> bool {
    if id.iter().any(u8::is_ascii_alphabetic) {
        return true;
    }
    let (two, four) = (|from| number(id, from, 2), |from| number(id, from, 4));
    let year = |year: u64| (1900..=2100).contains(&year);
    let day = |one: u64, other: u64| is_day(one, other) || is_day(other, one);
    match id.len() {
        8 => (year(four(0)) && is_day(two(4), two(6))) || (year(four(4)) && day(two(0), two(2))),
        5..=7 => id.iter().any(|byte| value(*byte) > 0),
        _ => false,
    }
}
