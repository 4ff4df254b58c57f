//! An instant.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

use crate::error::{Error, TimeCause};

/// An instant, to the nanosecond, from the year 0000 to the end of 9999 but for
/// its last two days.
///
/// As text it is RFC 3339 in UTC, such as `2026-05-01T12:30:00Z`. Text with
/// another offset is read and becomes UTC; a second of 60 is read as 59.
///
/// # Example
/// ```
/// use confidant::time::Moment;
///
/// let moment: Moment = "2026-05-01T14:30:00.25+02:00".parse()?;
/// assert_eq!(moment.to_string(), "2026-05-01T12:30:00.25Z");
/// assert_eq!(moment.unix_seconds(), 1_777_638_600);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Whole seconds since 1970 began, rounded towards the past.
    second: i64,
    /// Nanoseconds beyond them: fewer than a billion.
    nanosecond: u32,
}

const BILLION: u32 = 1_000_000_000;

impl Moment {
    /// The first instant: `0000-01-01T00:00:00Z`.
    pub const MIN: Self = Self {
        second: -62_167_219_200,
        nanosecond: 0,
    };

    /// The last instant: `9999-12-30T22:00:00.999999999Z`. It lies short of the
    /// year's end so that it has a date in every time zone.
    pub const MAX: Self = Self {
        second: 253_402_207_200,
        nanosecond: BILLION - 1,
    };

    /// The start of Unix time: `1970-01-01T00:00:00Z`.
    pub const UNIX_EPOCH: Self = Self {
        second: 0,
        nanosecond: 0,
    };

    /// Creates the instant that many seconds after (or, negative, before) 1970 began.
    ///
    /// # Errors
    /// `Limit` outside [`MIN`](Self::MIN) to [`MAX`](Self::MAX).
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, Error> {
        Self::from_parts(Some(seconds), 0)
    }

    /// Creates the instant that many nanoseconds after (or, negative, before) 1970
    /// began.
    ///
    /// # Errors
    /// `Limit` outside [`MIN`](Self::MIN) to [`MAX`](Self::MAX).
    pub fn from_unix_nanoseconds(nanoseconds: i128) -> Result<Self, Error> {
        let billion = i128::from(BILLION);
        let second = i64::try_from(nanoseconds.div_euclid(billion)).ok();
        let nanosecond = u32::try_from(nanoseconds.rem_euclid(billion)).unwrap_or(0);
        Self::from_parts(second, nanosecond)
    }

