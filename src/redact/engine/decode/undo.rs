//! Undoing an encoding of a part of a text that is known to be encoded.

use zeroize::Zeroizing;

use super::digits::Digits;
use super::walk::Escapes;
use super::{base64, entity, escape, hex, joined, percent, quoted, terminal};
use crate::redact::finding::Encoding;
use crate::redact::text::Text;

/// Returns what `part` stands for, or `None` if it is not in this encoding.
///
/// Unlike a scan, this does not ask whether the result looks like text.
pub(crate) fn undo(encoding: Encoding, part: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    match encoding {
        Encoding::Base64 => digits(&base64::BASE64, part),
        Encoding::Escape => walked(&escape::ESCAPE, part),
        Encoding::Hex => digits(&hex::HEX, part),
        Encoding::HtmlEntity => walked(&entity::ENTITY, part),
        Encoding::Joined => joined(part),
        Encoding::Percent => walked(&percent::PERCENT, part),
        Encoding::QuotedPrintable => walked(&quoted::QUOTED, part),
        Encoding::Terminal => {
            walked(&terminal::TERMINAL, part).or_else(|| walked(&terminal::SHOWN, part))
        }
        Encoding::Utf16 => wide(part),
    }
}

/// Decodes the units of an encoding that escapes some bytes.
fn walked(escapes: &Escapes, part: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = Text::new(part, true);
    let mut out = Zeroizing::new(Vec::with_capacity(part.len() + 4));
    let (mut at, mut units) = (0, 0);
    while let Some(&byte) = part.get(at) {
        match (escapes.unit)(&text, at).filter(|_| byte == escapes.mark) {
            Some((end, piece)) => {
                out.extend_from_slice(piece.as_slice());
                units += 1;
                at = end;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    (units > 0).then_some(out)
}

/// Decodes digits, with line ends and other marks between them.
fn digits<const E: usize, const D: usize>(
    digits: &Digits<E, D>,
    part: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(part.len()));
    let (mut bits, mut number) = (0, 0_u32);
    let mut rest = part.iter();
    while let Some(&byte) = rest.next() {
        match (digits.value(byte), byte) {
            (super::digits::NONE, b'=') => break,
            // `\n` in a string.
            (super::digits::NONE, b'\\') => _ = rest.next(),
            (super::digits::NONE, b' ' | b'\t' | b'\r' | b'\n' | b':' | b'-') => {}
            (super::digits::NONE, _) => return None,
            (value, _) => {
                number = number << digits.bits | u32::from(value);
                bits += digits.bits;
            }
        }
        if bits >= 8 {
            bits -= 8;
            out.push((number >> bits).to_le_bytes()[0]);
            number &= (1 << bits) - 1;
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Joins the pieces of a value.
fn joined(part: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if let Some(out) = walked(&joined::CONTINUED, part) {
        return Some(out);
    }
    let text = Text::new(part, true);
    let mut out = Zeroizing::new(Vec::with_capacity(part.len()));
    let mut at = 0;
    for (mark, byte) in part.iter().enumerate() {
        let seam = match byte {
            b'"' | b'\'' => joined::pieces(&text, mark),
            b'\r' | b'\n' => {
                let end = text.run_of(mark, usize::MAX, |byte| byte.is_ascii_whitespace());
                Some((mark, end))
            }
            _ => None,
        };
        if let Some((start, end)) = seam.filter(|(start, _)| *start >= at) {
            out.extend_from_slice(part.get(at..start)?);
            at = end;
        }
    }
    out.extend_from_slice(part.get(at..)?);
    (at > 0).then_some(out)
}

/// Decodes UTF-16 of the byte order in which the first character is Latin.
fn wide(part: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, _) = part.as_chunks::<2>();
    let is_big = matches!(pairs, [[0, _], ..]);
    let units = pairs.iter().map(|pair| match is_big {
        true => u16::from_be_bytes(*pair),
        false => u16::from_le_bytes(*pair),
    });
    let mut out = Zeroizing::new(Vec::with_capacity(2 * part.len()));
    for char in char::decode_utf16(units) {
        out.extend_from_slice(char.ok()?.encode_utf8(&mut [0; 4]).as_bytes());
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_each_encoding_are_undone() {
        for (encoding, part, expected) in [
            (Encoding::Percent, "q8Zr%21t%C3%A9", Some("q8Zr!té")),
            (Encoding::Percent, "q8Zr%2", None),
            (Encoding::Escape, r"q8Zr\u0021t\x41\/", Some("q8Zr!tA/")),
            (
                Encoding::HtmlEntity,
                "q8Zr&#33;&amp;&quot;",
                Some("q8Zr!&\""),
            ),
            (Encoding::QuotedPrintable, "q8Zr=3Dt=\nW", Some("q8Zr=tW")),
            (Encoding::Terminal, "q8\x1b[1mZr", Some("q8Zr")),
            (Encoding::Terminal, "q8^[[1mZr", Some("q8Zr")),
            (Encoding::Joined, "q8Zr!\\\n  tW2", Some("q8Zr!tW2")),
            (Encoding::Joined, "q8Zr!\" + \"tW2", Some("q8Zr!tW2")),
            (Encoding::Joined, "q8Zr!\r\n   tW2", Some("q8Zr!tW2")),
            (Encoding::Joined, "q8Zr!tW2", None),
            (Encoding::Hex, "71385a7221", Some("q8Zr!")),
            (Encoding::Hex, "71:38:5A:72:21", Some("q8Zr!")),
            (Encoding::Base64, "cThaciF0VzI=", Some("q8Zr!tW2")),
            (Encoding::Base64, "cThaciF0VzI", Some("q8Zr!tW2")),
            (Encoding::Base64, "cThaci\n  F0VzI", Some("q8Zr!tW2")),
            (Encoding::Base64, "cThaci\\nF0VzI", Some("q8Zr!tW2")),
            (Encoding::Base64, "cThaci!", None),
            (Encoding::Utf16, "q\08\0Z\0", Some("q8Z")),
            (Encoding::Utf16, "\0q\08\0Z", Some("q8Z")),
        ] {
            let undone = undo(encoding, part.as_bytes());
            let undone = undone.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
            assert_eq!(undone.as_deref(), expected, "{encoding} {part:?}");
        }
    }
}
