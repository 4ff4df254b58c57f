//! Text encoded in digits: groups of digits stand for groups of bytes.

use super::legible::Legible;
use super::map::{Form, Map, Units};
use super::{Bytes, Decoded};
use crate::redact::text::{SPACE, Text};

/// The greatest number of digits decoded in one region.
const MOST: usize = 64 * 1024;
/// The least number of digits on a line before the next line can continue it.
const LEAST_LINE: usize = 32;
/// The number of digits decoded before the bytes are checked.
const STEP: usize = 192;
/// The greatest indentation of a line.
const MOST_INDENT: usize = 32;
/// How much of an overlong region is decoded again with the text after it.
const OVERLAP: usize = 512;

/// The value of a byte that is not a digit.
pub(in crate::redact::engine) const NONE: u8 = 255;

/// An encoding of bytes in digits.
///
/// A group has `E` digits, which stand for `D` bytes.
pub(in crate::redact::engine) struct Digits<const E: usize, const D: usize> {
    /// The number of bits per digit.
    pub(in crate::redact::engine) bits: u32,
    /// The digit value of every byte.
    pub(in crate::redact::engine) values: &'static [u8; 256],
    /// The number of digits that must decode to text at the start of a region.
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

    /// Checks whether the digits at `at` decode to text.
    #[inline]
    fn gate(&self, text: &Text<'_>, at: usize) -> Option<Legible> {
        self.head(text.take(at, self.least)?)
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

    /// Returns the bytes of a complete group.
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

    /// Decodes the digits from `start` on, as far as they are text.
    #[inline]
    pub(in crate::redact::engine) fn decode(
        &self,
        text: &Text<'_>,
        start: usize,
    ) -> Option<Decoded> {
        let legible = self.gate(text, start)?;
        self.region(text, start, legible)
    }

    /// Decodes the region that begins at `start` with text.
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

    /// Decodes the digits of a line as long as they are text. Returns how many were
    /// decoded.
    fn line(&self, line: &[u8], bytes: &mut Vec<u8>, legible: &mut Legible) -> usize {
        let mut read = 0;
        for step in line.chunks(STEP) {
            let known = *legible;
            if self.step(step, bytes, legible) {
                read += step.len();
                continue;
            }
            // The rest of the line may be something else.
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

    /// Decodes a few digits, or restores the previous state if they are not text.
    fn step(&self, step: &[u8], bytes: &mut Vec<u8>, legible: &mut Legible) -> bool {
        let known = bytes.len();
        let (groups, last) = step.as_chunks::<E>();
        for group in groups {
            bytes.extend_from_slice(&self.group(group).unwrap_or([0; D]));
        }
        if last.len() > 1 {
            // The missing digits of the last group count as zeros.
            let mut number = 0;
            for at in 0..E {
                let value = last.get(at).map_or(0, |&digit| self.value(digit));
                number = number << self.bits | u32::from(value);
            }
            let piece = last_bytes::<D>(number);
            bytes.extend_from_slice(piece.get(..last.len() - 1).unwrap_or_default());
        }
        let continues = legible.continues(bytes);
        if !continues {
            bytes.truncate(known);
        }
        continues
    }

    /// Returns the start of the line that continues the line of `len` digits ending
    /// at `at`. The line break may be escaped.
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

/// Returns the last bytes of a number.
#[inline]
fn last_bytes<const D: usize>(number: u32) -> [u8; D] {
    number.to_be_bytes().last_chunk().copied().unwrap_or([0; D])
}

/// Returns whether `bytes` can be text in UTF-8, or in UTF-16 with Latin letters, if
/// they may begin with the sorts in `allowed`. Sets `allowed` to the sorts that may
/// follow. Two or three bytes are enough to reject nearly all random data.
#[inline]
fn are_text(allowed: &mut u8, bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| {
        let sort = SORTS.get(usize::from(byte)).copied().unwrap_or(0);
        let is_allowed = sort & *allowed & 15 != 0;
        *allowed = sort >> 4;
        is_allowed
    })
}

/// Returns whether bytes of these sorts may begin a text in this order. The high half
/// of a sort has the sorts that may follow. If a byte has several possible sorts, it
/// has all of them.
#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "a place is below the number of sorts"
)]
pub(in crate::redact::engine) const fn may_be_text<const N: usize>(sorts: [u8; N]) -> bool {
    const { assert!(N <= 8, "all are looked at as one number") };
    let (mut row, mut at) = (0, N);
    while at > 0 {
        at -= 1;
        row = row << 8 | sorts[at] as u64;
    }
    let allowed = (row >> 4) << 8 | START as u64;
    // No sum carries into its neighbor.
    let some = (row & allowed & all(15)) + all(127);
    let wanted = all(128) >> (8 * (8 - N));
    some & wanted == wanted
}

/// Returns eight times the same byte.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Returns the sorts of bytes with these four high bits, and the sorts that may
/// follow.
pub(in crate::redact::engine) const fn sort_of(high: u8) -> u8 {
    match high {
        0 | 2..=7 => TEXT,
        8..=11 => GOES_ON,
        12..=14 => LEADS,
        15 => LEADS | ORDERS,
        _ => 0,
    }
}

/// ASCII, except most control characters.
const ASCII: u8 = 1;
/// The first byte of a multi-byte UTF-8 character.
const LEAD: u8 = 2;
/// A continuation byte of UTF-8.
const REST: u8 = 4;
/// A byte of a UTF-16 byte order mark.
const ORDER: u8 = 8;

/// The sorts with which text may begin.
const START: u8 = ASCII | LEAD | ORDER;

/// Each sort with the sorts that may follow it.
const TEXT: u8 = ASCII | START << 4;
const GOES_ON: u8 = REST | (ASCII | LEAD | REST) << 4;
const LEADS: u8 = LEAD | REST << 4;
const ORDERS: u8 = ORDER | (ASCII | ORDER) << 4;

/// The sort of each byte, with the sorts that may follow in the high half.
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
            // A few sorts of bytes, so that some sequences are text.
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
