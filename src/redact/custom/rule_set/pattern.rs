//! Regular expressions of limited size.

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, Look};

use super::gate::Gate;
use super::literals::{Lead, Literals};

/// The reason why a pattern is rejected, and the offset of the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PatternError {
    pub(super) what: &'static str,
    pub(super) at: Option<usize>,
}

impl PatternError {
    const fn new(what: &'static str) -> Self {
        Self { what, at: None }
    }
}

/// The greatest length of a pattern in bytes.
const WRITTEN: usize = 4096;
/// The greatest size of its automaton in bytes.
const COMPILED: usize = 1 << 20;
/// The same limit for the patterns of an imported list, which may be many.
const LIST_COMPILED: usize = 16 << 20;
/// The greatest size of its lazily built states on one thread, in bytes.
const CACHE: usize = 1 << 20;

fn parse(spec: &str, lines: bool) -> Result<Hir, PatternError> {
    if spec.len() > WRITTEN {
        return Err(PatternError::new("has a pattern longer than 4096 bytes"));
    }
    let hir = parse_any(spec, lines)?;
    if is_empty(&hir) {
        return Err(PatternError::new(
            "has a pattern that matches the empty text or can never match",
        ));
    }
    Ok(hir)
}

/// Returns whether the expression matches the empty text or can never match.
pub(super) fn is_empty(hir: &Hir) -> bool {
    hir.properties().minimum_len().is_none_or(|len| len == 0)
}

/// Parses `spec` with `^` and `$` as the ends of the text.
pub(super) fn parse_text(spec: &str) -> Result<Hir, PatternError> {
    parse_any(spec, false)
}

fn parse_any(spec: &str, lines: bool) -> Result<Hir, PatternError> {
    let syntax = syntax::Config::new()
        .unicode(false)
        .utf8(false)
        .multi_line(lines)
        .nest_limit(64);
    syntax::parse_with(spec, &syntax).map_err(|error| {
        let at = match &error {
            regex_syntax::Error::Parse(error) => Some(error.span().start.offset),
            regex_syntax::Error::Translate(error) => Some(error.span().start.offset),
            _ => None,
        };
        let what = "has a pattern that does not parse";
        PatternError { what, at }
    })
}

fn build(hirs: &[Hir], limit: usize) -> Result<Regex, PatternError> {
    let config = Config::new()
        .utf8_empty(false)
        .nfa_size_limit(Some(limit))
        .onepass_size_limit(Some(COMPILED))
        .hybrid_cache_capacity(CACHE)
        .dfa(false);
    Regex::builder()
        .configure(config)
        .build_many_from_hir(hirs)
        .map_err(|_| PatternError::new("has a pattern that is too large when compiled"))
}

/// The patterns of one allow-list, matched against a whole value or line.
#[derive(Clone, Debug)]
pub(crate) struct AllowPattern(Regex);

impl AllowPattern {
    /// Combines the patterns, or returns the fault in one of them. Returns `None` if
    /// there are none.
    pub(crate) fn new(specs: &[String]) -> Result<Option<Self>, &'static str> {
        if specs.is_empty() {
            return Ok(None);
        }
        if specs.len() > 64 {
            return Err("has more than 64 patterns");
        }
        let hirs: Result<Vec<Hir>, _> = specs.iter().map(|spec| parse(spec, false)).collect();
        let regex = hirs.and_then(|hirs| build(&hirs, COMPILED));
        Ok(Some(Self(regex.map_err(|error| error.what)?)))
    }

    /// Combines the parsed patterns. Returns `None` if there are none.
    pub(super) fn of(hirs: &[Hir]) -> Result<Option<Self>, PatternError> {
        let regex = (!hirs.is_empty()).then(|| build(hirs, LIST_COMPILED));
        Ok(regex.transpose()?.map(Self))
    }

    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }
}

/// The pattern of a rule, searched around one of its keywords.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    value: Value,
    /// The greatest length of a match in bytes.
    pub(super) len: usize,
    /// The greatest distance from the start of a match to the end of a keyword in it.
    pub(super) reach: usize,
    /// The greatest length of a keyword in bytes.
    pub(super) longest: usize,
    gate: Option<Gate>,
}

/// The part of a match that is the value.
#[derive(Debug)]
enum Value {
    First,
    Group(usize),
    Whole,
}

const NO_GROUP: &str = "names a group that its pattern lacks";

/// The group of a pattern that is the value.
pub(super) enum Group<'d> {
    /// The first group that is not empty.
    First,
    Name(&'d str),
    Number(usize),
}

impl Pattern {
    pub(super) fn new(
        spec: &str,
        keywords: &[Vec<u8>],
        group: Option<Group<'_>>,
        max_len: usize,
    ) -> Result<Self, PatternError> {
        let hir = parse(spec, true)?;
        let looks = hir.properties().look_set();
        if looks.contains(Look::Start) || looks.contains(Look::End) {
            return Err(PatternError::new(
                "has a pattern anchored to the start or the end of the text",
            ));
        }
        Self::of(&hir, keywords, group, max_len)
    }

