//! Tokens that are recognized by a mark inside them.

use crate::redact::builtin::{Form, Rule};
use crate::redact::engine::hit::Hit;
use crate::redact::engine::judge;
use crate::redact::engine::prefilter::Anchor;
use crate::redact::engine::tables::index::Filter;
use crate::redact::finding::{Layers, RuleRef, Validation};
use crate::redact::text::{ALNUM, ByteSet, Shape, Text, class};

/// A rule: the head before its mark, the mark, and the tail after it.
struct Entry {
    rule: RuleRef,
    head: &'static Shape,
    mark: &'static [u8],
    tail: &'static Shape,
    /// The bytes with which the head may begin.
    first: ByteSet,
    /// The length of the head, if it has only one.
    len: Option<usize>,
}

/// All rules for tokens with a mark inside.
pub(in crate::redact::engine) struct Within {
    entries: Vec<Entry>,
    /// The first two bytes of the marks.
    marks: Filter<4>,
    /// The bytes with which heads may begin.
    heads: ByteSet,
}

impl Within {
    pub(in crate::redact::engine) fn new(rules: &[(RuleRef, &'static Rule)]) -> Self {
        let entry = |&(rule, row): &(RuleRef, &'static Rule)| match &row.form {
            Form::Within { head, mark, tail } => Some(Entry {
                rule,
                head,
                mark: mark.as_bytes(),
                tail,
                first: head.first_set(),
                len: Some(head.min_len()).filter(|len| *len == head.max_len()),
            }),
            _ => None,
        };
        let entries: Vec<_> = rules.iter().filter_map(entry).collect();
        let (mut marks, mut heads) = (Filter::default(), ByteSet::EMPTY);
        for entry in &entries {
            heads = heads.union(entry.first);
            if let Some(first) = entry.mark.first_chunk() {
                marks.add(key(*first));
            }
        }
        Self {
            entries,
            marks,
            heads,
        }
    }

    /// Returns the marks as anchors. A mark of fewer than four bytes is extended by
    /// the byte before it and the bytes that may follow it.
    pub(in crate::redact::engine) fn anchors(&self) -> impl Iterator<Item = Anchor> {
        self.entries.iter().map(|entry| {
            let before = entry.begins().then(|| entry.head.last_set());
            let mark = entry.mark.iter().map(|&byte| ByteSet::of(byte));
            let behind = entry.tail.parts().iter().map(|part| part.set);
            let mut sets = before.into_iter().chain(mark).chain(behind);
            [(); 4].map(|()| sets.next().unwrap_or(ByteSet::ANY))
        })
    }

    /// Reports a token whose mark may begin at the anchor at `at`.
    #[inline]
    pub(in crate::redact::engine) fn find(
        &self,
        text: &Text<'_>,
        at: usize,
        word: [u8; 4],
    ) -> Option<Hit> {
        let [first, second, third, _] = word;
        // Most anchors belong to other rules.
        let may_begin = |bytes| self.marks.may_hold(key(bytes));
        if !may_begin([first, second]) && !may_begin([second, third]) {
            return None;
        }
        self.entries.iter().find_map(|entry| {
            let begins = if entry.begins() {
                [second, third]
            } else {
                [first, second]
            };
            if entry.mark.first_chunk() != Some(&begins) {
                return None;
            }
            let mark = at + usize::from(entry.begins());
            text.is(mark, entry.mark).then(|| entry.hit(text, mark))?
        })
    }

    /// Reports a token that begins where a value does. If the whole token was
    /// replaced, its mark no longer leads to its start.
    pub(in crate::redact::engine) fn find_at_value(
        &self,
        text: &Text<'_>,
        at: usize,
    ) -> Option<Hit> {
        let first = text.at(at)?;
        if !self.heads.contains(first) {
            return None;
        }
        self.entries.iter().find_map(|entry| {
            let may_begin = entry.first.contains(first) && entry.has_mark(text, at);
            let mark = may_begin.then(|| entry.head.end_in(text, at))??;
            text.is(mark, entry.mark).then(|| entry.hit(text, mark))?
        })
    }
}

/// Returns the lookup key of the first two bytes of a mark.
#[inline]
const fn key([first, second]: [u8; 2]) -> u32 {
    u32::from_le_bytes([first, second, 0, 0])
}

impl Entry {
    /// Returns whether an anchor begins one byte before the mark.
    const fn begins(&self) -> bool {
        self.mark.len() < 4
    }

    /// Returns whether the mark is in its place for a token that begins at `at`.
    /// Returns `true` if the place is not fixed.
    fn has_mark(&self, text: &Text<'_>, at: usize) -> bool {
        self.len.is_none_or(|len| text.is(at + len, self.mark))
    }

    fn hit(&self, text: &Text<'_>, mark: usize) -> Option<Hit> {
        let end = self.tail.end_in(text, mark + self.mark.len())?;
        let continues = |byte: u8| class(byte) & ALNUM != 0 || self.tail.last_set().contains(byte);
        if text.at(end).is_some_and(continues) && !self.tail.can_shrink() {
            return None;
        }
        // The longest head that fits. Its parts are as long as possible.
        let (least, most) = (self.head.min_len(), self.head.max_len());
        let starts = (least..=most).rev().filter_map(|len| mark.checked_sub(len));
        let start = starts
            .filter(|start| *start >= text.floor())
            .find(|start| {
                let boundary = text
                    .before(*start)
                    .is_none_or(|byte| class(byte) & ALNUM == 0);
                boundary && self.head.end_in(text, *start) == Some(mark)
            })?;
        if judge::is_dummy(text.slice(start, end)) {
            return None;
        }
        Some(Hit {
            start,
            end,
            rule: self.rule,
            confidence: 95,
            validation: Validation::Format,
            layers: Layers::NONE,
            place: 0,
        })
    }
}
