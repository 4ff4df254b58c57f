//! How fast the redactor is: throughput on three kinds of text and on JSON lines, time
//! per message and event, the first call, hostile input, threads, memory.
//!
//! `cargo bench --bench redaction` measures 64 MB of each kind and takes a few
//! minutes. Options come after `--`: `--mb N` (or `CONFIDANT_BENCH_MB`) for
//! another size, `--only NAME` for one part (`kinds`, `rules`, `messages`, `first`,
//! `hostile`, `threads`, `memory`, `known`, and, with their features, `json` and
//! `events`), `--quick` or `--test` for a run of seconds whose figures mean little.
#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a program of its own, which should stop where it cannot measure"
)]

mod children;
mod clock;
#[path = "../../examples/redact/copy.rs"]
mod copy;
#[path = "../corpus/mod.rs"]
mod corpus;
mod known;
mod structured;
mod tables;

use std::env;
use std::ffi::OsStr;
use std::process::ExitCode;

/// What to measure and how thoroughly.
struct Plan {
    bytes: usize,
    rounds: usize,
    only: Option<String>,
    quick: bool,
}

impl Plan {
    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

fn main() -> ExitCode {
    let args: Vec<_> = env::args_os().skip(1).collect();
    if let Some(child) = args.first().and_then(|first| children::child(first)) {
        return child();
    }
    match plan(&args) {
        Ok(plan) => {
            run(&plan);
            ExitCode::SUCCESS
        }
        Err(message) => {
            println!("{message}");
            ExitCode::from(2)
        }
    }
}

fn plan(args: &[impl AsRef<OsStr>]) -> Result<Plan, String> {
    let megabytes = env::var("CONFIDANT_BENCH_MB").ok();
    let mut size = megabytes.map(|text| number(&text)).transpose()?;
    let (mut only, mut quick) = (None, false);
    let mut args = args.iter().map(|arg| arg.as_ref().to_string_lossy());
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("`{arg}` needs a value"));
        match arg.as_ref() {
            "--mb" => size = Some(number(&value()?)?),
            "--only" => only = Some(value()?.into_owned()),
            "--quick" | "--test" => quick = true,
            "--bench" => {}
            _ => return Err(format!("`{arg}` is not an option here")),
        }
    }
    let size = size.unwrap_or(if quick { 1 } else { 64 });
    Ok(Plan {
        bytes: size << 20,
        rounds: if quick { 1 } else { 7 },
        only,
        quick,
    })
}

fn number(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=4096).contains(number));
    number.ok_or_else(|| format!("`{text}` is not a number of megabytes"))
}

fn run(plan: &Plan) {
    println!(
        "confidant {}, {} MB of each text, median of {} rounds, MB = 10^6 bytes",
        env!("CARGO_PKG_VERSION"),
        plan.bytes >> 20,
        plan.rounds
    );
    if plan.wants("kinds") {
        tables::kinds(plan);
    }
    if plan.wants("rules") {
        tables::rules(plan);
    }
    if plan.wants("messages") {
        tables::messages(plan);
    }
    if plan.wants("first") {
        children::first_call(plan);
    }
    if plan.wants("hostile") {
        tables::hostile(plan);
    }
    if plan.wants("threads") {
        tables::threads(plan);
    }
    if plan.wants("memory") {
        children::memory(plan);
    }
    if plan.wants("known") {
        known::known(plan);
    }
    #[cfg(feature = "json")]
    if plan.wants("json") {
        structured::lines(plan);
    }
    #[cfg(feature = "tracing")]
    if plan.wants("events") {
        structured::events(plan);
    }
}
