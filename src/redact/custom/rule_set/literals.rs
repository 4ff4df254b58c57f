//! The literal text that every match of a pattern contains.
//!
//! Matches are searched for around such text. It must therefore be certain that all
//! of them contain it, and how far after their start.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The greatest number of strings possible at one place of a pattern.
const STRINGS: usize = 64;
/// The greatest number of bytes kept of one string.
const LONGEST: usize = 256;
/// The greatest length of a literal to search for, in bytes.
const ANCHOR: usize = 32;

/// A pattern as a sequence of literal and other parts.
pub(super) struct Literals(Vec<Part>);

enum Part {
    /// This byte, in either case.
    Byte(u8),
    /// One of these.
    Choice(Vec<Literals>),
    /// Anything else, of up to this many bytes. It begins with `inner` if it must
    /// occur at all.
    Other {
        most: Option<usize>,
        inner: Option<Literals>,
    },
}

/// The certainty that every match contains one of some keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// The first keyword is found after at most this many bytes.
    Most(usize),
    Unbounded,
}

impl Lead {
    /// Returns the greatest number of bytes before the first keyword.
    pub(super) const fn most(self) -> Option<usize> {
        match self {
            Self::Most(most) => Some(most),
            Self::Unbounded => None,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Most(one), Self::Most(other)) => Self::Most(one.max(other)),
            _ => Self::Unbounded,
        }
    }
}

/// The state just before a part: the strings that may precede it, and how many bytes
/// may precede those.
#[derive(Clone)]
struct Before {
    strings: Vec<Vec<u8>>,
    most: Option<usize>,
}

impl Before {
    fn start() -> Self {
        Self {
            strings: vec![Vec::new()],
            most: Some(0),
        }
    }

    fn push(&mut self, byte: u8) {
        for string in &mut self.strings {
            string.push(byte);
        }
        if self.strings.iter().all(|string| string.len() > LONGEST) {
            let half = LONGEST / 2;
            for string in &mut self.strings {
                string.drain(..half);
            }
            self.most = self.most.map(|most| most + half);
        }
    }

    /// Returns the strings followed by any of `choices`, if there are not too many.
    fn join(&self, choices: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
        if self.strings.len() * choices.len() > STRINGS {
            return None;
        }
        let joined = self.strings.iter().flat_map(|string| {
            let add = move |choice: &Vec<u8>| [string.as_slice(), choice].concat();
            choices.iter().map(add)
        });
        Some(joined.collect())
    }

    /// Skips an unknown part of up to `most` bytes.
    fn pass(&mut self, most: Option<usize>) {
        let longest = self.strings.iter().map(Vec::len).max().unwrap_or_default();
        let add = |before: usize, most: usize| before.saturating_add(longest).saturating_add(most);
        self.most = self.most.zip(most).map(|(before, most)| add(before, most));
        self.strings = vec![Vec::new()];
    }

    fn lead(&self, keywords: &[Vec<u8>]) -> Option<Lead> {
        let place = |string: &Vec<u8>| {
            let places = keywords.iter().filter_map(|keyword| {
                let mut windows = string.windows(keyword.len().max(1));
                windows.position(|window| window.eq_ignore_ascii_case(keyword))
            });
            places.min()
        };
        let places: Option<Vec<usize>> = self.strings.iter().map(place).collect();
        let last = places?.into_iter().max()?;
        Some(
            self.most
                .map_or(Lead::Unbounded, |most| Lead::Most(most + last)),
        )
    }
}

impl Literals {
    pub(super) fn new(hir: &Hir) -> Self {
        let mut parts = Vec::new();
        walk(hir, &mut parts);
        Self(parts)
    }

    /// Returns how far after its start every match contains one of the keywords, in
    /// any letter case. Returns `None` if that is not certain.
    pub(super) fn lead(&self, keywords: &[Vec<u8>]) -> Option<Lead> {
        self.lead_after(Before::start(), keywords)
    }

