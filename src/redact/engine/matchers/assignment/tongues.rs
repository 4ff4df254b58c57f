//! Words for a password in languages of the Latin script other than English, German,
//! French, Spanish, Portuguese and Dutch: Czech, Italian, Polish, Romanian, Slovak and
//! Turkish. Each word costs speed on all text, since it lets more places pass the first
//! stage.

use super::name::Meaning::{self, Password};

/// A word, by the place in it that leads to it.
pub(in crate::redact::engine) struct Lead {
    /// The four bytes that lead to the word, in lower case. The first one is ASCII.
    pub(in crate::redact::engine) bytes: [u8; 4],
    /// How far they are from the start of the word.
    pub(in crate::redact::engine) offset: usize,
}

impl Lead {
    /// Returns whether the place is at `at`.
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
    lead(*b"has\xc5", 0),
    lead(*b"hasl", 0),
    lead(*b"hesl", 0),
    lead(*b"rola", 2),
    lead(*b"rol\xc4", 2),
];

/// All words. A longer word comes before its own beginnings.
pub(super) const WORDS: &[(&str, Meaning)] = &[
    ("has\u{142}o", Password),
    ("haslo", Password),
    ("heslo", Password),
    ("parola d'ordine", Password),
    ("parola", Password),
    ("parol\u{103}", Password),
];