    /// Returns the whole seconds since 1970 began, rounded towards the past; negative before.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.second
    }

    /// Nanoseconds since 1970 began; negative before.
    #[must_use]
    pub const fn unix_nanoseconds(self) -> i128 {
        self.second as i128 * BILLION as i128 + self.nanosecond as i128
    }

    /// Returns the instant `duration` later.
    ///
    /// # Errors
    /// `Limit` past [`MAX`](Self::MAX).
    pub fn checked_add(self, duration: Duration) -> Result<Self, Error> {
        let seconds = i64::try_from(duration.as_secs()).ok();
        let second = seconds.and_then(|seconds| self.second.checked_add(seconds));
        // Both are below a billion, so the sum is below four.
        let sum = self.nanosecond + duration.subsec_nanos();
        match sum.checked_sub(BILLION) {
            None => Self::from_parts(second, sum),
            Some(rest) => Self::from_parts(second.and_then(|second| second.checked_add(1)), rest),
        }
    }

    /// Returns the instant `duration` earlier.
    ///
    /// # Errors
    /// `Limit` before [`MIN`](Self::MIN).
    pub fn checked_sub(self, duration: Duration) -> Result<Self, Error> {
        let seconds = i64::try_from(duration.as_secs()).ok();
        let second = seconds.and_then(|seconds| self.second.checked_sub(seconds));
        match self.nanosecond.checked_sub(duration.subsec_nanos()) {
            Some(rest) => Self::from_parts(second, rest),
            None => {
                let rest = self.nanosecond + BILLION - duration.subsec_nanos();
                Self::from_parts(second.and_then(|second| second.checked_sub(1)), rest)
            }
        }
    }

    /// Returns the instant `duration` later, or [`MAX`](Self::MAX) past it.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        self.checked_add(duration).unwrap_or(Self::MAX)
    }

    /// Returns the instant `duration` earlier, or [`MIN`](Self::MIN) before it.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        self.checked_sub(duration).unwrap_or(Self::MIN)
    }

    /// Returns how long after `earlier` this is; `None` when it is before it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Option<Duration> {
        let seconds = u64::try_from(self.second - earlier.second).ok()?;
        match self.nanosecond.checked_sub(earlier.nanosecond) {
            Some(rest) => Some(Duration::new(seconds, rest)),
            None => {
                let rest = self.nanosecond + BILLION - earlier.nanosecond;
                Some(Duration::new(seconds.checked_sub(1)?, rest))
            }
        }
    }

    /// Returns the nanoseconds beyond the whole [second](Self::unix_seconds).
    pub(super) const fn nanosecond(self) -> u32 {
        self.nanosecond
    }

    /// Returns the instant of that many seconds since 1970 began, and nanoseconds beyond,
    /// of which there are fewer than a billion. `None` is too many seconds.
    #[inline]
    pub(super) fn from_parts(second: Option<i64>, nanosecond: u32) -> Result<Self, Error> {
        let moment = second.map(|second| Self { second, nanosecond });
        let moment = moment.filter(|moment| (Self::MIN..=Self::MAX).contains(moment));
        Ok(moment.ok_or(TimeCause::MomentRange)?)
    }

    /// The same for the calendar library, which has every instant that there is here.
    fn timestamp(self) -> Timestamp {
        Timestamp::from_nanosecond(self.unix_nanoseconds()).unwrap_or_default()
    }

    /// The instant that the operating system means, or the nearest there is.
    pub(super) fn saturating_from(time: SystemTime) -> Self {
        let nearest = if time < UNIX_EPOCH {
            Self::MIN
        } else {
            Self::MAX
        };
        Self::try_from(time).unwrap_or(nearest)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moment({self})")
    }
}

impl FromStr for Moment {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is not RFC 3339, `Limit` where the instant is
    /// out of bounds.
    fn from_str(text: &str) -> Result<Self, Error> {
        if !is_rfc_3339(text.as_bytes()) {
            return Err(TimeCause::MomentSyntax.into());
        }
        // The shape is right, and a date that does not exist is no instant.
        let at: Timestamp = text.parse().map_err(|_| TimeCause::MomentSyntax)?;
        Self::from_unix_nanoseconds(at.as_nanosecond())
    }
}

impl TryFrom<SystemTime> for Moment {
    type Error = Error;

    /// # Errors
    /// `Limit` outside [`MIN`](Moment::MIN) to [`MAX`](Moment::MAX).
    fn try_from(time: SystemTime) -> Result<Self, Error> {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self::UNIX_EPOCH.checked_add(since),
            Err(before) => Self::UNIX_EPOCH.checked_sub(before.duration()),
        }
    }
}

