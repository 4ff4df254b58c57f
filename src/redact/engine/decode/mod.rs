//! Secrets inside of encodings.
//!
//! Places that the first stage marks lead to regions of encoded text. A cheap
//! look at a region's first bytes refuses nearly all that is none. A region is
//! decoded once, the engine reads what comes out as a text of its own, and what
//! it finds there is brought back to the bytes that carry it. Encodings may lie
//! within each other a few levels deep.

mod base64;
mod bytes;
mod digits;
mod entity;
mod escape;
mod hex;
mod joined;
mod legible;
mod map;
mod percent;
mod quoted;
mod scope;
mod walk;
mod wide;

#[cfg(test)]
mod tests;

pub(crate) use scope::{Beside, Scope};

use std::cell::Cell;

use super::Engine;
use super::hit::{Hit, Sink};
use super::prefilter::Anchor;
use crate::redact::engine::scan::progress::Progress;
use crate::redact::finding::Encoding;
use crate::redact::text::widen;
use crate::redact::text::{ByteSet, Text};

use bytes::Bytes;
use map::Map;

/// How much less sure a hit is that was decoded.
const LESS_SURE: u8 = 3;

/// A longer region is not decoded again from outside by another encoding, so that
/// text in many of them is not read once for each.
const MOST_APART: usize = 512;

/// A region that was decoded.
struct Decoded {
    bytes: Bytes,
    map: Map,
    /// Up to here it needs no second look.
    done: usize,
}

/// Up to where the text was decoded, for each encoding.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done([usize; Encoding::COUNT]);

impl Done {
    #[inline]
    fn is_done(&self, encoding: Encoding, at: usize) -> bool {
        self.0.get(encoding as usize).is_some_and(|&done| at < done)
    }

    pub(super) fn note(&mut self, encoding: Encoding, done: usize) {
        if let Some(known) = self.0.get_mut(encoding as usize) {
            *known = done.max(*known);
        }
    }

    /// The same for a text whose first `count` bytes are gone.
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
const SEEN: ByteSet = set("!-~");
const BLANK: ByteSet = set(" \t");
const LINE: ByteSet = set("\n\r");
const QUOTE: ByteSet = set("\"'");
const SLASH: ByteSet = set("/\\\\");
const NUL: ByteSet = set("\0");
const BLANK_OR_QUOTE: ByteSet = BLANK.union(QUOTE);

/// The marks that lead to encoded text, beside the runs that may be base 64 or
/// hexadecimal digits: their first four bytes.
const ANCHORS: &[Anchor] = &[
    // `%22`, `%253`, `%3A`, `%3D`, `%40`, and escapes in a row.
    [set("%"), set("2-4"), set("025ADad"), SEEN],
    [set("%"), set("2-7"), HEX, set("%")],
    [set("\\\\"), set("u"), set("0"), set("0")],
    [set("\\\\"), set("x"), set("2-7"), HEX],
    // `:\/\/`
    [set(":"), set("\\\\"), SLASH, SLASH],
    [set("&"), set("#"), set("0-9Xx"), HEX],
    [set("&"), set("q"), set("u"), set("o")],
    [set("&"), set("a"), set("p"), set("o")],
    [set("&"), set("a"), set("m"), set("p")],
    [set("&"), set("g"), set("t"), set(";")],
    [set("="), set("3"), set("Dd"), SEEN],
    // A backslash or `=` at the end of a line.
    [
        set("\\\\="),
        LINE,
        SEEN.union(BLANK).union(LINE),
        SEEN.union(BLANK),
    ],
    // One letter of two in UTF-16.
    [NUL, set("ae"), NUL, SEEN],
    // `"abc" + "def"`, `"abc"+"def"`, `"abc" "def"`, on one line or two.
    [
        QUOTE,
        set(" "),
        set("+.&"),
        LINE.union(set(" .")).union(QUOTE),
    ],
    [QUOTE, set("+."), QUOTE, SEEN],
    [QUOTE, set(" "), QUOTE, SEEN],
    [
        QUOTE,
        LINE,
        BLANK_OR_QUOTE.union(LINE),
        BLANK_OR_QUOTE.union(set("+.")),
    ],
];

/// The marks that lead to encoded text.
pub(super) const fn anchors() -> &'static [Anchor] {
    ANCHORS
}

/// Whether four bytes begin as anchors of encoded text alone do.
#[inline]
pub(super) const fn is_mark([first, second, ..]: [u8; 4]) -> bool {
    match first {
        b'%' | b'&' | b'=' | b'\\' | 0 => true,
        b'"' | b'\'' => !second.is_ascii_alphanumeric(),
        b':' => second == b'\\',
        _ => false,
    }
}

/// Whether four bytes that begin with one of the marks are more than look alike:
/// the first stage lets others pass.
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
            _ => matches!(second, b'\n' | b'\r'),
        },
        b'"' | b'\'' => matches!(second, b' ' | b'\n' | b'\r' | b'+' | b'.'),
        _ => true,
    }
}

