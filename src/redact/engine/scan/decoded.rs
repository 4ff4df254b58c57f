//! Scanning of decoded text, and mapping of its hits back to the original text.

use std::cell::Cell;

use super::pass::Pass;
use super::progress::Progress;
use crate::redact::engine::Engine;
use crate::redact::engine::decode::{
    Decoded, base64, entity, escape, hex, joined, percent, quoted, terminal, wide,
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
    pub(super) fn decode_at_anchor(&self, at: usize, pass: &mut Pass<'_>) {
        let text = pass.text;
        let Some(&[first, second, ..]) = text.chunk::<4>(at) else {
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
            0 => return self.decode_wide(at, pass),
            _ => return,
        };
        if pass.progress.is_done(encoding, at) || pass.scope.is_deep() {
            return;
        }
        if let Some(decoded) = decode(text, at) {
            self.scan_region(decoded, encoding, pass);
        }
    }

    /// Decodes the UTF-16 around `at`, in the byte order in which something is found.
    fn decode_wide(&self, at: usize, pass: &mut Pass<'_>) {
        let text = pass.text;
        if pass.progress.is_done(Encoding::Utf16, at) || pass.scope.is_deep() {
            return;
        }
        let known = pass.sink.hits.len();
        for (start, order) in wide::orders(text, at).into_iter().flatten() {
            let Some(decoded) = wide::decode(text, start, order) else {
                continue;
            };
            self.scan_region(decoded, Encoding::Utf16, pass);
            if pass.sink.hits.len() > known {
                break;
            }
        }
    }

    /// Decodes the run of letters and digits from `at` to `end`, whose text begins at
    /// `start`.
    #[inline]
    pub(super) fn decode_at_run(
        &self,
        (at, end): (usize, usize),
        start: usize,
        pass: &mut Pass<'_>,
    ) {
        let text = pass.text;
        if pass.scope.is_deep() {
            return;
        }
        let Some(first) = text.chunk(start) else {
            return;
        };
        if hex::may_begin(first, end.saturating_sub(start))
            && hex::leads(first)
            && !pass.progress.is_done(Encoding::Hex, at)
            && let Some(decoded) = hex::decode(text, start)
        {
            return self.scan_region(decoded, Encoding::Hex, pass);
        }
        let before = text.before(at);
        if base64::leads(before, first)
            && base64::may_begin(before, first)
            && !pass.progress.is_done(Encoding::Base64, at)
            // Digits alone may also be legible as base 64, which means nothing.
            && !(hex::leads(first) && hex::is_whole(text.slice(start, end)))
            && let Some(decoded) = base64::decode(text, at, start)
        {
            self.scan_region(decoded, Encoding::Base64, pass);
        }
    }

    /// Scans a decoded region with the built-in and custom rules, and reports the hits.
    #[inline(never)]
    fn scan_region(&self, decoded: Decoded, encoding: Encoding, pass: &mut Pass<'_>) {
        let Decoded { bytes, map, done } = decoded;
        // A part of a region is not worth a scan: the place stays open.
        if pass.text.is_short() {
            return;
        }
        pass.progress.note_done(encoding, done);
        if bytes.len() > MOST_APART && encoding.is_walked() {
            // Other encodings in the region are decoded within it.
            for other in Encoding::WALKED {
                pass.progress.note_done(other, done);
            }
        }
        let spare = Cell::new(0);
        let Some(inner) = pass.scope.inner(bytes.len(), &spare) else {
            return;
        };
        let before = map.start.checked_sub(1);
        let inner_line = match before.and_then(|at| pass.text.bytes().get(at)) {
            None => pass.text.is_inner(),
            Some(before) => encoding.is_walked() && *before != b'\n',
        };
        let mut found = Sink::default();
        let mut within = Pass {
            text: &Text::decoded(&bytes, inner_line),
            scope: &inner,
            progress: &mut Progress::default(),
            sink: &mut found,
        };
        self.find(0, &mut within);
        if let Some(at) = wide::begin(&bytes) {
            self.decode_wide(at, &mut within);
        }
        pass.scope.custom().find(&bytes, &mut found);
        for mut hit in found.hits {
            if !map.differs_near(hit.start, hit.end) {
                continue;
            }
            if hit.layers.is_empty() {
                hit.confidence = hit.confidence.saturating_sub(LESS_SURE);
            }
            if !pass.scope.custom().keeps(&bytes, &hit) {
                continue;
            }
            let beside = map.beside(hit.start, hit.end, bytes.len());
            let span = map.span(hit.start, hit.end);
            let span = widen(pass.text.bytes(), span);
            pass.sink.hit(Hit {
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
