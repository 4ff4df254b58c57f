//! Check digits of European numbers.

use super::{at, is_day, is_dm, is_repeat, is_ymd, last, luhn, mod11_10, number, value, weigh};

/// British national insurance number: its prefix (HMRC, NIM39110).
pub(crate) fn uk_nino(id: &[u8]) -> bool {
    let &[first, second, ..] = id else {
        return false;
    };
    !b"DFIQUV".contains(&first)
        && !b"DFIOQUV".contains(&second)
        && !matches!(
            &[first, second],
            b"BG" | b"GB" | b"KN" | b"NK" | b"NT" | b"TN" | b"ZZ"
        )
}

/// British NHS number: modulus 11.
pub(crate) fn uk_nhs(id: &[u8]) -> bool {
    let check = (11 - weigh(id, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    check == last(id) && !is_repeat(id)
}

/// British driver number: the decade, month and day of birth stand between five
/// places of the surname and the initials. A woman's month is increased by 50.
pub(crate) fn uk_driver(id: &[u8]) -> bool {
    is_day(number(id, 6, 2) % 50, number(id, 8, 2))
}

/// Spanish NIF: the letter of a DNI, or of an NIE whose first letter stands for a
/// digit.
pub(crate) fn es_nif(id: &[u8]) -> bool {
    let Some((check, digits)) = id.split_last() else {
        return false;
    };
    let rest = digits.iter().fold(0, |rest, byte| {
        let digit = match byte {
            b'X' => 0,
            b'Y' => 1,
            b'Z' => 2,
            digit => value(*digit),
        };
        (rest * 10 + digit) % 23
    });
    b"TRWAGMYFPDXBNJZSQVHLCKE".get(rest as usize) == Some(check)
}

/// French NIR: its key is 97 minus the remainder of the number by 97. The departments
/// of Corsica, 2A and 2B, count as 19 and 18.
pub(crate) fn fr_nir(id: &[u8]) -> bool {
    let month = number(id, 3, 2);
    let corsica = match id.get(6) {
        Some(b'A') => 1,
        Some(b'B') => 2,
        _ => 0,
    };
    let base = if corsica == 0 {
        number(id, 0, 13)
    } else {
        let department = 20 - corsica;
        number(id, 0, 5) * 100_000_000 + department * 1_000_000 + number(id, 7, 6)
    };
    matches!(month, 1..=12 | 20..=42 | 50..=99) && 97 - base % 97 == number(id, 13, 2)
}

/// German tax identification number: ISO 7064 MOD 11,10. The rule that one digit
/// occurs twice is not checked, because test numbers break it.
pub(crate) fn de_tax_id(id: &[u8]) -> bool {
    mod11_10(id) && !is_repeat(id)
}

/// German VAT number: ISO 7064 MOD 11,10.
pub(crate) fn de_vat(id: &[u8]) -> bool {
    id.get(2..).is_some_and(mod11_10)
}

/// German pension insurance number: area, date of birth, a letter, two digits, and
/// the digit sum of the weighted places.
pub(crate) fn de_pension(id: &[u8]) -> bool {
    let letter = at(id, 8).saturating_sub(9);
    let places = id.iter().take(8).map(|byte| value(*byte));
    let places = places.chain([letter / 10, letter % 10, at(id, 9), at(id, 10)]);
    let sum: u32 = places
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(place, weight)| place * weight / 10 + place * weight % 10)
        .sum();
    // Of two people born on one day, the second has a day increased by 50.
    is_day(number(id, 4, 2), number(id, 2, 2) % 50) && sum % 10 == last(id)
}

/// German health insurance number: a letter, which counts as two digits, and the
/// digit sum of the doubled places.
pub(crate) fn de_health(id: &[u8]) -> bool {
    let letter = at(id, 0).saturating_sub(9);
    let places = [letter / 10, letter % 10].into_iter();
    let places = places.chain(id.iter().skip(1).take(8).map(|byte| value(*byte)));
    let sum: u32 = places
        .zip([1, 2].into_iter().cycle())
        .map(|(place, weight)| place * weight / 10 + place * weight % 10)
        .sum();
    sum % 10 == last(id)
}

/// German identity card or passport number: the last digit checks the others with
/// weights 7, 3 and 1 (ICAO Doc 9303), or there is no check digit.
pub(crate) fn de_document(id: &[u8]) -> bool {
    let check = |digits: &[u8]| weigh(digits, &[7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10;
    match id.len() {
        10 => id
            .split_last()
            .is_some_and(|(_, rest)| check(rest) == last(id)),
        _ => id.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3,
    }
}

/// Italian codice fiscale: its check letter (decree of 23 December 1976).
pub(crate) fn it_fiscal(id: &[u8]) -> bool {
    const ODD: [u32; 36] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3,
        6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
    ];
    let sum: u32 = id
        .iter()
        .take(15)
        .enumerate()
        .map(|(index, byte)| {
            let value = value(*byte);
            match index % 2 {
                0 => ODD.get(value as usize).copied().unwrap_or(0),
                _ if value > 9 => value - 10,
                _ => value,
            }
        })
        .sum();
    sum % 26 + 10 == last(id)
}

/// Italian VAT number: a Luhn digit.
pub(crate) fn it_vat(id: &[u8]) -> bool {
    luhn(id)
}

/// Portuguese NIF: modulus 11.
pub(crate) fn pt_nif(id: &[u8]) -> bool {
    let rest = weigh(id, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    last(id) == if rest < 2 { 0 } else { 11 - rest } && !is_repeat(id)
}

/// Dutch BSN: the eleven test.
pub(crate) fn nl_bsn(id: &[u8]) -> bool {
    let sum = weigh(id, &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum > 0 && sum % 11 == last(id) && !is_repeat(id)
}

/// Belgian national number: the last two digits are 97 minus the remainder of the
/// first nine, which get a leading 2 for births from 2000 on.
pub(crate) fn be_number(id: &[u8]) -> bool {
    let (base, check) = (number(id, 0, 9), number(id, 9, 2));
    let right = |base: u64| 97 - base % 97 == check;
    number(id, 2, 2) % 20 <= 12
        && number(id, 4, 2) <= 31
        && base > 0
        && (right(base) || right(base + 2_000_000_000))
}

/// Polish PESEL: a date whose month encodes the century, and a weighted sum.
pub(crate) fn pl_pesel(id: &[u8]) -> bool {
    let sum = weigh(id, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    is_day(number(id, 2, 2) % 20, number(id, 4, 2)) && (10 - sum % 10) % 10 == last(id)
}

/// Swedish personal number: a date, and a Luhn digit over the last ten digits. A
/// coordination number's day is increased by 60.
pub(crate) fn se_personal(id: &[u8]) -> bool {
    let ten = id.get(id.len().saturating_sub(10)..).unwrap_or_default();
    is_day(number(ten, 2, 2), number(ten, 4, 2) % 60) && luhn(ten)
}

/// Swedish organization number: its third digit is at least 2.
pub(crate) fn se_organisation(id: &[u8]) -> bool {
    at(id, 2) >= 2 && luhn(id)
}

/// Finnish personal identity code: a letter for the remainder of the nine digits by
/// 31. The century sign may be a letter.
pub(crate) fn fi_hetu(id: &[u8]) -> bool {
    let serial = id.len().saturating_sub(4);
    let rest = (number(id, 0, 6) * 1000 + number(id, serial, 3)) % 31;
    is_dm(id, 0) && b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(rest as usize) == id.last()
}

/// Norwegian birth number: two check digits, modulus 11. A D-number's day is
/// increased by 40.
pub(crate) fn no_birth(id: &[u8]) -> bool {
    let right = |count: usize, weights: &[u32]| {
        let rest = (11 - weigh(id, weights) % 11) % 11;
        rest == at(id, count)
    };
    is_day(number(id, 2, 2) % 40, number(id, 0, 2) % 40)
        && right(9, &[3, 7, 6, 1, 8, 9, 4, 5, 2])
        && right(10, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
}

/// Danish CPR number: begins with a date; its check digit is no longer maintained.
pub(crate) fn dk_cpr(id: &[u8]) -> bool {
    is_dm(id, 0)
}

/// Swiss AHV number: an EAN-13 of country 756.
pub(crate) fn ch_ahv(id: &[u8]) -> bool {
    let sum = weigh(id, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    (10 - sum % 10) % 10 == last(id)
}

/// Irish PPS number: a letter for the remainder by 23; a second letter has weight
/// nine.
pub(crate) fn ie_pps(id: &[u8]) -> bool {
    let second = match id.get(8) {
        Some(letter @ b'A'..=b'I') => u32::from(letter - b'A') + 1,
        _ => 0,
    };
    let rest = (weigh(id, &[8, 7, 6, 5, 4, 3, 2]) + 9 * second) % 23;
    b"WABCDEFGHIJKLMNOPQRSTUV".get(rest as usize) == id.get(7)
}

/// Romanian CNP: sex and century, a date, a county and a weighted sum.
pub(crate) fn ro_cnp(id: &[u8]) -> bool {
    let rest = weigh(id, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    is_ymd(id, 1) && last(id) == if rest == 10 { 1 } else { rest }
}

/// Bulgarian EGN: a date whose month encodes the century, and a weighted sum.
pub(crate) fn bg_egn(id: &[u8]) -> bool {
    let rest = weigh(id, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    is_day(number(id, 2, 2) % 20, number(id, 4, 2)) && rest == last(id)
}

/// Czech and Slovak birth number: ten digits form a multiple of 11, or end with 0 if
/// the remainder is 10. A woman's month is increased by 50.
pub(crate) fn cz_birth(id: &[u8]) -> bool {
    let rest = number(id, 0, 9) % 11;
    let right = rest == u64::from(last(id)) || (rest == 10 && last(id) == 0);
    let month = number(id, 2, 2) % 50;
    let month = if month > 20 { month - 20 } else { month };
    is_day(month, number(id, 4, 2)) && (id.len() == 9 || right)
}
