//! Scanning of decoded text, and mapping of its hits back to the original text.

use std::cell::Cell;

use super::progress::Progress;
use crate::redact::engine::Engine;
use crate::redact::engine::decode::{
    Decoded, Scope, base64, entity, escape, hex, joined, percent, quoted, terminal, wide,
};
use crate::redact::engine::hit::{Hit, Sink};
use crate::redact::finding::Encoding;
use crate::redact::text::{QUOTE, Text, class, widen};

/// The reduction of confidence for a decoded hit.
const LESS_SURE: u8 = 3;

/// The greatest length of a region that is decoded again from outside by another
/// encoding. Longer text in several encodings is therefore not read once for each.
const MOST_APART: usize = 512;

impl Engine {
    /// Decodes the text around the mark at `at`, if it is encoded.
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
            // The slashes of an address, each after a backslash.
            b':' if second == b'\\' => (Encoding::Escape, |text, at| {
                escape::ESCAPE.decode(text, at + 1)
            }),
            b'"' | b'\'' if !leads_to_literal(text, at) => return,
            b'"' | b'\'' => (Encoding::Joined, joined::decode),
            0x1b => (Encoding::Terminal, |text, at| {
                terminal::TERMINAL.decode(text, at)
            }),
            b'^' => (Encoding::Terminal, |text, at| {
                terminal::SHOWN.decode(text, at)
            }),
            0 => return self.decode_wide(text, at, scope, progress, sink),
            _ => return,
        };
        if progress.done.is_done(encoding, at) || scope.is_deep() {
            return;
        }
        if let Some(decoded) = decode(text, at) {
            self.scan_region(text, decoded, encoding, scope, progress, sink);
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
            self.scan_region(text, decoded, Encoding::Utf16, scope, progress, sink);
            if sink.hits.len() > known {
                break;
            }
        }
    }

    /// Decodes the run of letters and digits from `at` to `end`, whose text begins at
    /// `start`.
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
        if hex::leads(first) {
            if hex::may_begin(first, end.saturating_sub(start))
                && !progress.done.is_done(Encoding::Hex, at)
                && let Some(decoded) = hex::decode(text, start)
            {
                return self.scan_region(text, decoded, Encoding::Hex, scope, progress, sink);
            }
            // Digits alone may also be legible as base 64, which means nothing.
            if hex::is_whole(text.slice(start, end)) {
                return;
            }
        }
        if base64::may_begin(text.before(at), first)
            && !progress.done.is_done(Encoding::Base64, at)
            && let Some(decoded) = base64::decode(text, at, start)
        {
            self.scan_region(text, decoded, Encoding::Base64, scope, progress, sink);
        }
    }

    /// Reports what the built-in and custom rules find in a decoded region.
    #[inline(never)]
    fn scan_region(
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
            // Other encodings in the region are decoded within it.
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
        scope.custom().find(&bytes, &mut found);
        for mut hit in found.hits {
            if !map.differs_near(hit.start, hit.end) {
                continue;
            }
            if hit.layers.is_empty() {
                hit.confidence = hit.confidence.saturating_sub(LESS_SURE);
            }
            if !scope.custom().keeps(&bytes, &hit) {
                continue;
            }
            let beside = map.beside(hit.start, hit.end, bytes.len());
            let span = map.span(hit.start, hit.end);
            let span = widen(text.bytes(), span);
            sink.hit(Hit {
                start: span.start,
                end: span.end,
                layers: hit.layers.within_units(encoding, beside),
                ..hit
            });
        }
    }
}

/// Returns whether a quotation mark, an operator or a backslash follows the quotation
/// mark at `at` and blanks. Most literals at the ends of lines stand alone.
#[inline]
fn leads_to_literal(text: &Text<'_>, at: usize) -> bool {
    /// More blanks than these are left to the decoder.
    const MOST: usize = 48;
    let rest = text.bytes().get(at + 1..).unwrap_or_default();
    let mut near = rest.iter().take(MOST);
    let next = near.find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    next.is_none_or(|next| {
        class(*next) & QUOTE != 0 || matches!(next, b'+' | b'.' | b'&' | b'|' | b'\\' | b'<' | b'>')
    })
}
