//! The outline of a number: the lengths of its runs of letters and digits, the
//! separators between them, and the places of the letters.
//!
//! A text has one outline, which is read once. Few rows of the table of numbers share
//! it, so nearly all numbers are rejected without testing any row.

use crate::redact::engine::tables::index::{Buckets, Filter};
use crate::redact::text::{ALNUM, ByteSet, Part, Shape, Text, class};

/// The greatest number of letters and digits in a number.
pub(super) const MOST: usize = 24;

/// The sorts of the letters and digits of a shape. Bit `i` describes the character
/// after `i` others.
#[derive(Clone, Copy, Default)]
struct Sorts {
    /// Must be a letter.
    letters: u32,
    /// Must be a digit.
    digits: u32,
}

/// The rows for each outline.
pub(super) struct Outlines {
    /// The outlines of rows, and their beginnings up to each separator.
    begins: Filter<512>,
    rows: Buckets<(u16, Sorts)>,
}

impl Outlines {
    /// Creates the outlines of `shapes`, which belong to rows 0, 1 and so on.
    pub(super) fn new<'s>(shapes: impl Iterator<Item = &'s Shape>) -> Self {
        let mut begins = Filter::default();
        let mut rows = Vec::new();
        for (row, shape) in (0..).zip(shapes) {
            let mut drafts = vec![Draft::default()];
            for part in shape.parts() {
                drafts = drafts.iter().flat_map(|draft| draft.with(*part)).collect();
            }
            for draft in drafts {
                for key in draft.begins {
                    begins.add(key);
                }
                let key = step(draft.key, draft.run);
                begins.add(key);
                rows.push((key, (row, draft.sorts)));
            }
        }
        Self {
            begins,
            rows: Buckets::new(&rows, |_| ()),
        }
    }
}

/// One outline of a shape, up to some part.
#[derive(Clone, Default)]
struct Draft {
    key: u32,
    /// The keys at the separators so far.
    begins: Vec<u32>,
    run: u32,
    count: u32,
    sorts: Sorts,
}

impl Draft {
    /// Returns the outlines that continue with a part.
    fn with(&self, Part { set, min, max }: Part) -> Vec<Self> {
        let marks = || set.bytes().filter(|byte| class(*byte) & ALNUM == 0);
        if marks().next().is_none() {
            return (min..=max).map(|count| self.with_run(set, count)).collect();
        }
        let (mut drafts, mut repeats) = (Vec::new(), vec![self.clone()]);
        for count in 0..=max {
            if count >= min {
                drafts.extend_from_slice(&repeats);
            }
            let longer = |draft: &Self| {
                let run = draft.with_run(set, 1);
                let run = (set.bytes().count() > marks().count()).then_some(run);
                let marked: Vec<_> = marks().map(|mark| draft.with_mark(mark)).collect();
                run.into_iter().chain(marked)
            };
            repeats = repeats.iter().flat_map(longer).collect();
        }
        drafts
    }

    /// Returns the outline that continues with `count` letters or digits of `set`.
    fn with_run(&self, set: ByteSet, count: u16) -> Self {
        const DIGITS: ByteSet = ByteSet::parse("0-9");
        const LETTERS: ByteSet = ByteSet::parse("A-Za-z");
        let mut draft = self.clone();
        let bits = (1_u32 << count.min(31)).wrapping_sub(1) << draft.count.min(31);
        if set.intersection(DIGITS).is_empty() {
            draft.sorts.letters |= bits;
        }
        if set.intersection(LETTERS).is_empty() {
            draft.sorts.digits |= bits;
        }
        draft.run += u32::from(count);
        draft.count += u32::from(count);
        draft
    }

    fn with_mark(&self, mark: u8) -> Self {
        let mut draft = self.clone();
        draft.key = step(step(draft.key, draft.run), u32::from(mark));
        draft.begins.push(draft.key);
        draft.run = 0;
        draft
    }
}

/// The part of a number that was read.
pub(super) struct Outline {
    /// The letters and digits, in capitals.
    id: [u8; MOST],
    count: usize,
    letters: u32,
    key: u32,
    /// The end of this part.
    pub(super) end: usize,
}

