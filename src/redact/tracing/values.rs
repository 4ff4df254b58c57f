//! The scan of named values, all in one text.

use std::borrow::Cow;
use std::ops::Range;

use zeroize::Zeroizing;

use super::debug::{is_debug, parts};
use super::unescape::unescape;
use crate::redact::custom::{FieldNames, is_replaced, masked};
use crate::redact::finding::{Finding, Kind, RuleId};
use crate::redact::redactor::Redactor;
use crate::redact::text::{part, part_of_str, widen};

/// Named values that are scanned together.
///
/// What is scanned is one text: the message, and each other value as a line
/// `name="value"`. Names are therefore context, and one scan covers everything. A
/// value that would end its quotation marks too early is there twice: as it is, and
/// with other marks in their place.
pub(super) struct Values<'l> {
    names: Option<&'l FieldNames>,
    text: Zeroizing<String>,
    copies: Vec<Copy>,
    masked: Vec<(usize, Finding)>,
}

/// How many bytes of names and marks have room at once, and how many copies.
const ROOM: usize = 128;
const ROOM_COPIES: usize = 8;

/// A part of the text that is a part of a value.
struct Copy {
    /// The number of the value.
    number: usize,
    place: Range<usize>,
    /// The offset in the value.
    offset: usize,
    /// The offsets behind that of the bytes and of the end, if the part has escapes.
    raw: Option<Vec<usize>>,
}

impl<'l> Values<'l> {
    /// Creates an empty set of values, which are masked if they have one of these
    /// names.
    /// They have about `len` bytes together.
    pub(super) fn new(names: Option<&'l FieldNames>, len: usize) -> Self {
        Self {
            names,
            text: Zeroizing::new(String::with_capacity(len + len / 2 + ROOM)),
            copies: Vec::with_capacity(ROOM_COPIES),
            masked: Vec::new(),
        }
    }

    /// Adds a text without a name.
    pub(super) fn add_text(&mut self, number: usize, text: &str) {
        self.copier(number).copy(text, 0, "\n");
    }

    /// Adds the value of this number. Numbers must ascend.
    pub(super) fn add(&mut self, number: usize, name: &str, value: &str) {
        if let Some(kind) = self.kind(name)
            && !is_empty(value)
            && !is_replaced(value)
        {
            self.masked.push((number, masked(kind, value.len())));
            return;
        }
        if !value.bytes().any(is_mark) {
            self.copier(number).frame(name, value, 0);
            return;
        }
        self.text.push_str(name);
        self.text.push('=');
        self.copier(number).copy(value, 0, "\n\n");
        if !is_debug(value) {
            self.copier(number).frame(name, value, 0);
            return;
        }
        for part in parts(value) {
            let word = part_of_str(value, part.span.clone());
            if is_empty(word) || is_replaced(word) {
                continue;
            }
            if part.is_string && word.contains('\\') {
                self.copier(number).decoded(word, part.span.start);
            }
            let own = part.name.and_then(|name| value.get(name));
            match own.and_then(|own| self.kind(own)) {
                Some(kind) => mask(&mut self.masked, number, kind, value, part.span),
                None => {
                    let (name, offset) = (own.unwrap_or(name), part.span.start);
                    self.copier(number).frame(name, word, offset);
                }
            }
        }
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        self.names.and_then(|names| names.kind(name))
    }

    fn copier(&mut self, number: usize) -> Copier<'_> {
        Copier {
            number,
            text: &mut self.text,
            copies: &mut self.copies,
        }
    }

    /// Returns the findings of the values with their numbers, in order. Spans are
    /// ranges of the values, and may overlap.
    pub(super) fn find(self, redactor: &Redactor) -> Vec<(usize, Finding)> {
        let mut found = self.masked;
        let scanned = redactor.scan(self.text.as_bytes());
        if let Some(failed) = scanned.iter().find(|found| found.rule() == RuleId::FAILED) {
            // An operator must see nothing of a value when the scan has failed.
            for (_, finding) in &mut found {
                let span = finding.span();
                finding.clone_from(failed);
                (finding.start, finding.end) = (span.start, span.end);
            }
        }
        for finding in scanned {
            let first = self
                .copies
                .partition_point(|copy| copy.place.end <= finding.start);
            let copies = part(&self.copies, first..).iter();
            for copy in copies.take_while(|copy| copy.place.start < finding.end) {
                let mut finding = finding.clone();
                let at = |end: usize| {
                    let at = end.clamp(copy.place.start, copy.place.end) - copy.place.start;
                    let raw = copy.raw.as_ref().and_then(|raw| raw.get(at));
                    copy.offset + raw.copied().unwrap_or(at)
                };
                (finding.start, finding.end) = (at(finding.start), at(finding.end));
                found.push((copy.number, finding));
            }
        }
        found.sort_by_key(|(number, finding)| (*number, finding.start, finding.end));
        found
    }
}

