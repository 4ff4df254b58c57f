//! Shapes: what the format of a value fixes, without a regular expression.

use super::text::Text;

/// A set of ASCII bytes. Bytes from 128 up are in no set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSet(u128);

impl ByteSet {
    pub(crate) const EMPTY: Self = Self(0);
    pub(crate) const ANY: Self = Self(u128::MAX);

    /// Returns the set of one byte.
    pub(crate) const fn of(byte: u8) -> Self {
        Self(if byte < 128 { 1 << byte } else { 0 })
    }

    /// Returns a bit for each byte of the set.
    pub(crate) const fn bits(self) -> u128 {
        self.0
    }

    /// Returns the bytes of the set in ascending order.
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let byte = u8::try_from(rest.trailing_zeros())
                .ok()
                .filter(|byte| *byte < 128)?;
            rest &= rest - 1;
            Some(byte)
        })
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Parses the inside of a bracketed class, such as `A-Za-z0-9_-`.
    ///
    /// A `-` at either end stands for itself. `\` takes the next byte literally.
    #[expect(
        clippy::panic,
        reason = "evaluated when the crate is compiled, where a bad spec must fail"
    )]
    pub(crate) const fn parse(spec: &str) -> Self {
        match parse_class(spec.as_bytes(), 0, false) {
            Ok((bits, _)) => Self(bits),
            Err(_) => panic!("a class that does not parse"),
        }
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "one half of the set is asked for"
    )]
    pub(crate) const fn contains(self, byte: u8) -> bool {
        let half = if byte & 64 == 0 {
            self.0 as u64
        } else {
            (self.0 >> 64) as u64
        };
        byte < 128 && half >> (byte & 63) & 1 == 1
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns the number of bytes in the set.
    pub(crate) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(crate) const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// A repetition of bytes from one set.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) set: ByteSet,
    pub(crate) min: u16,
    pub(crate) max: u16,
}

/// A sequence of repetitions, matched greedily from left to right without
/// backtracking.
///
/// Shapes are written in a small subset of regular-expression syntax: literal bytes,
/// bracketed classes, `\` to take a byte literally, and `?`, `{n}` or `{n,m}` after
/// either. A constant that does not parse fails the build. A string parsed at run
/// time returns an error with its position.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    parts: [Part; Self::MAX_PARTS],
    len: usize,
}

impl Shape {
    /// The greatest number of parts of a shape.
    pub(crate) const MAX_PARTS: usize = 20;