/// Whether a run without digits that begins with eight bytes, and `before` them, may
/// be encoded text: seldom yes where it is not.
#[inline]
pub(super) fn may_begin(before: u8, first: &[u8; 8]) -> bool {
    // Text in hexadecimal digits has some that are no letters.
    base64::may_begin(Some(before), first)
}

impl Engine {
    /// A mark stands at `at` that may be part of encoded text.
    #[inline(never)]
    pub(super) fn decode_at_anchor(
        &self,
        text: &Text<'_>,
        at: usize,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) {
        let Some(&[first, second, ..]) = text.bytes().get(at..).and_then(<[u8]>::first_chunk::<4>)
        else {
            return;
        };
        let (encoding, decode): (_, fn(&Text<'_>, usize) -> Option<Decoded>) = match first {
            b'%' => (Encoding::Percent, |text, at| {
                percent::PERCENT.decode(text, at)
            }),
            b'&' if !entity::leads(text, at) => return,
            b'&' => (Encoding::HtmlEntity, |text, at| {
                entity::ENTITY.decode(text, at)
            }),
            b'=' if second == b'3' || quoted::breaks_word(text, at) => {
                (Encoding::QuotedPrintable, |text, at| {
                    quoted::QUOTED.decode(text, at)
                })
            }
            b'\\' if matches!(second, b'\n' | b'\r') => (Encoding::Joined, |text, at| {
                joined::CONTINUED.decode(text, at)
            }),
            b'\\' => (Encoding::Escape, |text, at| escape::ESCAPE.decode(text, at)),
            // The slashes of an address, with a backslash before each.
            b':' if second == b'\\' => (Encoding::Escape, |text, at| {
                escape::ESCAPE.decode(text, at + 1)
            }),
            b'"' | b'\'' => (Encoding::Joined, joined::decode),
            0 => return self.decode_wide(text, at, scope, progress, sink),
            _ => return,
        };
        if progress.done.is_done(encoding, at) || scope.is_deep() {
            return;
        }
        if let Some(decoded) = decode(text, at) {
            self.look_into(text, decoded, encoding, scope, progress, sink);
        }
    }

    fn decode_wide(
        &self,
        text: &Text<'_>,
        at: usize,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) {
        if progress.done.is_done(Encoding::Utf16, at) || scope.is_deep() {
            return;
        }
        let known = sink.hits.len();
        for (start, order) in wide::orders(text, at).into_iter().flatten() {
            let Some(decoded) = wide::decode(text, start, order) else {
                continue;
            };
            self.look_into(text, decoded, Encoding::Utf16, scope, progress, sink);
            if sink.hits.len() > known {
                break;
            }
        }
    }

    /// A run of letters and digits that ends at `end` starts at `at`, and its text
    /// at `start`.
    #[inline]
    pub(super) fn decode_at_run(
        &self,
        text: &Text<'_>,
        (at, end): (usize, usize),
        start: usize,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) {
        if scope.is_deep() {
            return;
        }
        let Some(first) = text.bytes().get(start..).and_then(<[u8]>::first_chunk) else {
            return text.miss();
        };
        // Digits alone may be legible as base 64 as well, which means nothing.
        if hex::leads(first) {
            if hex::may_begin(first, end.saturating_sub(start))
                && !progress.done.is_done(Encoding::Hex, at)
                && let Some(decoded) = hex::decode(text, start)
            {
                self.look_into(text, decoded, Encoding::Hex, scope, progress, sink);
            }
        } else if base64::may_begin(text.before(at), first)
            && !progress.done.is_done(Encoding::Base64, at)
            && let Some(decoded) = base64::decode(text, at, start)
        {
            self.look_into(text, decoded, Encoding::Base64, scope, progress, sink);
        }
    }

    /// Reports what is found in a decoded region. Whoever else is to see
    /// decoded text is called here.
    #[inline(never)]
    fn look_into(
        &self,
        text: &Text<'_>,
        decoded: Decoded,
        encoding: Encoding,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) {
        let Decoded { bytes, map, done } = decoded;
        if text.is_short() {
            return;
        }
        progress.note_done(encoding, done);
        if bytes.len() > MOST_APART && encoding.is_walked() {
            // What else is encoded here is decoded within.
            for other in Encoding::WALKED {
                progress.note_done(other, done);
            }
        }
        let spare = Cell::new(0);
        let Some(inner) = scope.inner(bytes.len(), &spare) else {
            return;
        };
        let mut found = Sink::default();
        let whole = Text::new(&bytes, true);
        self.find(&whole, 0, &inner, &mut Progress::default(), &mut found);
        scope.beside().find(&bytes, &mut found);
        for mut hit in found.hits {
            if !map.differs_near(hit.start, hit.end) {
                continue;
            }
            if hit.layers.is_empty() {
                hit.confidence = hit.confidence.saturating_sub(LESS_SURE);
            }
            if !scope.beside().keeps(&bytes, &hit) {
                continue;
            }
            let span = map.span(hit.start, hit.end);
            let span = widen(text.bytes(), span);
            sink.hit(Hit {
                start: span.start,
                end: span.end,
                layers: hit.layers.within(encoding),
                ..hit
            });
        }
    }
}
