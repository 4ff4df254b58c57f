//! Redaction with a map for text that arrives in chunks: what follows the scan.

use std::collections::VecDeque;
use std::ops::Range;

use zeroize::Zeroizing;

use super::placeholder_map::{Identity, PlaceholderMap};
use super::readings::{Origin, joined};
use super::session::{again_finding, look_alike_finding};
use crate::redact::finding::{Finding, Kind, RuleId, Validation};
use crate::redact::redactor::{Form, Redactor, into_text};
use crate::redact::text::{Step, Walk, part_of_str, placeholder};

/// The length up to which values are searched for that the stream itself has brought.
/// So much text is held back.
const MOST_HELD: usize = 256;

/// How much text behind a value is kept to join it with its next piece.
const MOST_BEHIND: usize = 64;

/// The part of a stream between its scan and its output.
///
/// It takes settled text and findings in order, replaces values of the map in the text
/// between the findings, and hides what looks like a placeholder.
pub(crate) struct Tail {
    /// Settled text since the last finding that may hold the start of a value.
    gap: Zeroizing<String>,
    /// The offset of the gap in the stream.
    gap_at: usize,
    /// The character before the gap.
    before: Option<char>,
    /// Redacted text that has not been walked over.
    out: String,
    /// The replacements in `out`: their places, and where they end in the stream.
    pieces: VecDeque<(Range<usize>, usize)>,
    /// The offset in the stream of the start of `out`, if no piece is before a place.
    out_at: usize,
    walk: Walk,
    findings: Vec<Finding>,
    /// How long the longest value is that the stream has brought.
    brought: usize,
    /// The last value, and the text behind it, which may separate it from its second
    /// piece.
    last: Zeroizing<String>,
    behind: Zeroizing<String>,
}

impl Tail {
    pub(crate) fn new() -> Self {
        Self {
            gap: Zeroizing::default(),
            gap_at: 0,
            before: None,
            out: String::new(),
            pieces: VecDeque::new(),
            out_at: 0,
            walk: Walk::new(),
            findings: Vec::new(),
            brought: 0,
            last: Zeroizing::default(),
            behind: Zeroizing::default(),
        }
    }

    /// Takes the next text without findings.
    pub(crate) fn text(&mut self, redactor: &Redactor, text: &str, map: &mut PlaceholderMap) {
        self.gap.push_str(text);
        if self.behind.len() <= MOST_BEHIND {
            self.behind.extend(text.chars().take(MOST_BEHIND + 1));
        }
        let held = map.longest(self.brought).min(MOST_HELD);
        // The character after a value decides whether it counts.
        let mut keep = self
            .gap
            .len()
            .saturating_sub(if held == 0 { 0 } else { held + 4 });
        while !self.gap.is_char_boundary(keep) {
            keep -= 1;
        }
        self.settle(redactor, keep, None, map);
    }

    /// Takes the next finding, with its span in the stream.
    pub(crate) fn found(
        &mut self,
        redactor: &Redactor,
        mut finding: Finding,
        value: &str,
        map: &mut PlaceholderMap,
    ) {
        self.settle(redactor, self.gap.len(), value.chars().next(), map);
        let (kind, origin) = (finding.kind, Origin::of(&finding));
        let identity = map.identify(kind, value, origin, Form::Plain);
        finding.kind = identity.kind;
        if identity.is_known && finding.validation == Validation::Known {
            finding.rule = RuleId::BuiltIn(RuleId::AGAIN);
        }
        let mut written = Vec::new();
        match redactor.own_operator(finding.kind()) {
            Some(_) => redactor
                .operator(&finding)
                .write(&finding, value.as_bytes(), &mut written),
            None => {
                map.write(&identity, value, Form::Plain, &mut written, |_| {});
                for inner in redactor.covered_in(finding.kind(), value) {
                    let inner_value = part_of_str(value, inner.span());
                    let (kind, origin) = (inner.kind(), Origin::of(&inner));
                    let identity = map.identify(kind, inner_value, origin, Form::Plain);
                    map.write(&identity, inner_value, Form::Plain, &mut Vec::new(), |_| {});
                }
                if let Some(whole) = joined(&self.last, &self.behind, value) {
                    let kind = finding.kind();
                    let identity = map.identify(kind, &whole, Origin::PLAIN, Form::Plain);
                    map.write(&identity, &whole, Form::Plain, &mut Vec::new(), |_| {});
                    self.brought = self.brought.max(whole.len());
                }
                self.last = Zeroizing::new(value.to_owned());
                self.behind = Zeroizing::default();
            }
        }
        self.brought = self.brought.max(value.len());
        self.before = value.chars().next_back();
        self.gap_at = finding.end;
        self.replace(&into_text(written), finding);
    }