    /// Parses a shape that is written as a constant.
    #[expect(
        clippy::panic,
        reason = "evaluated when the crate is compiled, where a bad spec must fail"
    )]
    pub(crate) const fn parse(spec: &str) -> Self {
        match Self::try_parse(spec) {
            Ok(shape) => shape,
            Err(_) => panic!("a shape that does not parse"),
        }
    }

    /// Parses a shape. The error has the position and the reason.
    pub(crate) const fn try_parse(spec: &str) -> Result<Self, ShapeError> {
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
        while let Some(byte) = byte_at(bytes, at) {
            let start = at;
            let set = match byte {
                b'[' => match parse_class(bytes, at + 1, true) {
                    Ok((bits, end)) => {
                        at = end;
                        ByteSet(bits)
                    }
                    Err(error) => return Err(error),
                },
                b'{' | b'}' | b']' | b'(' | b')' | b'|' | b'*' | b'+' | b'.' | b'?' => {
                    return Err(ShapeError::new(
                        at,
                        "has a shape with a byte that must be escaped",
                    ));
                }
                _ => match parse_byte(bytes, at) {
                    Ok((byte, end)) => {
                        at = end;
                        ByteSet(1 << byte)
                    }
                    Err(error) => return Err(error),
                },
            };
            let (mut min, mut max) = (1, 1);
            if let Some(b'?') = byte_at(bytes, at) {
                min = 0;
                at += 1;
            } else if let Some(b'{') = byte_at(bytes, at) {
                (min, at) = match parse_number(bytes, at + 1) {
                    Ok(parsed) => parsed,
                    Err(error) => return Err(error),
                };
                max = min;
                if let Some(b',') = byte_at(bytes, at) {
                    (max, at) = match parse_number(bytes, at + 1) {
                        Ok(parsed) => parsed,
                        Err(error) => return Err(error),
                    };
                }
                let Some(b'}') = byte_at(bytes, at) else {
                    return Err(ShapeError::new(
                        at,
                        "has a shape with a repeat without its end",
                    ));
                };
                at += 1;
            }
            if min > max || max == 0 {
                return Err(ShapeError::new(
                    start,
                    "has a shape with a repeat from more to less",
                ));
            }
            if !shape.push(Part { set, min, max }) {
                return Err(ShapeError::new(
                    start,
                    "has a shape with more than 20 parts",
                ));
            }
        }
        if shape.len == 0 {
            return Err(ShapeError::new(0, "has an empty shape"));
        }
        Ok(shape)
    }

    #[expect(clippy::indexing_slicing, reason = "the index was compared")]
    const fn push(&mut self, part: Part) -> bool {
        if self.len == Self::MAX_PARTS {
            return false;
        }
        self.parts[self.len] = part;
        self.len += 1;
        true
    }

    /// Returns the bytes with which a value of this shape may begin.
    pub(crate) fn first_set(&self) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        for part in self.parts() {
            set = set.union(part.set);
            if part.min > 0 {
                break;
            }
        }
        set
    }

    pub(crate) fn parts(&self) -> &[Part] {
        self.parts.get(..self.len).unwrap_or_default()
    }

    /// Returns the end of the match that starts at `at`, if the shape matches there.
    ///
    /// The bytes after the match are not checked: the caller must decide whether the
    /// last repetition could have continued.
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

    /// Returns whether the last part may be shorter than it was matched.
    pub(crate) fn can_shrink(&self) -> bool {
        self.parts().last().is_some_and(|part| part.min < part.max)
    }

    /// Returns the set of bytes that the last part repeats.
    pub(crate) fn last_set(&self) -> ByteSet {
        self.parts().last().map_or(ByteSet::EMPTY, |part| part.set)
    }

    /// Returns the greatest length of a match in bytes.
    pub(crate) fn max_len(&self) -> usize {
        self.parts().iter().map(|part| usize::from(part.max)).sum()
    }

    /// Returns the least length of a match in bytes.
    pub(crate) fn min_len(&self) -> usize {
        self.parts().iter().map(|part| usize::from(part.min)).sum()
    }
}

/// The reason why a shape does not parse, and the offset of the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShapeError {
    pub(crate) at: usize,
    /// The reason, worded to follow the name of the item that has the shape.
    pub(crate) what: &'static str,
}

impl ShapeError {
    const fn new(at: usize, what: &'static str) -> Self {
        Self { at, what }
    }
}

#[expect(clippy::indexing_slicing, reason = "the index was compared")]
const fn byte_at(bytes: &[u8], at: usize) -> Option<u8> {
    if at < bytes.len() {
        Some(bytes[at])
    } else {
        None
    }
}

/// Parses one byte, which may follow a `\`, and returns it with its end.
const fn parse_byte(bytes: &[u8], at: usize) -> Result<(u8, usize), ShapeError> {
    let (byte, end) = match byte_at(bytes, at) {
        Some(b'\\') => (byte_at(bytes, at + 1), at + 2),
        byte => (byte, at + 1),
    };
    match byte {
        Some(byte @ ..128) => Ok((byte, end)),
        Some(_) => Err(ShapeError::new(at, "has a shape with a non-ASCII byte")),
        None => Err(ShapeError::new(at, "has a shape that ends too early")),
    }
}

