//! Passwords that people make of words: `Winter.rocket8181!`.

use super::{MOST, has_placeholder, is_dummy, is_reference, is_stock};

/// The least and the greatest length in bytes.
const LEAST: usize = 8;
const LONGEST: usize = 40;

/// The number of letters from which words of tutorials count as well.
const LONG: usize = 12;

/// Returns whether a value consists of words with a capital, a number and punctuation,
/// as sites require.
///
/// No name, path or version looks like this: it has at least two digits in a row and
/// a mark that joins no words.
pub(in crate::redact::engine) fn is_made(value: &[u8]) -> bool {
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
        && (letters >= LONG || !is_stock(value))
        && !has_placeholder(value)
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
        ] {
            assert!(is_made(value.as_bytes()), "{value}");
        }
        for value in [
            "config.password",
            "Winter.rocket",
            "winter.rocket8181!",
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
