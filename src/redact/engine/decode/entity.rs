//! Character references of HTML and XML.

use super::walk::{Escapes, Piece, hex};
use crate::redact::text::{ALNUM, DIGIT, Text, class};

/// The length of the longest name.
const MOST_NAME: usize = 8;

pub(in crate::redact::engine) static ENTITY: Escapes = Escapes {
    mark: b'&',
    ends: |byte| byte == 0,
    unit,
};

/// The names of ASCII punctuation (HTML, section 13.5).
const NAMES: &[(&[u8], u8)] = &[
    (b"quot", b'"'),
    (b"amp", b'&'),
    (b"apos", b'\''),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"nbsp", b' '),
    (b"equals", b'='),
    (b"colon", b':'),
    (b"commat", b'@'),
    (b"sol", b'/'),
    (b"bsol", b'\\'),
    (b"lowbar", b'_'),
    (b"plus", b'+'),
    (b"period", b'.'),
    (b"comma", b','),
    (b"semi", b';'),
    (b"excl", b'!'),
    (b"quest", b'?'),
    (b"num", b'#'),
    (b"dollar", b'$'),
    (b"percnt", b'%'),
    (b"ast", b'*'),
    (b"lpar", b'('),
    (b"rpar", b')'),
    (b"lsqb", b'['),
    (b"rsqb", b']'),
    (b"lcub", b'{'),
    (b"rcub", b'}'),
    (b"verbar", b'|'),
    (b"Hat", b'^'),
    (b"Tab", b'\t'),
    (b"NewLine", b'\n'),
];

/// Returns whether the reference at `at` can conceal something: `&amp;` only at the
/// start of another reference, `&gt;` only where a value may follow.
pub(in crate::redact::engine) fn leads(text: &Text<'_>, at: usize) -> bool {
    if text.is(at, b"&amp;") {
        matches!(text.at(at + 5), Some(b'#' | b'q' | b'a' | b'l' | b'g'))
    } else if text.is(at, b"&gt;") {
        text.at(at + 4)
            .is_some_and(|byte| byte > b' ' && byte != b'<')
    } else {
        true
    }
}

fn unit(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    if text.at(at) != Some(b'&') {
        return None;
    }
    if text.at(at + 1) == Some(b'#') {
        return number(text, at + 2);
    }
    let end = text.run(at + 1, MOST_NAME, ALNUM);
    let name = text.slice(at + 1, end);
    let (_, byte) = NAMES.iter().find(|(known, _)| *known == name)?;
    (text.at(end) == Some(b';')).then(|| (end + 1, Piece::byte(*byte)))
}

/// Reads a number that begins at `at`, after the `&#`.
fn number(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    let is_hex = matches!(text.at(at), Some(b'x' | b'X'));
    let (end, number) = if is_hex {
        let end = text.run_of(at + 1, 6, |byte| byte.is_ascii_hexdigit());
        (end, hex(text, at + 1, end)?)
    } else {
        let end = text.run(at, 7, DIGIT);
        let digits = text.slice(at, end).iter();
        let number = digits.fold(0_u32, |number, &digit| {
            10 * number + u32::from(class_value(digit))
        });
        (end, number)
    };
    let char = char::from_u32(number).filter(|&char| char != '\0')?;
    (text.at(end) == Some(b';')).then(|| (end + 1, Piece::char(char)))
}

/// Returns the value of a decimal digit.
const fn class_value(digit: u8) -> u8 {
    if class(digit) & DIGIT != 0 {
        digit - b'0'
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_by_name_and_number() {
        for (text, expected) in [
            ("&quot;", Some((6, Piece::byte(b'"')))),
            ("&#61;", Some((5, Piece::byte(b'=')))),
            ("&#x3D;", Some((6, Piece::byte(b'=')))),
            ("&#0061;", Some((7, Piece::byte(b'=')))),
            ("&#8217;", Some((7, Piece::char('\u{2019}')))),
            ("&quot", None),
            ("&self;", None),
            ("&#;", None),
            ("&#0;", None),
            ("&#xD800;", None),
            ("&", None),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            assert_eq!(unit(&whole, 0), expected, "{text}");
        }
    }
}