/// Parses the class that begins at `at` and returns its set and its end. The end is
/// after the closing bracket, or at the end of `bytes` for a class without brackets.
const fn parse_class(
    bytes: &[u8],
    mut at: usize,
    bracketed: bool,
) -> Result<(u128, usize), ShapeError> {
    let mut bits: u128 = 0;
    loop {
        let end = match byte_at(bytes, at) {
            Some(b']') if bracketed => Some(at + 1),
            None if !bracketed => Some(at),
            _ => None,
        };
        if let Some(end) = end {
            if bits == 0 {
                return Err(ShapeError::new(at, "has a shape with an empty class"));
            }
            return Ok((bits, end));
        }
        let start = at;
        let low;
        (low, at) = match parse_byte(bytes, at) {
            Ok(parsed) => parsed,
            Err(error) => return Err(error),
        };
        let mut high = low;
        if let (Some(b'-'), Some(next)) = (byte_at(bytes, at), byte_at(bytes, at + 1))
            && !(bracketed && next == b']')
        {
            (high, at) = match parse_byte(bytes, at + 1) {
                Ok(parsed) => parsed,
                Err(error) => return Err(error),
            };
        }
        if low > high {
            return Err(ShapeError::new(start, "has a shape with a reversed range"));
        }
        let mut byte = low;
        while byte <= high {
            bits |= 1 << byte;
            byte += 1;
        }
    }
}

const fn parse_number(bytes: &[u8], start: usize) -> Result<(u16, usize), ShapeError> {
    let mut at = start;
    let mut number: u16 = 0;
    while let Some(digit @ b'0'..=b'9') = byte_at(bytes, at) {
        number = match number.checked_mul(10) {
            Some(tens) => match tens.checked_add((digit - b'0') as u16) {
                Some(number) => number,
                None => {
                    return Err(ShapeError::new(
                        start,
                        "has a shape with a repeat above 65535",
                    ));
                }
            },
            None => {
                return Err(ShapeError::new(
                    start,
                    "has a shape with a repeat above 65535",
                ));
            }
        };
        at += 1;
    }
    if at == start {
        return Err(ShapeError::new(
            at,
            "has a shape with a repeat without a number",
        ));
    }
    Ok((number, at))
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

    #[test]
    fn a_spec_that_does_not_parse_says_where() {
        let table = [
            ("", 0, "has an empty shape"),
            ("ab[", 3, "has a shape that ends too early"),
            ("[a-z", 4, "has a shape that ends too early"),
            ("a\\", 1, "has a shape that ends too early"),
            ("a[]", 2, "has a shape with an empty class"),
            ("[z-a]", 1, "has a shape with a reversed range"),
            ("aé", 1, "has a shape with a non-ASCII byte"),
            ("[é]", 1, "has a shape with a non-ASCII byte"),
            ("a.b", 1, "has a shape with a byte that must be escaped"),
            ("a+", 1, "has a shape with a byte that must be escaped"),
            ("(a)", 0, "has a shape with a byte that must be escaped"),
            ("?", 0, "has a shape with a byte that must be escaped"),
            ("a??", 2, "has a shape with a byte that must be escaped"),
            ("a{}", 2, "has a shape with a repeat without a number"),
            ("a{2,}", 4, "has a shape with a repeat without a number"),
            ("a{70000}", 2, "has a shape with a repeat above 65535"),
            ("a{65536}", 2, "has a shape with a repeat above 65535"),
            ("a{3", 3, "has a shape with a repeat without its end"),
            ("a{3,2}", 0, "has a shape with a repeat from more to less"),
            ("ba{0}", 1, "has a shape with a repeat from more to less"),
            (
                "abcdefghijklmnopqrstu",
                20,
                "has a shape with more than 20 parts",
            ),
        ];
        for (spec, at, what) in table {
            let error = Shape::try_parse(spec).err();
            assert_eq!(error, Some(ShapeError::new(at, what)), "{spec}");
        }
        let shape = Shape::try_parse(r"[A-Z\]\-_]{16,300}\.").unwrap();
        assert_eq!((shape.min_len(), shape.max_len()), (17, 301));
    }
}