/// Returns a value with its findings replaced. Of overlapping ones, the one with the
/// highest confidence says by what.
pub(super) fn replaced<'v>(
    redactor: &Redactor,
    value: &'v str,
    found: &[(usize, Finding)],
) -> Cow<'v, str> {
    if found.is_empty() {
        return Cow::Borrowed(value);
    }
    let (mut out, mut done) = (Vec::with_capacity(value.len()), 0);
    let mut found = found.iter().map(|(_, finding)| finding).peekable();
    while let Some(first) = found.next() {
        let (mut best, mut end) = (first, first.end);
        while let Some(next) = found.next_if(|next| next.start < end) {
            end = end.max(next.end);
            if next.confidence > best.confidence {
                best = next;
            }
        }
        let span = widen(value.as_bytes(), first.start..end);
        let span = span.start.max(done)..span.end.min(value.len());
        out.extend_from_slice(part_of_str(value, done..span.start).as_bytes());
        let hidden = part_of_str(value, span.clone());
        redactor
            .operator(best)
            .write(best, hidden.as_bytes(), &mut out);
        done = span.end;
    }
    out.extend_from_slice(part_of_str(value, done..).as_bytes());
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// A writer of the text that is scanned.
struct Copier<'f> {
    number: usize,
    text: &'f mut String,
    copies: &'f mut Vec<Copy>,
}

impl Copier<'_> {
    /// Writes a part of the value that is at `offset`.
    fn copy(&mut self, part: &str, offset: usize, after: &str) {
        let start = self.text.len();
        self.text.push_str(part);
        self.note(start, offset);
        self.text.push_str(after);
    }

    /// Writes what stands behind the escapes of a string that is at `offset`.
    fn decoded(&mut self, part: &str, offset: usize) {
        let (text, raw) = unescape(part);
        let start = self.text.len();
        self.text.push_str(&text);
        self.note(start, offset);
        if let Some(copy) = self.copies.last_mut() {
            copy.raw = Some(raw);
        }
        self.text.push_str("\n\n");
    }

    /// Writes a part of the value in quotation marks after its name. Marks in it give
    /// way to others, so that every place keeps its offset.
    fn frame(&mut self, name: &str, part: &str, offset: usize) {
        self.text.push_str(name);
        self.text.push_str("=\"");
        let start = self.text.len();
        if part.bytes().any(is_mark) {
            self.text.extend(part.chars().map(|char| match char {
                '"' => '\'',
                '\\' => '~',
                char if char < ' ' => '~',
                char => char,
            }));
        } else {
            self.text.push_str(part);
        }
        self.note(start, offset);
        self.text.push_str("\"\n");
    }

    fn note(&mut self, start: usize, offset: usize) {
        self.copies.push(Copy {
            number: self.number,
            place: start..self.text.len(),
            offset,
            raw: None,
        });
    }
}

/// Masks a part of a value. Adjacent words of one kind, such as the bytes of a list,
/// are one value.
fn mask(
    masks: &mut Vec<(usize, Finding)>,
    number: usize,
    kind: Kind,
    value: &str,
    span: Range<usize>,
) {
    if let Some((field, last)) = masks.last_mut()
        && *field == number
        && last.kind == kind
        && let Some(gap) = value.get(last.end..span.start)
        && gap
            .bytes()
            .all(|byte| byte == b',' || byte.is_ascii_whitespace())
    {
        last.end = span.end;
        return;
    }
    let mut finding = masked(kind, 0);
    (finding.start, finding.end) = (span.start, span.end);
    masks.push((number, finding));
}

/// Returns whether a byte would end a value in quotation marks too early.
const fn is_mark(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\')
}

/// Returns whether a value says that there is none.
fn is_empty(value: &str) -> bool {
    matches!(
        value.trim(),
        "" | "\"\""
            | "None"
            | "Some(\"\")"
            | "null"
            | "nil"
            | "true"
            | "false"
            | "[]"
            | "{}"
            | "()"
    )
}