/// Whether the text has the shape of RFC 3339, of which the calendar library
/// reads a good deal more: other separators, missing seconds, zone names.
fn is_rfc_3339(text: &[u8]) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let fits = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't'),
                _ => byte == form,
            })
    };
    let rest = match rest.split_first() {
        Some((b'.', fraction)) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit());
            let digits = digits.count();
            match fraction.split_at_checked(digits) {
                Some((_, rest)) if (1..=9).contains(&digits) => rest,
                _ => return false,
            }
        }
        _ => rest,
    };
    fits(date_time, b"0000-00-00T00:00:00")
        && (matches!(rest, b"Z" | b"z") || fits(rest, b"+00:00") || fits(rest, b"-00:00"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn only_rfc_3339_is_read() {
        for (text, written) in [
            ("2026-05-01T12:30:00Z", "2026-05-01T12:30:00Z"),
            ("2026-05-01t12:30:00z", "2026-05-01T12:30:00Z"),
            (
                "2026-05-01T12:30:00.000000001Z",
                "2026-05-01T12:30:00.000000001Z",
            ),
            ("2026-05-01T00:30:00+02:00", "2026-04-30T22:30:00Z"),
            ("2026-05-01T12:30:00-00:00", "2026-05-01T12:30:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), written);
        }
        for text in [
            "",
            "2026-05-01",
            "2026-05-01T12:30Z",
            "2026-05-01T12:30:00",
            "2026-05-01 12:30:00Z",
            "2026-05-01T12:30:00.Z",
            "2026-05-01T12:30:00.0000000001Z",
            "2026-05-01T12:30:00,5Z",
            "2026-05-01T12:30:00+02",
            "2026-05-01T12:30:00+0200",
            "2026-05-01T12:30:00Z[UTC]",
            "2026-05-01T12:30:00+00:00[Europe/Paris]",
            "2026-02-29T12:30:00Z",
            "2026-13-01T12:30:00Z",
            "2026-05-01T24:00:00Z",
            "+002026-05-01T12:30:00Z",
            "2026-05-01T12:30:00Z ",
            "２０２６-05-01T12:30:00Z",
        ] {
            let error = text.parse::<Moment>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
        }
    }

    #[test]
    fn bounds_hold_everywhere() {
        let ns = Duration::from_nanos(1);
        assert_eq!(Moment::MIN.to_string(), "0000-01-01T00:00:00Z");
        assert_eq!(Moment::MAX.to_string(), "9999-12-30T22:00:00.999999999Z");
        for moment in [Moment::MIN, Moment::MAX] {
            assert_eq!(moment.to_string().parse::<Moment>().unwrap(), moment);
        }
        let out = [
            Moment::MAX.checked_add(ns),
            Moment::MIN.checked_sub(ns),
            Moment::UNIX_EPOCH.checked_add(Duration::MAX),
            Moment::UNIX_EPOCH.checked_sub(Duration::MAX),
            Moment::from_unix_seconds(i64::MIN),
            Moment::from_unix_seconds(-62_167_219_201),
            Moment::from_unix_nanoseconds(i128::MAX),
            "0000-01-01T00:00:00+01:00".parse(),
        ];
        for result in out {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Limit);
        }
    }

    #[test]
    fn what_is_added_can_be_taken_away() {
        let bits = [
            0,
            1,
            999_999_999,
            1_000_000_000,
            1_500_000_000,
            86_400_000_000_001,
        ];
        for start in [
            -1_500_000_000_i128,
            -1,
            0,
            1,
            999_999_999,
            1_777_638_600_250_000_000,
        ] {
            let moment = Moment::from_unix_nanoseconds(start).unwrap();
            for nanoseconds in bits {
                let by = Duration::from_nanos(nanoseconds);
                let later = moment.checked_add(by).unwrap();
                assert_eq!(later.unix_nanoseconds(), start + i128::from(nanoseconds));
                assert_eq!(later.checked_sub(by).unwrap(), moment);
                let earlier = moment.checked_sub(by).unwrap();
                assert_eq!(earlier.unix_nanoseconds(), start - i128::from(nanoseconds));
            }
        }
    }

    #[test]
    fn seconds_round_towards_the_past() {
        let before = Moment::from_unix_nanoseconds(-1).unwrap();
        assert_eq!(before.unix_seconds(), -1);
        assert_eq!(Moment::from_unix_nanoseconds(1).unwrap().unix_seconds(), 0);
        let whole = Moment::from_unix_seconds(-7).unwrap();
        assert_eq!(whole.unix_seconds(), -7);
    }

    proptest! {
        #[test]
        fn text_and_numbers_lead_back(
            ns in Moment::MIN.unix_nanoseconds()..=Moment::MAX.unix_nanoseconds()
        ) {
            let moment = Moment::from_unix_nanoseconds(ns).unwrap();
            prop_assert_eq!(moment.unix_nanoseconds(), ns);
            prop_assert_eq!(moment.to_string().parse::<Moment>().unwrap(), moment);
            prop_assert_eq!(i128::from(moment.unix_seconds()), ns.div_euclid(1_000_000_000));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Moment>();
        }
    }
}