    fn lead_after(&self, mut before: Before, keywords: &[Vec<u8>]) -> Option<Lead> {
        for part in &self.0 {
            match part {
                Part::Byte(byte) => before.push(*byte),
                Part::Choice(branches) => {
                    let joined = strings(branches).and_then(|own| before.join(&own));
                    match joined {
                        Some(joined) => before.strings = joined,
                        None => {
                            let mut leads = branches
                                .iter()
                                .map(|branch| branch.lead_after(before.clone(), keywords));
                            let all =
                                leads.try_fold(Lead::Most(0), |all, lead| Some(all.or(lead?)));
                            if all.is_some() {
                                return all;
                            }
                            before.pass(most(branches));
                        }
                    }
                }
                Part::Other { most, inner } => {
                    let inner = inner.as_ref();
                    let lead = inner.and_then(|inner| inner.lead_after(before.clone(), keywords));
                    if lead.is_some() {
                        return lead;
                    }
                    before.pass(*most);
                }
            }
            let lead = before.lead(keywords);
            if lead.is_some() {
                return lead;
            }
        }
        None
    }

    /// Returns the rarest literals of which every match contains one. Returns `None`
    /// if there are none of two bytes or more.
    pub(super) fn anchors(&self) -> Option<Vec<Vec<u8>>> {
        let mut best = Best::default();
        let mut before = Before::start();
        for part in &self.0 {
            match part {
                Part::Byte(byte) => before.push(*byte),
                Part::Choice(branches) => {
                    best.offer(before.strings.clone());
                    let own = strings(branches);
                    match own.as_ref().and_then(|own| before.join(own)) {
                        Some(joined) => before.strings = joined,
                        None => {
                            before.strings = own.unwrap_or_else(|| vec![Vec::new()]);
                            let each = branches.iter().map(Self::anchors);
                            if let Some(each) = each.collect::<Option<Vec<_>>>() {
                                best.offer(each.concat());
                            }
                        }
                    }
                }
                Part::Other { inner, .. } => {
                    best.offer(std::mem::take(&mut before.strings));
                    before.strings.push(Vec::new());
                    if let Some(own) = inner.as_ref().and_then(Self::anchors) {
                        best.offer(own);
                    }
                }
            }
        }
        best.offer(before.strings);
        best.0
    }

    /// Returns all strings that the pattern can match, if there are few.
    fn strings(&self) -> Option<Vec<Vec<u8>>> {
        let mut before = Before::start();
        for part in &self.0 {
            match part {
                Part::Byte(byte) => before.strings.iter_mut().for_each(|own| own.push(*byte)),
                Part::Choice(branches) => before.strings = before.join(&strings(branches)?)?,
                Part::Other { .. } => return None,
            }
        }
        Some(before.strings)
    }

    fn most(&self) -> Option<usize> {
        self.0.iter().try_fold(0_usize, |sum, part| {
            let own = match part {
                Part::Byte(_) => 1,
                Part::Choice(branches) => most(branches)?,
                Part::Other { most, .. } => (*most)?,
            };
            Some(sum.saturating_add(own))
        })
    }
}

fn strings(branches: &[Literals]) -> Option<Vec<Vec<u8>>> {
    if branches.len() > STRINGS {
        return None;
    }
    let each: Option<Vec<_>> = branches.iter().map(Literals::strings).collect();
    Some(each?.concat()).filter(|all| all.len() <= STRINGS)
}

fn most(branches: &[Literals]) -> Option<usize> {
    let each: Option<Vec<usize>> = branches.iter().map(Literals::most).collect();
    each?.into_iter().max()
}

/// The best literals so far: longer ones are rarer, then fewer are better.
#[derive(Default)]
struct Best(Option<Vec<Vec<u8>>>);

impl Best {
    fn offer(&mut self, mut strings: Vec<Vec<u8>>) {
        for string in &mut strings {
            string.truncate(ANCHOR);
        }
        strings.sort_unstable();
        strings.dedup();
        let rank = |strings: &Vec<Vec<u8>>| {
            let shortest = strings.iter().map(Vec::len).min().unwrap_or_default();
            (shortest.min(6), STRINGS.saturating_sub(strings.len()))
        };
        let own = rank(&strings);
        let fits = own.0 >= 2 && strings.len() <= STRINGS;
        if fits && self.0.as_ref().is_none_or(|best| rank(best) < own) {
            self.0 = Some(strings);
        }
    }
}

