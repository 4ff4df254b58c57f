//! Deciding whether to repeat a call.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::super::options::{FIRST_PAUSE, LONGEST_PAUSE};

/// A random pause after `attempts` attempts ("full jitter"), so that clients
/// which failed together do not come back together.
pub(super) fn pause(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let most = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE);
    // Without random numbers it is the longest that it could be.
    let share = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    most.mul_f64(share)
}

/// How long the service asks to wait: seconds, or a date, which is held against
/// the date of the answer itself and needs no clock here.
pub(super) fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = rfc2822::parse(headers.get(DATE)?.to_str().ok()?).ok()?;
    let then = rfc2822::parse(text).ok()?;
    let seconds = then.timestamp().as_second() - now.timestamp().as_second();
    Some(Duration::from_secs(seconds.try_into().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_random_and_bounded() {
        for (attempts, most) in [(1, 100), (2, 200), (3, 400), (7, 5000), (u32::MAX, 5000)] {
            let pauses: Vec<_> = (0..64).map(|_| pause(attempts)).collect();
            let longest = pauses.iter().max().unwrap();
            let shortest = pauses.iter().min().unwrap();
            assert!(*longest <= Duration::from_millis(most));
            // Each half of the range is missed by 64 of them once in 2^64.
            assert!(*longest > Duration::from_millis(most / 2));
            assert!(*shortest < Duration::from_millis(most / 2));
        }
    }

    #[test]
    fn a_service_may_ask_for_seconds_or_a_date() {
        let asked = |after: &'static str, date: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, after.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            asked_pause(&headers)
        };
        let then = "Wed, 21 Oct 2026 07:28:00 GMT";
        let now = "Wed, 21 Oct 2026 07:27:30 GMT";
        assert_eq!(asked("7", None), Some(Duration::from_secs(7)));
        assert_eq!(asked(then, Some(now)), Some(Duration::from_secs(30)));
        assert_eq!(asked(now, Some(then)), Some(Duration::ZERO));
        assert_eq!(asked(then, None), None);
        assert_eq!(asked("soon", Some(now)), None);
        assert_eq!(asked("-7", Some(now)), None);
        assert_eq!(asked_pause(&HeaderMap::new()), None);
    }
}
