//! Values that stand in a text in another form: with single bytes escaped, as pairs of
//! digits with marks between them, over several lines, or in another letter case.
//!
//! The engine decodes text that is encoded as a whole. Here, the text around each
//! escape is decoded as far as a known value could reach.

use memchr::{memchr2, memchr2_iter, memchr3_iter};

use super::find::find;
use super::keys::Keys;
use super::state::State;
use super::wiped::Wiped;
use crate::redact::engine::{Hit, Sink};
use crate::redact::finding::{Encoding, Layers};
use crate::redact::text::widen;

/// The forms in which [`KnownValues`](crate::redact::KnownValues) are searched for on
/// request, because that takes time: with each, a text is read once more.
///
/// Escapes and other encodings are always undone.
///
/// # Example
/// ```
/// use confidant::redact::{Key, KnownForms, KnownValues, Redactor};
///
/// let forms = KnownForms::new().any_case().across_lines();
/// let known = KnownValues::with_forms(Key::from_bytes([7; 32]), forms);
/// known.insert("blue-otter-staircase")?;
/// let redactor = Redactor::builder().known_values(known).build()?;
/// assert_eq!(
///     redactor.redact("it was Blue-Otter-\n  Staircase").as_str(),
///     "it was [REDACTED-SECRET]"
/// );
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownForms {
    pub(super) any_case: bool,
    pub(super) across_lines: bool,
}

impl KnownForms {
    /// Asks for no other forms.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            any_case: false,
            across_lines: false,
        }
    }

    /// Finds values in any letter case of ASCII. Values that differ only in that are one.
    #[must_use]
    pub const fn any_case(mut self) -> Self {
        self.any_case = true;
        self
    }

    /// Finds values that are wrapped: cut by up to 8 line ends, each with up to 32 blanks
    /// after it.
    #[must_use]
    pub const fn across_lines(mut self) -> Self {
        self.across_lines = true;
        self
    }
}

/// The greatest number of bytes that stand for one byte of a value.
const WIDEST_UNIT: usize = 8;

/// The least number of pairs of digits that are decoded.
const LEAST_PAIRS: usize = 8;

/// How many blanks after a line end are left out, and how many bytes more than itself a
/// value may take in over several lines.
const MOST_INDENT: usize = 32;
const MOST_BREAKS: usize = 8 * (2 + MOST_INDENT);

/// A text in which values are searched.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) text: &'t [u8],
    pub(super) from: usize,
    /// Whether the text ends with `text`.
    pub(super) complete: bool,
}

/// Reports the values that stand in another form and begin at or after `from`.
pub(super) fn find_forms(
    keys: &Keys,
    state: &State,
    forms: KnownForms,
    place: Place<'_>,
    sink: &mut Sink,
) {
    if state.len() == 0 {
        return;
    }
    let mut search = Search {
        keys,
        state,
        place,
        sink,
    };
    search.escaped();
    search.pairs();
    if forms.across_lines {
        search.across_lines();
    }
}

/// A decoded part of a text.
struct View {
    bytes: Wiped<u8>,
    /// The places behind what was decoded: in `bytes`, and in the text.
    seams: Vec<(usize, usize)>,
}

impl View {
    fn at(start: usize) -> Self {
        Self {
            bytes: Wiped::new(),
            seams: vec![(0, start)],
        }
    }

    fn copy(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.bytes.push(*byte);
        }
    }

    /// Adds what stands in the text up to `end`.
    fn put(&mut self, bytes: &[u8], end: usize) {
        self.copy(bytes);
        self.seams.push((self.bytes.len(), end));
    }

    /// Returns the place in the text of a place in the decoded bytes.
    fn source(&self, at: usize) -> usize {
        let known = self.seams.partition_point(|(seam, _)| *seam <= at);
        let seam = known.checked_sub(1).and_then(|known| self.seams.get(known));
        seam.map_or(at, |(seam, source)| source + (at - seam))
    }
}

struct Search<'a> {
    keys: &'a Keys,
    state: &'a State,
    place: Place<'a>,
    sink: &'a mut Sink,
}

