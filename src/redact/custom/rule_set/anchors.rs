//! Anchors: the literals that must occur before a rule is tried.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, FindOverlappingIter, Input, MatchKind};

use super::rule::UserRule;
use crate::Error;
use crate::redact::text::part;

/// All anchors of a rule set, found in one pass over the text.
pub(super) struct Anchors {
    automaton: Option<AhoCorasick>,
    /// In lower case and sorted.
    words: Vec<Vec<u8>>,
    /// The rules that own each word.
    owners: Vec<Vec<Owner>>,
    longest: usize,
    /// The rules that have no anchor and run over the whole text.
    unanchored: Vec<u16>,
}

/// A rule that owns a word.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) rule: u16,
    /// Whether matches contain the word.
    pub(super) is_anchor: bool,
    /// Whether the word may stand near a match.
    pub(super) is_near: bool,
}

impl Anchors {
    pub(super) fn new(rules: &[Arc<UserRule>]) -> Result<Self, Error> {
        let mut words: BTreeMap<Vec<u8>, Vec<Owner>> = BTreeMap::new();
        let mut unanchored = Vec::new();
        for (rule, number) in rules.iter().zip(0..) {
            let mut own = |word: &[u8], is_anchor: bool| {
                let owners = words.entry(word.to_ascii_lowercase()).or_default();
                match owners.last_mut().filter(|owner| owner.rule == number) {
                    Some(owner) => owner.is_near |= !is_anchor,
                    None => owners.push(Owner {
                        rule: number,
                        is_anchor,
                        is_near: !is_anchor,
                    }),
                }
            };
            rule.anchors().iter().for_each(|word| own(word, true));
            let near = rule.conditions.iter().flat_map(|own| &own.keywords);
            near.for_each(|word| own(word, false));
            if rule.is_unanchored() {
                unanchored.push(number);
            }
        }
        let (words, owners): (Vec<_>, Vec<_>) = words.into_iter().unzip();
        // The dense form is several times faster and takes about 100 bytes for each
        // byte of a word.
        let small = words.iter().map(Vec::len).sum::<usize>() <= 8192;
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(small.then_some(AhoCorasickKind::DFA))
            .build(&words)
            .map_err(|_| Error::limit("size of all keywords of a rule set", u64::from(u32::MAX)))?;
        Ok(Self {
            automaton: (!words.is_empty()).then_some(automaton),
            longest: words.iter().map(Vec::len).max().unwrap_or_default(),
            words,
            owners,
            unanchored,
        })
    }

    /// Returns every anchor that begins at `from` or later, ordered by end.
    /// Overlapping anchors are all returned.
    pub(super) fn find<'a, 't>(
        &'a self,
        text: &'t [u8],
        from: usize,
    ) -> Option<FindOverlappingIter<'a, 't>> {
        let automaton = self.automaton.as_ref()?;
        let input = Input::new(text).range(from.min(text.len())..);
        // INVARIANT: overlapping search is what `MatchKind::Standard` allows.
        automaton.try_find_overlapping_iter(input).ok()
    }

    /// Returns the rules that own the word with this number.
    pub(super) fn owners(&self, word: usize) -> &[Owner] {
        self.owners.get(word).map_or(&[], Vec::as_slice)
    }

    /// Returns the rules that have no anchor.
    pub(super) fn unanchored(&self) -> &[u16] {
        &self.unanchored
    }

    /// Returns the first place where an incomplete anchor may begin at the end of the
    /// text.
    pub(super) fn unread(&self, text: &[u8]) -> Option<usize> {
        let from = text.len().saturating_sub(self.longest.saturating_sub(1));
        (from..text.len()).find(|&at| {
            let tail = part(text, at..).to_ascii_lowercase();
            let next = self.words.partition_point(|word| *word < tail);
            let next = self.words.get(next);
            next.is_some_and(|word| word.starts_with(&tail))
        })
    }
}
