//! The literals that must stand in a text before any rule is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, FindOverlappingIter, Input, MatchKind};

use super::rule::UserRule;
use crate::Error;

/// All anchors of a rule set, found in one pass over the text.
pub(super) struct Anchors {
    automaton: Option<AhoCorasick>,
    /// In lower case and in order.
    words: Vec<Vec<u8>>,
    /// The rules to which each of the words belongs.
    owners: Vec<Vec<u32>>,
    longest: usize,
}

impl Anchors {
    pub(super) fn new(rules: &[Arc<UserRule>]) -> Result<Self, Error> {
        let mut words: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
        for (rule, number) in rules.iter().zip(0..) {
            for anchor in rule.anchors() {
                let owners = words.entry(anchor.to_ascii_lowercase()).or_default();
                if owners.last() != Some(&number) {
                    owners.push(number);
                }
            }
        }
        let (words, owners): (Vec<_>, Vec<_>) = words.into_iter().unzip();
        // The dense form is several times faster and costs some 100 bytes for
        // each byte of a word.
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
        })
    }

    /// Every anchor in the text that begins at `from` or later, in the order of
    /// their ends; none hides another.
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

    /// The rules to which the word of this number belongs.
    pub(super) fn owners(&self, word: usize) -> &[u32] {
        self.owners.get(word).map_or(&[], Vec::as_slice)
    }

    /// Where an anchor may begin that is not wholly in the text yet.
    pub(super) fn unread(&self, text: &[u8]) -> Option<usize> {
        let from = text.len().saturating_sub(self.longest.saturating_sub(1));
        (from..text.len()).find(|&at| {
            let tail = text.get(at..).unwrap_or_default().to_ascii_lowercase();
            let next = self.words.partition_point(|word| *word < tail);
            let next = self.words.get(next);
            next.is_some_and(|word| word.starts_with(&tail))
        })
    }
}
