//! The outline of a number: how long the runs of letters and digits are that it
//! is made of, which marks stand between them, and where the letters are.
//!
//! A text has one outline, read once, and few rows of the table of numbers have
//! the same, so that nearly all numbers are none without a look at any row.

use crate::redact::engine::tables::index::{Buckets, Filter};
use crate::redact::text::{ALNUM, ByteSet, Part, Shape, Text, class};

/// The most letters and digits that one number has.
pub(super) const MOST: usize = 24;

/// What the letters and digits of a shape are; bit `i` speaks of the one that has
/// `i` others before it.
#[derive(Clone, Copy, Default)]
struct Sorts {
    /// Must be a letter.
    letters: u32,
    /// Must be a digit.
    digits: u32,
}

/// Which rows have which outlines.
pub(super) struct Outlines {
    /// The outlines of rows, and their beginnings up to each mark.
    begins: Filter<512>,
    rows: Buckets<(u16, Sorts)>,
}

impl Outlines {
    /// The outlines of `shapes`, which are those of the rows 0, 1 and so on.
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
    /// The keys at the marks so far.
    begins: Vec<u32>,
    run: u32,
    count: u32,
    sorts: Sorts,
}

impl Draft {
    /// The outlines that go on with a part.
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

    /// The outline that goes on with `count` letters or digits of `set`.
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

/// What is read of a number so far.
pub(super) struct Outline {
    /// The letters and digits, as capitals.
    id: [u8; MOST],
    count: usize,
    letters: u32,
    key: u32,
    /// Where it ends.
    pub(super) end: usize,
}

impl Outline {
    /// Nothing, before the number at `at`.
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

    /// Reads on to the end of the next run or closing bracket, where the number
    /// may end: the rows that have its outline then. `None` where no number goes on.
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

/// The key of an outline that goes on with `symbol`: a mark or the length of a run.
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

    /// The rows that `text` has the outline of, from end to end.
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