impl Search<'_> {
    /// Finds values of which some bytes are escaped.
    fn escaped(&mut self) {
        let Place {
            text,
            from,
            complete,
            ..
        } = self.place;
        let longest = self.state.longest();
        let rest = text.get(from..).unwrap_or_default();
        let mut done = from;
        for mark in memchr3_iter(b'%', b'\\', b'&', rest) {
            let mark = from + mark;
            if !complete && mark + WIDEST_UNIT > text.len() {
                return self.open(WIDEST_UNIT * (longest + 1));
            }
            if mark < done || unit(text, mark).is_none() {
                continue;
            }
            let start = mark.saturating_sub(longest).max(from);
            let mut view = View::at(start);
            let (mut at, mut last) = (start, mark);
            loop {
                let limit = (last + longest).min(text.len());
                let near = text.get(at..limit).unwrap_or_default();
                let plain = near
                    .iter()
                    .position(|byte| matches!(byte, b'%' | b'\\' | b'&'))
                    .unwrap_or(near.len());
                view.copy(near.get(..plain).unwrap_or_default());
                at += plain;
                if at >= limit {
                    break;
                }
                if let Some((byte, end)) = unit(text, at) {
                    let (bytes, len) = byte;
                    view.put(bytes.get(..len).unwrap_or_default(), end);
                    (at, last) = (end, end);
                } else {
                    view.copy(text.get(at..=at).unwrap_or_default());
                    at += 1;
                }
            }
            done = at.max(last);
            self.in_view(&view, Encoding::Escape, usize::MAX);
            if !complete && at >= text.len() {
                self.open(WIDEST_UNIT * (longest + 1));
            }
        }
    }

    /// Finds values as pairs of hexadecimal digits with `:` or `-` between them.
    fn pairs(&mut self) {
        let Place {
            text,
            from,
            complete,
            ..
        } = self.place;
        let rest = text.get(from..).unwrap_or_default();
        let mut done = from;
        for at in memchr2_iter(b':', b'-', rest) {
            let at = from + at;
            let Some(start) = at.checked_sub(2).filter(|start| *start >= done) else {
                continue;
            };
            let Some(mark) = text.get(at).copied() else {
                continue;
            };
            let mut view = View::at(start);
            let (mut next, mut end) = (start, start);
            while let Some(byte) = pair(text, next) {
                view.put(&[byte], next + 3);
                end = next + 2;
                next += 3;
                if text.get(next - 1) != Some(&mark) {
                    break;
                }
            }
            let cut = !complete && next + 3 >= text.len() && !view.bytes.is_empty();
            if cut {
                self.open(3 * (self.state.longest() + 1));
            }
            if view.bytes.len() >= LEAST_PAIRS {
                self.in_view(&view, Encoding::Hex, usize::MAX);
                // The next pairs may follow immediately.
                done = end;
            }
        }
    }

    /// Finds values with line ends in them.
    fn across_lines(&mut self) {
        let Place {
            text,
            from,
            complete,
            ..
        } = self.place;
        let rest = text.get(from..).unwrap_or_default();
        if !complete {
            self.open(self.state.longest() + MOST_BREAKS);
        }
        let mut view = View::at(from);
        let mut at = 0;
        while let Some(plain) = memchr2(b'\n', b'\r', rest.get(at..).unwrap_or_default()) {
            view.copy(rest.get(at..at + plain).unwrap_or_default());
            at += plain;
            at += match rest.get(at..at + 2) {
                Some(b"\r\n") => 2,
                _ => 1,
            };
            let blanks = rest.get(at..).unwrap_or_default().iter().take(MOST_INDENT);
            at += blanks
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            view.put(b"", from + at);
        }
        if at == 0 {
            return;
        }
        view.copy(rest.get(at..).unwrap_or_default());
        self.in_view(&view, Encoding::Joined, MOST_BREAKS);
    }

    /// Reports the values in a view that are shorter there than in the text, by at most
    /// `most` bytes.
    fn in_view(&mut self, view: &View, encoding: Encoding, most: usize) {
        let mut found = Sink::default();
        find(
            self.keys,
            self.state,
            &view.bytes,
            0,
            true,
            &|_| true,
            &mut found,
        );
        for hit in found.hits {
            // The last byte, because its escape may end later than the next one begins.
            let (start, end) = (view.source(hit.start), view.source(hit.end));
            let more = (end - start).saturating_sub(hit.end - hit.start);
            let end = if encoding == Encoding::Hex {
                end - 1
            } else {
                end
            };
            if (1..=most).contains(&more) {
                let span = widen(self.place.text, start..end.min(self.place.text.len()));
                self.sink.hit(Hit {
                    start: span.start,
                    end: span.end,
                    layers: Layers::NONE.within(encoding),
                    place: start,
                    ..hit
                });
            }
        }
    }

    /// Records that results in the last `len` bytes may change.
    fn open(&mut self, len: usize) {
        let Place { text, from, .. } = self.place;
        self.sink.open(text.len().saturating_sub(len).max(from));
    }
}

/// Returns the byte that two digits at `at` stand for.
fn pair(text: &[u8], at: usize) -> Option<u8> {
    let digits = text.get(at..at + 2)?;
    u8::from_str_radix(str::from_utf8(digits).ok()?, 16)
        .ok()
        .filter(|_| digits.iter().all(u8::is_ascii_hexdigit))
}

/// Returns what the escape at `at` stands for, as bytes and their number, and its end.
fn unit(text: &[u8], at: usize) -> Option<(([u8; 4], usize), usize)> {
    let rest = text.get(at..)?;
    let byte = |byte: u8, len: usize| Some((([byte, 0, 0, 0], 1), at + len));
    let char = |code: u32, len: usize| {
        let mut bytes = [0; 4];
        let used = char::from_u32(code)?.encode_utf8(&mut bytes).len();
        Some(((bytes, used), at + len))
    };
    match rest {
        [b'%', ..] => byte(pair(text, at + 1)?, 3),
        [b'\\', b'x', ..] => byte(pair(text, at + 2)?, 4),
        [b'\\', b'u', ..] => {
            let (high, low) = (pair(text, at + 2)?, pair(text, at + 4)?);
            char(u32::from(high) << 8 | u32::from(low), 6)
        }
        [b'\\', mark @ (b'"' | b'\\' | b'/' | b'\''), ..] => byte(*mark, 2),
        [b'&', b'#', ..] => {
            let end = rest
                .iter()
                .take(WIDEST_UNIT)
                .position(|byte| *byte == b';')?;
            let digits = str::from_utf8(rest.get(2..end)?).ok()?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char(code, end + 1)
        }
        [b'&', ..] => {
            const NAMED: [(&[u8], u8); 5] = [
                (b"&amp;", b'&'),
                (b"&lt;", b'<'),
                (b"&gt;", b'>'),
                (b"&quot;", b'"'),
                (b"&apos;", b'\''),
            ];
            let (name, stands) = NAMED.iter().find(|(name, _)| rest.starts_with(name))?;
            byte(*stands, name.len())
        }
        _ => None,
    }
}
