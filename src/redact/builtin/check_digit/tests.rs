use proptest::prelude::*;

use super::{americas, asia, europe, luhn, mod11_10, mod97, verhoeff};

type Check = fn(&[u8]) -> bool;

/// Numbers published by the issuers or by those who describe the numbers.
const PUBLISHED: &[(&str, Check, &str)] = &[
    ("Luhn", luhn, "79927398713"),
    ("Luhn", luhn, "4242424242424242"),
    ("Luhn", luhn, "378282246310005"),
    ("MOD 97-10", mod97, "GB29NWBK60161331926819"),
    ("MOD 97-10", mod97, "DE89370400440532013000"),
    ("MOD 11,10", mod11_10, "07945"),
    ("Verhoeff", verhoeff, "2363"),
    ("NHS", europe::uk_nhs, "9434765919"),
    ("NIF", europe::es_nif, "12345678Z"),
    ("NIE", europe::es_nif, "X1234567L"),
    ("NIR", europe::fr_nir, "255081416802538"),
    ("Steuer-ID", europe::de_tax_id, "86095742719"),
    ("pension", europe::de_pension, "65170839J003"),
    ("codice fiscale", europe::it_fiscal, "RSSMRA85T10A562S"),
    ("BSN", europe::nl_bsn, "111222333"),
    ("Belgium", europe::be_number, "85073003328"),
    ("PESEL", europe::pl_pesel, "44051401359"),
    ("personnummer", europe::se_personal, "8112189876"),
    ("HETU", europe::fi_hetu, "131052308T"),
    ("AHV", europe::ch_ahv, "7569217076985"),
    ("PPS", europe::ie_pps, "1234567T"),
    ("TFN", asia::au_tfn, "123456782"),
    ("ABN", asia::au_abn, "53004085616"),
    ("NRIC", asia::sg_nric, "S1234567D"),
    ("resident of China", asia::cn_resident, "11010519491231002X"),
    ("Hong Kong", asia::hk_identity, "G123456A"),
    ("South Africa", asia::za_identity, "8001015009087"),
    ("Israel", asia::il_identity, "123456782"),
    ("routing", americas::us_routing, "111000025"),
    ("NPI", americas::us_npi, "1497758544"),
    ("RUT", americas::cl_rut, "123456785"),
    ("VIN", americas::vin, "1M8GDM9AXKP042788"),
];

/// Numbers with a check digit that misses some errors.
const WEAKER: &[(&str, Check, &str)] = &[
    ("EGN", europe::bg_egn, "7523169263"),
    ("ACN", asia::au_acn, "004085616"),
    ("Medicare", asia::au_medicare, "2123456701"),
    ("IRD", asia::nz_ird, "49091850"),
    ("IRD", asia::nz_ird, "136410132"),
    ("Taiwan", asia::tw_identity, "A123456789"),
    ("DEA", americas::us_dea, "AB1234563"),
    ("CPF", americas::br_cpf, "52998224725"),
    ("CNPJ", americas::br_cnpj, "11222333000181"),
    ("CURP", americas::mx_curp, "BOXW310820HNERXN09"),
    ("RFC", americas::mx_rfc, "GODE561231GR8"),
    ("CUIT", americas::ar_cuit, "20123456786"),
    ("NIT", americas::co_nit, "8001972684"),
    ("My Number", asia::jp_individual, "123456789018"),
];

#[test]
fn published_numbers_are_right() {
    for (name, check, number) in PUBLISHED.iter().chain(WEAKER) {
        assert!(check(number.as_bytes()), "{name} {number}");
    }
}

#[test]
fn one_wrong_digit_is_noticed() {
    for (name, check, number) in PUBLISHED {
        let digits = number.bytes().enumerate();
        for (at, digit) in digits.filter(|(_, byte)| byte.is_ascii_digit()) {
            for other in (b'0'..=b'9').filter(|other| *other != digit) {
                let mut wrong = number.as_bytes().to_vec();
                wrong[at] = other;
                let text = String::from_utf8_lossy(&wrong);
                assert!(!check(&wrong), "{name} takes {text}");
            }
        }
    }
}

#[test]
fn a_wrong_last_digit_is_noticed_by_the_weaker_too() {
    for (name, check, number) in WEAKER {
        let (last, rest) = number.as_bytes().split_last().unwrap();
        if *name == "Medicare" {
            continue;
        }
        for other in (b'0'..=b'9').filter(|other| other != last) {
            let wrong = [rest, &[other]].concat();
            assert!(!check(&wrong), "{name} takes {other} at the end");
        }
    }
}

#[test]
fn what_was_never_given_out_is_refused() {
    for (check, number) in [
        (americas::us_ssn as Check, "000123456"),
        (americas::us_ssn, "666123456"),
        (americas::us_ssn, "900123456"),
        (americas::us_ssn, "219009998"),
        (americas::us_ssn, "219090000"),
        (americas::us_itin, "912894829"),
        (europe::uk_nino, "BG123456A"),
        (europe::uk_nino, "QQ123456C"),
        (europe::de_tax_id, "11111111111"),
        (europe::dk_cpr, "3113852481"),
        (asia::in_gstin, "00KXBPM4829L1Z3"),
        (asia::kr_resident, "8513302482915"),
        (asia::birth, "19851730"),
        (luhn, "0000000000000000"),
    ] {
        assert!(!check(number.as_bytes()), "{number}");
    }
}

/// Finds the digit that completes `digits` so that `check` accepts them.
fn completed(check: Check, digits: &str) -> Option<String> {
    let mut all = (b'0'..=b'9').map(|digit| format!("{digits}{}", char::from(digit)));
    all.find(|number| check(number.as_bytes()))
}

proptest! {
    /// Each scheme has exactly one correct digit and detects any error in one place.
    /// The last also detects a swap of neighbors.
    #[test]
    fn one_error_is_never_right(
        digits in "[1-9][0-9]{5,17}",
        place in 0_usize..6,
        more in 1_u8..10,
    ) {
        for (index, check) in [luhn as Check, mod11_10, verhoeff].into_iter().enumerate() {
            let right = completed(check, &digits).expect("one digit is right");
            let mut wrong = right.clone().into_bytes();
            wrong[place] = b'0' + (wrong[place] - b'0' + more) % 10;
            prop_assert!(!check(&wrong), "{right}");
            let mut swapped = right.clone().into_bytes();
            swapped.swap(place, place + 1);
            if index == 2 && swapped != right.as_bytes() {
                prop_assert!(!check(&swapped), "{right}");
            }
        }
    }

    #[test]
    fn no_text_of_any_length_is_too_much(id in "[0-9A-Z]{0,24}") {
        let checks = PUBLISHED.iter().chain(WEAKER).map(|(_, check, _)| check);
        for check in checks {
            check(id.as_bytes());
        }
    }
}
