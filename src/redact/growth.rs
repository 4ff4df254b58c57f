//! The growth of the time that work takes, for tests.

use std::hint::black_box;
use std::time::Instant;

/// Returns how many times longer work on 16 times as much takes, each at its best of
/// several runs: about 16 where the time is linear, about 256 where it is quadratic.
/// `prepare` makes the input of a size.
pub(crate) fn growth<T, R>(
    size: usize,
    prepare: impl Fn(usize) -> T,
    work: impl Fn(&T) -> R,
) -> f64 {
    let best = |size: usize, runs: usize| {
        let input = prepare(size);
        let times = (0..runs).map(|_| {
            let start = Instant::now();
            black_box(work(black_box(&input)));
            start.elapsed().as_secs_f64()
        });
        times.fold(f64::MAX, f64::min)
    };
    best(16 * size, 6) / best(size, 6)
}