    /// Replaces the values of the map in the gap before `keep`, and passes it on.
    fn settle(
        &mut self,
        redactor: &Redactor,
        keep: usize,
        after: Option<char>,
        map: &mut PlaceholderMap,
    ) {
        let mut window = Zeroizing::new(String::with_capacity(self.gap.len() + 8));
        window.extend(self.before);
        let from = window.len();
        window.push_str(&self.gap);
        let end = window.len();
        window.extend(after);
        let known = map.find_values(&window, |span| {
            span.start >= from && span.start < from + keep && span.end <= end
        });
        let mut done = from;
        for (span, tag) in known {
            let Some((kind, value)) = map.value(tag) else {
                continue;
            };
            let value = Zeroizing::new(value.expose_secret().to_owned());
            let start = self.gap_at + span.start - from;
            let finding = again_finding(redactor, kind, &value, start..start + span.len());
            let mut written = Vec::new();
            let identity = map.identify(kind, &value, Origin::PLAIN, Form::Plain);
            map.write(&identity, &value, Form::Plain, &mut written, |_| {});
            self.out.push_str(part_of_str(&window, done..span.start));
            self.replace(&into_text(written), finding);
            done = span.end;
        }
        let until = done.max(from + keep);
        self.out.push_str(part_of_str(&window, done..until));
        self.before = window
            .get(..until)
            .and_then(|text| text.chars().next_back());
        self.gap_at += until - from;
        let rest = part_of_str(&window, until..end).to_owned();
        self.gap = Zeroizing::new(rest);
    }

    fn replace(&mut self, written: &str, finding: Finding) {
        let start = self.out.len();
        self.out.push_str(written);
        let place = start..self.out.len();
        match self.pieces.back_mut() {
            // Of values that are removed in a row, the last one says where they end.
            Some((last, end)) if place.is_empty() && *last == place => *end = finding.end,
            _ => self.pieces.push_back((place, finding.end)),
        }
        self.findings.push(finding);
    }

    /// Appends what is settled to `out`, with its findings. `end` says that the stream
    /// has ended.
    pub(crate) fn drain(
        &mut self,
        redactor: &Redactor,
        map: &mut PlaceholderMap,
        end: bool,
        out: &mut String,
        findings: &mut Vec<Finding>,
    ) {
        if end {
            self.settle(redactor, self.gap.len(), None, map);
        }
        let mut done = 0;
        let mut has_look_alikes = false;
        let text = std::mem::take(&mut self.out);
        loop {
            let (start, kind, tag) = match self.walk.next(text.as_bytes(), end) {
                Step::Token { start, kind, tag } => (start, kind, tag),
                Step::Mangled { .. } => continue,
                Step::Cut | Step::End => break,
            };
            let token = start..self.walk.at;
            let first = self.touched(&token);
            if first == Some(&token) {
                continue;
            }
            let is_typed = first.is_none();
            let value = part_of_str(&text, token.clone());
            let exact = placeholder::placeholder_len(value.as_bytes()) == Some(value.len());
            let known = map.find(kind, tag).is_some();
            if !known && !exact && map.take(tag) {
                continue;
            }
            out.push_str(part_of_str(&text, done..start));
            let mut written = Vec::new();
            let identity = Identity::plain(Kind::Literal);
            map.write(&identity, value, Form::Plain, &mut written, |_| {});
            out.push_str(&into_text(written));
            done = token.end;
            if is_typed {
                has_look_alikes = true;
                let span = self.input(token.start)..self.input(token.end);
                self.findings
                    .push(look_alike_finding(redactor, value, span));
            }
        }
        let settled = self.walk.at;
        out.push_str(part_of_str(&text, done..settled));
        let input = self.input(settled);
        if has_look_alikes {
            self.findings.sort_by_key(|finding| finding.start);
        }
        let count = self
            .findings
            .partition_point(|finding| finding.end <= input);
        findings.extend(self.findings.drain(..count));
        while let Some((place, end)) = self.pieces.front() {
            if place.end > settled {
                break;
            }
            self.out_at = *end + settled - place.end;
            self.pieces.pop_front();
        }
        if input > self.out_at {
            self.out_at = input;
        }
        for (place, _) in &mut self.pieces {
            *place = place.start - settled..place.end - settled;
        }
        part_of_str(&text, settled..).clone_into(&mut self.out);
        self.walk.at = 0;
    }

    /// Returns the place of the first replacement that a token touches.
    fn touched(&self, token: &Range<usize>) -> Option<&Range<usize>> {
        let first = self.pieces_before(token.start);
        let (place, _) = self.pieces.get(first)?;
        (place.start < token.end).then_some(place)
    }

    /// Returns how many replacements end at or before a place in `out`.
    fn pieces_before(&self, at: usize) -> usize {
        self.pieces.partition_point(|(place, _)| place.end <= at)
    }

    /// Returns the offset in the stream of a place in `out`.
    fn input(&self, at: usize) -> usize {
        let last = self.pieces_before(at).checked_sub(1);
        match last.and_then(|last| self.pieces.get(last)) {
            Some((place, end)) => end + at - place.end,
            None => self.out_at + at,
        }
    }
}
