//! The classifier's features: small numbers about a value, its name and its line.

use super::words::Stock;
use super::{grams, is_uuid};
use crate::redact::text::ByteSet;

/// How many bytes of a value are read.
const MOST: usize = 96;

/// The number of features.
pub(super) const COUNT: usize = 50;

/// A value that may be a secret, with its context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'t> {
    pub(crate) value: &'t [u8],
    /// The name to which the value is assigned, or its equivalent.
    pub(crate) name: &'t [u8],
    /// The start of the secret word in the name, and its length.
    pub(crate) word: (usize, usize),
    /// The meaning of the name.
    pub(crate) meaning: u8,
    /// The operator between the name and the value.
    pub(crate) operator: u8,
    /// The quote around the value, if any.
    pub(crate) quote: Option<u8>,
    /// Whether the value is an argument of a call that is assigned.
    pub(crate) wrapped: bool,
    /// The text on the line before the name.
    pub(crate) before: &'t [u8],
    /// The text after the value and its quote.
    pub(crate) after: &'t [u8],
}

/// The byte classes between which changes are counted.
const SMALL: u8 = 1;
const CAPITAL: u8 = 2;
const DIGIT: u8 = 3;
const MARK: u8 = 4;
const BLANK: u8 = 5;
const OTHER: u8 = 6;

#[inline]
const fn sort(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => SMALL,
        b'A'..=b'Z' => CAPITAL,
        b'0'..=b'9' => DIGIT,
        b' ' | b'\t' => BLANK,
        128.. => OTHER,
        _ => MARK,
    }
}

/// The punctuation of ASCII, one bit each.
const MARKS: u128 = {
    let (mut marks, mut byte) = (0, 33_u8);
    while byte < 127 {
        if !byte.is_ascii_alphanumeric() {
            marks |= 1_u128 << byte;
        }
        byte += 1;
    }
    marks
};

/// Returns the code of a byte at the edge of a value.
fn edge(byte: Option<&u8>) -> i16 {
    match byte {
        None => 0,
        Some(b'a'..=b'z') => 1,
        Some(b'A'..=b'Z') => 2,
        Some(b'0'..=b'9') => 3,
        Some(b'=') => 4,
        Some(b'!' | b'?' | b'#' | b'^' | b'~') => 5,
        Some(b'_' | b'-') => 6,
        Some(b'.' | b',' | b';') => 7,
        Some(b':' | b'@') => 8,
        Some(b'/' | b'\\') => 9,
        Some(b'$' | b'%' | b'&' | b'*' | b'|' | b'+') => 10,
        Some(b'(' | b'[' | b'{' | b'<') => 11,
        Some(b')' | b']' | b'}' | b'>') => 12,
        Some(b' ' | b'\t') => 13,
        Some(_) => 14,
    }
}

/// Returns the code of the text after a value.
fn next(after: &[u8]) -> i16 {
    match after {
        [] | [b'\n' | b'\r', ..] => 0,
        [b',', ..] => 1,
        [b';', ..] => 2,
        [b')', ..] => 3,
        [b' ' | b'\t', b'\\', ..] => 4,
        [b' ' | b'\t', b'+' | b'.' | b'%' | b'|', ..] => 5,
        [b' ' | b'\t', ..] => 6,
        [b'+' | b'.' | b'(' | b'[', ..] => 7,
        [b'}' | b']', ..] => 8,
        [b'<', ..] => 9,
        [b'\\', ..] => 10,
        [b':' | b'=', ..] => 11,
        _ => 12,
    }
}

fn small(number: usize) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

/// Counts over the bytes of a value.
#[derive(Default)]
struct Counts {
    /// By the classes above.
    sorts: [usize; 7],
    changes: usize,
    distinct: usize,
    distinct_marks: usize,
    /// Boundaries between letters and digits.
    seams: usize,
    longest_same: usize,
    longest_step: usize,
    in_step: usize,
    longest_word: usize,
    hex: bool,
}

