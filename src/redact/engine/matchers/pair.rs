//! Secret access keys of Amazon Web Services beside their access key ids.

use crate::redact::engine::judge;
use crate::redact::text::{ALNUM, Text, class};

/// The length of a secret key.
const LEN: usize = 40;
/// How far after the identifier it may begin.
const MOST_GAP: usize = 64;

/// Returns the place of the secret key after the identifier that ends at `at`: in the
/// next column, argument, member or line.
#[inline(never)]
pub(in crate::redact::engine) fn secret_key(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let is_digit = |byte: u8| class(byte) & ALNUM != 0 || matches!(byte, b'+' | b'/');
    let mut start = at;
    loop {
        start = text.run_of(start, MOST_GAP, |byte| !is_digit(byte));
        if start >= at + MOST_GAP || start == at {
            return None;
        }
        let end = text.run_of(start, LEN + 1, is_digit);
        let value = text.slice(start, end);
        if value.len() == LEN {
            let mixed = value.iter().any(u8::is_ascii_lowercase)
                && value.iter().any(u8::is_ascii_uppercase)
                && value.iter().any(u8::is_ascii_digit);
            let secret = mixed && judge::is_random(value) && !judge::is_dummy(value);
            return secret.then_some((start, end));
        }
        if value.len() > LEN || text.at(end).is_none() {
            return None;
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_beside_its_identifier() {
        let key = "k7Yx0nq2uGm5/RtWb8Zc1Lh4Vd+9Sf3JpQe6Ta2X";
        for (lead, tail) in [
            (",", "\n"),
            (" ", ""),
            ("\n", "\n"),
            (":", "\n"),
            ("\", \"", "\")"),
            ("\",\"sk\":\"", "\"}"),
            ("\naws_secret_access_key = ", "\n"),
        ] {
            let text = format!("AKIA{lead}{key}{tail}");
            let whole = Text::new(text.as_bytes(), true);
            let start = 4 + lead.len();
            assert_eq!(secret_key(&whole, 4), Some((start, start + LEN)), "{lead}");
        }
        for tail in [
            ", 4bf92f3577b34da6a3ce929d0e0e47364bf92f35",
            key,
            "\n",
            " 1 2 3",
        ] {
            let text = format!("AKIA{tail}");
            assert_eq!(
                secret_key(&Text::new(text.as_bytes(), true), 4),
                None,
                "{tail}"
            );
        }
    }
}
