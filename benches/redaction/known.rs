//! Known values: what they cost a scan, and what it costs to keep them.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use confidant::redact::{Key, KnownValues, Redactor};

use crate::clock::{figure, median, micros, percentile, rate};
use crate::{Plan, corpus};

/// The time and the memory that 100,000 known values take; then the throughput of
/// `detect` beside more and more of them, none of which is in the text.
pub(crate) fn known(plan: &Plan) {
    let most = if plan.quick { 10_000 } else { 100_000 };
    let values = corpus::vault(most);
    upkeep(plan, &values);
    println!("\nKnown values: detect in MB/s, one thread");
    println!("| text | none | 1000 | {most} | the last of the first |");
    println!("|---|--:|--:|--:|--:|");
    let kinds = [
        ("code", corpus::code as fn(usize) -> String),
        ("chat", corpus::chat),
        ("log", corpus::log),
    ];
    let redactors = [0, 1000, most].map(|count| {
        let known = set(&values[..count]);
        Redactor::builder()
            .known_values(known)
            .build()
            .expect("known values")
    });
    for (name, make) in kinds {
        let text = make(plan.bytes);
        let mut findings = Vec::new();
        let rates = [0, 1, 2].map(|index: usize| {
            let time = median(plan.rounds, || {
                findings.clear();
                redactors[index].scan_into(black_box(text.as_bytes()), &mut findings);
            });
            rate(text.len(), time)
        });
        println!(
            "| {name} | {} | {} | {} | {:.0} % |",
            figure(rates[0]),
            figure(rates[1]),
            figure(rates[2]),
            100.0 * rates[2] / rates[0]
        );
    }
}

fn upkeep(plan: &Plan, values: &[String]) {
    let before = resident();
    let known = set(values);
    let bytes = resident().zip(before).map(|(after, before)| after - before);
    let build = median(plan.rounds.min(5), || drop(black_box(set(values))));
    let (mut remove, mut insert) = (Vec::new(), Vec::new());
    for value in values.iter().step_by(50) {
        remove.push(time(|| assert!(known.remove(value), "the value was there")));
        insert.push(time(|| assert!(matches!(known.insert(value), Ok(true)))));
    }
    println!("\n{} known values, {} bytes", known.len(), total(values));
    println!("| build ms | insert µs p50 | p99 | remove µs p50 | p99 | bytes per value |");
    println!("|--:|--:|--:|--:|--:|--:|");
    let at = [&mut insert, &mut remove]
        .map(|times| [50, 99].map(|percent| micros(percentile(times, percent))));
    println!(
        "| {:.0} | {:.1} | {:.1} | {:.1} | {:.1} | {} |",
        build.as_secs_f64() * 1e3,
        at[0][0],
        at[0][1],
        at[1][0],
        at[1][1],
        bytes.map_or("not known on this system".into(), |bytes| {
            (bytes / values.len()).to_string()
        })
    );
}

fn set(values: &[String]) -> KnownValues {
    KnownValues::with_values(Key::from_bytes([7; Key::LEN]), values)
        .expect("the values are of lengths that are allowed")
}

fn total(values: &[String]) -> usize {
    values.iter().map(String::len).sum()
}

fn time(call: impl FnOnce()) -> Duration {
    let start = Instant::now();
    call();
    start.elapsed()
}

/// The resident memory of this process, in bytes.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
