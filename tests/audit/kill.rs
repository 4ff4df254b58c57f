//! Processes that are killed while they append, and disks that fail.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use confidant::audit::{FileAnchor, Log, LogVerdict, verify_folder};

use super::{entry, key, numbers};
use crate::support::child;
use crate::support::folder::Folder;

fn open(folder: &Path) -> Log {
    let anchor = Arc::new(FileAnchor::new(folder.with_extension("anchor")));
    let log = Log::builder(key(1))
        .segment_bytes(8192)
        .anchor(anchor)
        .anchor_every(50);
    pollster::block_on(log.open(folder)).unwrap()
}

/// Opens the log again and makes sure that all of it is there.
fn check(folder: &Path, acknowledged: &BTreeSet<u64>) -> u64 {
    let keys = [key(1).verifying_key().clone()];
    if let Ok(report) = verify_folder(folder, &keys, &[]) {
        assert_eq!(report.verdict, LogVerdict::Intact);
    }
    let log = open(folder);
    let found = pollster::block_on(numbers(&log));
    let unique: BTreeSet<_> = found.iter().copied().collect();
    assert_eq!(unique.len(), found.len(), "an entry stands there twice");
    let lost: Vec<_> = acknowledged.difference(&unique).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    let checkpoint = pollster::block_on(log.checkpoint()).unwrap();
    drop(log);
    let report = verify_folder(folder, &keys, &[checkpoint.as_ref().clone()]).unwrap();
    assert_eq!((report.verdict, report.torn_bytes), (LogVerdict::Intact, 0));
    found.into_iter().max().map_or(0, |last| last + 1)
}

#[test]
fn kill_log_in_files() {
    let folder = Folder::new();
    let path = folder.join("log");
    let mut acknowledged = BTreeSet::new();
    let (mut next, mut total) = (0, 0);
    for round in 0..child::kill_rounds() {
        let task = format!("{next} {}", path.display());
        let mut command = child::command("audit::kill::files_child", &task);
        for line in child::run_and_kill(&mut command, Duration::from_millis(150)) {
            acknowledged.insert(line.parse().unwrap());
            total += 1;
        }
        next = check(&path, &acknowledged);
        if round % 20 == 19 {
            // A long log makes long checks.
            std::fs::remove_dir_all(&path).unwrap();
            std::fs::remove_file(path.with_extension("anchor")).unwrap();
            (acknowledged, next) = (BTreeSet::new(), 0);
        }
    }
    assert!(
        total > child::kill_rounds(),
        "the children did next to nothing"
    );
}

#[test]
fn files_child() {
    let Some(task) = child::task() else { return };
    let (next, path) = task.split_once(' ').unwrap();
    let next = Arc::new(AtomicU64::new(next.parse().unwrap()));
    let log = open(Path::new(path));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (log, next) = (log.clone(), Arc::clone(&next));
            thread::spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    pollster::block_on(log.append(entry(number))).unwrap();
                    child::acknowledge(&number.to_string());
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

#[cfg(target_os = "linux")]
mod disk {
    use confidant::ErrorKind;

    use super::*;
    use crate::support::shim::{self, Disk};

    fn run_on_shim(test: &str) {
        let folder = Folder::new();
        let mut child = child::command(test, folder.join("log").to_str().unwrap());
        if shim::preload(&mut child, folder.path()) {
            child::run(&mut child);
        }
    }

    #[test]
    fn kill_log_full_disk() {
        run_on_shim("audit::kill::disk::full_child");
    }

    #[test]
    fn kill_log_failing_flush() {
        run_on_shim("audit::kill::disk::deaf_child");
    }

    #[test]
    fn full_child() {
        let Some(path) = child::task() else { return };
        let disk = Disk::new();
        let path = Path::new(&path);
        let log = Log::builder(key(1)).segment_bytes(4096);
        let mut log = pollster::block_on(log.open(path)).unwrap();
        let mut acknowledged = BTreeSet::new();
        for number in 0..60 {
            disk.set_full(true);
            let error = pollster::block_on(log.append(entry(number))).unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Store | ErrorKind::InDoubt),
                "{error}"
            );
            disk.set_full(false);
            if number % 7 == 0 || !error.is_retryable() {
                drop(log);
                log = open(path);
            }
            pollster::block_on(log.append(entry(1000 + number))).unwrap();
            acknowledged.insert(1000 + number);
        }
        drop(log);
        check(path, &acknowledged);
    }

    #[test]
    fn deaf_child() {
        let Some(path) = child::task() else { return };
        let disk = Disk::new();
        let path = Path::new(&path);
        let mut log = open(path);
        let mut acknowledged = BTreeSet::new();
        for number in 0..20 {
            pollster::block_on(log.append(entry(number))).unwrap();
            acknowledged.insert(number);
            disk.set_deaf(true);
            let error = pollster::block_on(log.append(entry(1000 + number))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InDoubt, "{error}");
            disk.set_deaf(false);
            // It takes nothing more, although the disk would.
            let error = pollster::block_on(log.append(entry(2000 + number))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store);
            assert!(!error.is_retryable());
            drop(log);
            log = open(path);
        }
        drop(log);
        check(path, &acknowledged);
    }
}
