//! Decoding of text in which secrets may be.
//!
//! The first stage marks places that lead to regions of encoded text. A cheap test of
//! a region's first bytes rejects nearly all others. A region is decoded once, and
//! the engine scans the result as a text of its own. Hits are mapped back to the
//! bytes that carry them. Encodings may be nested a few levels deep.

pub(super) mod base64;
mod bytes;
mod digits;
pub(super) mod entity;
pub(super) mod escape;
pub(super) mod hex;
pub(super) mod joined;
mod legible;
mod map;
pub(super) mod percent;
pub(super) mod quoted;
mod scope;
pub(super) mod terminal;
mod undo;
mod walk;
pub(super) mod wide;

#[cfg(test)]
mod tests;

pub(crate) use scope::{CustomRules, Scope};
pub(crate) use undo::undo;

use super::prefilter::Anchor;
use crate::redact::finding::Encoding;
use crate::redact::text::ByteSet;

use bytes::Bytes;
use map::Map;

/// A decoded region.
pub(in crate::redact::engine) struct Decoded {
    pub(in crate::redact::engine) bytes: Bytes,
    pub(in crate::redact::engine) map: Map,
    /// The end of the text that need not be decoded again.
    pub(in crate::redact::engine) done: usize,
}

/// The end of the decoded text for each encoding.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done([usize; Encoding::COUNT]);

impl Done {
    #[inline]
    pub(super) fn is_done(&self, encoding: Encoding, at: usize) -> bool {
        self.0.get(encoding as usize).is_some_and(|&done| at < done)
    }

    pub(super) fn note(&mut self, encoding: Encoding, done: usize) {
        if let Some(known) = self.0.get_mut(encoding as usize) {
            *known = done.max(*known);
        }
    }

    /// Adjusts the state after the first `count` bytes of the text were dropped.
    pub(super) fn shift(&mut self, count: usize) {
        for done in &mut self.0 {
            *done = done.saturating_sub(count);
        }
    }
}

const fn set(spec: &str) -> ByteSet {
    ByteSet::parse(spec)
}

const HEX: ByteSet = set("0-9A-Fa-f");
const VISIBLE: ByteSet = set("!-~");
const BLANK: ByteSet = set(" \t");
const LINE: ByteSet = set("\n\r");
const QUOTE: ByteSet = set("\"'");
const SLASH: ByteSet = set("/\\\\");
const NUL: ByteSet = set("\0");
const BLANK_OR_QUOTE: ByteSet = BLANK.union(QUOTE);

/// The anchors of encoded text, other than runs that may be base 64 or hexadecimal
/// digits: their first four bytes.
const ANCHORS: &[Anchor] = &[
    // `%22`, `%253`, `%3A`, `%3D`, `%40`, and adjacent escapes.
    [set("%"), set("2-4"), set("025ADad"), VISIBLE],
    [set("%"), set("2-7"), HEX, set("%")],
    [set("\\\\"), set("u"), set("0"), set("0")],
    [set("\\\\"), set("x"), set("2-7"), HEX],
    // The escape of a terminal's control sequence: `\x1b`, `\e[`, `\033`, `^[[`.
    [set("\\\\"), set("x"), set("1"), set("Bb")],
    [set("\\\\"), set("e"), set("\\["), set("0-9;m")],
    [set("\\\\"), set("0"), set("3"), set("3")],
    [set("\\^"), set("\\["), set("\\["), set("0-9;m")],
    [set("\x1b"), set("\\[()"), ByteSet::ANY, ByteSet::ANY],
    // `:\/\/`
    [set(":"), set("\\\\"), SLASH, SLASH],
    [set("&"), set("#"), set("0-9Xx"), HEX],
    [set("&"), set("q"), set("u"), set("o")],
    [set("&"), set("a"), set("p"), set("o")],
    [set("&"), set("a"), set("m"), set("p")],
    [set("&"), set("g"), set("t"), set(";")],
    [set("="), set("3"), set("Dd"), VISIBLE],
    // A backslash or `=` at the end of a line.
    [
        set("\\\\="),
        LINE,
        VISIBLE.union(BLANK).union(LINE),
        VISIBLE.union(BLANK),
    ],
    // A letter of UTF-16.
    [NUL, set("ae"), NUL, VISIBLE],
    // `"abc" + "def"`, `"abc"+"def"`, `"abc" "def"`, on one or two lines.
    [
        QUOTE,
        set(" "),
        set("+.&"),
        LINE.union(set(" .")).union(QUOTE),
    ],
    [QUOTE, set("+."), QUOTE, VISIBLE],
    [QUOTE, set(" "), QUOTE, VISIBLE],
    [
        QUOTE,
        LINE,
        BLANK_OR_QUOTE.union(LINE),
        BLANK_OR_QUOTE.union(set("+.")),
    ],
];

/// Returns the anchors of encoded text.
pub(super) const fn anchors() -> &'static [Anchor] {
    ANCHORS
}

/// Returns whether four bytes begin as only anchors of encoded text do.
#[inline]
pub(super) const fn is_mark([first, second, ..]: [u8; 4]) -> bool {
    match first {
        b'%' | b'&' | b'=' | b'\\' | 0 | 0x1b => true,
        b'^' => second == b'[',
        // A flag in quotation marks is no encoded text.
        b'"' | b'\'' => !second.is_ascii_alphanumeric() && second != b'-',
        b':' => second == b'\\',
        _ => false,
    }
}

/// Returns whether four bytes that begin like an anchor may really lead to encoded
/// text. The first stage also passes some that do not.
#[inline]
pub(super) fn may_lead([first, second, third, fourth]: [u8; 4]) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_hexdigit();
    match first {
        b'%' => {
            let row = fourth == b'%' && is_hex(third);
            row || matches!(
                (second, third | 0x20),
                (b'2', b'2' | b'5') | (b'3', b'a' | b'd')
            ) || (second, third) == (b'4', b'0')
        }
        b'&' => match second {
            b'#' => matches!(third, b'0'..=b'9' | b'x' | b'X'),
            b'g' => [third, fourth] == *b"t;",
            _ => matches!(&[second, third, fourth], b"quo" | b"amp" | b"apo"),
        },
        b'=' => matches!(second, b'\n' | b'\r') || (second == b'3' && third | 0x20 == b'd'),
        b'\\' => match second {
            b'u' => [third, fourth] == *b"00",
            b'x' => is_hex(third) && is_hex(fourth),
            b'e' => third == b'[',
            b'0' => [third, fourth] == *b"33",
            _ => matches!(second, b'\n' | b'\r'),
        },
        b'"' | b'\'' => matches!(second, b' ' | b'\n' | b'\r' | b'+' | b'.'),
        _ => true,
    }
}

/// Returns whether a run without digits may be encoded text, given its first eight
/// bytes and the byte before. False positives are rare.
#[inline]
pub(super) fn may_begin(before: u8, first: &[u8; 8]) -> bool {
    // Hexadecimal text has some digits that are not letters.
    base64::may_begin(Some(before), first)
}
