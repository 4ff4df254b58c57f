//! UTF-16 inside other text.

use super::map::{Form, Map, Units};
use super::{Bytes, Decoded};
use crate::redact::text::Text;

/// The greatest number of bytes decoded in one region.
const MOST: usize = 64 * 1024;
/// The least number of characters of a text.
const LEAST: usize = 8;
/// The greatest number of other characters between Latin ones.
const MOST_FOREIGN: usize = 8;
/// How much of an overlong region is decoded again with the text after it.
const OVERLAP: usize = 512;

/// The byte order of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::redact::engine) enum Order {
    Big,
    Little,
}

/// How far a region begins before the letter that was found, at most.
const MOST_BACK: usize = 56;
/// How far before the letter the text is followed to determine the byte order.
const MOST_LOOK_BACK: usize = 240;

/// Returns the possible byte orders of the text with a NUL and a letter at `at`, the
/// likelier first, and the start of the text in each.
pub(in crate::redact::engine) fn orders(text: &Text<'_>, at: usize) -> [Option<(usize, Order)>; 2] {
    let least = at.saturating_sub(MOST_LOOK_BACK).max(text.floor());
    let is_letter = |at: usize| {
        let byte = text.bytes().get(at);
        byte.is_some_and(|&byte| byte < 128 && is_latin(byte))
    };
    let is_nul = |at: usize| text.bytes().get(at) == Some(&0);
    let begin = |from: usize, is_pair: &dyn Fn(usize) -> bool| {
        let mut start = from;
        while start >= least + 2 && is_pair(start - 2) {
            start -= 2;
        }
        (start, start.max(from.saturating_sub(MOST_BACK)))
    };
    let (big, big_start) = begin(at, &|at| is_nul(at) && is_letter(at + 1));
    let little = at.checked_sub(1).filter(|&at| is_letter(at));
    let little = little.map(|at| begin(at, &|at| is_letter(at) && is_nul(at + 1)));
    // In the wrong byte order, the text begins one byte later.
    let is_whole = least == 0 || big >= least + 2;
    let marked = text.slice(big.saturating_sub(2), big) == b"\xfe\xff";
    let is_big = marked || (is_whole && little.is_none_or(|(little, _)| big < little));
    let little = little.map(|(_, start)| (start, Order::Little));
    let big = Some((big_start, Order::Big));
    if is_big { [big, little] } else { [little, big] }
}

/// Returns the place of the first NUL before a letter, if `bytes` begin like UTF-16.
pub(in crate::redact::engine) const fn begin(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [1..=127, 0, 1..=127, 0, ..] => Some(1),
        [0, 1..=127, 0, 1..=127, ..] => Some(0),
        [0xff, 0xfe, 1..=127, 0, 1..=127, ..] => Some(3),
        [0xfe, 0xff, 0, 1..=127, ..] => Some(2),
        _ => None,
    }
}

/// Decodes the UTF-16 that begins at `start`.
pub(in crate::redact::engine) fn decode(
    text: &Text<'_>,
    start: usize,
    order: Order,
) -> Option<Decoded> {
    let mut bytes = Bytes::with_capacity(MOST.min(text.bytes().len() - start));
    let mut units = Units::default();
    let mut at = start;
    let mut foreign = 0;
    // The end of the part that is certainly text.
    let (mut known, mut end) = (0, start);
    while at - start < MOST {
        let Some((char, next)) = char_at(text, at, order) else {
            break;
        };
        let from = bytes.len();
        if char.is_ascii() {
            bytes.extend(u8::try_from(char));
        } else {
            let mut utf8 = [0; 4];
            bytes.extend_from_slice(char.encode_utf8(&mut utf8).as_bytes());
            units.push(from..bytes.len(), (at - start) / 2..(next - start) / 2);
        }
        at = next;
        if u32::from(char) < 256 {
            foreign = 0;
            (known, end) = (bytes.len(), at);
        } else {
            foreign += 1;
            if foreign > MOST_FOREIGN {
                break;
            }
        }
    }
    bytes.truncate(known);
    if end - start < 2 * LEAST {
        return None;
    }
    let full = at - start >= MOST;
    Some(Decoded {
        bytes,
        map: Map {
            start,
            end,
            form: Form::Wide,
            units,
        },
        done: if full {
            end.saturating_sub(OVERLAP)
        } else {
            end
        },
    })
}

/// Returns the character at `at`, if it may be in a text, and its end.
fn char_at(text: &Text<'_>, at: usize, order: Order) -> Option<(char, usize)> {
    let unit = unit(text, at, order)?;
    if let Some(char) = char::from_u32(u32::from(unit)) {
        let stands = !char.is_control() || matches!(char, '\t' | '\n' | '\r');
        return stands.then_some((char, at + 2));
    }
    let pair = [unit, self::unit(text, at + 2, order)?];
    let char = char::decode_utf16(pair).next()?.ok()?;
    Some((char, at + 4))
}

#[inline]
fn unit(text: &Text<'_>, at: usize, order: Order) -> Option<u16> {
    let pair = [text.at(at)?, text.at(at + 1)?];
    Some(match order {
        Order::Big => u16::from_be_bytes(pair),
        Order::Little => u16::from_le_bytes(pair),
    })
}

const fn is_latin(byte: u8) -> bool {
    (byte >= b' ' && byte != 127) || matches!(byte, b'\t' | b'\n' | b'\r')
}
