//! The plan of a redaction: the parts of a JSON text to replace.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde_core::de::IgnoredAny;
use zeroize::Zeroizing;

use super::tokens::{Form, Token, Tokens, Units, decode};
use crate::Error;
use crate::redact::custom::{KnownValues, detector};
use crate::redact::finding::Finding;
use crate::redact::redactor::Redactor;
use crate::redact::text::widen;

/// The number of bytes collected before they are scanned.
const BATCH_LEN: usize = 1 << 20;

/// The greatest length of a key used as context, in bytes.
const MAX_CONTEXT: usize = 48;

/// The least number of digits, or of bytes of a string in an array, that is scanned
/// with its key as context.
const MIN_LEN: usize = 4;

/// A part of a token to replace.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    /// The number of the token, counted from the start of the text.
    pub(super) number: usize,
    pub(super) token: Token,
    /// The finding. Its span is the part of the JSON text to replace.
    pub(super) finding: Finding,
}

/// What finds the values of a text.
#[derive(Clone, Copy)]
pub(super) struct Search<'r> {
    pub(super) redactor: &'r Redactor,
    /// Values that are found besides those of the redactor.
    pub(super) known: Option<&'r KnownValues>,
    /// Whether a detector that fails is an error. Otherwise all it was given is replaced.
    pub(super) strict: bool,
}

impl<'r> Search<'r> {
    /// A search for what the redactor finds.
    pub(super) const fn new(redactor: &'r Redactor) -> Self {
        Self {
            redactor,
            known: None,
            strict: false,
        }
    }

    fn scan(&self, text: &[u8]) -> Result<Vec<Finding>, Error> {
        match self.redactor.try_scan_known(text, self.known) {
            Err(_) if !self.strict => Ok(vec![detector::failed(text)]),
            found => found,
        }
    }
}

/// Returns the parts of `text` to replace, in order and without overlaps.
pub(super) fn plan(search: Search<'_>, text: &str) -> Result<Vec<Patch>, Error> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Err(Error::config("JSON text is not well-formed").at_line(error.line()));
    }
    let found = search.scan(text.as_bytes())?;
    let mut found = found.as_slice();
    let mut patches = Vec::new();
    let mut batch = Batch::new(search, text);
    let mut tokens = Tokens::new(text);
    let mut number = 0;
    while let Some(token) = tokens.next()? {
        while let [first, rest @ ..] = found
            && first.end <= token.span.start
        {
            found = rest;
        }
        let here = found
            .iter()
            .take_while(|found| found.start < token.span.end);
        cut(
            text,
            number,
            &token,
            here,
            |units| units.raw_at,
            &mut patches,
        );
        batch.add(number, token, &mut patches)?;
        number += 1;
    }
    batch.scan(&mut patches)?;
    Ok(merge(search.redactor, text, patches))
}

/// Reduces findings to one token: to whole characters and escapes of a string, or to
/// a whole number. `place` returns the position in the unit of the findings' spans,
/// relative to the token's start.
fn cut<'f>(
    text: &str,
    number: usize,
    token: &Token,
    found: impl Iterator<Item = &'f Finding>,
    place: impl Fn(&Units<'_>) -> usize,
    patches: &mut Vec<Patch>,
) {
    let raw = text.get(token.span.clone()).unwrap_or_default();
    let mut units = Units::new(raw.as_bytes());
    for finding in found {
        let mut finding = finding.clone();
        let span = if token.form == Form::Number {
            0..raw.len()
        } else if token.escaped {
            let from = finding.start.saturating_sub(token.span.start);
            let to = finding.end.saturating_sub(token.span.start);
            let mut start = units.raw_at;
            while place(&units) <= from {
                let before = units.raw_at;
                if units.next().is_none() {
                    break;
                }
                start = before;
            }
            while place(&units) < to && units.next().is_some() {}
            start..units.raw_at
        } else {
            let from = finding.start.max(token.span.start) - token.span.start;
            let to = finding.end.min(token.span.end) - token.span.start;
            from..to
        };
        let span = widen(raw.as_bytes(), span);
        if span.is_empty() {
            continue;
        }
        finding.start = token.span.start + span.start;
        finding.end = token.span.start + span.end;
        patches.push(Patch {
            number,
            token: token.clone(),
            finding,
        });
    }
}

/// Sorts patches and merges overlapping ones, keeping the finding with the higher
/// confidence.
fn merge(redactor: &Redactor, text: &str, mut patches: Vec<Patch>) -> Vec<Patch> {
    patches.sort_by_key(|patch| (patch.finding.start, patch.finding.end));
    let mut merged: Vec<Patch> = Vec::with_capacity(patches.len());
    for patch in patches {
        match merged.last_mut() {
            Some(last) if patch.finding.start < last.finding.end => {
                let start = last.finding.start;
                let end = last.finding.end.max(patch.finding.end);
                if patch.finding.confidence > last.finding.confidence {
                    last.finding = patch.finding;
                }
                (last.finding.start, last.finding.end) = (start, end);
            }
            _ => merged.push(patch),
        }
    }
    for patch in &mut merged {
        let value = value(text, &patch.finding.span());
        patch.finding.fingerprint = redactor.fingerprint_of(patch.finding.kind(), &value);
    }
    merged
}