/// Appends the parts of `hir`.
fn walk(hir: &Hir, parts: &mut Vec<Part>) {
    let other = |inner: Option<&Hir>| Part::Other {
        most: hir.properties().maximum_len(),
        inner: inner.map(Literals::new),
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Capture(capture) => walk(&capture.sub, parts),
        HirKind::Concat(all) => all.iter().for_each(|part| walk(part, parts)),
        HirKind::Literal(literal) => {
            let bytes = literal.0.iter().map(u8::to_ascii_lowercase);
            parts.extend(bytes.map(Part::Byte));
        }
        HirKind::Class(class) => parts.push(few(class).unwrap_or_else(|| other(None))),
        HirKind::Alternation(all) => {
            parts.push(Part::Choice(all.iter().map(Literals::new).collect()));
        }
        HirKind::Repetition(repetition) => {
            let sub = &repetition.sub;
            parts.push(match (repetition.min, repetition.max) {
                (0, Some(1)) => Part::Choice(vec![Literals::new(sub), Literals(Vec::new())]),
                (0, _) => other(None),
                _ => other(Some(sub)),
            });
        }
    }
}

/// Returns a class of one letter in both cases, or of a few bytes.
fn few(class: &Class) -> Option<Part> {
    let Class::Bytes(class) = class else {
        return None;
    };
    let mut bytes = Vec::new();
    for range in class.ranges() {
        if range.len() > 8 || bytes.len() > 8 {
            return None;
        }
        bytes.extend((range.start()..=range.end()).map(|byte| byte.to_ascii_lowercase()));
    }
    bytes.sort_unstable();
    bytes.dedup();
    match bytes.as_slice() {
        [byte] => Some(Part::Byte(*byte)),
        [_, _, ..] if bytes.len() <= 4 => {
            let one = |byte| Literals(vec![Part::Byte(byte)]);
            Some(Part::Choice(bytes.into_iter().map(one).collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(spec: &str) -> Literals {
        let config = regex_automata::util::syntax::Config::new()
            .unicode(false)
            .utf8(false);
        let hir = regex_automata::util::syntax::parse_with(spec, &config);
        Literals::new(&hir.unwrap())
    }

    #[test]
    fn the_lead_before_a_keyword_is_read_from_the_pattern() {
        let most = |most| Some(Lead::Most(most));
        let table = [
            ("acme_[0-9]+", most(0)),
            (r"\bacme_[0-9]+", most(0)),
            (r"(?i)\bACME_([0-9]+)", most(0)),
            ("(?i:x?acme_)", most(1)),
            ("[a-z]{2,7}-(?:acme_|beta-)[0-9]", most(8)),
            ("(?:acme_|[0-9]{4}beta-)x", most(4)),
            ("(?:acme_|gamma)x", None),
            ("[a-z]+acme_x", Some(Lead::Unbounded)),
            ("(?:acme_)?x", None),
            ("(?:acme_)+x", most(0)),
            ("[ab](?:x|acme_)[0-9]beta-", most(7)),
            ("(ac)(me)_", most(0)),
            ("acme", None),
            ("(?:bet|acme)[_-]a?", None),
            ("x{3}(?:beta|alphabeta)-", most(8)),
            ("(?:(?:x|y)acme_[0-9]+|beta-.*)", most(1)),
        ];
        for (spec, expected) in table {
            let keywords = [b"acme_".to_vec(), b"Beta-".to_vec()];
            assert_eq!(literals(spec).lead(&keywords), expected, "{spec}");
        }
    }

    #[test]
    fn anchors_are_the_rarest_literals_of_all_matches() {
        let table: &[(&str, &[&str])] = &[
            ("acme_[0-9]+", &["acme_"]),
            ("[0-9]+(?i:ACME)[0-9]beta9", &["beta9"]),
            ("(?:acme|beta)=[a-z]{4}", &["acme=", "beta="]),
            ("[a-z]+(?:ab|acme[0-9])x", &["ab", "acme"]),
            ("ab?[0-9]+", &[]),
            ("[a-z]{20}", &[]),
            ("(?:key)+[0-9]", &["key"]),
            ("(?:key)*[0-9]", &[]),
            ("api[_-]key", &["api-key", "api_key"]),
            (r"\d[Qq]~", &["q~"]),
            ("", &[]),
        ];
        for (spec, expected) in table {
            let found = literals(spec).anchors().unwrap_or_default();
            let expected: Vec<Vec<u8>> = expected.iter().map(|word| (*word).into()).collect();
            assert_eq!(found, expected, "{spec}");
        }
        let many = (0..30)
            .map(|n| format!("(?:a{n}|b{n})"))
            .collect::<String>();
        assert!(literals(&many).anchors().is_some());
        assert!(literals(&"a".repeat(4000)).lead(&[b"b".to_vec()]).is_none());
    }
}
