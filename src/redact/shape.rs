//! The shape of a value: what a format fixes, without a regular expression.

use super::engine::Text;

/// A set of ASCII bytes; bytes from 128 up are in no set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSet(u128);

impl ByteSet {
    pub(crate) const EMPTY: Self = Self(0);
    pub(crate) const ANY: Self = Self(u128::MAX);

    /// The set of one byte.
    pub(crate) const fn of(byte: u8) -> Self {
        Self(if byte < 128 { 1 << byte } else { 0 })
    }

    /// The bytes of the set, upwards.
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        (0..128).filter(move |&byte| self.contains(byte))
    }

    /// Parses what stands between the brackets of a class, such as `A-Za-z0-9_-`.
    ///
    /// A `-` at either end is itself; `\` takes the next byte as it is.
    pub(crate) const fn parse(spec: &str) -> Self {
        let bytes = spec.as_bytes();
        Self(parse_class(bytes, 0, bytes.len()))
    }

    pub(crate) const fn contains(self, byte: u8) -> bool {
        byte < 128 && (self.0 >> byte) & 1 == 1
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// How many bytes are in the set.
    pub(crate) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(crate) const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// A repeat of bytes out of one set.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) set: ByteSet,
    pub(crate) min: u16,
    pub(crate) max: u16,
}

/// A sequence of repeats, matched greedily from left to right without going back.
///
/// Written in a small part of regular-expression syntax: literal bytes, classes
/// in brackets, `\` to take a byte as it is, and `?`, `{n}` or `{n,m}` after
/// either. A spec that does not parse fails the build, since every shape is a
/// constant.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    parts: [Part; Self::MAX_PARTS],
    len: usize,
}

impl Shape {
    /// The most parts that one shape may have.
    pub(crate) const MAX_PARTS: usize = 20;

    #[expect(
        clippy::indexing_slicing,
        clippy::panic,
        reason = "evaluated when the crate is compiled, where a bad spec must fail"
    )]
    pub(crate) const fn parse(spec: &str) -> Self {
        let bytes = spec.as_bytes();
        let none = Part {
            set: ByteSet::EMPTY,
            min: 0,
            max: 0,
        };
        let mut shape = Self {
            parts: [none; Self::MAX_PARTS],
            len: 0,
        };
        let mut at = 0;
        while at < bytes.len() {
            let set = match bytes[at] {
                b'[' => {
                    let from = at + 1;
                    let mut to = from;
                    while bytes[to] != b']' {
                        to += if bytes[to] == b'\\' { 2 } else { 1 };
                    }
                    at = to + 1;
                    ByteSet(parse_class(bytes, from, to))
                }
                b'\\' => {
                    at += 2;
                    ByteSet(1 << bytes[at - 1])
                }
                b'{' | b'}' | b'(' | b')' | b'|' | b'*' | b'+' | b'.' => {
                    panic!("this byte must be escaped in a shape")
                }
                byte => {
                    at += 1;
                    ByteSet(1 << byte)
                }
            };
            let (mut min, mut max) = (1, 1);
            if at < bytes.len() && bytes[at] == b'?' {
                min = 0;
                at += 1;
            } else if at < bytes.len() && bytes[at] == b'{' {
                at += 1;
                (min, at) = parse_number(bytes, at);
                max = min;
                if bytes[at] == b',' {
                    (max, at) = parse_number(bytes, at + 1);
                }
                assert!(bytes[at] == b'}', "a repeat ends with a brace");
                at += 1;
            }
            assert!(min <= max && max > 0, "a repeat runs from less to more");
            shape.parts[shape.len] = Part { set, min, max };
            shape.len += 1;
        }
        assert!(shape.len > 0, "a shape is not empty");
        shape
    }

    pub(crate) fn parts(&self) -> &[Part] {
        self.parts.get(..self.len).unwrap_or_default()
    }

    /// Where the match that starts at `at` ends, if the shape matches there.
    ///
    /// Says nothing of what follows: whether the last repeat could have gone on
    /// is for the caller to judge.
    #[inline]
    pub(crate) fn end_in(&self, text: &Text<'_>, mut at: usize) -> Option<usize> {
        for part in self.parts() {
            let end = text.run_of(at, usize::from(part.max), |byte| part.set.contains(byte));
            if end - at < usize::from(part.min) {
                return None;
            }
            at = end;
        }
        Some(at)
    }

    /// Whether all of `value` has this shape.
    pub(crate) fn is_all_of(&self, value: &[u8]) -> bool {
        self.end_in(&Text::new(value, true), 0) == Some(value.len())
    }

    /// Whether the last part may be shorter than it is.
    pub(crate) fn can_shrink(&self) -> bool {
        self.parts().last().is_some_and(|part| part.min < part.max)
    }

    /// The set of bytes that the last part repeats.
    pub(crate) fn last_set(&self) -> ByteSet {
        self.parts().last().map_or(ByteSet::EMPTY, |part| part.set)
    }

    /// The least number of bytes that the shape takes.
    pub(crate) fn min_len(&self) -> usize {
        self.parts().iter().map(|part| usize::from(part.min)).sum()
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "evaluated when the crate is compiled, where a bad spec must fail"
)]
const fn parse_class(bytes: &[u8], from: usize, to: usize) -> u128 {
    let mut bits: u128 = 0;
    let mut at = from;
    while at < to {
        if bytes[at] == b'\\' {
            at += 1;
        }
        let low = bytes[at];
        let mut high = low;
        if at + 2 < to && bytes[at + 1] == b'-' {
            high = bytes[at + 2];
            at += 2;
        }
        assert!(low <= high && high < 128, "a class runs upwards in ASCII");
        let mut byte = low;
        while byte <= high {
            bits |= 1 << byte;
            byte += 1;
        }
        at += 1;
    }
    bits
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled, where a bad spec must fail"
)]
const fn parse_number(bytes: &[u8], mut at: usize) -> (u16, usize) {
    let mut number = 0;
    while bytes[at].is_ascii_digit() {
        number = number * 10 + (bytes[at] - b'0') as u16;
        at += 1;
    }
    (number, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_matches_what_its_spec_says() {
        const SHAPE: Shape = Shape::parse(r"xox[bp]-[0-9]{3,5}-[a-z\-]{2}=?\.");
        let end = |text: &[u8], at| SHAPE.end_in(&Text::new(text, true), at);
        assert_eq!(end(b"..xoxb-1234-a-=.", 2), Some(16));
        assert_eq!(end(b"xoxp-123-ab.", 0), Some(12));
        assert_eq!(end(b"xoxp-12-ab.", 0), None);
        assert_eq!(end(b"xoxp-123456-ab.", 0), None);
        assert_eq!(end(b"xoxp-123-a", 0), None);
        assert_eq!(end(b"", 1), None);
        assert_eq!(SHAPE.min_len(), 4 + 1 + 3 + 1 + 2 + 1);
    }
}
