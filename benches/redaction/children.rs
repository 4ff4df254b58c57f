//! What needs a fresh process: the first call, and the peak of memory.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use confidant::redact::Redactor;

use crate::clock::{micros, percentile};
use crate::copy::{Step, copy};
use crate::{Plan, corpus};

const FIRST_CALL: &str = "--child-first-call";
const STREAM: &str = "--child-stream";

/// What this process does if it was started by one of the functions below.
pub(crate) fn child(arg: &OsStr) -> Option<fn() -> ExitCode> {
    match arg.to_str() {
        Some(FIRST_CALL) => Some(child_first_call),
        Some(STREAM) => Some(child_stream),
        _ => None,
    }
}

/// From nothing to the first redacted message, in a process that did nothing
/// before.
pub(crate) fn first_call(plan: &Plan) {
    let count = if plan.quick { 3 } else { 20 };
    let mut times: Vec<_> = (0..count)
        .map(|_| {
            let output = own(FIRST_CALL)
                .stdin(Stdio::null())
                .output()
                .expect("the child starts");
            let text = String::from_utf8_lossy(&output.stdout);
            Duration::from_nanos(text.trim().parse().expect("the child writes a number"))
        })
        .collect();
    println!("\nFirst call: `Redactor::default()` and one message of 1 KB, {count} processes");
    println!("| least µs | median µs | most µs |");
    println!("|--:|--:|--:|");
    let at = [0, 50, 100].map(|percent| micros(percentile(&mut times, percent)));
    println!("| {:.0} | {:.0} | {:.0} |", at[0], at[1], at[2]);
}

fn child_first_call() -> ExitCode {
    let message = corpus::message(1024);
    let start = Instant::now();
    let redactor = Redactor::default();
    let redacted = redactor.redact(&message);
    let time = start.elapsed();
    println!("{}", time.as_nanos());
    ExitCode::from(u8::from(redacted.is_clean()))
}

/// The peak of resident memory while a file goes through the stream, as the
/// `redact` example does it.
pub(crate) fn memory(plan: &Plan) {
    println!(
        "\nPeak memory of a process that streams {} MB",
        plan.bytes >> 20
    );
    println!("| text | peak MB |");
    println!("|---|--:|");
    let texts = [
        ("nothing", String::new()),
        ("chat", corpus::chat(plan.bytes)),
        (
            "one line of code",
            corpus::code(plan.bytes).replace('\n', " "),
        ),
    ];
    for (name, text) in texts {
        let mut child = own(STREAM)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let mut input = child.stdin.take().expect("the input is a pipe");
        input
            .write_all(text.as_bytes())
            .expect("the child reads its input");
        drop(input);
        let mut peak = String::new();
        let mut output = child.stdout.take().expect("the output is a pipe");
        output
            .read_to_string(&mut peak)
            .expect("the child writes its peak");
        child.wait().expect("the child ends");
        match peak.trim().parse::<f64>() {
            Ok(kilobytes) => println!("| {name} | {:.1} |", kilobytes * 1024.0 / 1e6),
            Err(_) => println!("| {name} | not known on this system |"),
        }
    }
}

fn child_stream() -> ExitCode {
    let mut none = |_: &Step<'_>| Ok(());
    let (input, output) = (io::stdin(), io::sink());
    let copied = copy(
        &Redactor::default(),
        &mut input.lock(),
        &mut { output },
        &mut none,
    );
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    println!("{}", peak.unwrap_or("unknown"));
    ExitCode::from(u8::from(copied.is_err()))
}

fn own(arg: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.arg(arg);
    command
}
