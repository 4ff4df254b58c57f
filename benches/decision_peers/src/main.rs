//! Decisions by this crate and by Cedar, side by side in one run.
//!
//! `cargo run --release` in this folder takes a minute or two; `-- --quick` is a run of
//! seconds whose figures mean little, `--only 1000` one of one population. Both decide the same questions about the same
//! population, and it stops where they disagree.

mod cedar;
#[path = "../../redaction/plan.rs"]
mod plan;
#[path = "../../decisions/population.rs"]
mod population;
#[path = "../../decisions/visibility.rs"]
#[expect(dead_code, reason = "the bench of the library prints more")]
mod visibility;

use std::hint::black_box;
use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use cedar::Cedar;
use plan::Plan;
use population::{Numbers, Population};
use visibility::{Ours, each};

/// How many questions Cedar is asked; it takes too long for all.
const ASKED: usize = 2_000;

fn main() -> ExitCode {
    Plan::run(|plan| {
        let sizes: &[usize] = if plan.quick {
            &[1_000]
        } else {
            &[1_000, 100_000]
        };
        println!(
            "| entities | ours by number, k/s | ours by id, k/s | Cedar, k/s | ours ÷ Cedar | listing, ms: ours | Cedar |"
        );
        println!("|--:|--:|--:|--:|--:|--:|--:|");
        for size in sizes {
            if plan.wants(&size.to_string()) {
                row(*size);
            }
        }
    })
}

fn row(entities: usize) {
    let mut numbers = Numbers::new(7);
    let population = Population::new(entities, &mut numbers);
    let ours = Ours::new(&population, &mut numbers);
    let cedar = Cedar::new(&population);
    let asked: Vec<_> = ours.ids.iter().take(ASKED).collect();
    let requests: Vec<_> = asked
        .iter()
        .map(|(user, workspace)| cedar.request(user.as_deref(), workspace))
        .collect();
    for (number, request) in requests.iter().enumerate() {
        let mine = ours.by_number(number..number + 1) == 1;
        assert_eq!(mine, cedar.allows(request), "question {number}");
    }
    let by_number = 1e6 / each(|asked| ours.by_number(asked));
    let by_id = 1e6 / each(|asked| ours.by_id(asked));
    let theirs = 1e6 / theirs(|asked| requests[asked].iter().filter(|r| cedar.allows(r)).count());
    let who = ours.facts.principal("user-1").expect("known");
    let begin = Instant::now();
    let listed = black_box(ours.visible_to(who));
    let listing = begin.elapsed().as_secs_f64() * 1e3;
    let begin = Instant::now();
    let count = (0..population.workspaces.len())
        .map(|number| cedar.request(Some("user-1"), &format!("workspace-{number}")))
        .filter(|request| cedar.allows(request))
        .count();
    let loop_over_all = begin.elapsed().as_secs_f64() * 1e3;
    assert_eq!(listed, count, "two listings differ");
    println!(
        "| {entities} | {by_number:.0} | {by_id:.0} | {theirs:.1} | {:.0} / {:.0} | {listing:.3} | {loop_over_all:.1} |",
        by_number / theirs,
        by_id / theirs
    );
}

/// Nanoseconds of a question to Cedar: medians of small parts, as for ours.
fn theirs(mut ask: impl FnMut(Range<usize>) -> usize) -> f64 {
    let part = 20;
    let mut total = 0.0;
    for number in 0..ASKED / part {
        let mut times: Vec<_> = (0..7)
            .map(|_| {
                let begin = Instant::now();
                black_box(ask(number * part..(number + 1) * part));
                begin.elapsed().as_nanos() as f64
            })
            .collect();
        times.sort_by(f64::total_cmp);
        total += times[3];
    }
    total / ASKED as f64
}
