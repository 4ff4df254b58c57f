//! Children of a test: this same program, made to run one other test, with
//! something to do.
//!
//! A test that is there to be a child asks [`task`] what to do, and passes at once
//! where there is nothing, so it does no harm in an ordinary run.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use super::folder::Folder;

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

/// Runs the child of this name in a folder, kills it within a quarter of a second, and
/// hands what it acknowledged to `check`, [again and again](kill_rounds). What `check`
/// keeps lasts for five rounds; then there is a new folder.
pub(crate) fn kill_again_and_again<S: Default>(
    test: &str,
    mut check: impl FnMut(&Path, &mut S, Vec<String>),
) {
    let mut folder = Folder::new();
    let mut kept = S::default();
    let mut total = 0;
    for round in 0..kill_rounds() {
        let task = format!("{round} {}", folder.path().display());
        let acknowledged = run_and_kill(&mut command(test, &task), Duration::from_millis(250));
        total += acknowledged.len();
        check(folder.path(), &mut kept, acknowledged);
        if round % 5 == 4 {
            // A long log makes long checks.
            (folder, kept) = (Folder::new(), S::default());
        }
    }
    assert!(
        total as u64 > u64::from(kill_rounds()),
        "the children did next to nothing"
    );
}

/// The round and the folder of a child that is to be killed, if this process is one.
pub(crate) fn place() -> Option<(String, PathBuf)> {
    let task = task()?;
    let (round, path) = task.split_once(' ').unwrap();
    Some((round.to_owned(), path.into()))
}

/// Works in several threads at once, each with its number, for as long as it takes.
pub(crate) fn in_lanes(lanes: u32, work: impl Fn(u32) + Sync) {
    thread::scope(|scope| {
        for lane in 0..lanes {
            let work = &work;
            scope.spawn(move || work(lane));
        }
    });
}
