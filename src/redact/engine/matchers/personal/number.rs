//! Numbers of people, documents and things: a table of shapes, check digits and
//! words, looked up by the outline of a number.

use super::context::{Context, Groups};
use super::outline::{Outline, Outlines};
use super::{FIXED_GROUPS, Lead, net};
use crate::redact::builtin::check_digit::americas::us_ssn;
use crate::redact::builtin::{Form, Number, Rule};
use crate::redact::engine::Hit;
use crate::redact::finding::{Layers, RuleRef, Validation};
use crate::redact::text::{ALNUM, DIGIT, QUOTE, SPACE, Shape, Text, class};

/// One shape of one rule.
#[derive(Clone, Copy)]
struct Row {
    rule: RuleRef,
    number: &'static Number,
    shape: &'static Shape,
    group: usize,
}

/// The table of numbers, looked up by their outlines.
pub(super) struct Numbers {
    rows: Vec<Row>,
    outlines: Outlines,
}

/// Returns the word groups of the rules, in the order of the rules.
pub(super) fn words<'r>(
    rules: &'r [(RuleRef, &'static Rule)],
) -> impl Iterator<Item = &'static [&'static str]> + 'r {
    numbers(rules).map(|(_, number)| number.words)
}

fn numbers<'r>(
    rules: &'r [(RuleRef, &'static Rule)],
) -> impl Iterator<Item = (RuleRef, &'static Number)> + 'r {
    rules.iter().filter_map(|(id, rule)| match &rule.form {
        Form::Number(number) => Some((*id, number)),
        _ => None,
    })
}

impl Numbers {
    pub(super) fn new(rules: &[(RuleRef, &'static Rule)]) -> Self {
        let mut rows = Vec::new();
        for (group, (rule, number)) in numbers(rules).enumerate() {
            rows.extend(number.shapes.iter().map(|shape| Row {
                rule,
                number,
                shape,
                group: FIXED_GROUPS + group,
            }));
        }
        Self {
            outlines: Outlines::new(rows.iter().map(|row| row.shape)),
            rows,
        }
    }

    /// Searches for a number that starts at `at`. The longest number counts, and
    /// among equally long ones the one that a word names.
    pub(super) fn find(&self, text: &Text<'_>, context: &Context, at: usize) -> Option<Hit> {
        if !matches!(text.at(at)?, b'0'..=b'9' | b'A'..=b'Z') {
            return None;
        }
        let mut outline = Outline::new(at);
        let mut before = None;
        let mut best: Option<(usize, bool, Hit)> = None;
        while let Some(rows) = outline.next(&self.outlines, text) {
            let end = outline.end;
            let mut after = None;
            for place in rows {
                let Some(row) = self.rows.get(usize::from(place)) else {
                    continue;
                };
                // Most numbers have the shape of some row, but few have a word.
                let mut is_named = || {
                    !row.number.words.is_empty() && {
                        let before = *before.get_or_insert_with(|| context.before(text, at));
                        row.is_named(before)
                            || row.is_named(*after.get_or_insert_with(|| context.after(text, end)))
                    }
                };
                if continues(text, end)
                    || (row.number.needs_words && !is_named())
                    || !row.fits(text, at, &outline)
                {
                    continue;
                }
                let named = is_named();
                let rank = (end, named);
                if best.is_none_or(|(end, named, _)| rank > (end, named)) {
                    best = Some((end, named, row.hit(at, end, named)));
                }
            }
        }
        best.map(|(_, _, hit)| hit)
    }
}

impl Row {
    /// Returns whether the number read from `at` satisfies the row.
    fn fits(&self, text: &Text<'_>, at: usize, outline: &Outline) -> bool {
        self.shape.end_in(text, at) == Some(outline.end) && (self.number.check)(outline.id())
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

/// Returns whether the text that ends at `end` is only a part of something longer.
pub(super) fn continues(text: &Text<'_>, end: usize) -> bool {
    let Some(byte) = text.at(end) else {
        return false;
    };
    match byte {
        b'-' | b'/' | b'.' => text
            .at(end + 1)
            .is_some_and(|next| next.is_ascii_digit() || next == b'['),
        b',' => !separates_fields(text, end) && is_amid_numbers(text, end),
        _ => class(byte) & ALNUM != 0 || byte == b'_',
    }
}

/// Returns whether the comma at `at` stands between two fields, of a table or a list,
/// and not in a number: one side has more digits than a group or a fraction, or digits
/// that dashes join.
pub(super) fn separates_fields(text: &Text<'_>, at: usize) -> bool {
    let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let before = (0..LONG).take_while(|back| {
        let place = at.checked_sub(*back);
        is_digit(place.and_then(|place| text.before(place)))
    });
    let before = before.count();
    let start = at - before;
    let end = text.run_of(at + 1, LONG, |byte| byte.is_ascii_digit());
    let joined = text.before(start) == Some(b'-') && is_digit(text.before(start.max(1) - 1));
    let joins = text.at(end) == Some(b'-') && is_digit(text.at(end + 1));
    before >= LONG
        || end - at > LONG
        || (joined && before > 2)
        || (joins && end - at > 2)
        || is_grouped(text, at, before, end)
        || net::is_dotted(text, at + 1)
}

/// Returns whether groups of four digits or more, as cards have them, stand on one
/// side of the comma at `at`, with `before` digits before it and the others up to
/// `end`. The groups of a number with commas have three digits.
fn is_grouped(text: &Text<'_>, at: usize, before: usize, end: usize) -> bool {
    let is_group = |from: usize| text.run(from, 4, DIGIT) == from + 4;
    let mark = |byte: Option<u8>| matches!(byte, Some(b' ' | b'-'));
    let behind = end == at + 5 && mark(text.at(end)) && is_group(end + 1);
    let start = at - before;
    let ahead = matches!(before, 3..=5)
        && mark(text.before(start))
        && start >= text.floor() + 5
        && is_group(start - 5);
    behind || ahead
}

/// More digits than stand together in a number with commas.
const LONG: usize = 9;

/// Returns whether the comma at `at` is in a number or between two numbers: only
/// digits follow it. Other text may be replaced later, and the comma and the text
/// before it must then have the same meaning.
fn is_amid_numbers(text: &Text<'_>, at: usize) -> bool {
    let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    if !(is_digit(text.before(at)) && is_digit(text.at(at + 1))) {
        return false;
    }
    let end = text.run_of(at + 1, 32, |byte| byte.is_ascii_digit() || byte == b'.');
    !is_more_than_digits(text, end)
}

/// Returns whether the digits before `end` begin something longer, such as an address.
pub(super) fn is_more_than_digits(text: &Text<'_>, end: usize) -> bool {
    text.at(end).is_some_and(|byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b':' | b'@' | b'_' | b'%' | b'+' | b'-' | b'/')
    })
}

/// Returns a US social security number with its separators. If one separator is
/// missing, the number must stand alone and has lower confidence, because a postcode
/// looks the same.
pub(super) fn social_security(
    text: &Text<'_>,
    at: usize,
    lead: Lead,
) -> Option<(usize, usize, u8)> {
    const WHOLE: Shape = Shape::parse("[0-9]{3}[. -][0-9]{2}[. -][0-9]{4}");
    const SPLIT: [Shape; 2] = [
        Shape::parse("[0-9]{3}-[0-9]{6}"),
        Shape::parse("[0-9]{5}-[0-9]{4}"),
    ];
    if !matches!(lead.count, 3 | 5) || !lead.is_before(b"-. ") {
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
        us_ssn(&id) && !continues(text, end)
    };
    if let Some(end) = WHOLE.end_in(text, at)
        && text.at(at + 3) == text.at(at + 6)
        && is_given(end)
    {
        return Some((at, end, 90));
    }
    let alone =
        |at: Option<u8>| at.is_none_or(|byte| class(byte) & (SPACE | QUOTE) != 0 || byte == b'\n');
    // `MA 02110-1301` is a postcode after its state.
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
