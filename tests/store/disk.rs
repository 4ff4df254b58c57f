//! The store in one file, on a disk that fails.
#![cfg(target_os = "linux")]

use std::path::Path;

use confidant::ErrorKind;
use confidant::store::SqliteStore;

use super::load;
use crate::support::child;
use crate::support::folder::Folder;
use crate::support::shim::{self, Disk};

fn run_on_shim(test: &str) {
    let folder = Folder::new();
    let mut child = child::command(test, folder.join("store").to_str().unwrap());
    if shim::preload(&mut child, folder.path()) {
        child::run(&mut child);
    }
}

#[test]
fn kill_sqlite_full_disk() {
    run_on_shim("store::disk::full_child");
}

#[test]
fn kill_sqlite_failing_flush() {
    run_on_shim("store::disk::deaf_child");
}

#[test]
fn full_child() {
    let Some(path) = child::task() else { return };
    let disk = Disk::new();
    let mut store = SqliteStore::open(&path).unwrap();
    for round in 0..20 {
        let before = steps(&store, 5);
        disk.set_full(true);
        for _ in 0..3 {
            let error = pollster::block_on(load::step(&store, 0)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store, "{error}");
            assert_eq!(error.to_string(), "disk of the store is full");
        }
        // What is there can be read all the while.
        assert_eq!(count(&store), before);
        if round % 4 == 0 {
            // The disk is still full when the process goes.
            drop(store);
            disk.set_full(false);
            store = SqliteStore::open(&path).unwrap();
        } else {
            disk.set_full(false);
        }
        assert_eq!(count(&store), before);
    }
    assert_whole(Path::new(&path), store);
}

#[test]
fn deaf_child() {
    let Some(path) = child::task() else { return };
    let disk = Disk::new();
    let mut store = SqliteStore::open(&path).unwrap();
    for round in 0..20 {
        let before = steps(&store, 5);
        disk.set_deaf(true);
        for _ in 0..3 {
            let error = pollster::block_on(load::step(&store, 0)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InDoubt, "{error}");
            assert!(!error.is_retryable());
        }
        assert_eq!(count(&store), before);
        disk.set_deaf(false);
        if round % 4 == 0 {
            drop(store);
            store = SqliteStore::open(&path).unwrap();
            assert_eq!(count(&store), before);
        }
    }
    assert_whole(Path::new(&path), store);
}

fn steps(store: &SqliteStore, steps: u64) -> u64 {
    for _ in 0..steps {
        pollster::block_on(load::step(store, 0)).unwrap();
    }
    count(store)
}

fn count(store: &SqliteStore) -> u64 {
    pollster::block_on(load::check(store, 0))
}

/// After all that, the file is whole, in the eyes of SQLite as well.
fn assert_whole(path: &Path, store: SqliteStore) {
    let before = count(&store);
    drop(store);
    let file = rusqlite::Connection::open(path).unwrap();
    let answer: String = file
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(answer, "ok");
    drop(file);
    assert_eq!(count(&SqliteStore::open(path).unwrap()), before);
}
