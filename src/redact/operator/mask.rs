//! Masks: what is left of a value to tell it from others.

/// Writes four asterisks and the last quarter of the value, at most four characters.
/// Punctuation among these, and all of a value that is no text, is hidden too.
pub(super) fn write(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"****");
    let Ok(value) = str::from_utf8(value) else {
        return;
    };
    let len = value.chars().count();
    for char in value.chars().skip(len - (len / 4).min(4)) {
        let char = if char.is_alphanumeric() { char } else { '*' };
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    fn mask(value: &[u8]) -> String {
        let mut out = Vec::new();
        super::write(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_mask_shows_a_quarter_at_most() {
        for (value, expected) in [
            ("", "****"),
            ("abc", "****"),
            ("abcd", "****d"),
            ("abcdefgh", "****gh"),
            ("4012888888881881", "****1881"),
            ("0123456789012345678901234", "****1234"),
            ("pass\"wor\n", "****r*"),
            ("пароль12", "****12"),
            ("éééééééé", "****éé"),
        ] {
            assert_eq!(mask(value.as_bytes()), expected);
        }
        assert_eq!(mask(&[0xff; 40]), "****");
    }
}
