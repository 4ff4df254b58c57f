//! Timing: rounds, medians, megabytes a second.

use std::time::{Duration, Instant};

/// The median time of `rounds` calls, after one that is not counted.
pub(crate) fn median(rounds: usize, mut call: impl FnMut()) -> Duration {
    call();
    let mut times: Vec<_> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect();
    percentile(&mut times, 50)
}

/// The time that `percent` of the calls did not exceed.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

/// Millions of bytes a second.
pub(crate) fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A rate as tables show it: small ones with the digits that tell them apart.
pub(crate) fn figure(rate: f64) -> String {
    match rate {
        ..1.0 => format!("{rate:.3}"),
        ..10.0 => format!("{rate:.1}"),
        _ => format!("{rate:.0}"),
    }
}
