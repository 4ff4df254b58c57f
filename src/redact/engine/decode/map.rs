//! Maps from decoded text to the bytes that carry it.

use std::ops::Range;

/// A range of decoded text and the range it stands for, as offsets from the starts of
/// the two texts. A piece that was left out decodes to nothing.
#[derive(Clone, Copy, Debug)]
struct Unit {
    decoded: usize,
    decoded_len: usize,
    encoded: usize,
    encoded_len: usize,
}

/// Units in order. Between them, both texts are equal.
#[derive(Debug, Default)]
pub(in crate::redact::engine) struct Units(Vec<Unit>);

impl Units {
    pub(in crate::redact::engine) fn push(&mut self, decoded: Range<usize>, encoded: Range<usize>) {
        self.0.push(Unit {
            decoded: decoded.start,
            decoded_len: decoded.len(),
            encoded: encoded.start,
            encoded_len: encoded.len(),
        });
    }

    /// Returns the start of `at` in the encoded text.
    fn start(&self, at: usize) -> usize {
        let count = self.0.partition_point(|unit| unit.decoded <= at);
        self.behind(count, |unit| {
            (at < unit.decoded + unit.decoded_len).then_some(unit.encoded)
        })
        .unwrap_or_else(|from| from(at))
    }

    /// Returns the end of what ends before `at` in the encoded text.
    fn end(&self, at: usize) -> usize {
        let count = self.0.partition_point(|unit| unit.decoded < at);
        self.behind(count, |unit| {
            (at <= unit.decoded + unit.decoded_len).then_some(unit.encoded + unit.encoded_len)
        })
        .unwrap_or_else(|from| from(at))
    }

    /// Returns the result of `inside` for the last of the first `count` units, or the
    /// offset for counting on after it.
    fn behind(
        &self,
        count: usize,
        inside: impl Fn(&Unit) -> Option<usize>,
    ) -> Result<usize, impl Fn(usize) -> usize> {
        let unit = count.checked_sub(1).and_then(|last| self.0.get(last));
        let (decoded, encoded) = unit.map_or((0, 0), |unit| {
            (
                unit.decoded + unit.decoded_len,
                unit.encoded + unit.encoded_len,
            )
        });
        unit.and_then(inside)
            .ok_or(move |at: usize| encoded + (at - decoded))
    }

    /// Returns whether a unit touches the bytes from `from` to `to` of the decoded
    /// text.
    fn any_in(&self, from: usize, to: usize) -> bool {
        let first = self
            .0
            .partition_point(|unit| unit.decoded + unit.decoded_len < from);
        self.0.get(first).is_some_and(|unit| unit.decoded <= to)
    }
}

/// The relation of decoded and encoded bytes.
#[derive(Clone, Copy, Debug)]
pub(in crate::redact::engine) enum Form {
    /// One to one, except in units.
    Text,
    /// Groups of digits stand for groups of bytes. The units lie between
    /// digits.
    Groups { decoded: usize, encoded: usize },
    /// Two bytes for each byte, except in units, which are counted in twos too.
    Wide,
}

/// The map of one region.
#[derive(Debug)]
pub(in crate::redact::engine) struct Map {
    pub(in crate::redact::engine) start: usize,
    /// The end of the region.
    pub(in crate::redact::engine) end: usize,
    pub(in crate::redact::engine) form: Form,
    pub(in crate::redact::engine) units: Units,
}

impl Map {
    /// Returns the bytes that carry the decoded bytes from `from` to `to`, in whole
    /// units.
    pub(in crate::redact::engine) fn span(&self, from: usize, to: usize) -> Range<usize> {
        let (start, end) = match self.form {
            Form::Text => (self.units.start(from), self.units.end(to)),
            Form::Groups { decoded, encoded } => (
                self.units.start(from / decoded * encoded),
                self.units.end(to.div_ceil(decoded) * encoded),
            ),
            Form::Wide => (2 * self.units.start(from), 2 * self.units.end(to)),
        };
        self.start + start..(self.start + end).min(self.end)
    }

    /// Returns how many decoded bytes the units of the bytes from `from` to `to` also
    /// hold before and after them, in a text of `len` decoded bytes.
    pub(in crate::redact::engine) fn beside(&self, from: usize, to: usize, len: usize) -> [u8; 2] {
        let Form::Groups { decoded, .. } = self.form else {
            return [0; 2];
        };
        let end = to.next_multiple_of(decoded).min(len.max(to));
        [from % decoded, end - to].map(|count| u8::try_from(count).unwrap_or(u8::MAX))
    }

    /// Returns whether the decoded bytes from `from` to `to`, or bytes near them,
    /// differ from the encoded text.
    pub(in crate::redact::engine) fn differs_near(&self, from: usize, to: usize) -> bool {
        match self.form {
            Form::Text => self.units.any_in(from.saturating_sub(CONTEXT), to + 8),
            Form::Groups { .. } | Form::Wide => true,
        }
    }
}

/// How far before a value the context on which it depends may begin.
const CONTEXT: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_taken_whole_and_gaps_left_out() {
        // `ab%3Dcd\<newline>ef` decodes to `ab=cdef`.
        let mut units = Units::default();
        units.push(2..3, 2..5);
        units.push(5..5, 7..9);
        let map = Map {
            start: 10,
            end: 21,
            form: Form::Text,
            units,
        };
        for (decoded, encoded) in [
            (0..2, 10..12),
            (2..3, 12..15),
            (1..3, 11..15),
            (3..5, 15..17),
            (3..6, 15..20),
            (5..7, 19..21),
            (0..7, 10..21),
        ] {
            assert_eq!(map.span(decoded.start, decoded.end), encoded, "{decoded:?}");
        }
    }

    #[test]
    fn groups_are_rounded_outwards() {
        let mut units = Units::default();
        units.push(8..8, 8..9);
        let map = Map {
            start: 0,
            end: 13,
            form: Form::Groups {
                decoded: 3,
                encoded: 4,
            },
            units,
        };
        assert_eq!(map.span(0, 1), 0..4);
        assert_eq!(map.beside(0, 1, 9), [0, 2]);
        assert_eq!(map.beside(2, 4, 9), [2, 2]);
        assert_eq!(map.beside(3, 6, 9), [0, 0]);
        assert_eq!(map.beside(5, 7, 8), [2, 1]);
        assert_eq!(map.span(2, 4), 0..8);
        assert_eq!(map.span(5, 7), 4..13);
        assert_eq!(map.span(6, 9), 9..13);
    }
}
