//! Checks policy documents, compares versions, and writes what is generated from them.
//!
//! `cargo run --example policy -- --help` says how. Without arguments it checks and
//! renders a small policy of its own.
#![allow(
    clippy::print_stderr,
    reason = "a program talks to people on standard error"
)]

mod args;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use confidant::policy::{Policy, PolicyDoc, Promise, Requirements};
use confidant::time::{Clock as _, Moment, SystemClock};

use args::{Command, Format, HELP, Options, Request};

/// The policy that is checked when no file is given.
const NOTES: &str = include_str!("notes.toml");

const FINE: u8 = 0;
const FINDINGS: u8 = 1;
const BAD_INPUT: u8 = 2;

/// A document under its name, or what is wrong with its text.
type Document = (String, Result<PolicyDoc, String>);

/// What stops a run: a message for people.
struct Stopped(String);

fn main() -> ExitCode {
    let request = args::parse(lexopt::Parser::from_env());
    let done = match request {
        Ok(Request::Help) => print(HELP).map(|()| FINE),
        Ok(Request::Run(options)) => run(&options),
        Err(error) => Err(Stopped(format!("{error}\nTry `--help`."))),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(Stopped(message)) => {
            eprintln!("policy: {message}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn run(options: &Options) -> Result<u8, Stopped> {
    let now = options.now.unwrap_or_else(|| SystemClock::new().now());
    match &options.command {
        Command::Check => check(options, now),
        Command::Diff => diff(options),
        Command::Notice => generate(options, |policy| policy.notice()),
        Command::Schedule => generate(options, |policy| policy.retention_schedule()),
        Command::Record => generate(options, |policy| policy.record_of_processing()),
        Command::Recipients => generate(options, |policy| policy.recipient_list()),
        Command::Cookies => generate(options, |policy| policy.cookie_table()),
        Command::Registers => generate(options, |policy| policy.registers()),
        Command::Gpc => generate(options, |policy| policy.gpc_json().unwrap_or_default()),
        Command::Lint(notice) => lint(options, notice, now),
    }
}

/// Compiles each file, prints what is wrong, and says what stands behind each promise.
fn check(options: &Options, now: Moment) -> Result<u8, Stopped> {
    let promises = match &options.promises {
        Some(path) => {
            Promise::list_from_json(&read(path)?).map_err(|error| Stopped(error.to_string()))?
        }
        None => Vec::new(),
    };
    let mut code = FINE;
    for (name, doc) in documents(options)? {
        let doc = match doc {
            Ok(doc) => doc,
            Err(lines) => {
                print(&prefixed(&name, &lines))?;
                code = BAD_INPUT;
                continue;
            }
        };
        let requirements = Requirements::new().promises_of(promises.clone());
        let policy = match doc.compile_against(&requirements) {
            Ok(policy) => policy,
            Err(faults) => {
                print(&prefixed(&name, &faults.to_string()))?;
                code = code.max(FINDINGS);
                continue;
            }
        };
        let coverage = policy.coverage(&promises, &[], now);
        if coverage.gaps().next().is_some() {
            code = code.max(FINDINGS);
        }
        match options.format {
            Format::Json => print(&format!("{:#}\n", coverage.to_json()))?,
            Format::Text => {
                let digest: String = policy
                    .digest()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                let clauses = policy.clauses().len();
                print(&format!(
                    "{name}: {clauses} clauses, sha256:{digest}\n{coverage}"
                ))?;
            }
        }
    }
    Ok(code)
}

/// Compares the first file with the second.
fn diff(options: &Options) -> Result<u8, Stopped> {
    let policies = if options.paths.is_empty() {
        let older = NOTES.replace("delete_by = \"P90D\"", "delete_by = \"P30D\"");
        vec![
            compile("before", &older, false)?,
            compile("notes.toml", NOTES, false)?,
        ]
    } else {
        compiled(options)?
    };
    let [old, new] = policies.as_slice() else {
        return Err(Stopped("`diff` takes two files".to_owned()));
    };
    let diff = new.diff_since(old);
    match options.format {
        Format::Json => print(&format!("{:#}\n", diff.to_json()))?,
        Format::Text => print(&diff.to_string())?,
    }
    // Nothing to compare is fine without a file; with files a weakening is a finding.
    Ok(if diff.weakens() && !options.paths.is_empty() {
        FINDINGS
    } else {
        FINE
    })
}

fn generate(options: &Options, write: impl Fn(&Policy) -> String) -> Result<u8, Stopped> {
    for policy in compiled(options)? {
        print(&write(&policy))?;
    }
    Ok(FINE)
}

/// Compares a published notice with a policy.
fn lint(options: &Options, notice: &Path, now: Moment) -> Result<u8, Stopped> {
    let text = read(notice)?;
    let mut code = FINE;
    for policy in compiled(options)? {
        for finding in policy.lint_notice(&text, now) {
            print(&format!("{}:{finding}\n", notice.display()))?;
            code = FINDINGS;
        }
    }
    Ok(code)
}

fn prefixed(name: &str, lines: &str) -> String {
    lines
        .lines()
        .map(|line| format!("{name}:{line}\n"))
        .collect()
}

/// Reads every document, or the one that is built in.
fn documents(options: &Options) -> Result<Vec<Document>, Stopped> {
    if options.paths.is_empty() {
        return Ok(vec![("notes.toml".to_owned(), parse(NOTES, false))]);
    }
    let documents = options.paths.iter().map(|path| {
        let text = read(path)?;
        Ok((path.display().to_string(), parse(&text, is_json(path))))
    });
    documents.collect()
}

fn compiled(options: &Options) -> Result<Vec<Policy>, Stopped> {
    let documents = documents(options)?.into_iter();
    let policies = documents.map(|(name, doc)| {
        let doc = doc.map_err(|lines| Stopped(prefixed(&name, &lines)))?;
        doc.compile()
            .map_err(|faults| Stopped(prefixed(&name, &faults.to_string())))
    });
    policies.collect()
}

fn compile(name: &str, text: &str, json: bool) -> Result<Policy, Stopped> {
    let doc = parse(text, json).map_err(|lines| Stopped(prefixed(name, &lines)))?;
    doc.compile()
        .map_err(|faults| Stopped(prefixed(name, &faults.to_string())))
}

fn parse(text: &str, json: bool) -> Result<PolicyDoc, String> {
    let doc = match json {
        true => PolicyDoc::from_json(text),
        false => PolicyDoc::from_toml(text),
    };
    doc.map_err(|faults| faults.to_string())
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "json")
}

fn read(path: &Path) -> Result<String, Stopped> {
    fs::read_to_string(path).map_err(|error| Stopped(format!("{}: {error}", path.display())))
}

fn print(text: &str) -> Result<(), Stopped> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Stopped(error.to_string()))
}