    /// Builds the pattern from the parsed `hir`.
    pub(super) fn of(
        hir: &Hir,
        keywords: &[Vec<u8>],
        group: Option<Group<'_>>,
        max_len: usize,
    ) -> Result<Self, PatternError> {
        let properties = hir.properties();
        if properties.minimum_len().is_some_and(|len| len > max_len) {
            return Err(PatternError::new(
                "has a pattern that cannot match within its max_len",
            ));
        }
        let len = properties
            .maximum_len()
            .map_or(max_len, |len| len.min(max_len));
        let longest = keywords.iter().map(Vec::len).max().unwrap_or_default();
        let lead = Literals::new(hir).lead(keywords).and_then(Lead::most);
        let reach = lead.map_or(len, |lead| len.min(lead + longest));
        let regex = build(std::slice::from_ref(hir), COMPILED)?;
        let groups = regex.group_info();
        let first = regex_automata::PatternID::ZERO;
        let value = match group {
            None => Value::Whole,
            Some(Group::First) => Value::First,
            Some(Group::Number(number)) if number < groups.group_len(first) => Value::Group(number),
            Some(Group::Name(name)) => match groups.to_index(first, name) {
                Some(number) => Value::Group(number),
                None => return Err(PatternError::new(NO_GROUP)),
            },
            Some(Group::Number(_)) => return Err(PatternError::new(NO_GROUP)),
        };
        Ok(Self {
            regex,
            value,
            len,
            reach,
            longest,
            gate: None,
        })
    }

    /// Adds a cheap test after each keyword before the search.
    pub(super) fn gated(self, hir: &Hir, keywords: &[Vec<u8>]) -> Self {
        let gate = Gate::new(hir, keywords);
        Self { gate, ..self }
    }

    /// Returns whether a match may have its keyword at `at`. Adds the bytes read to
    /// `read`.
    pub(super) fn may_match(&self, text: &[u8], at: usize, read: &mut usize) -> bool {
        let gate = self.gate.as_ref();
        gate.is_none_or(|gate| gate.may_match(text, at, read))
    }

    /// Returns the first match in `from..to`: its start and its end.
    pub(super) fn first(&self, text: &[u8], from: usize, to: usize) -> Option<(usize, usize)> {
        let span = from..to.min(text.len());
        if span.is_empty() {
            return None;
        }
        let found = self.regex.search(&Input::new(text).span(span))?;
        Some((found.start(), found.end()))
    }

    /// Returns the end of the match that begins at `at`, if it is at most
    /// [`len`](Self::len) bytes long.
    pub(super) fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let found = self.regex.search(&self.input(text, at)?)?;
        Some(found.end())
    }

    /// Returns the value in the match at `at`: its group, or the whole match if there
    /// is no such group or it did not participate.
    pub(super) fn value(&self, text: &[u8], at: usize, end: usize) -> (usize, usize) {
        let group = || {
            let groups = match self.value {
                Value::First => 1..self.regex.group_info().all_group_len(),
                Value::Group(number) => number..number + 1,
                Value::Whole => return None,
            };
            let input = self.input(text, at)?;
            let mut captures = self.regex.create_captures();
            self.regex.search_captures(&input, &mut captures);
            let mut spans = groups.filter_map(|number| captures.get_group(number));
            match self.value {
                Value::First => spans.find(|span| !span.is_empty()),
                _ => spans.next(),
            }
        };
        group().map_or((at, end), |span| (span.start, span.end))
    }

    fn input<'t>(&self, text: &'t [u8], at: usize) -> Option<Input<'t>> {
        let span = at..text.len().min(at + self.len);
        let input = Input::new(text).anchored(Anchored::Yes);
        (!span.is_empty()).then(|| input.span(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_is_looked_for_within_its_length() {
        let pattern = Pattern::new("ab[a-z]*", &[b"abc".to_vec()], None, 6).unwrap();
        assert_eq!((pattern.len, pattern.reach), (6, 6));
        let text = b"..abcdefghij";
        assert_eq!(pattern.first(text, 0, 99), Some((2, 12)));
        assert_eq!(pattern.end(text, 2), Some(8));
        assert_eq!(pattern.end(text, 3), None);
        assert_eq!(pattern.end(text, 99), None);
        assert_eq!(pattern.first(text, 99, 100), None);
        assert_eq!(pattern.value(text, 2, 8), (2, 8));
    }

    #[test]
    fn the_surroundings_of_a_match_are_seen() {
        let pattern = Pattern::new(r"^abc\d*\b$", &[b"abc".to_vec()], None, 20).unwrap();
        assert_eq!(pattern.end(b"abc12", 0), Some(5));
        assert_eq!(pattern.end(b"abc12\nx", 0), Some(5));
        assert_eq!(pattern.end(b"xabc12", 1), None);
        let short = Pattern::new(r"abc\d{2}$", &[b"abc".to_vec()], None, 20).unwrap();
        assert_eq!(short.end(b"abc123", 0), None);
    }
}
