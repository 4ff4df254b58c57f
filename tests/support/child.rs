//! Children of a test: this same program, made to run one other test, with
//! something to do.
//!
//! A test that is there to be a child asks [`task`] what to do, and passes at once
//! where there is nothing, so it does no harm in an ordinary run.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, thread};

const TASK: &str = "CONFIDANT_TEST_CHILD";

/// What this process is to do as a child, if it is one.
pub(crate) fn task() -> Option<String> {
    env::var(TASK).ok()
}

/// A child that runs the test of this name, such as `store::kill::child`.
pub(crate) fn command(test: &str, task: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(TASK, task);
    command
}

/// Runs a child to its end; what it says is shown where it fails. Returns what it
/// acknowledged.
pub(crate) fn run(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "the child failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("1 passed"), "the child ran no test");
    let acks = stdout.lines().filter_map(|line| line.strip_prefix("ack "));
    acks.map(str::to_owned).collect()
}

/// Tells the parent that `text` holds from now on.
pub(crate) fn acknowledge(text: &str) {
    // In one write, and past the harness, which keeps what tests print.
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(format!("\nack {text}\n").as_bytes())
        .unwrap();
    stdout.flush().unwrap();
}

/// How many children a test kills: 10, or what `CONFIDANT_KILL_ROUNDS` says.
pub(crate) fn kill_rounds() -> u32 {
    env::var("CONFIDANT_KILL_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap())
}

/// Runs a child and kills it by SIGKILL at a random moment up to `most` after its
/// start. Returns what it acknowledged.
pub(crate) fn run_and_kill(command: &mut Command, most: Duration) -> Vec<String> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let reader = thread::spawn(move || {
        let lines = stdout.lines().map_while(Result::ok);
        let acks = lines.filter_map(|line| Some(line.strip_prefix("ack ")?.to_owned()));
        acks.collect()
    });
    let micros = RandomState::new().hash_one(child.id()) % most.as_micros() as u64;
    thread::sleep(Duration::from_micros(micros));
    assert!(
        child.try_wait().unwrap().is_none(),
        "the child ended by itself"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}
