//! Judging values: secrets, words, references and dummies.
//!
//! Every function reads a bounded number of bytes. Values longer than [`MOST`] are
//! judged by their beginning.

mod classify;
mod features;
mod grams;
mod made;
mod measure;
mod pairs;
mod reference;
mod strong;
mod trees;
mod words;

pub(super) use classify::weigh;
pub(crate) use features::Evidence;
pub(super) use made::{is_made, is_made_around_at};
use measure::Measure;
pub(super) use reference::is_reference;
pub(super) use strong::{
    is_escaped_text, is_percent_encoded, is_program, is_strong, may_be_strong,
};

use memchr::{memchr_iter, memchr2_iter};

use crate::redact::text::placeholder_len;

/// How many bytes of a value are read.
const MOST: usize = 128;

/// Words in lower case that mark a value as a dummy. They have at least six letters,
/// because shorter words occur in random text.
static DUMMY_WORDS: Words = Words::new(&[
    b"changeme",
    b"change-me",
    b"change_me",
    b"dummy",
    b"example",
    b"placeholder",
    b"redacted",
    b"replace",
    b"sample",
    b"xxxxxx",
    b"your-",
    b"your_",
    b"yourapi",
    b"yourkey",
    b"yourpass",
    b"yoursecret",
    b"yourtoken",
    b"insert_",
    b"insert-",
    b"notreal",
    b"not-real",
    b"not_real",
    b"fake_",
    b"fake-",
    b"fakekey",
    b"faketoken",
    b"......",
    b"******",
    b"invalid",
    b"enter_",
    b"_here",
    b"-here",
    // An ellipsis, where a value is only shown in part.
    b"\xe2\x80\xa6",
]);

/// Returns whether a value is a dummy that documentation shows in place of a secret:
/// `xxxx`, `abcdef123456`, `your-key-here`.
pub(super) fn is_dummy(value: &[u8]) -> bool {
    let value = value.get(..MOST).unwrap_or(value);
    let mut seen = 0_u128;
    let (mut in_step, mut longest_step) = (0_usize, 1_usize);
    let (mut step, mut same, mut longest_same) = (1_usize, 1_usize, 1_usize);
    for pair in value.windows(2) {
        let &[one, other] = pair else { continue };
        if other == one.wrapping_add(1) || (one == b'9' && other == b'0') {
            step += 1;
            longest_step = longest_step.max(step);
            in_step += 1;
        } else {
            step = 1;
        }
        same = if one == other { same + 1 } else { 1 };
        longest_same = longest_same.max(same);
    }
    for byte in value {
        seen |= 1_u128
            .checked_shl(u32::from(byte.to_ascii_lowercase()))
            .unwrap_or(0);
    }
    let distinct = seen.count_ones() as usize;
    if value.len() >= 8 && (distinct < 5 || longest_same * 2 > value.len()) {
        return true;
    }
    if longest_step >= 5 && in_step * 2 >= value.len() {
        return true;
    }
    DUMMY_WORDS.any_in(value)
}

/// Words in lower case, with a filter of their first two bytes.
pub(super) struct Words {
    words: &'static [&'static [u8]],
    filter: [u64; 64],
}

impl Words {
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated when the crate is compiled"
    )]
    pub(super) const fn new(words: &'static [&'static [u8]]) -> Self {
        let (mut filter, mut rest) = ([0; 64], words);
        while let [word, tail @ ..] = rest {
            let (slot, bit) = Self::slot(word[0], word[1]);
            filter[slot] |= 1 << bit;
            rest = tail;
        }
        Self { words, filter }
    }

    #[inline]
    const fn slot(one: u8, other: u8) -> (usize, u32) {
        ((one & 63) as usize, (other & 63) as u32)
    }

    /// Returns whether `value` contains one of the words, in any letter case.
    pub(super) fn any_in(&self, value: &[u8]) -> bool {
        value.windows(2).enumerate().any(|(at, pair)| {
            let &[one, other] = pair else { return false };
            let (slot, bit) = Self::slot(one.to_ascii_lowercase(), other.to_ascii_lowercase());
            let is_here = |word: &&[u8]| {
                let found = value.get(at..at + word.len());
                found.is_some_and(|found| found.eq_ignore_ascii_case(word))
            };
            self.filter
                .get(slot)
                .is_some_and(|bits| bits >> bit & 1 == 1)
                && self.words.iter().any(is_here)
        })
    }
}

/// Returns whether `value` contains `word`, which is in lower case, in any letter
/// case.
pub(super) fn contains(value: &[u8], word: &[u8]) -> bool {
    /// Longer values are searched for the first letter, many bytes at a time.
    const SHORT: usize = 32;
    let Some(&first) = word.first().filter(|_| value.len() >= SHORT) else {
        return value
            .windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word));
    };
    memchr2_iter(first, first.to_ascii_uppercase(), value).any(|at| {
        let here = value.get(at..at + word.len());
        here.is_some_and(|here| here.eq_ignore_ascii_case(word))
    })
}

/// Returns whether a value looks random rather than written by hand.
pub(super) fn is_random(value: &[u8]) -> bool {
    let value = value.get(..MOST).unwrap_or(value);
    if value.len() < 8 {
        return false;
    }
    if let Some(digits) = measure::digits_of_hex(value) {
        // Of random hexadecimal digits, five in eight are decimal. A word such as
        // `deadbeef` has no decimal digits.
        return value.len() >= 16 && digits < value.len() && digits * 8 >= value.len();
    }
    let Measure {
        digits,
        letters,
        small,
        points,
    } = Measure::of(value);
    let mixed = digits > 0 || (small > 0 && small < letters);
    if letters == 0 || points < 6 || !(mixed || points >= value.len()) {
        return false;
    }
    // Words joined by punctuation have rare pairs at the boundaries.
    points >= value.len() * 2 / 3 || (points >= value.len() / 3 && measure::longest(value) >= 12)
}

