//! International bank account numbers.

use super::Personal;
use super::number::continues;
use crate::redact::builtin::Structure;
use crate::redact::builtin::check_digit::mod97;
use crate::redact::engine::Hit;
use crate::redact::text::Text;

/// The greatest length of an account number, including blanks.
pub(super) const MOST: usize = 34 + 8;

/// The length of the account numbers of each country (from the registry of ISO 13616,
/// and of countries that use the form without being in it).
const LENGTHS: &[(usize, &[u8])] = &[
    (15, b"NO"),
    (16, b"BE"),
    (18, b"DKFIFKFOGLNLSD"),
    (19, b"MKSI"),
    (20, b"ATBAEEKZLTLUMNXK"),
    (21, b"CHHRLILV"),
    (22, b"BGBHCRDEGBGEIEMERSVA"),
    (23, b"AEGIILIQOMSOTL"),
    (24, b"ADCZESMDPKROSASESKTNVG"),
    (25, b"AOCVGWLYMZPTST"),
    (26, b"DZIRISTR"),
    (27, b"BICFCGCMDJFRGAGQGRITKMMCMGMRSMTD"),
    (28, b"ALAZBFBJBYCICYDOGTHNHULBMAMLNENIPLSNSVTG"),
    (29, b"BREGPSQAUA"),
    (30, b"JOKWMUYE"),
    (31, b"MTSC"),
    (32, b"LC"),
    (33, b"RU"),
];

/// Returns whether an account number may begin at `at`, in a run, by its two letters
/// and two check digits.
#[inline]
pub(super) fn may_begin(text: &Text<'_>, at: usize) -> bool {
    let check = text.slice(at + 2, at + 4);
    check
        .iter()
        .fold(true, |all, byte| all & byte.is_ascii_digit())
}

impl Personal {
    /// Returns an account number (ISO 13616) of its country's length, in groups of
    /// four or not, with correct check digits.
    pub(super) fn iban(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Iban)?;
        let &[first, second, third, fourth] = text.chunk(at)?;
        if !(third.is_ascii_digit() && fourth.is_ascii_digit()) {
            return None;
        }
        let wanted = length([first, second])?;
        let mut account = [0_u8; MOST];
        let (mut count, mut end) = (0, at);
        while count < wanted {
            let byte = text.at(end)?;
            if byte.is_ascii_uppercase() || byte.is_ascii_digit() {
                *account.get_mut(count)? = byte;
                count += 1;
            } else if !(matches!(byte, b' ' | b'-') && count > 0 && count.is_multiple_of(4)) {
                return None;
            }
            end += 1;
        }
        let account = account.get(..count)?;
        // A comma after the number belongs to a table or a sentence.
        let goes_on = text.at(end) != Some(b',') && continues(text, end);
        (mod97(account) && !goes_on)
            .then(|| self.hit(Structure::Iban, (at, end, 92)))
            .flatten()
    }
}

/// Returns the number of letters and digits in the account numbers of a country.
fn length(country: [u8; 2]) -> Option<usize> {
    let known = LENGTHS
        .iter()
        .find(|(_, countries)| countries.chunks_exact(2).any(|known| known == country));
    known.map(|(length, _)| *length)
}
