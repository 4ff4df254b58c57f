//! Text in which some bytes are escaped.

use std::ops::Range;

use super::map::{Form, Map, Units};
use super::{Bytes, Decoded};
use crate::redact::text::{TOKEN, Text, class};

/// How far a region begins before the place that leads to it, at most.
pub(in crate::redact::engine) const MOST_BACK: usize = 56;
/// The greatest length of a region.
const MOST: usize = 16 * 1024;
/// How far a region continues after its last unit.
const MOST_GAP: usize = 512;
/// How much of an overlong region is decoded again with the text after it.
const OVERLAP: usize = 512;

/// The decoded bytes of a unit, up to four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::redact::engine) struct Piece {
    bytes: [u8; 4],
    len: usize,
}

impl Piece {
    pub(in crate::redact::engine) const NOTHING: Self = Self {
        bytes: [0; 4],
        len: 0,
    };

    pub(in crate::redact::engine) const fn byte(byte: u8) -> Self {
        Self {
            bytes: [byte, 0, 0, 0],
            len: 1,
        }
    }

    pub(in crate::redact::engine) fn char(char: char) -> Self {
        let mut bytes = [0; 4];
        let len = char.encode_utf8(&mut bytes).len();
        Self { bytes, len }
    }

    pub(in crate::redact::engine) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// An encoding that escapes some bytes.
pub(in crate::redact::engine) struct Escapes {
    /// The first byte of every unit.
    pub(in crate::redact::engine) mark: u8,
    /// The bytes that end a region.
    pub(in crate::redact::engine) ends: fn(u8) -> bool,
    /// Reads the unit at a place: its end and its decoded bytes.
    pub(in crate::redact::engine) unit: fn(&Text<'_>, usize) -> Option<(usize, Piece)>,
}

impl Escapes {
    /// Decodes the text around the unit at `at`.
    pub(in crate::redact::engine) fn decode(&self, text: &Text<'_>, at: usize) -> Option<Decoded> {
        (self.unit)(text, at)?;
        let mut region = Region::new(self.start(text, at));
        let limit = region.start + MOST;
        let mut last = at;
        let cut = loop {
            let most = (last + MOST_GAP).min(limit).saturating_sub(region.at);
            let plain = text.run_of(region.at, most, |byte| {
                byte != self.mark && !(self.ends)(byte)
            });
            let cut = plain - region.at == most;
            region.copy(text, plain);
            if cut {
                break true;
            }
            if text.bytes().get(plain) != Some(&self.mark) {
                break false;
            }
            if let Some((end, piece)) = (self.unit)(text, plain) {
                region.put(end, piece.as_slice());
                last = end;
            } else {
                region.copy(text, plain + 1);
            }
        };
        if cut {
            region.drop_word(last);
        }
        let full = cut && last + MOST_GAP > limit;
        Some(region.decoded(full))
    }

    /// Returns the start of the region with a unit at `at`. It comes after any byte
    /// that would end the region, and is neither inside a word nor inside an escape.
    fn start(&self, text: &Text<'_>, at: usize) -> usize {
        let from = at.saturating_sub(MOST_BACK);
        let before = text.slice(from, at);
        let end = before.iter().rposition(|&byte| (self.ends)(byte));
        let Some(end) = end else {
            let is_inside = |start: usize| {
                let last = start.checked_sub(1).and_then(|last| text.bytes().get(last));
                last.is_some_and(|&last| {
                    last == self.mark
                        || last >= 128
                        || class(last) & TOKEN != 0
                            && text
                                .slice(start, start + 1)
                                .iter()
                                .any(|&byte| class(byte) & TOKEN != 0)
                })
            };
            return (from..at).find(|&start| !is_inside(start)).unwrap_or(at);
        };
        from + end + 1
    }
}

/// A region that is being decoded.
pub(in crate::redact::engine) struct Region {
    pub(in crate::redact::engine) start: usize,
    /// The end of the decoded part.
    pub(in crate::redact::engine) at: usize,
    bytes: Bytes,
    units: Units,
}

impl Region {
    pub(in crate::redact::engine) fn new(start: usize) -> Self {
        Self {
            start,
            at: start,
            bytes: Bytes::with_capacity(MOST + MOST_GAP),
            units: Units::default(),
        }
    }

    /// Copies the text up to `to` unchanged.
    pub(in crate::redact::engine) fn copy(&mut self, text: &Text<'_>, to: usize) {
        self.bytes.extend_from_slice(text.slice(self.at, to));
        self.at = to;
    }

    /// Writes `bytes` for the text up to `to`.
    pub(in crate::redact::engine) fn put(&mut self, to: usize, bytes: &[u8]) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let encoded: Range<usize> = self.at - self.start..to - self.start;
        self.units.push(from..self.bytes.len(), encoded);
        self.at = to;
    }

    /// Removes a word that continues past the end, down to `least` bytes.
    fn drop_word(&mut self, least: usize) {
        while self.at > least
            && self
                .bytes
                .last()
                .is_some_and(|&last| class(last) & TOKEN != 0)
        {
            self.bytes.pop();
            self.at -= 1;
        }
    }

    /// Returns the region. `full` says that the text continues after its end.
    pub(in crate::redact::engine) fn decoded(self, full: bool) -> Decoded {
        let done = if full { self.at - OVERLAP } else { self.at };
        Decoded {
            bytes: self.bytes,
            map: Map {
                start: self.start,
                end: self.at,
                form: Form::Text,
                units: self.units,
            },
            done,
        }
    }
}

/// Returns the value of hexadecimal digits in a text.
pub(in crate::redact::engine) fn hex(text: &Text<'_>, from: usize, to: usize) -> Option<u32> {
    let mut number = 0;
    for at in from..to {
        number = number << 4 | char::from(text.at(at)?).to_digit(16)?;
    }
    Some(number)
}
