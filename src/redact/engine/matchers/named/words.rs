//! Words around a value: names, key words, and words that deny a secret.

use crate::redact::engine::judge;
use crate::redact::engine::tables::words::WordSet;
use crate::redact::text::{ALNUM, class};

/// The number of letters or digits by which a name is looked up.
pub(super) const KEY: usize = 4;

/// Words immediately before a value that mark it as no secret.
pub(super) static ASIDE: WordSet = WordSet::new(&[
    b"blob",
    b"build",
    b"checksum",
    b"commit",
    b"digest",
    b"etag",
    b"fingerprint",
    b"guid",
    b"hash",
    b"id",
    b"ids",
    b"integrity",
    b"md5",
    b"nonce",
    b"ref",
    b"rev",
    b"revision",
    b"sha",
    b"sha1",
    b"sha256",
    b"sha512",
    b"span",
    b"trace",
    b"tree",
    b"uuid",
    b"version",
]);

/// Words between a name and a value. One of them must be there, unless `=` or `:` is.
const KEY_WORDS: &[&[u8]] = &[
    b"access", b"auth", b"cred", b"key", b"licen", b"pass", b"pat", b"private", b"pwd", b"secret",
    b"token",
];

/// Words that may follow a name that is also an ordinary word. A longer word comes
/// before its own prefixes.
const BEHIND: &[&[u8]] = &[
    b"accesskey",
    b"access",
    b"account",
    b"admin",
    b"api",
    b"app",
    b"auth",
    b"bearer",
    b"client",
    b"credential",
    b"dev",
    b"key",
    b"license",
    b"live",
    b"oauth",
    b"password",
    b"passwd",
    b"pass",
    b"personal",
    b"pat",
    b"private",
    b"prod",
    b"pwd",
    b"rest",
    b"sandbox",
    b"secret",
    b"server",
    b"service",
    b"test",
    b"token",
    b"user",
    b"webhook",
];

/// Returns whether `text` contains a word that marks a value as a key.
pub(super) fn holds_key_word(text: &[u8]) -> bool {
    KEY_WORDS.iter().any(|word| judge::contains(text, word))
}

/// Returns whether `text`, which follows a name, begins with a word such as `key`.
pub(super) fn starts_with_key_word(text: &[u8]) -> bool {
    let text = match text {
        [b'_' | b'-' | b'.' | b' ', rest @ ..] => rest,
        _ => text,
    };
    first_word(text).is_some()
}

/// Returns how many bytes of `text`, which follows a name in one run, are words such
/// as `key` and the punctuation before them.
pub(super) fn key_words(text: &[u8]) -> usize {
    let mut end = 0;
    while let Some(rest) = text.get(end..) {
        let mark = usize::from(matches!(rest, [b'_' | b'-', ..]));
        let Some(word) = rest.get(mark..).and_then(first_word) else {
            break;
        };
        end += mark + word.len();
    }
    end
}

fn first_word(text: &[u8]) -> Option<&'static [u8]> {
    let is_first = |word: &&&[u8]| {
        let head = text.get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    BEHIND.iter().find(is_first).copied()
}

/// Converts letters to lower case and leaves digits unchanged.
const SMALL: u32 = u32::from_le_bytes([0x20; KEY]);

/// Returns the first four bytes in the form in which letters are looked up, whatever
/// they are.
#[inline]
pub(super) fn first_letters(lead: &[u8]) -> Option<u32> {
    let first = lead.first_chunk()?;
    Some(u32::from_le_bytes(*first) | SMALL)
}

/// Returns whether `-` or `_` may be among the bytes of [`first_letters`].
#[inline]
pub(super) const fn has_joint(letters: u32) -> bool {
    const fn has(bytes: u32, byte: u8) -> bool {
        const LOW: u32 = u32::from_le_bytes([1; KEY]);
        let other = bytes ^ (LOW * byte as u32);
        other.wrapping_sub(LOW) & !other & (LOW << 7) != 0
    }
    has(letters, b'-') || has(letters, b'_' | 0x20)
}

/// Returns the last letters or digits of `lead` in lower case, the first of them
/// lowest.
#[inline]
pub(super) fn last_letters(lead: &[u8]) -> Option<u32> {
    let rest = match lead {
        [rest @ .., mark] if class(*mark) & ALNUM == 0 => rest,
        _ => lead,
    };
    if let Some(last) = rest.last_chunk()
        && are_letters(last)
    {
        return Some(u32::from_le_bytes(*last) | SMALL);
    }
    let mut rest = rest.iter().rev().filter(|byte| class(**byte) & ALNUM != 0);
    let mut letters = 0;
    for _ in 0..KEY {
        letters = letters << 8 | u32::from(*rest.next()?);
    }
    Some(letters | SMALL)
}

/// Returns the last letters before the word of [`ASIDE`] at the end of a name.
pub(super) fn before_aside(name: &[u8]) -> Option<u32> {
    let mark = name.iter().rposition(|&byte| byte == b'_')?;
    let (head, word) = name.split_at_checked(mark)?;
    if ASIDE.contains(word.get(1..)?) {
        last_letters(head)
    } else {
        None
    }
}

/// Returns the first letters or digits from `at` on in lower case, the first one
/// lowest. Punctuation between them is skipped.
#[inline]
pub(super) fn letters(lead: &[u8], at: usize) -> Option<u32> {
    let near = lead.get(at..)?;
    if near.first_chunk().is_some_and(are_letters) {
        return first_letters(near);
    }
    let (mut letters, mut count) = (0, 0);
    for &byte in near.iter().take(KEY + 2) {
        if class(byte) & ALNUM != 0 {
            letters = letters >> 8 | u32::from(byte) << 24;
            count += 1;
            if count == KEY {
                return Some(letters | SMALL);
            }
        }
    }
    None
}

/// Returns the parts of a name before each punctuation mark among the letters by
/// which it is looked up, as those letters padded with zeros. Each part begins with a
/// letter.
pub(super) fn heads(name: &[u8]) -> impl Iterator<Item = u32> {
    let mut head = 0;
    let mut count = 0;
    // There is at most one punctuation mark after each letter.
    let near = name.iter().take(2 * (KEY - 1));
    near.filter_map(move |&byte| {
        if byte == b'_' {
            return (1..KEY).contains(&count).then_some(head);
        }
        if count < KEY {
            head |= (u32::from(byte) | 0x20) << (8 * count);
        }
        count += 1;
        None
    })
}

#[inline]
fn are_letters(bytes: &[u8; KEY]) -> bool {
    bytes.iter().fold(ALNUM, |all, byte| all & class(*byte)) != 0
}

/// Returns the end of `name` if it stands at `at`.
pub(super) fn name_end(lead: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let mut at = at;
    for &letter in name {
        let byte = *lead.get(at)?;
        if letter == b'_' {
            at += usize::from(matches!(byte, b'_' | b'-' | b'.' | b' '));
        } else if byte.to_ascii_lowercase() == letter {
            at += 1;
        } else {
            return None;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::builtin::{FAMILIES, Form};

    #[test]
    fn no_name_is_too_long_or_begins_with_digits_and_a_mark() {
        for rule in FAMILIES.iter().copied().flatten() {
            let Form::Named { names, .. } = &rule.form else {
                continue;
            };
            for name in *names {
                assert!(
                    name.len() <= crate::redact::engine::matchers::named::MOST_NAME,
                    "{name}"
                );
                let is_short = heads(name.as_bytes()).next().is_some();
                assert!(
                    !is_short || name.as_bytes()[0].is_ascii_lowercase(),
                    "{name}"
                );
            }
        }
    }
}
