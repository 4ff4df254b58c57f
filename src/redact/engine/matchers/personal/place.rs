//! Coordinates.

use super::{PLACE_WORDS, Personal};
use crate::redact::builtin::Structure;
use crate::redact::engine::Hit;
use crate::redact::text::{DIGIT, Shape, Text};

pub(super) const WORDS: &[&str] = &[
    "lat",
    "latitude",
    "lng",
    "lon",
    "long",
    "longitude",
    "latlng",
    "latlong",
    "coords",
    "coordinate",
    "coord",
    "gps",
    "geo",
    "location",
    "position",
    "koordinaten",
    "coordonnées",
    "coordenadas",
    "coordinate",
    "ubicación",
    "standort",
];

impl Personal {
    /// Returns a latitude and a longitude in decimal degrees near words that name a
    /// place (RFC 5870 has `geo:`). They must have at least three decimal places,
    /// about a hundred meters.
    pub(super) fn coordinates(&self, text: &Text<'_>, at: usize, mark: u8) -> Option<Hit> {
        const SECOND: Shape = Shape::parse(r"[0-9]{1,3}\.[0-9]{3,15}");
        let whole = text.run(at, 4, DIGIT);
        if !(1..=2).contains(&(whole - at)) || text.at(whole) != Some(b'.') {
            return None;
        }
        self.rule(Structure::Coordinates)?;
        let first = text.run(whole + 1, 16, DIGIT);
        if !(3..=15).contains(&(first - whole - 1)) || text.at(first) != Some(b',') {
            return None;
        }
        let blank = usize::from(text.at(first + 1) == Some(b' '));
        let signed = matches!(text.at(first + 1 + blank), Some(b'-' | b'+'));
        let second = first + 1 + blank + usize::from(signed);
        let end = SECOND.end_in(text, second)?;
        let degrees = |from: usize| {
            let digits = text.slice(from, text.run(from, 3, DIGIT));
            digits
                .iter()
                .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
        };
        let start = if matches!(mark, b'-' | b'+') {
            at - 1
        } else {
            at
        };
        let continues = text
            .at(end)
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        (degrees(at) <= 90
            && degrees(second) <= 180
            && !continues
            && self.is_near(text, start, end, PLACE_WORDS))
        .then(|| self.hit(Structure::Coordinates, (start, end, 85)))
        .flatten()
    }
}
