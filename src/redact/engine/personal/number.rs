//! Numbers of people, documents and things: a table of shapes, check digits and
//! words, looked up by how a number begins.

use super::FIXED_GROUPS;
use super::context::{Context, Groups};
use crate::redact::check_digit::americas::us_ssn;
use crate::redact::encoding::Layers;
use crate::redact::engine::Hit;
use crate::redact::finding::Validation;
use crate::redact::rule::{Form, Number, Rule};
use crate::redact::shape::{ByteSet, Shape};
use crate::redact::text::{ALNUM, DIGIT, QUOTE, SPACE, Text, class};

/// The most letters and digits that one number has.
const MOST: usize = 24;

/// What may follow the first digits of a number.
const FOLLOWERS: usize = 7;

/// Leading digits are told apart up to this many.
const LEAD: usize = 20;

/// The fewest digits of a number without marks.
const LEAST: usize = 5;

/// The sorts of bytes inside of a code.
const SORTS: usize = 3;
const OTHER: usize = 2;

/// One shape of one rule.
#[derive(Clone, Copy)]
struct Row {
    rule: u32,
    number: &'static Number,
    shape: &'static Shape,
    group: usize,
}

/// The numbers that are looked for, by their first bytes.
pub(super) struct Numbers {
    rows: Vec<Row>,
    /// For each count of leading digits and what follows them, the rows.
    digits: Vec<Vec<u16>>,
    /// For each first letter and the sorts of the two bytes behind it, the rows.
    letters: Vec<Vec<u16>>,
}

/// The groups of words of the rules, in the order of the rules.
pub(super) fn words<'r>(
    rules: &'r [(u32, &'static Rule)],
) -> impl Iterator<Item = &'static [&'static str]> + 'r {
    numbers(rules).map(|(_, number)| number.words)
}

