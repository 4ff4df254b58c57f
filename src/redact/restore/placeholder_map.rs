//! The reversible map from placeholders to values.

use std::borrow::Cow;
use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use crate::redact::finding::{Finding, Kind, Layers, RuleId, Validation};
use crate::redact::operator::{Key, tag};
use crate::redact::redactor::{Redacted, Redactor};
use crate::redact::text::{Step, Walk, placeholder, widen};
use crate::secret::Secret;

/// A map from placeholders to the values behind them, usually one per conversation.
///
/// The values are kept in memory that is wiped when the map is dropped. They are
/// looked up by tag; no value is a key of the map. There is no `Clone` and no
/// `Serialize`, and `Debug` shows only counts.
///
/// Under one key, equal values of a kind have equal placeholders, whatever was
/// redacted before them. There is one exception: two values share a tag of 40 bits by
/// chance about once in 20,000 conversations of 10,000 values. The later value then
/// gets another tag.
///
/// # Example
/// ```
/// use confidant::redact::{Key, Redactor, PlaceholderMap};
///
/// let redactor = Redactor::default();
/// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
/// let text = "use ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA to deploy";
/// let redacted = redactor.redact_with(text, &mut map);
/// assert_eq!(redacted.as_str(), "use [TOKEN-R23G40WT] to deploy");
/// let answer = map.restore("run `deploy --token token-r23g4owt`");
/// assert!(answer.as_str().ends_with("ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA`"));
/// ```
pub struct PlaceholderMap {
    key: Key,
    limit: usize,
    entries: HashMap<u64, Entry>,
    /// Tags that a text contained before any value had them. No value may get them,
    /// because the text would be read as its placeholder.
    taken: HashSet<u64>,
}

struct Entry {
    kind: Kind,
    value: Secret<str>,
}

impl PlaceholderMap {
    /// The default limit: one million values.
    pub const DEFAULT_LIMIT: usize = 1_000_000;

