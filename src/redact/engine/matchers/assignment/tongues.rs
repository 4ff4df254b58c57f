//! Words for a password in languages of the Latin script other than English, German,
//! French, Spanish, Portuguese and Dutch.

use super::name::Meaning::{self, Password, Secret};

/// A word, and the four bytes in it that lead to it.
pub(in crate::redact::engine) struct Lead {
    /// The four bytes that lead to the word, in lower case. The first one is ASCII.
    pub(in crate::redact::engine) bytes: [u8; 4],
    /// Their offset from the start of the word.
    pub(in crate::redact::engine) offset: usize,
}

impl Lead {
    /// Returns whether these bytes are at `at`.
    pub(in crate::redact::engine) fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let here = bytes.get(at..).unwrap_or_default().iter();
        let mut pairs = self.bytes.iter().zip(here);
        pairs.all(|(lead, byte)| byte.to_ascii_lowercase() == *lead)
    }
}

const fn lead(bytes: [u8; 4], offset: usize) -> Lead {
    Lead { bytes, offset }
}

/// The places in the words.
pub(in crate::redact::engine) const LATIN: &[Lead] = &[
    lead(*b"adga", 0),
    lead(*b"clav", 0),
    lead(*b"gesl", 0),
    lead(*b"has\xc5", 0),
    lead(*b"hasl", 0),
    lead(*b"hesl", 0),
    lead(*b"ifre", 1),
    lead(*b"ifre", 2),
    lead(*b"jels", 0),
    lead(*b"kata", 0),
    lead(*b"lasa", 2),
    lead(*b"lozi", 0),
    lead(*b"lyki", 0),
    lead(*b"rola", 2),
    lead(*b"rol\xc4", 2),
    lead(*b"rool", 2),
    lead(*b"seno", 2),
    lead(*b"seno", 3),
    lead(*b"t kh", 4),
    lead(*b"zuga", 0),
];

/// All words. A longer word comes before its own beginnings.
pub(super) const WORDS: &[(&str, Meaning)] = &[
    ("adgangskoden", Password),
    ("adgangskode", Password),
    ("clave", Password),
    ("geslo", Password),
    ("has\u{142}o", Password),
    ("haslo", Password),
    ("heslo", Password),
    ("jelsz\u{f3}", Password),
    ("jelszo", Password),
    ("kata sandi", Password),
    ("losenordet", Password),
    ("losenord", Password),
    ("lozinka", Password),
    ("lykilor\u{f0}", Password),
    ("l\u{f6}senordet", Password),
    ("L\u{f6}senordet", Password),
    ("l\u{f6}senord", Password),
    ("L\u{f6}senord", Password),
    ("m\u{1ead}t kh\u{1ea9}u", Password),
    ("parola d'ordine", Password),
    ("parolas\u{131}", Password),
    ("parola", Password),
    ("parol\u{103}", Password),
    ("parool", Password),
    ("salasana", Password),
    ("sifresi", Password),
    ("sifre", Password),
    ("\u{15f}ifresi", Password),
    ("\u{15f}ifre", Password),
    ("\u{15e}ifresi", Password),
    ("\u{15e}ifre", Password),
    ("zugangsdaten", Secret),
];

/// Returns whether a word begins with two letters, of which the text has these in lower
/// case.
#[inline]
pub(super) fn begins(word: &str, first: u8, second: u8) -> bool {
    matches!(word.as_bytes(), [one, other, ..] if *one == first && *other == second)
}
