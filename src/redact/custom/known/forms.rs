//! Values that stand in a text in another form: with single bytes escaped, as pairs of
//! digits with marks between them, over several lines, or in another letter case.
//!
//! The engine decodes text that is encoded as a whole. Here, the text around each
//! escape is decoded as far as a known value could reach.

use memchr::{memchr2, memchr2_iter, memchr3};

use super::find::find;
use super::keys::Keys;
use super::state::State;
use super::wiped::Wiped;
use crate::redact::engine::{Hit, Sink};
use crate::redact::finding::{Encoding, Layers};
use crate::redact::text::{part, widen};

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

/// The bytes that JSON, HTML and programs escape most often. Where no value contains one of
/// them, its escapes need no look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks(u8);

impl Marks {
    pub(super) const NONE: Self = Self(0);

    const ALL: &[u8; 7] = b"\"\\/'&<>";

    const fn bit(byte: u8) -> Option<u8> {
        let mut at = 0;
        let mut rest: &[u8] = Self::ALL;
        while let [mark, tail @ ..] = rest {
            if *mark == byte {
                return Some(1 << at);
            }
            (at, rest) = (at + 1, tail);
        }
        None
    }

    /// Adds the marks of a value.
    pub(super) fn add(&mut self, value: &[u8]) {
        for byte in value {
            self.0 |= Self::bit(*byte).unwrap_or(0);
        }
    }

    /// Returns the place of the first byte that may begin an escape. Literals double or
    /// escape quotation marks where values contain them.
    fn next_in(self, text: &[u8]) -> Option<usize> {
        let first = memchr3(b'%', b'\\', b'&', text);
        if !self.may_hold(b'"') && !self.may_hold(b'\'') {
            return first;
        }
        let head = first.and_then(|first| text.get(..first)).unwrap_or(text);
        memchr2(b'"', b'\'', head).or(first)
    }

    /// Returns whether a value may contain a byte.
    fn may_hold(self, byte: u8) -> bool {
        Self::bit(byte).is_none_or(|bit| self.0 & bit != 0)
    }
}

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
        self.bytes.extend(bytes);
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
        let rest = part(text, from..);
        let marks = self.state.marks();
        let (mut done, mut seen) = (from, 0);
        while let Some(mark) = marks.next_in(part(rest, seen..)) {
            let mark = from + seen + mark;
            seen = mark + 1 - from;
            if !complete && mark + WIDEST_UNIT > text.len() {
                return self.open(WIDEST_UNIT * (longest + 1));
            }
            if mark < done || !self.matters(mark) {
                continue;
            }
            let start = mark.saturating_sub(longest).max(from);
            let mut view = View::at(start);
            let (mut at, mut last) = (start, mark);
            loop {
                let limit = (last + longest).min(text.len());
                let near = part(text, at..limit);
                let plain = marks.next_in(near).unwrap_or(near.len());
                view.copy(part(near, ..plain));
                at += plain;
                if at >= limit {
                    break;
                }
                if let Some((byte, end)) = unit(text, at) {
                    let (bytes, len) = byte;
                    view.put(part(&bytes, ..len), end);
                    (at, last) = (end, end);
                } else {
                    view.copy(part(text, at..=at));
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

    /// Returns whether an escape at `at` stands for a byte that values may contain.
    fn matters(&self, at: usize) -> bool {
        let marks = self.state.marks();
        unit(self.place.text, at).is_some_and(|((bytes, len), _)| {
            let bytes = part(&bytes, ..len);
            bytes.iter().all(|byte| marks.may_hold(*byte))
        })
    }

    /// Finds values as pairs of hexadecimal digits with `:` or `-` between them.
    fn pairs(&mut self) {
        let Place {
            text,
            from,
            complete,
            ..
        } = self.place;
        let rest = part(text, from..);
        let mut done = from;
        for at in memchr2_iter(b':', b'-', rest) {
            let at = from + at;
            let Some(start) = at.checked_sub(2).filter(|start| *start >= done) else {
                continue;
            };
            let Some(mark) = text.get(at).copied() else {
                continue;
            };
            // Most marks stand between a few digits, if any.
            let count = pairs(text, start, mark);
            let cut = !complete && start + 3 * (count + 1) >= text.len() && count > 0;
            if cut {
                self.open(3 * (self.state.longest() + 1));
            }
            if count >= LEAST_PAIRS {
                let mut view = View::at(start);
                for at in (0..count).map(|number| start + 3 * number) {
                    view.put(&[pair(text, at).unwrap_or_default()], at + 3);
                }
                self.in_view(&view, Encoding::Hex, usize::MAX);
                // The next pairs may follow immediately.
                done = start + 3 * count - 1;
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
        let rest = part(text, from..);
        if !complete {
            self.open(self.state.longest() + MOST_BREAKS);
        }
        let mut view = View::at(from);
        let mut at = 0;
        while let Some(plain) = memchr2(b'\n', b'\r', part(rest, at..)) {
            view.copy(part(rest, at..at + plain));
            at += plain;
            at += match rest.get(at..at + 2) {
                Some(b"\r\n") => 2,
                _ => 1,
            };
            let blanks = part(rest, at..).iter().take(MOST_INDENT);
            at += blanks
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            view.put(b"", from + at);
        }
        if at == 0 {
            return;
        }
        view.copy(part(rest, at..));
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
    let &[high, low] = text.get(at..)?.first_chunk()?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    Some(digit(high)? << 4 | digit(low)?)
}

/// Returns how many pairs of digits follow from `start` on, with `mark` between them.
fn pairs(text: &[u8], start: usize, mark: u8) -> usize {
    let mut count = 0;
    while pair(text, start + 3 * count).is_some() {
        count += 1;
        if text.get(start + 3 * count - 1) != Some(&mark) {
            break;
        }
    }
    count
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
        [b'\'', b'"', b'\'', b'"', b'\'', ..] => byte(b'\'', 5),
        [b'\'', b'\\', b'\'', b'\'', ..] => byte(b'\'', 4),
        [mark @ (b'"' | b'\''), next, ..] if mark == next => byte(*mark, 2),
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
