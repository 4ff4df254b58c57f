//! How long a period lasts, where a module takes a duration.

use std::time::Duration;

use crate::time::{Moment, Period, Rounding, Zone};

/// Returns how long a period lasts from the start of 1970 in UTC: exact for hours,
/// minutes and seconds, with days of 24 hours.
pub(super) fn nominal(period: Period) -> Duration {
    let start = Moment::UNIX_EPOCH;
    let end = period.after(start, Rounding::Back).ok();
    end.and_then(|end| end.since(start)).unwrap_or_default()
}

/// Returns the last full hour from which a period is over at `end`, as far as the
/// calendar of a zone counts it.
pub(super) fn latest_start(end: Moment, period: Period, zone: &Zone) -> Option<Moment> {
    let hour = Duration::from_secs(3_600);
    // It cannot begin earlier than its greatest length before, nor later than its end.
    let mut latest = None;
    let mut at = end.checked_sub(period.longest()).ok()?;
    while at <= end {
        match period.after_in(at, zone, Rounding::Forward) {
            Ok(over) if over <= end => latest = Some(at),
            _ if latest.is_some() => break,
            _ => {}
        }
        at = at.checked_add(hour).ok()?;
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_exact() {
        let nominal = |text: &str| nominal(text.parse().unwrap()).as_secs();
        assert_eq!(nominal("PT5M"), 300);
        assert_eq!(nominal("PT4H"), 14_400);
        assert_eq!(nominal("P1Y"), 365 * 86_400);
        let start = |end: &str, text: &str| {
            let end: Moment = end.parse().unwrap();
            latest_start(end, text.parse().unwrap(), &Zone::UTC)
                .unwrap()
                .to_string()
        };
        assert_eq!(
            start("2026-05-01T00:00:00Z", "P14D"),
            "2026-04-17T00:00:00Z"
        );
        assert_eq!(start("2026-03-31T00:00:00Z", "P1M"), "2026-02-28T23:00:00Z");
        assert_eq!(
            start("2026-03-31T00:00:00Z", "PT72H"),
            "2026-03-28T00:00:00Z"
        );
    }
}
