//! Telephone numbers.

use super::number::{continues, is_more_than_digits};
use super::{Lead, PHONE_WORDS, Personal};
use crate::redact::builtin::Structure;
use crate::redact::engine::Hit;
use crate::redact::text::{ALNUM, Shape, Text, class};

pub(super) const WORDS: &[&str] = &[
    "phone",
    "telephone",
    "tel",
    "mobile",
    "cell phone",
    "cellphone",
    "fax",
    "sms",
    "whatsapp",
    "contact number",
    "phone number",
    "hotline",
    "telefon",
    "telefonnummer",
    "handynummer",
    "rufnummer",
    "téléphone",
    "tél",
    "appeler",
    "teléfono",
    "telefono",
    "móvil",
    "celular",
    "llamar",
    "cellulare",
    "telefone",
    "telemóvel",
    "telefoon",
    "mobiel",
    "puhelin",
    "tlf",
    "mobilnummer",
    "numer telefonu",
    "komórka",
    "telpon",
    "telepono",
    "电话",
    "手机",
    "電話",
    "携帯",
    "전화",
    "휴대폰",
    "โทร",
    "هاتف",
    "телефон",
    "טלפון",
];

/// Forms of national numbers with the trunk prefix. Their groups identify the
/// country.
const FORMS: &[Shape] = &[
    // France.
    Shape::parse("0[1-9][ .-][0-9]{2}[ .-][0-9]{2}[ .-][0-9]{2}[ .-][0-9]{2}"),
    // Turkey, with the zero and, for mobile numbers, without it.
    Shape::parse("0[ -]?[2-5][0-9]{2}[ .-][0-9]{3}[ .-][0-9]{2}[ .-][0-9]{2}"),
    Shape::parse("5[0-9]{2}[ .-][0-9]{3}[ .-][0-9]{2}[ .-][0-9]{2}"),
    // Japan and South Korea.
    Shape::parse("0[15789]0[ -][0-9]{4}[ -][0-9]{4}"),
    Shape::parse("0[1-9]-[0-9]{4}-[0-9]{4}"),
    Shape::parse("0[1-9][0-9]-[0-9]{3}-[0-9]{4}"),
    // The United Kingdom.
    Shape::parse("0[1-37][0-9]{3} [0-9]{6}"),
    Shape::parse("02[0-9] [0-9]{4} [0-9]{4}"),
    Shape::parse("01[0-9]{2} [0-9]{3} [0-9]{4}"),
    Shape::parse("07[0-9]{3} [0-9]{3} [0-9]{3}"),
    // Australia, South Africa.
    Shape::parse("0[2-478][0-9]{2} [0-9]{3} [0-9]{3}"),
    Shape::parse("0[1-8][0-9] [0-9]{3} [0-9]{4}"),
    // The Philippines.
    Shape::parse("09[0-9]{2}[ -][0-9]{3}[ -][0-9]{4}"),
    // Mobile numbers of eleven digits: the United Kingdom, Japan, Nigeria, the
    // Philippines, Turkey and South Korea.
    Shape::parse("0[5789][0-9]{9}"),
    Shape::parse("010[0-9]{8}"),
    // North America, after its own country code.
    Shape::parse("1[ .-][2-9][0-9]{2}[ .-][2-9][0-9]{2}[ .-][0-9]{4}"),
];

/// Area codes in brackets, after the bracket.
const BRACKETED: &[Shape] = &[
    Shape::parse(r"0[1-9][0-9]{0,3}\) ?[0-9]{3,4}[ -]?[0-9]{3,4}"),
    Shape::parse(r"[1-9][0-9]\) ?9?[0-9]{4}-[0-9]{4}"),
];

/// Digits after a word that names a telephone number: without separators, in at least
/// three groups, in two groups of four, or with an area code that begins with 0.
const NAMED: &[Shape] = &[
    Shape::parse("[0-9]{2,4}[ ./-][0-9]{2,4}[ ./-][0-9]{2,4}[ ./-]?[0-9]{0,4}[ ./-]?[0-9]{0,4}"),
    Shape::parse("0[1-9][0-9]{1,4}[ /-][0-9]{4,8}"),
    Shape::parse("[2-9][0-9]{3}[ -][0-9]{4}"),
    Shape::parse("[0-9]{8,13}"),
];

impl Personal {
    /// Returns a telephone number: E.164 after `+`, a North American number with its
    /// separators, forms of other countries, and any number after a word that names
    /// it.
    pub(super) fn phone(&self, text: &Text<'_>, at: usize, mark: u8, lead: Lead) -> Option<Hit> {
        self.rule(Structure::Phone)?;
        // No form without `+` or brackets begins in another way.
        let begins = match lead.count {
            1..=5 => lead.is_before(b" ./-"),
            8..=13 => true,
            _ => false,
        };
        if !begins && !matches!(mark, b'+' | b'(') {
            return None;
        }
        let forms = match text.at(at)? {
            b'0' => FORMS,
            b'1' if lead.count == 1 => FORMS,
            b'5' if lead.count == 3 => FORMS,
            _ => &[],
        };
        let found = match mark {
            b'+' => self.international(text, at),
            b'(' => north_american(text, at, true)
                .or_else(|| shaped(text, at, BRACKETED).map(|end| (at - 1, end)))
                .or_else(|| shaped(text, at, forms).map(|end| (at, end)))
                .or_else(|| north_american(text, at, false)),
            _ => north_american(text, at, false)
                .or_else(|| shaped(text, at, forms).map(|end| (at, end))),
        };
        let found = match found {
            Some((start, end)) => (start, end, if mark == b'+' { 90 } else { 85 }),
            None => {
                let end = self.named(text, at, lead)?;
                (at, end, 75)
            }
        };
        self.hit(Structure::Phone, found)
    }