impl Counts {
    #[expect(clippy::indexing_slicing, reason = "a sort is below seven")]
    fn of(value: &[u8]) -> Self {
        let mut this = Self {
            hex: true,
            ..Self::default()
        };
        let (mut last, mut last_sort) = (0, 0);
        let (mut same, mut step, mut word) = (0, 0, 0);
        let mut seen = 0_u128;
        for &byte in value {
            let sort = sort(byte);
            this.sorts[usize::from(sort)] += 1;
            this.changes += usize::from(sort != last_sort);
            this.seams += usize::from(
                (sort == DIGIT) != (last_sort == DIGIT)
                    && sort.max(last_sort) <= DIGIT
                    && last_sort > 0,
            );
            seen |= 1_u128.wrapping_shl(u32::from(byte));
            same = if byte == last { same + 1 } else { 1 };
            this.longest_same = this.longest_same.max(same);
            let follows = byte == last.wrapping_add(1) || (last == b'9' && byte == b'0');
            step = if follows && last != 0 { step + 1 } else { 1 };
            this.in_step += usize::from(step > 1);
            this.longest_step = this.longest_step.max(step);
            word = if sort <= CAPITAL { word + 1 } else { 0 };
            this.longest_word = this.longest_word.max(word);
            this.hex &= byte.is_ascii_hexdigit();
            (last, last_sort) = (byte, sort);
        }
        this.distinct = seen.count_ones() as usize;
        this.distinct_marks = (seen & MARKS).count_ones() as usize;
        this
    }
}

/// Returns the number of bytes after which a value repeats, or its length.
fn period(value: &[u8]) -> usize {
    let repeats = |period: &usize| {
        let (Some(head), Some(tail)) = (value.get(..value.len() - period), value.get(*period..))
        else {
            return false;
        };
        head.eq_ignore_ascii_case(tail)
    };
    (1..=value.len() / 2).find(repeats).unwrap_or(value.len())
}

/// Returns the length of the longest common substring of the name and the value, of
/// which up to 32 bytes count.
fn shared(value: &[u8], name: &[u8]) -> usize {
    // For each byte, its places in the value.
    let mut places = [0_u32; 256];
    for (bit, byte) in value.iter().enumerate().take(32) {
        if let Some(places) = places.get_mut(usize::from(byte.to_ascii_lowercase())) {
            *places |= 1 << bit;
        }
    }
    let places_of = |byte: &u8| {
        let places = places.get(usize::from(byte.to_ascii_lowercase()));
        places.copied().unwrap_or(0)
    };
    // For each byte of the name, the places in the value where a common substring of
    // the length counted so far ends.
    let mut ends = [0_u32; MOST / 2];
    let name = name.get(..MOST / 2).unwrap_or(name);
    for (ends, byte) in ends.iter_mut().zip(name) {
        *ends = places_of(byte);
    }
    let mut longest = 0;
    while ends.iter().any(|ends| *ends != 0) {
        longest += 1;
        let mut before = 0;
        for (ends, byte) in ends.iter_mut().zip(name) {
            let here = *ends;
            *ends = before << 1 & places_of(byte);
            before = here;
        }
    }
    longest
}

/// Returns whether a value could be an identifier (1), one with dots (2), or one with
/// dashes, slashes and colons (3).
fn identifier(value: &[u8]) -> i16 {
    let starts = value
        .first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if !starts {
        0
    } else if value.iter().all(is_part) {
        1
    } else if value.iter().all(|byte| is_part(byte) || *byte == b'.') {
        2
    } else if value
        .iter()
        .all(|byte| is_part(byte) || matches!(byte, b'-' | b'/' | b'.' | b':'))
    {
        3
    } else {
        0
    }
}

/// Sets of bytes that are counted in one pass.
struct Sets {
    /// For each byte, one in ten bits of each set that has it.
    counts: [u64; 128],
}

static MARKS_OF_VALUES: Sets = Sets::new([
    ByteSet::parse("/\\\\"),
    ByteSet::parse("."),
    ByteSet::parse("_\\-"),
    ByteSet::parse("(){}\\[\\]<>"),
    ByteSet::parse("$%&*#@!?\\^~+|"),
    ByteSet::parse(":;,="),
]);

