//! Text written in digits, a group of them for a group of bytes.

use super::legible::Legible;
use super::map::{Form, Map, Units};
use super::{Bytes, Decoded};
use crate::redact::text::{SPACE, Text};

/// How many digits of a region are decoded.
const MOST: usize = 64 * 1024;
/// How many digits a line must have before the next one can belong to it.
const LEAST_LINE: usize = 32;
/// How many digits are decoded before the bytes are looked at.
const STEP: usize = 192;
/// How many blanks a line may begin with.
const MOST_INDENT: usize = 32;
/// How much of a region that was too long is decoded once more with what follows.
const OVERLAP: usize = 512;

/// Says of a byte that it is no digit.
pub(in crate::redact::engine) const NONE: u8 = 255;

/// One way to write bytes in digits.
///
/// `E` digits are a group, and that is `D` bytes.
pub(in crate::redact::engine) struct Digits<const E: usize, const D: usize> {
    /// How many bits a digit has.
    pub(in crate::redact::engine) bits: u32,
    /// The value of every byte as a digit.
    pub(in crate::redact::engine) values: &'static [u8; 256],
    /// How many digits must read as text for a region to start.
    pub(in crate::redact::engine) least: usize,
}

impl<const E: usize, const D: usize> Digits<E, D> {
    #[inline]
    pub(in crate::redact::engine) fn value(&self, byte: u8) -> u8 {
        self.values.get(usize::from(byte)).copied().unwrap_or(NONE)
    }

    #[inline]
    pub(in crate::redact::engine) fn is_digit(&self, byte: u8) -> bool {
        self.value(byte) != NONE
    }

    /// Whether the digits at `at` begin what reads as text.
    #[inline]
    fn gate(&self, text: &Text<'_>, at: usize) -> Option<Legible> {
        let digits = text.slice(at, at + self.least);
        if digits.len() < self.least {
            text.miss();
            return None;
        }
        self.head(digits)
    }

    #[inline(never)]
    fn head(&self, digits: &[u8]) -> Option<Legible> {
        let mut head = [0; 16];
        let (groups, _) = digits.as_chunks::<E>();
        let (pieces, _) = head.as_chunks_mut::<D>();
        let (mut count, mut allowed) = (0, START);
        for (group, piece) in groups.iter().zip(pieces) {
            *piece = self.group(group)?;
            if !are_text(&mut allowed, piece) {
                return None;
            }
            count += D;
        }
        Legible::from_head(head.get(..count)?)
    }

    /// The bytes that a whole group stands for.
    #[inline]
    fn group(&self, digits: &[u8; E]) -> Option<[u8; D]> {
        let (mut number, mut all) = (0_u32, 0);
        for &digit in digits {
            let value = self.value(digit);
            number = number << self.bits | u32::from(value & 0x7f);
            all |= value;
        }
        (all != NONE).then(|| last_bytes(number))
    }

    /// What the digits from `start` on stand for, as far as that is text.
    #[inline]
    pub(in crate::redact::engine) fn decode(
        &self,
        text: &Text<'_>,
        start: usize,
    ) -> Option<Decoded> {
        let legible = self.gate(text, start)?;
        self.region(text, start, legible)
    }

    /// The region that begins at `start` with text.
    #[inline(never)]
    fn region(&self, text: &Text<'_>, start: usize, mut legible: Legible) -> Option<Decoded> {
        let mut units = Units::default();
        let most = MOST.min(text.bytes().len() - start);
        let mut bytes = Bytes::with_capacity(most / E * D + D);
        let (mut at, mut digits) = (start, 0);
        let cut = loop {
            let end = text.run_of(at, MOST - digits, |byte| self.is_digit(byte));
            let line = text.slice(at, end);
            let read = self.line(line, &mut bytes, &mut legible);
            at += read;
            digits += read;
            if read < line.len() {
                break false;
            }
            if digits >= MOST {
                break true;
            }
            let Some(next) = self.next_line(text, at, line.len()) else {
                break false;
            };
            units.push(digits..digits, at - start..next - start);
            at = next;
        };
        let padding = text.run_of(at, 2, |byte| byte == b'=');
        let done = if cut { at - OVERLAP } else { padding };
        (bytes.len() >= self.least * D / E).then_some(Decoded {
            bytes,
            map: Map {
                start,
                end: padding,
                form: Form::Groups {
                    decoded: D,
                    encoded: E,
                },
                units,
            },
            done,
        })
    }

    /// Decodes the digits of a line as long as they make text; answers how many.
    fn line(&self, line: &[u8], bytes: &mut Vec<u8>, legible: &mut Legible) -> usize {
        let mut read = 0;
        for step in line.chunks(STEP) {
            let known = *legible;
            if self.step(step, bytes, legible) {
                read += step.len();
                continue;
            }
            // The end of it may be something else.
            *legible = known;
            for step in step.chunks(STEP / 12) {
                if !self.step(step, bytes, legible) {
                    break;
                }
                read += step.len();
            }
            break;
        }
        read
    }