impl Outline {
    /// Creates the empty outline of the number at `at`.
    pub(super) const fn new(at: usize) -> Self {
        Self {
            id: [0; MOST],
            count: 0,
            letters: 0,
            key: 0,
            end: at,
        }
    }

    pub(super) fn id(&self) -> &[u8] {
        self.id.get(..self.count).unwrap_or_default()
    }

    /// Reads to the end of the next run or closing bracket, where the number may end.
    /// Returns the rows with the outline so far, or `None` if no number continues.
    pub(super) fn next<'o>(
        &mut self,
        outlines: &'o Outlines,
        text: &Text<'_>,
    ) -> Option<impl Iterator<Item = u16> + use<'o>> {
        if self.count > 0 {
            let mark = text.at(self.end).filter(|mark| class(*mark) & ALNUM == 0)?;
            self.key = step(self.key, u32::from(mark));
            self.end += 1;
            if !outlines.begins.may_hold(self.key) {
                return None;
            }
        }
        let mut run = 0;
        while let Some(byte) = text.at(self.end)
            && class(byte) & ALNUM != 0
        {
            *self.id.get_mut(self.count)? = byte.to_ascii_uppercase();
            self.letters |= u32::from(byte > b'9') << self.count;
            self.count += 1;
            self.end += 1;
            run += 1;
        }
        self.key = step(self.key, run);
        let key = self.key;
        let letters = self.letters;
        let known = outlines
            .begins
            .may_hold(key)
            .then(|| outlines.rows.get(key));
        let rows = known.into_iter().flatten();
        Some(rows.filter_map(move |(row, sorts)| {
            let fits = letters & sorts.letters == sorts.letters && letters & sorts.digits == 0;
            fits.then_some(*row)
        }))
    }
}

/// Returns the key of an outline that continues with `symbol`, a separator or the
/// length of a run.
const fn step(key: u32, symbol: u32) -> u32 {
    (key.rotate_left(9) ^ (symbol + 1)).wrapping_mul(0x85EB_CA6B)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::redact::builtin::{FAMILIES, Form};

    static SHAPES: LazyLock<Vec<&'static Shape>> = LazyLock::new(|| {
        let rules = FAMILIES.iter().copied().flatten();
        let shapes = rules.filter_map(|rule| match &rule.form {
            Form::Number(number) => Some(number.shapes),
            _ => None,
        });
        shapes.flatten().collect()
    });

    static OUTLINES: LazyLock<Outlines> = LazyLock::new(|| Outlines::new(SHAPES.iter().copied()));

    /// Returns the rows that have the outline of the whole `text`.
    fn rows(text: &[u8]) -> Vec<u16> {
        let mut outline = Outline::new(0);
        let mut found = Vec::new();
        let text = Text::new(text, true);
        while let Some(rows) = outline.next(&OUTLINES, &text) {
            if outline.end == text.bytes().len() {
                found.extend(rows);
            }
        }
        found
    }

    proptest! {
        #[test]
        fn what_has_a_shape_has_its_outline(
            row in 0..SHAPES.len(),
            picks in prop::collection::vec(any::<u16>(), 64),
        ) {
            let mut picks = picks.into_iter().cycle();
            let mut pick = |count: usize| usize::from(picks.next().unwrap_or(0)) % count;
            let mut text = Vec::new();
            for part in SHAPES[row].parts() {
                let set: Vec<u8> = part.set.bytes().collect();
                let count = usize::from(part.min) + pick(usize::from(part.max - part.min) + 1);
                text.extend((0..count).map(|_| set[pick(set.len())]));
            }
            let end = SHAPES[row].end_in(&Text::new(&text, true), 0);
            if end == Some(text.len()) {
                prop_assert!(rows(&text).contains(&u16::try_from(row).unwrap()));
            }
        }
    }

    #[test]
    fn what_has_no_outline_of_a_row_leads_to_none() {
        assert!(!rows(b"482915733").is_empty());
        for text in [
            &b"4829a5733"[..],
            b"4829157330000000000",
            b"4829-1573-36",
            b"12",
        ] {
            assert_eq!(rows(text), [0_u16; 0], "{}", String::from_utf8_lossy(text));
        }
    }
}
