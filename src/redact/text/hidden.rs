//! The values that a scan has found, and the text around them.

/// How many of the last values found are known. A matcher that looks back stops at
/// the oldest one.
const KEPT: usize = 8;

/// A value that was found.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    personal: bool,
}

/// The last values found, in the order of the text. They do not overlap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hidden {
    spans: [Span; KEPT],
    /// The end of the last value that is a secret.
    secret: usize,
}

impl Hidden {
    /// Nothing was found.
    pub(crate) const NONE: Self = Self {
        spans: [Span {
            start: 0,
            end: 0,
            personal: false,
        }; KEPT],
        secret: 0,
    };

    /// Adds a value. If it starts before the end of the last one, both are one value
    /// from then on.
    pub(crate) fn add(&mut self, start: usize, end: usize, personal: bool) {
        if !personal {
            self.secret = end.max(self.secret);
        }
        let Some(last) = self.spans.last_mut() else {
            return;
        };
        if start < last.end {
            last.start = start.min(last.start);
            last.end = end.max(last.end);
            last.personal &= personal;
            return;
        }
        self.spans.rotate_left(1);
        if let Some(last) = self.spans.last_mut() {
            *last = Span {
                start,
                end,
                personal,
            };
        }
    }

    /// Returns the end of the last value.
    pub(crate) fn end(&self) -> usize {
        self.spans.last().map_or(0, |span| span.end)
    }

    /// Returns the end of the last value that is a secret.
    pub(crate) const fn secret_end(&self) -> usize {
        self.secret
    }

    /// Returns the place before which values are no longer known.
    pub(super) fn least(&self) -> usize {
        self.spans.first().map_or(0, |span| span.end)
    }

    /// Returns the start and the end of the last value that starts before `at`.
    pub(super) fn last_before(&self, at: usize) -> Option<(usize, usize)> {
        let mut spans = self.spans.iter().rev();
        let span = spans.find(|span| span.end > 0 && span.start < at)?;
        Some((span.start, span.end))
    }

    /// Adjusts the places after the first `count` bytes of the text were dropped.
    pub(crate) fn shift(&mut self, count: usize) {
        let shift = |at: &mut usize| *at = at.saturating_sub(count);
        shift(&mut self.secret);
        for span in &mut self.spans {
            shift(&mut span.start);
            shift(&mut span.end);
        }
    }
}

impl Default for Hidden {
    fn default() -> Self {
        Self::NONE
    }
}

/// Text before a place, without the values found in it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen<'t> {
    /// The pieces between the values, from the last one on.
    pub(super) pieces: [(usize, &'t [u8]); KEPT],
    pub(super) count: usize,
    /// The place of the byte that ends the text, if it was reached.
    end: Option<usize>,
}

impl<'t> Seen<'t> {
    /// Adds the piece at `start`. `close` is the last byte in it that ends the text.
    pub(super) fn add(&mut self, start: usize, piece: &'t [u8], close: Option<usize>) {
        let from = close.map_or(0, |close| close + 1);
        if let Some(place) = self.pieces.get_mut(self.count) {
            *place = (start + from, piece.get(from..).unwrap_or_default());
            self.count += 1;
        }
        self.end = close.map(|close| start + close);
    }

    /// Returns the starts and the bytes of the pieces, from the last one on.
    pub(crate) fn pieces(&self) -> impl DoubleEndedIterator<Item = (usize, &'t [u8])> + '_ {
        self.pieces.iter().take(self.count).copied()
    }

    /// Returns the start and the bytes of the last piece.
    pub(crate) fn last(&self) -> (usize, &'t [u8]) {
        self.pieces.first().copied().unwrap_or_default()
    }

    /// Returns the place of the byte that ends the text, if it was reached.
    pub(crate) const fn end(&self) -> Option<usize> {
        self.end
    }

    /// Returns whether one of the pieces has the property `is`.
    pub(crate) fn any(&self, is: impl Fn(&'t [u8]) -> bool) -> bool {
        self.pieces().any(|(_, piece)| is(piece))
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::text::{Hidden, Text};

    fn pieces(text: &str, hidden: &[(usize, usize)]) -> Vec<String> {
        let whole = Text::new(text.as_bytes(), true);
        let mut all = Hidden::NONE;
        for &(start, end) in hidden {
            all.add(start, end, true);
        }
        whole.hide(&all);
        let seen = whole.seen_back(text.len(), 200, |byte| byte == b'\n');
        let text = |(_, piece): (usize, &[u8])| String::from_utf8_lossy(piece).into_owned();
        seen.pieces().map(text).collect()
    }

    #[test]
    fn values_are_left_out_of_the_text_before_a_place() {
        assert_eq!(pieces("ab cd ef", &[]), ["ab cd ef"]);
        assert_eq!(pieces("ab cd ef", &[(3, 5)]), [" ef", "ab "]);
        assert_eq!(pieces("ab\ncd ef", &[(3, 5)]), [" ef", ""]);
        assert_eq!(pieces("ab cd", &[(3, 5)]), ["ab "]);
        assert_eq!(pieces("ab cd", &[(3, 9)]), ["ab "]);
        assert_eq!(pieces("ab [REDACTED-IP] ef", &[]), [" ef", "ab "]);
        assert_eq!(pieces("a b c d e", &[(2, 3), (6, 7)]), [" e", " c ", "a "]);
    }

    #[test]
    fn more_values_than_are_known_end_the_text() {
        let text = "v ".repeat(20);
        let hidden: Vec<_> = (0..20).map(|at| (2 * at, 2 * at + 1)).collect();
        let pieces = pieces(&text, &hidden);
        assert!((7..=8).contains(&pieces.len()), "{pieces:?}");
    }

    #[test]
    fn a_secret_is_told_from_personal_data() {
        let mut hidden = Hidden::NONE;
        hidden.add(2, 4, false);
        hidden.add(6, 9, true);
        assert_eq!((hidden.secret_end(), hidden.end()), (4, 9));
        hidden.shift(3);
        assert_eq!((hidden.secret_end(), hidden.end()), (1, 6));
    }
}