    /// Decodes a few digits; takes them back if they make no text.
    fn step(&self, step: &[u8], bytes: &mut Vec<u8>, legible: &mut Legible) -> bool {
        let known = bytes.len();
        let (groups, last) = step.as_chunks::<E>();
        for group in groups {
            bytes.extend_from_slice(&self.group(group).unwrap_or([0; D]));
        }
        if last.len() > 1 {
            // What lacks of the last group counts as zeros.
            let mut number = 0;
            for at in 0..E {
                let value = last.get(at).map_or(0, |&digit| self.value(digit));
                number = number << self.bits | u32::from(value);
            }
            let piece = last_bytes::<D>(number);
            bytes.extend_from_slice(piece.get(..last.len() - 1).unwrap_or_default());
        }
        let goes_on = legible.goes_on(bytes);
        if !goes_on {
            bytes.truncate(known);
        }
        goes_on
    }

    /// Where the line begins that goes on with the digits of the one of `len`
    /// digits that ends at `at`; the break may be an escape.
    fn next_line(&self, text: &Text<'_>, at: usize, len: usize) -> Option<usize> {
        if len < LEAST_LINE || !len.is_multiple_of(E) {
            return None;
        }
        let breaks = [&b"\n"[..], b"\r\n", b"\\n", b"\\r\\n"];
        let line = breaks.iter().find(|line| text.is(at, line))?;
        let next = text.run(at + line.len(), MOST_INDENT, SPACE);
        text.at(next)
            .is_some_and(|byte| self.is_digit(byte))
            .then_some(next)
    }
}

/// The last bytes of a number.
#[inline]
fn last_bytes<const D: usize>(number: u32) -> [u8; D] {
    number.to_be_bytes().last_chunk().copied().unwrap_or([0; D])
}

/// Whether `bytes` may be of text in UTF-8 or in UTF-16 of Latin letters where the
/// sorts in `allowed` may stand first; leaves there what may follow. Nearly all
/// that is drawn at random is refused by two or three bytes.
#[inline]
fn are_text(allowed: &mut u8, bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| {
        let sort = SORTS.get(usize::from(byte)).copied().unwrap_or(0);
        let is_allowed = sort & *allowed & 15 != 0;
        *allowed = sort >> 4;
        is_allowed
    })
}

/// Whether bytes of these sorts may stand in a row at the start of text. A sort has
/// in its high half those that may follow; where several are open, it has all.
#[inline]
pub(in crate::redact::engine) fn may_be_text<const N: usize>(sorts: [u8; N]) -> bool {
    const { assert!(N <= 8, "all are looked at as one number") };
    let all = |byte: u8| u64::from_le_bytes([byte; 8]);
    let row = sorts.iter().rev();
    let row = row.fold(0, |row, &sort| row << 8 | u64::from(sort));
    let allowed = (row >> 4) << 8 | u64::from(START);
    // No sum passes on to its neighbour.
    let some = (row & allowed & all(15)) + all(127);
    let wanted = all(128) >> (8 * (8 - N));
    some & wanted == wanted
}

/// The sorts of bytes with these four high bits, and what may follow them.
pub(in crate::redact::engine) const fn sort_of(high: u8) -> u8 {
    match high {
        0 | 2..=7 => TEXT,
        8..=11 => GOES_ON,
        12..=14 => LEADS,
        15 => LEADS | ORDERS,
        _ => 0,
    }
}

/// ASCII but for most controls.
const ASCII: u8 = 1;
/// What begins a longer character of UTF-8.
const LEAD: u8 = 2;
/// What goes on with one.
const REST: u8 = 4;
/// Of a byte order mark of UTF-16.
const ORDER: u8 = 8;

/// What text may begin with.
const START: u8 = ASCII | LEAD | ORDER;

/// The sorts with what may follow each.
const TEXT: u8 = ASCII | START << 4;
const GOES_ON: u8 = REST | (ASCII | LEAD | REST) << 4;
const LEADS: u8 = LEAD | REST << 4;
const ORDERS: u8 = ORDER | (ASCII | ORDER) << 4;

/// The sort of each byte, and in the high half those that may follow.
static SORTS: [u8; 256] = sorts();

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated when the crate is compiled"
)]
const fn sorts() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            0 | b'\t' | b'\n' | b'\r' | b' '..=b'~' => TEXT,
            0x80..=0xbf => GOES_ON,
            0xc2..=0xf4 => LEADS,
            0xfe | 0xff => ORDERS,
            _ => 0,
        };
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_as_text_is_not_refused_at_a_look() {
        let (mut read, mut refused) = (0, 0);
        for seed in 0..400_000_u64 {
            // A few sorts of bytes, so that some of them do make text.
            let sorts = b"a\0\n\x7f\x01 \xc3\xa9\xff\xfe\x80\xe2";
            let bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let least = 2 + seed as usize % 10;
            let head: Vec<u8> = (0..8)
                .map(|at| sorts[(bits >> (8 * at)) as usize % 256 % least.min(sorts.len())])
                .collect();
            let is_text = Legible::from_head(&head).is_some();
            let may_be = are_text(&mut { START }, &head);
            assert!(may_be || !is_text, "{head:?}");
            read += usize::from(is_text);
            refused += usize::from(!may_be);
        }
        assert!(read > 1000 && refused > 100_000, "{read} {refused}");
    }
}
