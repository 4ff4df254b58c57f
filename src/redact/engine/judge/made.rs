//! Passwords that people make of words: `Winter.rocket8181!`.

use super::{MOST, has_placeholder, is_dummy, is_reference, is_stock};

/// The least and the greatest length in bytes.
const LEAST: usize = 8;
const LONGEST: usize = 40;

/// The number of letters from which words of tutorials count as well.
const LONG: usize = 12;

/// Returns whether a value is made of words, a number and punctuation, as sites require
/// it: words with a capital (`Winter.rocket8181!`), words that a mark joins
/// (`lemon#tree26`), or words with capitals and hyphens (`Lemon-Tree-26`).
pub(in crate::redact::engine) fn is_made(value: &[u8]) -> bool {
    has_capital(value) || is_joined(value, is_joint) || is_hyphened(value)
}

/// Returns whether words are joined by `@` and followed by a number, which may also be a
/// user and a host: `lemon@tree26`.
pub(in crate::redact::engine) fn is_made_around_at(value: &[u8]) -> bool {
    is_joined(value, |byte| *byte == b'@')
}

/// Returns whether a value consists of words with a capital, a number and punctuation.
///
/// No name, path or version looks like this: it has at least two digits in a row and
/// a mark that joins no words.
fn has_capital(value: &[u8]) -> bool {
    let value = value.get(..MOST).unwrap_or(value);
    if !(LEAST..=LONGEST).contains(&value.len()) {
        return false;
    }
    // Few values have a number, and fewer have a mark.
    let number = value
        .windows(2)
        .any(|pair| pair.iter().all(u8::is_ascii_digit));
    let count = |is: fn(&u8) -> bool| value.iter().filter(|byte| is(byte)).count();
    let marks = if number { count(is_mark) } else { 0 };
    if marks == 0 || marks > 4 {
        return false;
    }
    let letters = count(u8::is_ascii_alphabetic);
    let plain = count(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    marks + plain == value.len()
        && count(u8::is_ascii_lowercase) >= 3
        && count(u8::is_ascii_uppercase) >= 1
        && value.first().is_some_and(u8::is_ascii_alphanumeric)
        && !is_reference(value, true)
        && !is_dummy(value)
        && (letters >= LONG || !is_stock(value) || has_year(value))
        && !has_placeholder(value)
}

/// Returns whether a value is two words joined by a mark for which `is_joint` holds, and
/// a number.
fn is_joined(value: &[u8], is_joint: fn(&u8) -> bool) -> bool {
    let (words, digits) = before_number(value);
    digits > 0
        && words.iter().filter(|byte| is_joint(byte)).count() == 1
        && words.split(is_joint).all(is_word)
        && !is_stock(value)
        && !is_dummy(value)
}

/// Returns whether a value is several words with capitals and a number of two digits or
/// more, joined by hyphens.
fn is_hyphened(value: &[u8]) -> bool {
    let (words, digits) = before_number(value);
    let Some(words) = words.strip_suffix(b"-").filter(|_| digits >= 2) else {
        return false;
    };
    let is_title = |word: &[u8]| word.first().is_some_and(u8::is_ascii_uppercase) && is_word(word);
    words.contains(&b'-')
        && words.split(|byte| *byte == b'-').all(is_title)
        && !is_stock(value)
        && !is_dummy(value)
}

/// Returns what stands before the number of up to four digits at the end of a value, and
/// the count of its digits. A mark may follow the number.
fn before_number(value: &[u8]) -> (&[u8], usize) {
    let head = match value {
        [head @ .., last] if is_mark(last) => head,
        _ => value,
    };
    let digits = head.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let digits = digits.count();
    if !(LEAST..=LONGEST).contains(&value.len()) || digits > 4 {
        return (head, 0);
    }
    (head.get(..head.len() - digits).unwrap_or_default(), digits)
}

/// Returns whether letters are a word that may be joined to another one.
fn is_word(word: &[u8]) -> bool {
    let tail = word.get(1..).unwrap_or_default();
    word.len() >= LEAST_WORD
        && word.first().is_some_and(u8::is_ascii_alphabetic)
        && tail.iter().all(u8::is_ascii_lowercase)
}

/// The least length of a word that a mark joins to another one.
const LEAST_WORD: usize = 4;

/// Returns whether a value has a number of four digits that does not just count up.
fn has_year(value: &[u8]) -> bool {
    let is_year = |four: &[u8]| four.iter().all(u8::is_ascii_digit) && four != b"1234";
    value.windows(4).any(is_year)
}

/// Returns whether a mark stands between the words of passwords, but joins no words in
/// names, paths and expressions.
const fn is_joint(byte: &u8) -> bool {
    matches!(byte, b'!' | b'#' | b'$' | b'*' | b'&' | b'^' | b'~')
}

const fn is_mark(byte: &u8) -> bool {
    matches!(
        byte,
        b'!' | b'?' | b'#' | b'*' | b'$' | b'@' | b'%' | b'&' | b'+' | b'^' | b'~'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_a_capital_a_number_and_a_mark_are_made() {
        for value in [
            "Winter.rocket8181!",
            "Falcon-rocket8336!",
            "Tigercoffee33?",
            "Tigerbianca8796%24",
            "Coffee_bianca4602*",
            "Dragon.dragon1090?",
            "Hazel&sable71",
            "Yarrow-hazel4843&",
            "summer#velvet361",
            "lilac!orchid48",
            "coffee!summer1",
            "Winter-Tiger-82",
            "Monkey@1956",
            "Dragon8746?",
        ] {
            assert!(is_made(value.as_bytes()), "{value}");
        }
        for value in [
            "config.password",
            "Winter.rocket",
            "winter.rocket8181!",
            "page#one",
            "ann@server12",
            "a+b12345",
            "div#id1",
            "Foo-Bar-12",
            "chapter-two-12",
            "Release-2024",
            "Release-2024.11",
            "Array1.length!",
            "$Config12.name",
            "Config12.get()",
            "Changeme123!",
            "Short1!",
            "Dragon123!",
        ] {
            assert!(!is_made(value.as_bytes()), "{value}");
        }
    }
}