static MARKS_BEFORE: Sets = Sets::new([
    ByteSet::parse("#*/"),
    ByteSet::parse("({\\[,<"),
    ByteSet::EMPTY,
    ByteSet::EMPTY,
    ByteSet::EMPTY,
    ByteSet::EMPTY,
]);

impl Sets {
    const BITS: usize = 10;

    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated when the crate is compiled"
    )]
    const fn new(sets: [ByteSet; 6]) -> Self {
        const { assert!(MOST < 1 << Self::BITS, "no count passes on to the next") };
        let mut counts = [0; 128];
        let mut at = 0;
        while at < 128 * sets.len() {
            let (byte, set) = (at / sets.len(), at % sets.len());
            if sets[set].contains(byte as u8) {
                counts[byte] |= 1 << (set * Self::BITS);
            }
            at += 1;
        }
        Self { counts }
    }

    /// Returns how many bytes of `value`, which has at most [`MOST`], are in each set.
    fn count(&self, value: &[u8]) -> [i16; 6] {
        let of = |byte: &u8| self.counts.get(usize::from(*byte)).copied().unwrap_or(0);
        let counts: u64 = value.iter().map(of).sum();
        let mask = (1 << Self::BITS) - 1;
        std::array::from_fn(|set| (counts >> (set * Self::BITS) & mask) as i16)
    }
}

impl Evidence<'_> {
    /// Returns the features in the order in which the classifier was trained.
    pub(in crate::redact::engine) fn features(&self) -> [i16; COUNT] {
        let whole = self.value;
        let value = whole.get(..MOST).unwrap_or(whole);
        let name = self.name.get(..MOST / 2).unwrap_or(self.name);
        let counts = Counts::of(value);
        let [_, lower, upper, digits, marks, blanks, others] = counts.sorts;
        let surprise = grams::surprise(value);
        let stock = Stock::in_value(value);
        let letters = lower + upper;
        let (word, word_len) = self.word;
        let close = self.before.len().saturating_sub(40);
        let near = self.before.get(close..).unwrap_or_default();
        let [slashes, stops, joints, brackets, signs, separators] = MARKS_OF_VALUES.count(value);
        let [comments, opening, ..] = MARKS_BEFORE.count(near);
        [
            small(whole.len()),
            small(digits),
            small(upper),
            small(lower),
            small(marks),
            small(blanks),
            small(others),
            small(counts.distinct),
            small(counts.changes),
            small(surprise.mean()),
            small(surprise.excess()),
            small(surprise.most),
            small(counts.longest_word),
            small(counts.longest_same),
            small(counts.longest_step),
            small(counts.in_step),
            i16::from(counts.hex),
            i16::from(is_uuid(whole)),
            small(stock.bytes),
            small(stock.bytes * 100 / value.len().max(1)),
            small(stock.dummies),
            edge(value.first()),
            edge(whole.last()),
            slashes,
            stops,
            joints,
            brackets,
            signs,
            separators,
            small(shared(value.get(..32).unwrap_or(value), name)),
            small(value.len() / period(value).max(1)),
            identifier(value),
            i16::from(self.meaning),
            small(name.len()),
            small(word),
            small(name.len().saturating_sub(word + word_len)),
            i16::from(name.iter().any(u8::is_ascii_lowercase)),
            small(Stock::dummies_in(name)),
            i16::from(self.operator),
            match self.quote {
                None => 0,
                Some(b'"') => 1,
                Some(b'\'') => 2,
                Some(_) => 3,
            },
            i16::from(self.wrapped),
            next(self.after),
            i16::from(self.before.iter().all(|byte| sort(*byte) == BLANK)),
            small(Stock::dummies_in(near)),
            comments,
            opening,
            small(letters * 100 / value.len().max(1)),
            small(digits * 100 / value.len().max(1)),
            small(counts.distinct_marks),
            small(counts.seams),
        ]
    }
}
