//! Payment cards.

use super::number::continues;
use super::{CARD_WORDS, Found, Personal};
use crate::redact::builtin::Structure;
use crate::redact::builtin::check_digit::luhn;
use crate::redact::engine::Hit;
use crate::redact::text::Text;

pub(super) const WORDS: &[&str] = &[
    "card",
    "cards",
    "cc",
    "ccn",
    "pan",
    "credit",
    "debit",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "discover",
    "diners",
    "jcb",
    "maestro",
    "unionpay",
    "creditcard",
    "cardnumber",
    "kreditkarte",
    "kartennummer",
    "carte",
    "tarjeta",
    "carta",
    "cartão",
    "kart",
    "karta",
    "creditcardnumber",
];

/// The greatest number of digits of a card.
pub(super) const MOST: usize = 19;

impl Personal {
    /// Returns a payment card: a known range, the right length and a correct check
    /// digit.
    ///
    /// With the preset for secrets alone, an ungrouped number counts only if a word
    /// names it as a card.
    pub(super) fn card(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Card)?;
        let (found, grouped, digits) = read(text, at)?;
        let (start, end, _) = found;
        if self.strict {
            let common = !matches!(digits, [b'1', ..]);
            let sure = grouped || self.is_near(text, start, end, CARD_WORDS);
            if !(common && sure) {
                return None;
            }
        }
        self.hit(Structure::Card, found)
    }
}

/// Returns whether a card may begin at `at`, in a run, by its first four digits.
#[inline]
pub(super) fn may_begin(text: &Text<'_>, at: usize) -> bool {
    let lead = text.slice(at, at + 4);
    lead.iter()
        .fold(true, |all, byte| all & byte.is_ascii_digit())
}

/// Reads a card at `at`: its place, whether it has groups, and its digits. Text after
/// a blank may be another number, so the longest card counts.
fn read(text: &Text<'_>, at: usize) -> Option<(Found, bool, [u8; MOST])> {
    let mut digits = [0_u8; MOST];
    let (mut count, mut end) = (0, at);
    let mut separator = None;
    let mut best = None;
    while count <= MOST {
        match text.at(end) {
            Some(digit @ b'0'..=b'9') => {
                *digits.get_mut(count)? = digit;
                count += 1;
                end += 1;
            }
            byte => {
                let number = digits.get(..count)?;
                if is_card(number) && !continues(text, end) {
                    best = Some(((at, end, 90), separator.is_some(), digits));
                }
                // The same separator throughout, after four digits or as on a card of
                // fifteen.
                let mark = byte.filter(|byte| matches!(byte, b' ' | b'-'));
                let joins = mark.is_some()
                    && separator.is_none_or(|known| mark == Some(known))
                    && matches!(count, 4 | 8 | 10 | 12 | 16)
                    && (separator.is_some() || count == 4)
                    && text.at(end + 1).is_some_and(|next| next.is_ascii_digit());
                if !joins {
                    break;
                }
                separator = mark;
                end += 1;
            }
        }
        if count == MOST && text.at(end).is_some_and(|byte| byte.is_ascii_digit()) {
            break;
        }
    }
    best
}

fn is_card(digits: &[u8]) -> bool {
    let repeat = digits.iter().all(|digit| digits.first() == Some(digit));
    is_range(digits) && !repeat && luhn(digits)
}

/// Returns whether digits are in the range of a payment network (ISO/IEC 7812 issuer
/// numbers as the networks publish them) and have a length that it issues.
fn is_range(digits: &[u8]) -> bool {
    let head = |count: usize| {
        digits
            .iter()
            .take(count)
            .fold(0_u32, |head, digit| head * 10 + u32::from(digit - b'0'))
    };
    let maestro = matches!(
        head(4),
        5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763 | 6390
    );
    match digits.len() {
        12 => maestro,
        13 => head(1) == 4 || maestro,
        14 => matches!(head(2), 36 | 38 | 39) || matches!(head(3), 300..=305) || maestro,
        // All of UATP, and two ranges of American Express.
        15 => matches!(head(2), 34 | 37) || head(1) == 1 || maestro,
        16 => {
            head(1) == 4
                || matches!(head(2), 36 | 38 | 39 | 51..=55 | 60 | 62 | 65 | 81 | 82)
                || matches!(head(3), 300..=305 | 508 | 644..=649)
                || matches!(head(4), 2200..=2204 | 2221..=2720 | 3528..=3589 | 5019 | 9792)
                || matches!(head(6), 506_099..=506_198)
                || maestro
        }
        17..=19 => head(2) == 62 || maestro || (digits.len() == 19 && head(1) == 4),
        _ => false,
    }
}