fn numbers<'r>(
    rules: &'r [(u32, &'static Rule)],
) -> impl Iterator<Item = (u32, &'static Number)> + 'r {
    rules.iter().filter_map(|(id, rule)| match &rule.form {
        Form::Number(number) => Some((*id, number)),
        _ => None,
    })
}

impl Numbers {
    pub(super) fn new(rules: &[(u32, &'static Rule)]) -> Self {
        let mut table = Self {
            rows: Vec::new(),
            digits: vec![Vec::new(); (LEAD + 1) * FOLLOWERS],
            letters: vec![Vec::new(); 26 * SORTS * SORTS],
        };
        for (group, (rule, number)) in numbers(rules).enumerate() {
            for shape in number.shapes {
                table.add(Row {
                    rule,
                    number,
                    shape,
                    group: FIXED_GROUPS + group,
                });
            }
        }
        table
    }

    fn add(&mut self, row: Row) {
        let place = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        self.rows.push(row);
        let note = |list: Option<&mut Vec<u16>>| {
            if let Some(list) = list
                && list.last() != Some(&place)
            {
                list.push(place);
            }
        };
        for [first, second, third] in heads(row.shape) {
            for letter in (b'A'..=b'Z').filter(|letter| first.contains(*letter)) {
                for (second, third) in
                    sorts(second).flat_map(|second| sorts(third).map(move |third| (second, third)))
                {
                    note(self.letters.get_mut(code_slot(letter, second, third)));
                }
            }
        }
        for (count, follower) in leads(row.shape) {
            note(self.digits.get_mut(slot(count, follower)));
        }
    }

    /// Looks for a number that starts at `at`: of those with the most bytes the
    /// one of which a word speaks.
    pub(super) fn find(&self, text: &Text<'_>, context: &Context, at: usize) -> Option<Hit> {
        let rows = match text.at(at)? {
            b'0'..=b'9' => {
                let end = text.run(at, LEAD, DIGIT);
                let next = follower(text.at(end).unwrap_or(b' '));
                let rows = self.digits.get(slot(end - at, next))?;
                // Behind a mark a number goes on, or it ends before the mark.
                let goes_on = next < 2
                    || text
                        .at(end + 1)
                        .is_some_and(|byte| class(byte) & ALNUM != 0);
                if end - at < LEAST && !goes_on {
                    return None;
                }
                rows
            }
            letter @ b'A'..=b'Z' => {
                let sort = |at: usize| text.at(at).map_or(OTHER, sort);
                self.letters
                    .get(code_slot(letter, sort(at + 1), sort(at + 2)))?
            }
            _ => return None,
        };
        let mut before = None;
        let mut best: Option<(usize, bool, Hit)> = None;
        for place in rows {
            let Some(row) = self.rows.get(usize::from(*place)) else {
                continue;
            };
            let Some(end) = row.end(text, at) else {
                continue;
            };
            let lead = *before.get_or_insert_with(|| context.before(text, at));
            let named = row.is_named(lead) || row.is_named(context.after(text, end));
            let rank = (end, named);
            if (named || !row.number.needs_words)
                && best.is_none_or(|(end, named, _)| rank > (end, named))
            {
                best = Some((end, named, row.hit(at, end, named)));
            }
        }
        best.map(|(_, _, hit)| hit)
    }
}

impl Row {
    /// Where the number ends that starts at `at`, if it is one by itself.
    fn end(&self, text: &Text<'_>, at: usize) -> Option<usize> {
        let end = self.shape.end_in(text, at)?;
        let mut id = [0_u8; MOST];
        let mut count = 0;
        for byte in text.slice(at, end) {
            if class(*byte) & ALNUM != 0 {
                *id.get_mut(count)? = byte.to_ascii_uppercase();
                count += 1;
            }
        }
        let id = id.get(..count)?;
        ((self.number.check)(id) && !goes_on(text, end)).then_some(end)
    }

    fn is_named(&self, groups: Groups) -> bool {
        groups.has(self.group)
    }

    fn hit(&self, start: usize, end: usize, named: bool) -> Hit {
        Hit {
            start,
            end,
            rule: self.rule,
            confidence: if named { 90 } else { 80 },
            validation: Validation::Checked,
            layers: Layers::NONE,
            place: 0,
        }
    }
}

/// Whether what ends at `end` is only a part of something longer.
pub(super) fn goes_on(text: &Text<'_>, end: usize) -> bool {
    text.at(end).is_some_and(|byte| {
        class(byte) & ALNUM != 0
            || byte == b'_'
            || (matches!(byte, b'-' | b'/' | b'.' | b',')
                && text
                    .at(end + 1)
                    .is_some_and(|next| next.is_ascii_digit() || (byte != b',' && next == b'[')))
    })
}

fn slot(count: usize, follower: usize) -> usize {
    count.min(LEAD) * FOLLOWERS + follower
}

fn code_slot(letter: u8, second: usize, third: usize) -> usize {
    (usize::from(letter.wrapping_sub(b'A')) * SORTS + second) * SORTS + third
}

/// A capital, a digit or something else.
const fn sort(byte: u8) -> usize {
    match byte {
        b'A'..=b'Z' => 0,
        b'0'..=b'9' => 1,
        _ => OTHER,
    }
}

/// The sorts of the bytes of a set.
fn sorts(set: ByteSet) -> impl Iterator<Item = usize> {
    (0..SORTS).filter(move |wanted| set.bytes().any(|byte| sort(byte) == *wanted))
}

/// What the first three bytes of a shape may be.
fn heads(shape: &Shape) -> Vec<[ByteSet; 3]> {
    let mut heads = vec![Vec::new()];
    for part in shape.parts() {
        let (done, open): (Vec<_>, Vec<_>) = heads.into_iter().partition(|head| head.len() >= 3);
        heads = done;
        for head in &open {
            for count in part.min..=part.max.min(part.min.max(3)) {
                let mut head: Vec<ByteSet> = head.clone();
                head.extend((0..count).map(|_| part.set));
                heads.push(head);
            }
        }
    }
    let at = |head: &[ByteSet], index: usize| head.get(index).copied().unwrap_or(ByteSet::ANY);
    let three = heads
        .iter()
        .map(|head| std::array::from_fn(|index| at(head, index)));
    three.collect()
}

/// The sort of byte that follows leading digits.
const fn follower(byte: u8) -> usize {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' => 1,
        b' ' => 2,
        b'-' => 3,
        b'.' => 4,
        b'/' => 5,
        b':' => 6,
        _ => 0,
    }
}

/// How many digits may lead what has a shape, and what may then follow.
fn leads(shape: &Shape) -> Vec<(usize, usize)> {
    const DIGITS: ByteSet = ByteSet::parse("0-9");
    let mut leads = Vec::new();
    let mut counts = vec![0_usize];
    for part in shape.parts() {
        if part.set.intersection(DIGITS).is_empty() {
            for byte in part.set.bytes() {
                leads.extend(counts.iter().map(|count| (*count, follower(byte))));
            }
            if part.min > 0 {
                leads.retain(|(count, _)| *count > 0);
                return leads;
            }
            continue;
        }
        if !part.set.is_subset(DIGITS) {
            // A letter may stand in the place of a digit.
            leads.extend(counts.iter().map(|count| (*count, 1)));
        }
        let range = usize::from(part.min)..=usize::from(part.max);
        counts = counts
            .iter()
            .flat_map(|count| range.clone().map(move |more| count + more))
            .collect();
    }
    for count in counts {
        leads.extend((0..FOLLOWERS).map(|next| (count, next)));
    }
    leads.retain(|(count, _)| *count > 0);
    leads
}

/// A US social security number with its marks. Where one mark is left out, it
/// must stand by itself, and is less sure: a postcode looks the same.
pub(super) fn social_security(text: &Text<'_>, at: usize) -> Option<(usize, usize, u8)> {
    const WHOLE: Shape = Shape::parse("[0-9]{3}[. -][0-9]{2}[. -][0-9]{4}");
    const SPLIT: [Shape; 2] = [
        Shape::parse("[0-9]{3}-[0-9]{6}"),
        Shape::parse("[0-9]{5}-[0-9]{4}"),
    ];
    let lead = text.run(at, 6, DIGIT) - at;
    if !matches!(lead, 3 | 5)
        || !text
            .at(at + lead)
            .is_some_and(|mark| b"-. ".contains(&mark))
    {
        return None;
    }
    let is_given = |end: usize| {
        let mut id = [b'0'; 9];
        let digits = text
            .slice(at, end)
            .iter()
            .filter(|byte| byte.is_ascii_digit());
        for (place, digit) in id.iter_mut().zip(digits) {
            *place = *digit;
        }
        us_ssn(&id) && !goes_on(text, end)
    };
    if let Some(end) = WHOLE.end_in(text, at)
        && text.at(at + 3) == text.at(at + 6)
        && is_given(end)
    {
        return Some((at, end, 90));
    }
    let alone =
        |at: Option<u8>| at.is_none_or(|byte| class(byte) & (SPACE | QUOTE) != 0 || byte == b'\n');
    // `MA 02110-1301` is a postcode behind its state.
    let lead = text
        .slice(at.saturating_sub(8).max(text.floor()), at)
        .trim_ascii_end();
    let state = matches!(lead, [.., before, first, second]
        if !before.is_ascii_alphanumeric() && first.is_ascii_uppercase() && second.is_ascii_uppercase());
    SPLIT.iter().find_map(|shape| {
        let end = shape.end_in(text, at)?;
        let right = is_given(end) && !state && alone(text.before(at)) && alone(text.at(end));
        right.then_some((at, end, 65))
    })
}
