//! Rounds, medians and tables.

use std::time::{Duration, Instant};

pub(crate) struct Row {
    name: &'static str,
    median: f64,
    best: f64,
    /// How long what was sealed is; 0 where that is of no interest.
    pub(crate) bytes: usize,
}

/// The median and the best time of each of `names`, in nanoseconds. `call(at)` is
/// timed in bundles, long enough for the clock and too short for most to be
/// interrupted on a machine that has other things to do.
pub(crate) fn measure(
    rounds: usize,
    names: &[&'static str],
    mut call: impl FnMut(usize),
) -> Vec<Row> {
    let bundle = |at, count: u32, call: &mut dyn FnMut(usize)| {
        let start = Instant::now();
        for _ in 0..count {
            call(at);
        }
        start.elapsed()
    };
    let counts: Vec<u32> = (0..names.len())
        .map(|at| {
            let mut count = 1;
            while bundle(at, count, &mut call) < Duration::from_micros(200) {
                count *= 2;
            }
            count
        })
        .collect();
    let mut times = vec![Vec::new(); names.len()];
    for _ in 0..rounds {
        for (at, times) in times.iter_mut().enumerate() {
            let time = bundle(at, counts[at], &mut call);
            times.push(time.as_secs_f64() * 1e9 / f64::from(counts[at]));
        }
    }
    let rows = names.iter().zip(times);
    rows.map(|(name, mut times)| {
        times.sort_unstable_by(f64::total_cmp);
        Row {
            name,
            median: times[times.len() / 2],
            best: times[0],
            bytes: 0,
        }
    })
    .collect()
}

/// The first row is what the others are compared with.
pub(crate) fn print(title: &str, rows: &[Row]) {
    println!("\n{title}");
    println!("| crate | median ns | ratio | best ns | ratio | bytes |");
    println!("|---|--:|--:|--:|--:|--:|");
    for row in rows {
        println!(
            "| {} | {:.0} | {:.2} | {:.0} | {:.2} | {} |",
            row.name,
            row.median,
            row.median / rows[0].median,
            row.best,
            row.best / rows[0].best,
            row.bytes
        );
    }
}

/// The same for streams of `len` bytes, with their speed.
pub(crate) fn print_stream(title: &str, rows: &[Row], len: usize) {
    println!("\n{title}");
    println!("| crate | median ms | ratio | best ms | ratio | best GB/s |");
    println!("|---|--:|--:|--:|--:|--:|");
    for row in rows {
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            row.name,
            row.median / 1e6,
            row.median / rows[0].median,
            row.best / 1e6,
            row.best / rows[0].best,
            len as f64 / row.best
        );
    }
}
