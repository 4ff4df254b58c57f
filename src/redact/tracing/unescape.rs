//! The text behind the escapes of `Debug`.

use zeroize::Zeroizing;

/// Returns the text behind the escapes of `Debug`, and for each of its bytes and its
/// end the place in `raw`.
pub(super) fn unescape(raw: &str) -> (Zeroizing<String>, Vec<usize>) {
    let mut text = Zeroizing::new(String::with_capacity(raw.len()));
    let mut offsets = Vec::with_capacity(raw.len() + 1);
    let mut chars = raw.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let char = if char == '\\' {
            match chars.next().map(|(_, char)| char) {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('0') => '\0',
                Some('u') => {
                    let mut code = 0_u32;
                    let digit =
                        |char: &(usize, char)| matches!(char.1, '{' | '0'..='9' | 'a'..='f');
                    while let Some((_, char)) = chars.next_if(digit) {
                        code = code
                            .wrapping_mul(16)
                            .wrapping_add(char.to_digit(16).unwrap_or(0));
                    }
                    chars.next_if(|char| char.1 == '}');
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                Some(char) => char,
                None => '\\',
            }
        } else {
            char
        };
        offsets.resize(offsets.len() + char.len_utf8(), at);
        text.push(char);
    }
    offsets.push(raw.len());
    (text, offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_the_place_of_its_escape() {
        for text in ["", "a\nb", "\u{1b}[1mé\u{0}\"\\", "\u{10ffff}'"] {
            let quoted = format!("{text:?}");
            let raw = &quoted[1..quoted.len() - 1];
            let (read, offsets) = unescape(raw);
            assert_eq!(*read, text);
            assert_eq!(offsets.len(), text.len() + 1);
            assert!(offsets.is_sorted());
            for (at, offset) in offsets.iter().enumerate() {
                assert!(!text.is_char_boundary(at) || raw.is_char_boundary(*offset));
            }
        }
    }
}