    /// Creates an empty map that makes placeholders under `key`.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            key,
            limit: Self::DEFAULT_LIMIT,
            entries: HashMap::new(),
            taken: HashSet::new(),
        }
    }

    /// Sets the greatest number of values that the map keeps.
    ///
    /// A value found beyond the limit is replaced with its label and cannot be
    /// restored.
    #[must_use]
    pub const fn limit(mut self, values: usize) -> Self {
        self.limit = values;
        self
    }

    /// Returns the number of values in the map.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether the map holds no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Wipes and forgets all values.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.taken.clear();
    }

    /// Adds a value and returns its placeholder, or its label if the map is full.
    pub fn placeholder(&mut self, kind: Kind, value: &str) -> String {
        let mut out = Vec::new();
        self.write(kind, value, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Returns the value with this tag and its kind.
    ///
    /// The tag is the 40-bit number written as the eight characters of a placeholder,
    /// most significant first.
    #[must_use]
    pub fn value(&self, tag: u64) -> Option<(Kind, &Secret<str>)> {
        let entry = self.entries.get(&tag)?;
        Some((entry.kind, &entry.value))
    }

    pub(crate) fn find(&self, kind: Kind, tag: u64) -> Option<&str> {
        let entry = self.entries.get(&tag)?;
        (entry.kind == kind).then(|| entry.value.expose_secret())
    }

    /// Adds a value and writes its placeholder, or its label if the map is full.
    fn write(&mut self, kind: Kind, value: &str, out: &mut Vec<u8>) {
        match self.insert(kind, value) {
            Some(tag) => placeholder::write_placeholder(kind, tag, out),
            None => placeholder::write_label(kind, out),
        }
    }

    fn insert(&mut self, kind: Kind, value: &str) -> Option<u64> {
        let full = self.entries.len() >= self.limit;
        let mut counter: u32 = 0;
        loop {
            let tag = tag(&self.key, kind, value.as_bytes(), counter);
            match self.entries.entry(tag) {
                Slot::Occupied(slot) => {
                    let entry = slot.get();
                    if entry.kind == kind && entry.value.expose_secret() == value {
                        return Some(tag);
                    }
                }
                Slot::Vacant(slot) => {
                    if !self.taken.contains(&tag) {
                        if full {
                            return None;
                        }
                        slot.insert(Entry {
                            kind,
                            value: Secret::from(Box::<str>::from(value)),
                        });
                        return Some(tag);
                    }
                }
            }
            counter = counter.checked_add(1)?;
        }
    }

    /// Reserves a tag so that no value gets it. Returns `false` if the map is full.
    fn take(&mut self, tag: u64) -> bool {
        if self.taken.len() >= self.limit {
            return self.taken.contains(&tag);
        }
        self.taken.insert(tag);
        true
    }
}

impl fmt::Debug for PlaceholderMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaceholderMap")
            .field("len", &self.entries.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// The source of a text, which decides how to treat a placeholder in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// From outside: a placeholder is text that someone typed.
    Outside,
    /// From a redacted conversation: a placeholder is genuine.
    Redacted,
}

/// The span of a finding and the span of its replacement.
struct Piece {
    input: Range<usize>,
    output: Range<usize>,
}

impl Redactor {
    /// Replaces the values found in `text` with placeholders and keeps them in
    /// `map`. [`PlaceholderMap::restore`] then returns the original text.
    ///
    /// Text that looks like a placeholder is also replaced (kind
    /// [`Literal`](Kind::Literal), rule `placeholder-look-alike`). Otherwise its
    /// author could retrieve a value from the map without having seen it. This covers
    /// text in the exact form of a placeholder, and any text that the map would
    /// restore. A looser likeness, such as the words `token-endpoint`, stays, and the
    /// map never gives its tag to a value.
    ///
    /// Kinds with an [operator of their
    /// own](crate::redact::RedactorBuilder::operator_for) keep it and cannot be
    /// restored.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let text = "login with password=fV9s-Rk2xLq7";
    /// let redacted = Redactor::default().redact_with(text, &mut map);
    /// assert!(redacted.as_str().starts_with("login with password=[PASSWORD-"));
    /// assert_eq!(map.restore(redacted.as_str()).as_str(), text);
    /// ```
    #[must_use]
    pub fn redact_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Redacted<Cow<'t, str>> {
        redact(self, text, map, Source::Outside)
    }

    /// Like [`redact_with`](Self::redact_with), but keeps the placeholders in `text`.
    /// Use it for text that was already redacted, or that a model wrote after reading
    /// redacted text.
    ///
    /// # Security
    /// Never pass text from outside: a placeholder in it would be restored.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let (redactor, mut map) = (Redactor::default(), PlaceholderMap::new(Key::from_bytes([7; 32])));
    /// let first = redactor.redact_with("password=fV9s-Rk2xLq7", &mut map);
    /// let answer = format!("{} is set", first.as_str());
    /// assert!(redactor.redact_again_with(&answer, &mut map).is_clean());
    /// ```
    #[must_use]
    pub fn redact_again_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Redacted<Cow<'t, str>> {
        redact(self, text, map, Source::Redacted)
    }
}

