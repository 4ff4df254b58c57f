//! Regular expressions, held to sizes that cannot hurt.

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Why a pattern is refused, to stand after "has", and at which of its bytes.
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

/// The most bytes of a pattern as it is written.
const WRITTEN: usize = 4096;
/// The most bytes of its automaton.
const COMPILED: usize = 1 << 20;
/// The most bytes that its lazily built states may take on one thread.
const CACHE: usize = 1 << 20;

fn parse(spec: &str, lines: bool) -> Result<Hir, PatternError> {
    if spec.len() > WRITTEN {
        return Err(PatternError::new("has a pattern of more than 4096 bytes"));
    }
    let syntax = syntax::Config::new()
        .unicode(false)
        .utf8(false)
        .multi_line(lines)
        .nest_limit(64);
    let hir = syntax::parse_with(spec, &syntax).map_err(|error| {
        let at = match &error {
            regex_syntax::Error::Parse(error) => Some(error.span().start.offset),
            regex_syntax::Error::Translate(error) => Some(error.span().start.offset),
            _ => None,
        };
        let what = "has a pattern that does not parse";
        PatternError { what, at }
    })?;
    if hir.properties().minimum_len().is_none_or(|len| len == 0) {
        return Err(PatternError::new(
            "has a pattern that matches the empty text, or nothing at all",
        ));
    }
    Ok(hir)
}

fn build(hirs: &[Hir]) -> Result<Regex, PatternError> {
    let config = Config::new()
        .utf8_empty(false)
        .nfa_size_limit(Some(COMPILED))
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
    /// The patterns as one, or what is wrong with one of them; none for none.
    pub(crate) fn new(specs: &[String]) -> Result<Option<Self>, &'static str> {
        if specs.is_empty() {
            return Ok(None);
        }
        if specs.len() > 64 {
            return Err("has more than 64 patterns");
        }
        let hirs: Result<Vec<Hir>, _> = specs.iter().map(|spec| parse(spec, false)).collect();
        let regex = hirs.and_then(|hirs| build(&hirs));
        Ok(Some(Self(regex.map_err(|error| error.what)?)))
    }

    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }
}

/// The pattern of a rule, searched for around one of its keywords.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    group: Option<usize>,
    /// The most bytes that a match may take.
    pub(super) len: usize,
    /// The most bytes from the start of a match to the end of a keyword in it.
    pub(super) reach: usize,
}

/// Which group of a pattern is the value.
pub(super) enum Group<'d> {
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
        let properties = hir.properties();
        let looks = properties.look_set();
        if looks.contains(Look::Start) || looks.contains(Look::End) {
            return Err(PatternError::new(
                "has a pattern tied to the start or the end of the text",
            ));
        }
        if properties.minimum_len().is_some_and(|len| len > max_len) {
            return Err(PatternError::new(
                "has a pattern that matches nothing within its max_len",
            ));
        }
        let len = properties
            .maximum_len()
            .map_or(max_len, |len| len.min(max_len));
        let longest = keywords.iter().map(Vec::len).max().unwrap_or_default();
        let reach = lead(&hir, keywords).map_or(len, |lead| len.min(lead + longest));
        let regex = build(std::slice::from_ref(&hir))?;
        let groups = regex.group_info();
        let first = regex_automata::PatternID::ZERO;
        let group = match group {
            None => None,
            Some(Group::Number(number)) if number < groups.group_len(first) => Some(number),
            Some(Group::Name(name)) if groups.to_index(first, name).is_some() => {
                groups.to_index(first, name)
            }
            Some(_) => return Err(PatternError::new("names a group that its pattern lacks")),
        };
        Ok(Self {
            regex,
            group,
            len,
            reach,
        })
    }

    /// The first place in `from..to` where a match within it begins, and its end.
    pub(super) fn first(&self, text: &[u8], from: usize, to: usize) -> Option<(usize, usize)> {
        let span = from..to.min(text.len());
        if span.is_empty() {
            return None;
        }
        let found = self.regex.search(&Input::new(text).span(span))?;
        Some((found.start(), found.end()))
    }

    /// Where the match that begins at `at` ends, if it takes up to
    /// [`len`](Self::len) bytes.
    pub(super) fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let found = self.regex.search(&self.input(text, at)?)?;
        Some(found.end())
    }

    /// The value in the match at `at`: its group, or all of the match where
    /// there is no such group or it takes no part in the match.
    pub(super) fn value(&self, text: &[u8], at: usize, end: usize) -> (usize, usize) {
        let group = || {
            let group = self.group?;
            let input = self.input(text, at)?;
            let mut captures = self.regex.create_captures();
            self.regex.search_captures(&input, &mut captures);
            captures.get_group(group)
        };
        group().map_or((at, end), |span| (span.start, span.end))
    }

    fn input<'t>(&self, text: &'t [u8], at: usize) -> Option<Input<'t>> {
        let span = at..text.len().min(at + self.len);
        let input = Input::new(text).anchored(Anchored::Yes);
        (!span.is_empty()).then(|| input.span(span))
    }
}

