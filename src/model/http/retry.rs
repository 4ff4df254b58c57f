//! When a request is sent again.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Nobody waits longer than this for another attempt.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// A random pause after `attempts` attempts ("full jitter"), so that clients which
/// failed together do not come back together.
pub(super) fn pause(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let most = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_BACKOFF);
    // Without random numbers it is the longest that it could be.
    let share = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    most.mul_f64(share)
}

/// How long the provider asks to wait: milliseconds, seconds, or a date, which is held
/// against the date of the answer itself and needs no clock here.
pub(super) fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(millis) = text("retry-after-ms").and_then(number) {
        return Some(millis / 1000);
    }
    let asked = text(RETRY_AFTER.as_str())?;
    if let Some(seconds) = number(asked) {
        return Some(seconds);
    }
    let now = rfc2822::parse(text(DATE.as_str())?).ok()?;
    let then = rfc2822::parse(asked).ok()?;
    let seconds = then.timestamp().as_second() - now.timestamp().as_second();
    Some(Duration::from_secs(seconds.try_into().unwrap_or(0)))
}

/// A number of seconds that is not negative and is less than a year.
fn number(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    (0.0..31_536_000_000.0)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

/// Whether an answer of this status may be asked for again. The provider's own word
/// wins.
pub(super) fn may_retry(status: u16, headers: &HeaderMap) -> bool {
    let word = headers.get("x-should-retry").map(|value| value.as_bytes());
    match word {
        Some(b"true") => true,
        Some(b"false") => false,
        _ => matches!(status, 408 | 409 | 429 | 500 | 502 | 503 | 504 | 529),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let headers = list.iter().map(|(name, value)| {
            let name = reqwest::header::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        headers.collect()
    }

    #[test]
    fn pauses_are_random_and_bounded() {
        for (attempts, most) in [(1, 500), (2, 1000), (3, 2000), (9, 8000), (u32::MAX, 8000)] {
            let pauses: Vec<_> = (0..64).map(|_| pause(attempts)).collect();
            assert!(
                pauses
                    .iter()
                    .all(|pause| *pause <= Duration::from_millis(most))
            );
            // Each half of the range is missed by 64 of them once in 2^64.
            assert!(
                pauses
                    .iter()
                    .any(|pause| *pause > Duration::from_millis(most / 2))
            );
            assert!(
                pauses
                    .iter()
                    .any(|pause| *pause < Duration::from_millis(most / 2))
            );
        }
    }

    #[test]
    fn a_provider_asks_in_milliseconds_seconds_or_dates() {
        let then = "Wed, 21 Oct 2026 07:28:00 GMT";
        let now = "Wed, 21 Oct 2026 07:27:30 GMT";
        for (list, expected) in [
            (vec![("retry-after", "7")], Some(7000)),
            (vec![("retry-after", "0.5")], Some(500)),
            (
                vec![("retry-after-ms", "250"), ("retry-after", "7")],
                Some(250),
            ),
            (
                vec![("retry-after-ms", "soon"), ("retry-after", "7")],
                Some(7000),
            ),
            (vec![("retry-after", then), ("date", now)], Some(30_000)),
            (vec![("retry-after", now), ("date", then)], Some(0)),
            (vec![("retry-after", then)], None),
            (vec![("retry-after", "-7")], None),
            (vec![("retry-after", "nan")], None),
            (vec![("retry-after", "1e300")], None),
            (vec![], None),
        ] {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(asked_pause(&headers(&list)), expected, "{list:?}");
        }
    }

    #[test]
    fn the_word_of_the_provider_wins() {
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert!(may_retry(status, &headers(&[])));
            assert!(!may_retry(status, &headers(&[("x-should-retry", "false")])));
        }
        for status in [400, 401, 403, 404, 413, 422, 501] {
            assert!(!may_retry(status, &headers(&[])));
            assert!(may_retry(status, &headers(&[("x-should-retry", "true")])));
        }
    }
}
