//! Finds and replaces secrets in standard input, files and directory trees.
//!
//! Run `cargo run --release --example redact -- --help` for usage. Texts are
//! streamed, so memory use stays small whatever their size. With `--jsonl`, the
//! longest line must fit into memory.
#![allow(
    clippy::print_stderr,
    reason = "a program talks to people on standard error"
)]

mod args;
mod baseline;
mod copy;
mod jobs;
mod jsonl;
mod locate;
mod ordered;
mod progress;
mod report;
mod structured;
mod tally;
mod work;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use confidant::redact::{Category, GitleaksBase, GitleaksConfig, Operator, Redactor, RuleSet};

use args::{HELP, Mode, Options, Preset, Request};
use baseline::Baseline;
use jobs::{Found, Job};
use ordered::Line;
use progress::Progress;
use tally::Tally;
use work::Run;

const ERROR: u8 = 2;
/// The greatest number of configurations in a chain of extensions.
const MOST_EXTENDED: usize = 8;

fn main() -> ExitCode {
    let request = args::parse(lexopt::Parser::from_env());
    let done = match request {
        Ok(Request::Help) => io::stdout().write_all(HELP.as_bytes()).map(|()| 0),
        Ok(Request::Version) => {
            let text = concat!("redact ", env!("CARGO_PKG_VERSION"), "\n");
            io::stdout().write_all(text.as_bytes()).map(|()| 0)
        }
        Ok(Request::Run(options)) => match prepare(&options) {
            Ok((redactor, baseline)) => run(&options, &redactor, &baseline),
            Err(error) => {
                eprintln!("redact: {error}");
                Ok(ERROR)
            }
        },
        Err(error) => {
            eprintln!("redact: {error}\nTry `--help`.");
            Ok(ERROR)
        }
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        // Whoever closes the pipe has read enough.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return 0;
        }
        eprintln!("redact: cannot write to standard output: {error}");
        ERROR
    }))
}

fn prepare(options: &Options) -> Result<(Redactor, Baseline), String> {
    let (file, output) = (&options.baseline, &options.write_baseline);
    let baseline = Baseline::read(file.as_deref(), output.as_deref())?;
    Ok((redactor(options)?, baseline))
}

fn redactor(options: &Options) -> Result<Redactor, String> {
    let mut builder = Redactor::builder().min_confidence(options.min_confidence);
    if options.preset == Preset::SecretsAndPii {
        builder = builder.category(Category::Personal);
    }
    if matches!(options.mode, Mode::Report(_)) {
        builder = builder.operator(Operator::Remove);
    }
    for file in &options.rules {
        let rules = rules(file).map_err(|error| format!("{}: {error}", report::display(file)))?;
        builder = builder.rules(rules);
    }
    for file in &options.configs {
        let rules = config(file).map_err(|error| format!("{}: {error}", report::display(file)))?;
        builder = builder.rules(rules);
    }
    builder.build().map_err(|error| error.to_string())
}

/// Reads rules and runs their examples, because a rule that does not do what its
/// author says is worse than none.
fn rules(file: &Path) -> Result<RuleSet, String> {
    let text = read(file)?;
    let rules = RuleSet::from_toml(&text).map_err(|error| error.to_string())?;
    rules.check().map_err(|error| error.to_string())?;
    Ok(rules)
}

/// Reads a gitleaks configuration and the files that it extends. Their paths are
/// relative to the working directory.
fn config(file: &Path) -> Result<RuleSet, String> {
    let parse =
        |file: &Path| GitleaksConfig::parse(&read(file)?).map_err(|error| error.to_string());
    let mut config = parse(file)?;
    for _ in 0..MOST_EXTENDED {
        let Some(GitleaksBase::Path(path)) = config.extends() else {
            break;
        };
        let path = PathBuf::from(path);
        let base = parse(&path).map_err(|error| format!("{}: {error}", report::display(&path)))?;
        let extended = config.extend_with(base);
        config = extended.map_err(|error| error.to_string())?;
    }
    config.rule_set().map_err(|error| error.to_string())
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("cannot read: {error}"))
}

/// Runs all jobs and returns the exit code. An error is one of standard output.
fn run(options: &Options, redactor: &Redactor, baseline: &Baseline) -> io::Result<u8> {
    let mut stdout = io::stdout();
    if let Mode::Report(format) = options.mode {
        report::head(format, options, &mut stdout)?;
    }
    let progress = Progress::default();
    let run = Run {
        baseline,
        options,
        progress: &progress,
        redactor,
    };
    let line = Line::new(stdout);
    let tally = thread::scope(|scope| {
        if Progress::is_watched() {
            scope.spawn(|| progress.show());
        }
        let tally = all_jobs(&run, &line);
        progress.end();
        tally
    });
    let mut stdout = line.into_inner();
    if let Mode::Report(format) = options.mode {
        report::tail(format, &tally, &mut stdout)?;
    }
    stdout.flush()?;
    if tally.ignored > 0 {
        eprintln!(
            "redact: {} files were left out by ignore files; --no-ignore reads them",
            tally.ignored
        );
    }
    if let Err(error) = baseline.write() {
        eprintln!("redact: {error}");
        return Ok(ERROR);
    }
    if tally.skipped > 0 {
        eprintln!("redact: {} binary files were skipped", tally.skipped);
    }
    for (file, error) in tally.errors() {
        eprintln!("redact: {}: {error}", report::display(file));
    }
    Ok(if tally.errors().len() > 0 {
        ERROR
    } else {
        u8::from(options.check && tally.findings > tally.accepted)
    })
}

/// Finds jobs on this thread, at most a few ahead, and runs them on other threads.
fn all_jobs(run: &Run<'_>, line: &Line<io::Stdout>) -> Tally {
    let total = Mutex::new(Tally::default());
    let broken = AtomicBool::new(false);
    let (sender, receiver) = mpsc::sync_channel::<(u64, Found)>(2 * run.options.threads);
    let receiver = Mutex::new(receiver);
    let next = || {
        let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
        receiver.recv().ok()
    };
    thread::scope(|scope| {
        for _ in 0..run.options.threads {
            scope.spawn(|| {
                let mut tally = Tally::default();
                while let Some((number, found)) = next() {
                    let separated = matches!(run.options.mode, Mode::Report(_));
                    let mut place = line.place(number, separated);
                    let done = match &found {
                        Ok(job) => run.job(job, &mut tally, &mut place),
                        Err((_, error)) => Err(error.clone()),
                    };
                    // A closed output ends the run, and is no fault of a file.
                    if let Err(error) = done
                        && error != work::CLOSED
                    {
                        let (Ok(Job { path, .. }) | Err((path, _))) = &found;
                        tally.error(number, path, error);
                    }
                    if place.finish().is_err() {
                        broken.store(true, Relaxed);
                    }
                }
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                total.add(tally);
            });
        }
        let mut number = 0;
        let ignored = jobs::each(run.options, |found| {
            let sent = sender.send((number, found)).is_ok();
            number += 1;
            sent && !broken.load(Relaxed)
        });
        let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
        total.ignored += ignored;
        drop(total);
        drop(sender);
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}