/// Returns whether a value is too plain to be classified: a few bytes, a short number
/// or ordinary words.
pub(super) fn is_plain(value: &[u8]) -> bool {
    let value = value.get(..MOST).unwrap_or(value);
    if value.len() < 4 {
        return true;
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    match digits {
        0 => value.is_ascii() && grams::surprise(value).mean() < ORDINARY,
        _ if digits == value.len() => digits < 6,
        _ => false,
    }
}

/// The mean surprise below which letters are words, in eighths of a bit.
const ORDINARY: usize = 30;

/// Returns whether a password is typical of tutorials: at most three letters, or
/// stock words and a number of up to five digits.
pub(super) fn is_stock(value: &[u8]) -> bool {
    let value = value.get(..MOST).unwrap_or(value);
    let letters = value
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let words = words::Stock::in_value(value).bytes;
    (letters <= 3 && digits == 0) || (words >= letters && letters > 0 && digits <= 5)
}

/// Returns whether a name marks its value as an example: `testPassword`.
pub(super) fn is_for_show(name: &[u8]) -> bool {
    words::Stock::dummies_in(name) > 0
}

/// Returns whether a part of `value` was already replaced.
pub(super) fn has_placeholder(value: &[u8]) -> bool {
    let mut marks = memchr_iter(b'[', value);
    marks.any(|at| value.get(at..).and_then(placeholder_len).is_some())
}

/// Returns whether `value` is a UUID.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    let Ok(mut uuid) = <[u8; 36]>::try_from(value) else {
        return false;
    };
    let (mut digits, mut dashes) = (true, true);
    for at in [8, 13, 18, 23] {
        if let Some(dash) = uuid.get_mut(at) {
            dashes &= *dash == b'-';
            *dash = b'0';
        }
    }
    // Comparing all bytes at once is faster than one byte at a time.
    for byte in uuid {
        digits &= byte.is_ascii_hexdigit();
    }
    dashes && digits
}

/// Returns whether `value` consists of words and an id or a digest of the thing that
/// they name, as cache keys do: `node-modules-9f86d081…`, `user-<uuid>`.
pub(super) fn is_tagged_digest(value: &[u8]) -> bool {
    let is_mark = |byte: &u8| matches!(byte, b'-' | b':' | b'/' | b'.' | b'@');
    let is_word = |part: &[u8]| {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || is_mark(byte);
        part.iter().all(is_part)
    };
    let ends_with = |len: usize, is: fn(&[u8]) -> bool| {
        let at = value.len().checked_sub(len).filter(|at| *at > 2);
        let parts = at.and_then(|at| value.split_at_checked(at));
        parts.is_some_and(|(head, tail)| {
            // Prefixes of tokens end with `_`.
            head.last().is_some_and(is_mark)
                && head.first().is_some_and(u8::is_ascii_alphabetic)
                && is_word(head)
                && !is_random(head)
                && is(tail)
        })
    };
    let hex = |tail: &[u8]| tail.iter().all(u8::is_ascii_hexdigit);
    ends_with(36, is_uuid) || [40, 64].iter().any(|len| ends_with(*len, hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_an_id_are_told_from_keys() {
        for value in [
            "user-4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
            "node-modules-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "Linux-cargo-1.89/4bf92f3577b34da6a3ce929d0e0e47364bf92f35",
        ] {
            assert!(is_tagged_digest(value.as_bytes()), "{value}");
        }
        for value in [
            "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "xK2mXq9TzBn4LcYs-4bf92f3577b34da6a3ce929d0e0e4736",
            "user-R7wVfK2mXq9TzBn4LcYsQd8HjN3pGa1x",
            "acme_upload_6f91c4d08ab372e5f0c6b912ad7483e06f91c4d0",
        ] {
            assert!(!is_tagged_digest(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn random_values_differ_from_written_ones() {
        for value in [
            "R7wVfK2mXq9TzBn4LcYs",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "hunter2Xq!9pz",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzq83kd",
            "qx7vn2k0pdz4m8ty",
        ] {
            assert!(is_random(value.as_bytes()), "{value}");
        }
        for value in [
            "accessTokenProvider",
            "some_long_identifier_name",
            "test_utf8_decode_2",
            "application/json",
            "deadbeefdeadbeef",
            "negotiation_builder",
            "2026-11-20",
            "getpass",
            "SECRET_KEY_BASE",
        ] {
            assert!(!is_random(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn dummies_are_told_from_values() {
        for value in [
            "xxxxxxxxxxxxxxxxxxxx",
            "abcdef1234567890",
            "your-token-goes-here",
            "AKIAIOSFODNN7EXAMPLE",
            "00000000",
            "EsgGCsUG\u{2026}",
        ] {
            assert!(is_dummy(value.as_bytes()), "{value}");
        }
        for value in [
            "R7wVfK2mXq9TzBn4LcYs",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "AAAAB3NzaC1yc2EAAAADAQABAAABgQDk3",
        ] {
            assert!(!is_dummy(value.as_bytes()), "{value}");
        }
    }
}