    /// Returns a number of E.164 after `+`: a country code, and 8 to 15 digits in
    /// total.
    ///
    /// If more digits follow, the number ends before a blank or bracket. It ends
    /// before a number that is found on its own, or else as late as possible if the
    /// last digits begin something else. If only more digits follow, there is no
    /// number.
    fn international(&self, text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
        let inside = super::before_mark(text, at).is_some_and(|byte| class(byte) & ALNUM != 0);
        if inside || text.at(at) == Some(b'0') {
            return None;
        }
        let run = text.run_of(at, 28, |byte| {
            byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/')
        });
        let mut latest = None;
        let (mut is_whole, mut is_before_other) = (true, false);
        for (end, digits) in ends(text, at, run) {
            let follows = text.at(end).is_some_and(|byte| class(byte) & ALNUM != 0);
            if (8..=15).contains(&digits) && !follows {
                let next = text.run_of(end, 4, |byte| is_between(byte) || byte == b'-');
                let mark = text.before(next).unwrap_or(b' ');
                if is_whole || self.behind(text, next, mark).is_some() {
                    return Some((at - 1, end));
                }
                latest = latest.or(is_before_other.then_some((at - 1, end)));
            }
            is_whole = false;
            is_before_other |= is_more_than_digits(text, end);
        }
        latest
    }

    /// Returns the end of the digits that a word names as a telephone number.
    fn named(&self, text: &Text<'_>, at: usize, lead: Lead) -> Option<usize> {
        if !matches!(lead.count, 2..=5 | 8..=13) {
            return None;
        }
        let end = NAMED.iter().find_map(|shape| {
            let mut ends = ends(text, at, shape.end_in(text, at)?);
            let end =
                ends.find(|(end, digits)| (8..=13).contains(digits) && !continues(text, *end));
            end.map(|(end, _)| end)
        })?;
        self.context
            .before(text, at)
            .has(PHONE_WORDS)
            .then_some(end)
    }
}

/// Returns where digits with separators between `at` and `end` may end: at the last
/// digit, or at the last digit before a separator that may stand between two numbers.
/// Each end comes with the number of digits, the latest first.
fn ends<'t>(
    text: &Text<'t>,
    at: usize,
    end: usize,
) -> impl Iterator<Item = (usize, usize)> + use<'t> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let mut rest = text.slice(at, end);
    std::iter::from_fn(move || {
        let (number, _) = rest.split_at_checked(rest.iter().rposition(is_digit)? + 1)?;
        let mark = number.iter().rposition(|byte| is_between(*byte));
        rest = number.get(..mark.unwrap_or(0))?;
        let digits = number.iter().filter(|byte| is_digit(byte)).count();
        Some((at + number.len(), digits))
    })
}

const fn is_between(mark: u8) -> bool {
    matches!(mark, b' ' | b'(' | b')' | b'/')
}

fn shaped(text: &Text<'_>, at: usize, shapes: &[Shape]) -> Option<usize> {
    if shapes.is_empty() {
        return None;
    }
    // Among other numbers, as in a dump of bytes.
    let amid = text.before(at) == Some(b' ')
        && super::before_mark(text, at).is_some_and(|byte| byte.is_ascii_digit());
    shapes.iter().find_map(|shape| {
        let end = shape.end_in(text, at)?;
        let more = text.at(end) == Some(b' ')
            && (text.at(end + 1).is_some_and(|next| next.is_ascii_digit())
                || text.is_before_placeholder(end + 1));
        (!amid && !more && !continues(text, end)).then_some(end)
    })
}

/// `(212) 555-0143`, `212-555-0143`, `212.555.0143`.
fn north_american(text: &Text<'_>, at: usize, bracket: bool) -> Option<(usize, usize)> {
    const AREA: Shape = Shape::parse("[2-9][0-9]{2}");
    const REST: Shape = Shape::parse("[2-9][0-9]{2}[ .-][0-9]{4}");
    let area = AREA.end_in(text, at)?;
    let mark = text.at(area)?;
    let (start, next) = if bracket {
        if mark != b')' {
            return None;
        }
        (at - 1, text.run_of(area + 1, 1, |byte| byte == b' '))
    } else {
        if !matches!(mark, b'-' | b'.') {
            return None;
        }
        (at, area + 1)
    };
    let end = REST.end_in(text, next)?;
    let same = bracket || text.at(next + 3) == Some(mark);
    (same && !continues(text, end)).then_some((start, end))
}
