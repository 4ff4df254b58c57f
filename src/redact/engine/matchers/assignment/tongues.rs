//! Words for a password in languages other than English, German, French, Spanish,
//! Portuguese and Dutch.

use super::name::Meaning::{self, Password};

/// A word, by the place in it that leads to it.
pub(in crate::redact::engine) struct Lead {
    /// The four bytes that lead to the word, in lower case. The last byte of a
    /// character beyond ASCII comes first, or none does.
    pub(in crate::redact::engine) bytes: [u8; 4],
    /// How far they are from the start of the word.
    pub(in crate::redact::engine) offset: usize,
}

impl Lead {
    /// Returns whether the place is at `at`. A blank stands for any byte.
    pub(in crate::redact::engine) fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let here = bytes.get(at..).unwrap_or_default().iter();
        let mut pairs = self.bytes.iter().zip(here);
        pairs.all(|(lead, byte)| *lead == b' ' || byte.to_ascii_lowercase() == *lead)
    }
}

const fn lead(bytes: [u8; 4], offset: usize) -> Lead {
    Lead { bytes, offset }
}

/// The places in words of the Latin alphabet.
pub(in crate::redact::engine) const LATIN: &[Lead] = &[
    lead(*b"adga", 0),
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
];

/// The places in words of other scripts.
pub(in crate::redact::engine) const WIDE: &[Lead] = &[
    // пароль, Пароль.
    lead([0x8c, b' ', b' ', b' '], 11),
    // 密码, 密碼.
    lead([0xaf, 0x86, 0xe7, b' '], 1),
    // パスワード.
    lead([0xaf, 0xe3, 0x83, 0xbc], 8),
    // 비밀번호.
    lead([0xb9, 0x84, 0xeb, 0xb0], 1),
    // كلمة المرور, كلمة السر.
    lead([0xa9, b' ', 0xd8, 0xa7], 7),
    // סיסמה.
    lead([0xa1, 0xd7, 0x9e, 0xd7], 5),
    // รหัสผ่าน.
    lead([0x9c, 0xe0, 0xb9, 0x88], 14),
];

/// All words. A longer word comes before its own beginnings.
pub(super) const WORDS: &[(&str, Meaning)] = &[
    ("adgangskode", Password),
    ("geslo", Password),
    ("has\u{142}o", Password),
    ("haslo", Password),
    ("heslo", Password),
    ("jelsz\u{f3}", Password),
    ("jelszo", Password),
    ("kata sandi", Password),
    ("losenord", Password),
    ("lozinka", Password),
    ("lykilor\u{f0}", Password),
    ("l\u{f6}senord", Password),
    ("L\u{f6}senord", Password),
    ("m\u{1ead}t kh\u{1ea9}u", Password),
    ("parola d'ordine", Password),
    ("parola", Password),
    ("parol\u{103}", Password),
    ("parool", Password),
    ("salasana", Password),
    ("sifre", Password),
    ("\u{15f}ifre", Password),
    ("\u{15e}ifre", Password),
    ("\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}", Password),
    ("\u{41f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}", Password),
    ("\u{5bc6}\u{7801}", Password),
    ("\u{5bc6}\u{78bc}", Password),
    ("\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9}", Password),
    ("\u{be44}\u{bc00}\u{bc88}\u{d638}", Password),
    ("\u{643}\u{644}\u{645}\u{629} \u{627}\u{644}\u{645}\u{631}\u{648}\u{631}", Password),
    ("\u{643}\u{644}\u{645}\u{629} \u{627}\u{644}\u{633}\u{631}", Password),
    ("\u{5e1}\u{5d9}\u{5e1}\u{5de}\u{5d4}", Password),
    ("\u{e23}\u{e2b}\u{e31}\u{e2a}\u{e1c}\u{e48}\u{e32}\u{e19}", Password),
];