/// One step of a way through a pattern.
#[derive(Clone)]
enum Step {
    /// This byte, in either case.
    Byte(u8),
    /// Something else, of up to so many bytes.
    Other(Option<usize>),
}

/// The most ways through a pattern that are told apart.
const WAYS: usize = 64;

/// The most bytes that stand before the first keyword in any match, if every
/// match must hold one.
///
/// A stream has to hold back as many bytes as a match may begin before its
/// keyword, so it matters that most patterns begin with theirs.
fn lead(hir: &Hir, keywords: &[Vec<u8>]) -> Option<usize> {
    let mut ways = vec![Vec::new()];
    walk(hir, &mut ways);
    ways.iter()
        .map(|way| way_lead(way, keywords))
        .try_fold(0, |most, lead| Some(most.max(lead?)))
}

fn way_lead(way: &[Step], keywords: &[Vec<u8>]) -> Option<usize> {
    let mut lead = 0;
    let mut rest = way;
    while let Some((step, after)) = rest.split_first() {
        let spelled = |keyword: &Vec<u8>| {
            let mut steps = rest.iter();
            keyword.iter().all(
                |byte| matches!(steps.next(), Some(Step::Byte(own)) if own.eq_ignore_ascii_case(byte)),
            )
        };
        if keywords.iter().any(spelled) {
            return Some(lead);
        }
        lead += match step {
            Step::Byte(_) => 1,
            Step::Other(len) => (*len)?,
        };
        rest = after;
    }
    None
}

/// Appends the steps of `hir` to each of the ways.
fn walk(hir: &Hir, ways: &mut Vec<Vec<Step>>) {
    let other = Step::Other(hir.properties().maximum_len());
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Capture(capture) => walk(&capture.sub, ways),
        HirKind::Concat(parts) => parts.iter().for_each(|part| walk(part, ways)),
        HirKind::Literal(literal) => {
            for way in ways {
                way.extend(literal.0.iter().map(|&byte| Step::Byte(byte)));
            }
        }
        HirKind::Class(class) => {
            let step = letter(class).map_or(other, Step::Byte);
            ways.iter_mut().for_each(|way| way.push(step.clone()));
        }
        HirKind::Alternation(parts) if ways.len() * parts.len() <= WAYS => {
            let before = std::mem::take(ways);
            for part in parts {
                let mut own = before.clone();
                walk(part, &mut own);
                ways.append(&mut own);
            }
        }
        HirKind::Alternation(_) | HirKind::Repetition(_) => {
            ways.iter_mut().for_each(|way| way.push(other.clone()));
        }
    }
}

/// The letter that a class holds in both its cases and nothing else.
fn letter(class: &Class) -> Option<u8> {
    let Class::Bytes(class) = class else {
        return None;
    };
    let mut singles = class.ranges().iter().map(|range| {
        let (low, high) = (range.start(), range.end());
        (low == high).then_some(low)
    });
    let (upper, lower) = (singles.next()??, singles.next()??);
    let pair = upper.is_ascii_uppercase() && upper.to_ascii_lowercase() == lower;
    (pair && singles.next().is_none()).then_some(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_before_a_keyword_is_read_from_the_pattern() {
        let table = [
            ("acme_[0-9]+", Some(0)),
            (r"\bacme_[0-9]+", Some(0)),
            (r"(?i)\bACME_([0-9]+)", Some(0)),
            ("(?i:x?acme_)", Some(1)),
            ("[a-z]{2,7}-(?:acme_|beta-)[0-9]", Some(8)),
            ("(?:acme_|[0-9]{4}beta-)x", Some(4)),
            ("(?:acme_|gamma)x", None),
            ("[a-z]+acme_x", None),
            ("(?:acme_)?x", None),
            ("(ac)(me)_", Some(0)),
            ("acme", None),
        ];
        for (spec, expected) in table {
            let hir = parse(spec, true).unwrap();
            let keywords = [b"acme_".to_vec(), b"Beta-".to_vec()];
            assert_eq!(lead(&hir, &keywords), expected, "{spec}");
        }
    }

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
