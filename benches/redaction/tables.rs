//! The tables that are measured inside this process.

use std::hint::black_box;
use std::io;
use std::thread;
use std::time::Instant;

use confidant::redact::{BuiltInRule, Redactor};

use crate::clock::{figure, median, micros, percentile, rate};
use crate::copy::{Step, copy};
use crate::{Plan, corpus};

/// Throughput on the three kinds of text, one thread.
///
/// `detect` scans the whole text into a vector that is used again, `redact`
/// makes the redacted text too, `lines` redacts line by line as a logger would,
/// `stream` pushes chunks through a [`StreamRedactor`](confidant::redact::StreamRedactor).
pub(crate) fn kinds(plan: &Plan) {
    println!("\nThroughput in MB/s, one thread");
    println!("| text | detect | detect + redact | line by line | stream | findings | per MB |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let redactor = Redactor::default();
    let kinds = [
        ("code", corpus::code as fn(usize) -> String),
        ("chat", corpus::chat),
        ("log", corpus::log),
    ];
    for (name, make) in kinds {
        let text = make(plan.bytes);
        let mut findings = Vec::new();
        let detect = median(plan.rounds, || {
            findings.clear();
            redactor.scan_into(black_box(text.as_bytes()), &mut findings);
        });
        let redact = median(plan.rounds, || {
            black_box(redactor.redact(black_box(&text)));
        });
        let lines = median(plan.rounds, || {
            for line in text.lines() {
                black_box(redactor.redact(black_box(line)));
            }
        });
        let stream = median(plan.rounds, || {
            let mut each = |step: &Step<'_>| {
                black_box((step.chunk, step.output, step.findings));
                Ok(())
            };
            copy(&redactor, &mut text.as_bytes(), &mut io::sink(), &mut each)
                .expect("memory does not fail to read");
        });
        println!(
            "| {name} | {} | {} | {} | {} | {} | {:.1} |",
            figure(rate(text.len(), detect)),
            figure(rate(text.len(), redact)),
            figure(rate(text.len(), lines)),
            figure(rate(text.len(), stream)),
            findings.len(),
            findings.len() as f64 * 1e6 / text.len() as f64
        );
    }
}

/// Throughput with some of the rules: it must not fall as their number grows.
///
/// The rules are spread over all families, so that each count has its share of
/// tokens, of named values and of structure.
pub(crate) fn rules(plan: &Plan) {
    println!("\nRules, code, detect, MB/s, one thread");
    println!("| rules | MB/s |");
    println!("|--:|--:|");
    let text = corpus::code(plan.bytes);
    let all = BuiltInRule::all().count();
    for wanted in [120, 300, 600, 1200, all] {
        // Of every `all` rules `wanted` stay on, at even distances.
        let off = BuiltInRule::all().enumerate().filter(|(at, _)| {
            let share = |at: usize| at * wanted / all;
            share(*at) == share(at + 1)
        });
        let redactor = off
            .fold(Redactor::builder(), |builder, (_, rule)| {
                builder.disable(rule.id())
            })
            .build()
            .expect("built-in rules");
        let mut findings = Vec::new();
        let time = median(plan.rounds, || {
            findings.clear();
            redactor.scan_into(black_box(text.as_bytes()), &mut findings);
        });
        println!("| {wanted} | {} |", figure(rate(text.len(), time)));
    }
}

/// Time per message: every call is timed for itself.
pub(crate) fn messages(plan: &Plan) {
    let redactor = Redactor::default();
    let messages = corpus::messages(if plan.quick { 200 } else { 4000 });
    let bytes: usize = messages.iter().map(String::len).sum();
    let mut times = Vec::new();
    let mut found = 0;
    for round in 0..=plan.rounds {
        for message in &messages {
            let start = Instant::now();
            let redacted = black_box(redactor.redact(black_box(message)));
            let time = start.elapsed();
            if round > 0 {
                times.push(time);
                found += redacted.findings().len();
            }
        }
    }
    println!(
        "\nTime per message: {} messages of 200 B to 8 KB, {} bytes on average, {} findings",
        messages.len(),
        bytes / messages.len(),
        found / plan.rounds
    );
    println!("| p50 µs | p90 µs | p99 µs | most µs |");
    println!("|--:|--:|--:|--:|");
    let at = [50, 90, 99, 100].map(|percent| micros(percentile(&mut times, percent)));
    println!(
        "| {:.2} | {:.2} | {:.2} | {:.2} |",
        at[0], at[1], at[2], at[3]
    );
}

/// Throughput on text that was made to be slow, against clean code.
pub(crate) fn hostile(plan: &Plan) {
    let redactor = Redactor::default();
    let rounds = plan.rounds.min(3);
    let measure = |text: &[u8]| {
        let mut found = 0;
        let time = median(rounds, || {
            found = black_box(redactor.redact_bytes(black_box(text)))
                .findings()
                .len();
        });
        (rate(text.len(), time), found)
    };
    let clean = measure(corpus::code(plan.bytes).as_bytes()).0;
    println!("\nHostile input, detect + redact; code runs at {clean:.0} MB/s");
    println!("| text | MB/s | times slower than code | findings |");
    println!("|---|--:|--:|--:|");
    for (name, make) in corpus::hostile::ALL {
        let (rate, found) = measure(&make(plan.bytes));
        println!(
            "| {name} | {} | {:.1} | {found} |",
            figure(rate),
            clean / rate
        );
    }
}

/// One redactor on one and two threads, each with a text of its own.
pub(crate) fn threads(plan: &Plan) {
    let redactor = Redactor::default();
    let texts = [corpus::chat(plan.bytes), corpus::chat(plan.bytes)];
    println!("\nThreads, chat, detect + redact");
    println!("| threads | MB/s |");
    println!("|--:|--:|");
    for count in [1, 2] {
        let time = median(plan.rounds, || {
            thread::scope(|scope| {
                for text in &texts[..count] {
                    scope.spawn(|| black_box(redactor.redact(black_box(text))));
                }
            });
        });
        let bytes: usize = texts[..count].iter().map(String::len).sum();
        println!("| {count} | {:.0} |", rate(bytes, time));
    }
}
