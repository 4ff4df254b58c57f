//! Words for secrets in scripts other than Latin.

use super::name::Meaning;
use crate::redact::finding::Kind;
use crate::redact::text::Text;

/// The words, each with its meaning. A longer word comes before its own prefixes.
const WORDS: &[(&str, Meaning)] = &[
    // Cyrillic
    ("пароль", Meaning::Password),
    ("Пароль", Meaning::Password),
    ("ПАРОЛЬ", Meaning::Password),
    ("парола", Meaning::Password),
    ("Парола", Meaning::Password),
    ("лозинка", Meaning::Password),
    ("Лозинка", Meaning::Password),
    ("секрет", Meaning::Secret),
    ("Секрет", Meaning::Secret),
    ("токен", Meaning::Token),
    ("Токен", Meaning::Token),
    // Greek
    ("κωδικός", Meaning::Password),
    ("Κωδικός", Meaning::Password),
    // Chinese
    ("密码", Meaning::Password),
    ("密碼", Meaning::Password),
    ("口令", Meaning::Password),
    ("密钥", Meaning::ApiKey),
    ("密鑰", Meaning::ApiKey),
    ("令牌", Meaning::Token),
    // Japanese
    ("パスワード", Meaning::Password),
    ("暗証番号", Meaning::Password),
    ("トークン", Meaning::Token),
    // Korean
    ("비밀번호", Meaning::Password),
    ("암호", Meaning::Password),
    ("토큰", Meaning::Token),
    // Arabic, Persian, Hebrew
    ("كلمة المرور", Meaning::Password),
    ("كلمة السر", Meaning::Password),
    ("رمز عبور", Meaning::Password),
    ("סיסמה", Meaning::Password),
    ("סיסמא", Meaning::Password),
    // Devanagari, Thai
    ("पासवर्ड", Meaning::Password),
    ("รหัสผ่าน", Meaning::Password),
];

/// One bit for the sum of the first four bytes of each word.
static BEGINS: [u64; 16] = begins();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn begins() -> [u64; 16] {
    let mut sums = [0; 16];
    let mut words = WORDS;
    while let [(word, _), rest @ ..] = words {
        if let Some(bytes) = word.as_bytes().first_chunk() {
            let sum = sum(*bytes);
            sums[sum / 64] |= 1 << (sum % 64);
        }
        words = rest;
    }
    sums
}

/// Returns a number below 1024 for four bytes.
const fn sum(bytes: [u8; 4]) -> usize {
    (u32::from_le_bytes(bytes).wrapping_mul(0x9E37_79B1) >> 22) as usize
}

/// Returns the end of the word at `at`, and its meaning.
pub(super) fn word(text: &Text<'_>, at: usize) -> Option<(usize, Meaning)> {
    let (word, meaning) = WORDS
        .iter()
        .find(|(word, _)| text.is(at, word.as_bytes()))?;
    Some((at + word.len(), *meaning))
}

/// Returns the kind of secret that a name denotes, if it ends with a word.
pub(in crate::redact::engine) fn kind(name: &str) -> Option<Kind> {
    let (_, meaning) = WORDS.iter().find(|(word, _)| name.ends_with(word))?;
    Some(match meaning {
        Meaning::Password => Kind::Password,
        Meaning::Token | Meaning::Auth => Kind::Token,
        Meaning::ApiKey | Meaning::Key => Kind::ApiKey,
        Meaning::Secret => Kind::Secret,
    })
}

/// Returns whether a word may begin with these four bytes. Every word has as many.
#[inline]
pub(in crate::redact::engine) fn may_begin(bytes: [u8; 4]) -> bool {
    let sum = sum(bytes);
    let word = BEGINS.get(sum / 64).copied().unwrap_or(0);
    word >> (sum % 64) & 1 == 1
        && WORDS
            .iter()
            .any(|(word, _)| word.as_bytes().first_chunk::<4>() == Some(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_four_bytes_and_is_read() {
        for (known, _) in WORDS {
            let bytes = known.as_bytes();
            assert!(may_begin(*bytes.first_chunk().unwrap()), "{known}");
            let end = word(&Text::new(bytes, true), 0).map(|(end, _)| end);
            assert_eq!(end, Some(bytes.len()), "{known}");
            assert!(kind(known).is_some());
        }
        for other in ["pass", "прав", "世界", "日本"] {
            assert!(
                !may_begin(*other.as_bytes().first_chunk().unwrap()),
                "{other}"
            );
        }
    }
}