fn redact<'t>(
    redactor: &Redactor,
    text: &'t str,
    map: &mut PlaceholderMap,
    source: Source,
) -> Redacted<Cow<'t, str>> {
    let mut findings = redactor.scan(text.as_bytes());
    let mut pieces = Vec::with_capacity(findings.len());
    let mut out = Vec::new();
    let mut done = 0;
    for finding in &mut findings {
        let span = widen(text.as_bytes(), finding.span());
        finding.start = span.start.max(done);
        finding.end = span.end;
        let value = text.get(finding.span()).unwrap_or_default();
        out.extend_from_slice(text.get(done..finding.start).unwrap_or_default().as_bytes());
        let start = out.len();
        match redactor.own_operator(finding.kind()) {
            Some(_) => redactor
                .operator(finding)
                .write(finding, value.as_bytes(), &mut out),
            None => map.write(finding.kind(), value, &mut out),
        }
        pieces.push(Piece {
            input: finding.span(),
            output: start..out.len(),
        });
        done = finding.end;
    }
    let rest = text.get(done..).unwrap_or_default().as_bytes();
    let redacted = if findings.is_empty() {
        Cow::Borrowed(text)
    } else {
        out.extend_from_slice(rest);
        // Operators write text in place of text, so nothing is lost here.
        Cow::Owned(String::from_utf8_lossy(&out).into_owned())
    };
    let (redacted, literals) = hide_look_alikes(redacted, &pieces, map, source);
    for span in literals {
        let value = text.get(span.clone()).unwrap_or_default().as_bytes();
        findings.push(Finding {
            rule: RuleId::BuiltIn("placeholder-look-alike"),
            kind: Kind::Literal,
            start: span.start,
            end: span.end,
            confidence: 100,
            validation: Validation::Format,
            fingerprint: redactor.fingerprint_of(Kind::Literal, value),
            layers: Layers::NONE,
        });
    }
    findings.sort_by_key(|finding| finding.start);
    Redacted::new(redacted, findings)
}

/// Walks over the redacted text as a restorer will, and replaces everything that
/// would be read as a placeholder. Returns the spans of the replaced look-alikes in
/// the input.
///
/// A replacement is read at its own place, as the text that it replaced would have
/// been, and both are followed by a boundary. The walk of a restorer therefore stays
/// in step with this one and meets only the placeholders that were decided here.
fn hide_look_alikes<'t>(
    text: Cow<'t, str>,
    pieces: &[Piece],
    map: &mut PlaceholderMap,
    source: Source,
) -> (Cow<'t, str>, Vec<Range<usize>>) {
    let mut out = Vec::new();
    let mut spans = Vec::new();
    let mut done = 0;
    let mut walk = Walk::new();
    loop {
        let (start, kind, tag) = match walk.next(text.as_bytes(), true) {
            Step::Token { start, kind, tag } => (start, kind, tag),
            Step::Mangled => continue,
            Step::Cut | Step::End => break,
        };
        let token = start..walk.at;
        let known = map.find(kind, tag).is_some();
        let piece = pieces.partition_point(|piece| piece.output.end < token.end);
        let written = pieces.get(piece).is_some_and(|piece| piece.output == token);
        if source == Source::Redacted || written {
            if !known {
                map.take(tag);
            }
            continue;
        }
        let Some(value) = text.get(token.clone()) else {
            continue;
        };
        let exact = placeholder::placeholder_len(value.as_bytes()) == Some(value.len());
        if !known && !exact && map.take(tag) {
            continue;
        }
        out.extend_from_slice(text.get(done..start).unwrap_or_default().as_bytes());
        map.write(Kind::Literal, value, &mut out);
        done = walk.at;
        spans.extend(input_span(pieces, &token));
    }
    if spans.is_empty() && done == 0 {
        return (text, spans);
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default().as_bytes());
    (
        Cow::Owned(String::from_utf8_lossy(&out).into_owned()),
        spans,
    )
}

/// Maps a range of the output to the input. Returns `None` if the range overlaps the
/// replacement of a finding, which has its own span.
fn input_span(pieces: &[Piece], output: &Range<usize>) -> Option<Range<usize>> {
    let before = pieces.partition_point(|piece| piece.output.end <= output.start);
    let after = pieces.partition_point(|piece| piece.output.start < output.end);
    if before != after {
        return None;
    }
    let (input, output_end) = match before.checked_sub(1).and_then(|at| pieces.get(at)) {
        Some(piece) => (piece.input.end, piece.output.end),
        None => (0, 0),
    };
    Some(output.start - output_end + input..output.end - output_end + input)
}

#[cfg(test)]
mod tests;