/// Returns the decoded value of a part of a token.
pub(super) fn value(text: &str, span: &Range<usize>) -> Zeroizing<Vec<u8>> {
    let raw = text.get(span.clone()).unwrap_or_default().as_bytes();
    let mut value = Zeroizing::new(Vec::with_capacity(raw.len()));
    decode(raw, &mut value);
    value
}

/// A batch of values that may read differently from their JSON text, scanned in one
/// go: decoded strings, and numbers and array strings in quotation marks after their
/// key.
struct Batch<'r, 't> {
    search: Search<'r>,
    text: &'t str,
    buffer: Zeroizing<Vec<u8>>,
    segments: Vec<Segment>,
}

struct Segment {
    number: usize,
    token: Token,
    /// The range of the token's value in the buffer.
    place: Range<usize>,
}

impl<'r, 't> Batch<'r, 't> {
    fn new(search: Search<'r>, text: &'t str) -> Self {
        Self {
            search,
            text,
            buffer: Zeroizing::new(Vec::new()),
            segments: Vec::new(),
        }
    }

    /// Adds a token if it may read differently.
    fn add(&mut self, number: usize, token: Token, patches: &mut Vec<Patch>) -> Result<(), Error> {
        let raw = self.text.get(token.span.clone()).unwrap_or_default();
        let named = token.form != Form::Key && !token.under.is_empty();
        let long = named && raw.len() >= MIN_LEN;
        let wanted = match token.form {
            Form::Key => token.escaped,
            Form::Number => long && raw.bytes().all(|byte| byte.is_ascii_digit()),
            Form::String => token.escaped || long && token.listed,
        };
        if !wanted {
            return Ok(());
        }
        if named {
            let key = value(self.text, &token.under);
            let tail = key.len().saturating_sub(MAX_CONTEXT);
            self.buffer
                .extend_from_slice(key.get(tail..).unwrap_or_default());
            self.buffer.extend_from_slice(b"=\"");
        }
        let start = self.buffer.len();
        decode(raw.as_bytes(), &mut self.buffer);
        let place = start..self.buffer.len();
        if named {
            self.buffer.push(b'"');
        }
        self.buffer.extend_from_slice(b"\n\n");
        self.segments.push(Segment {
            number,
            token,
            place,
        });
        if self.buffer.len() >= BATCH_LEN {
            self.scan(patches)?;
        }
        Ok(())
    }

    /// Scans the batch.
    fn scan(&mut self, patches: &mut Vec<Patch>) -> Result<(), Error> {
        let found = self.search.scan(&self.buffer)?;
        let mut found = found.as_slice();
        for segment in self.segments.drain(..) {
            let (token, place) = (&segment.token, segment.place);
            while let [first, rest @ ..] = found
                && first.end <= place.start
            {
                found = rest;
            }
            let here = found.iter().take_while(|found| found.start < place.end);
            let here: Vec<_> = here
                .map(|found| {
                    let mut found = found.clone();
                    let shift = |at: usize| at.clamp(place.start, place.end) - place.start;
                    found.start = token.span.start + shift(found.start);
                    found.end = token.span.start + shift(found.end);
                    found
                })
                .collect();
            let decoded = |units: &Units<'_>| units.decoded_at;
            cut(
                self.text,
                segment.number,
                token,
                here.iter(),
                decoded,
                patches,
            );
        }
        self.buffer.clear();
        Ok(())
    }
}

/// Returns numeric suffixes for keys that become equal to another key of their
/// object. They are indexed by token number.
pub(super) fn suffixes(
    text: &str,
    patches: &[Patch],
    mut redacted: impl FnMut(&[Patch]) -> Vec<u8>,
) -> Result<HashMap<usize, usize>, Error> {
    let keys = || patches.iter().filter(|patch| patch.token.form == Form::Key);
    let objects: HashSet<usize> = keys().map(|patch| patch.token.object).collect();
    let mut suffixes = HashMap::new();
    if objects.is_empty() {
        return Ok(suffixes);
    }
    let patched: HashSet<usize> = keys().map(|patch| patch.number).collect();
    let mut known = HashSet::new();
    let mut tokens = Tokens::new(text);
    let mut number = 0;
    while let Some(token) = tokens.next()? {
        if token.form == Form::Key && objects.contains(&token.object) && !patched.contains(&number)
        {
            known.insert((token.object, value(text, &token.span).to_vec()));
        }
        number += 1;
    }
    let mut next: HashMap<(usize, Vec<u8>), usize> = HashMap::new();
    for group in groups(patches) {
        let Some(first) = group.first().filter(|patch| patch.token.form == Form::Key) else {
            continue;
        };
        let key = (first.token.object, redacted(group));
        if known.insert(key.clone()) {
            continue;
        }
        let count = next.entry(key.clone()).or_insert(1);
        loop {
            *count += 1;
            let mut name = key.1.clone();
            name.extend_from_slice(suffix(*count).as_bytes());
            if known.insert((key.0, name)) {
                break;
            }
        }
        suffixes.insert(first.number, *count);
    }
    Ok(suffixes)
}

/// Returns the suffix of the `count`th key of a name.
pub(super) fn suffix(count: usize) -> String {
    format!("#{count}")
}

/// Returns the patches of each token in turn.
pub(super) fn groups(patches: &[Patch]) -> impl Iterator<Item = &[Patch]> {
    patches.chunk_by(|one, other| one.number == other.number)
}
