//! What only shows from inside: groups of commits on a file that is nearly full.

use std::fs;
use std::future::Future;
use std::pin::pin;
use std::sync::Barrier;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use pollster::block_on;

use super::*;
use crate::ErrorKind;
use crate::store::Condition;
use crate::taxonomy::Tenant;

#[test]
fn a_commit_that_does_not_fit_fails_alone() {
    let folder = std::env::temp_dir().join(format!("confidant-unit-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = file::prepare(&folder.join("store")).unwrap();
    let bounded = file::writer(&path).unwrap();
    // SQLite reports this bound as a full disk.
    bounded.pragma_update(None, "max_page_count", 60).unwrap();
    let Ok(watch) = Watch::new(&path, &bounded) else {
        panic!("the file is there");
    };
    let writer = Writer::start(bounded, watch).unwrap();
    let key =
        |number: u32| RecordKey::new(Tenant::new("acme"), "files", number.to_be_bytes()).unwrap();
    let put = |number, bytes| Batch::new().put(key(number), vec![7; bytes]);
    let mut commits = Vec::new();
    // The first ones keep the thread busy while the others come to wait.
    for number in 0..40 {
        let bytes = if number == 20 { 1 << 20 } else { 100 };
        let batch = put(number, bytes).require(key(number), Condition::Absent);
        commits.push(Box::pin(writer.commit(batch)));
    }
    let mut context = Context::from_waker(Waker::noop());
    for commit in &mut commits {
        assert!(pin!(commit).poll(&mut context).is_pending());
    }
    let mut revisions = Vec::new();
    for (number, commit) in commits.into_iter().enumerate() {
        match block_on(commit) {
            Ok(revision) => revisions.push(revision),
            Err(error) => {
                assert_eq!((number, error.kind()), (20, ErrorKind::Store));
                assert_eq!(error.to_string(), "disk of the store is full");
            }
        }
    }
    // What did not happen took no number.
    assert!(revisions.into_iter().eq(1..=39));
    drop(writer);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn who_comes_while_a_file_is_set_up_sees_a_store() {
    let name = format!("confidant-unit-race-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder).unwrap();
    for round in 0..40 {
        let path = folder.join(format!("store-{round}"));
        let all = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    all.wait();
                    file::prepare(&path).unwrap();
                });
            }
        });
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn opening_waits_five_seconds_for_a_lock_and_no_longer() {
    let name = format!("confidant-unit-held-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder).unwrap();
    // Held as another program may: where the store is set up, and where it is not.
    let ours = folder.join("ours");
    drop(SqliteStore::open(&ours).unwrap());
    let held = [ours, folder.join("new")];
    let holders = held.each_ref().map(|path| {
        let holder = rusqlite::Connection::open(path).unwrap();
        holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
        holder
    });
    thread::scope(|scope| {
        for path in &held {
            scope.spawn(move || {
                let begin = Instant::now();
                let error = SqliteStore::open(path).unwrap_err();
                let waited = begin.elapsed();
                assert_eq!(
                    (error.kind(), error.is_retryable()),
                    (ErrorKind::Store, true)
                );
                assert!(waited >= Duration::from_secs(5), "{waited:?}");
                assert!(waited < Duration::from_secs(8), "{waited:?}");
            });
        }
    });
    drop(holders);
    // Whoever lets go in time holds up nobody.
    for path in &held {
        SqliteStore::open(path).unwrap();
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_backup_is_a_store_of_one_moment_and_replaces_nothing() {
    let name = format!("confidant-unit-backup-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder).unwrap();
    let store = SqliteStore::open(folder.join("store")).unwrap();
    let key =
        |number: u32| RecordKey::new(Tenant::new("acme"), "pairs", number.to_be_bytes()).unwrap();
    // Two records that always say the same, while backups are made.
    let pair = |value: u32| {
        let value = value.to_be_bytes().to_vec();
        Batch::new().put(key(0), value.clone()).put(key(1), value)
    };
    block_on(store.commit(pair(0))).unwrap();
    thread::scope(|scope| {
        let store = &store;
        let writing = scope.spawn(move || {
            for value in 1..300 {
                block_on(store.commit(pair(value))).unwrap();
            }
        });
        for number in 0..10 {
            let path = folder.join(format!("backup-{number}"));
            block_on(store.backup(&path)).unwrap();
            let copy = SqliteStore::open(&path).unwrap();
            let [one, two] = [0, 1].map(|at| block_on(copy.get(&key(at))).unwrap().unwrap());
            assert_eq!(one.value, two.value);
            block_on(copy.commit(pair(7))).unwrap();
        }
        writing.join().unwrap();
    });
    // Neither a file nor a link is written over, and nothing is left behind.
    let taken = folder.join("backup-0");
    let before = fs::read(&taken).unwrap();
    let missing = folder.join("no-folder").join("backup");
    for place in [&taken, &missing] {
        let error = block_on(store.backup(place)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
    }
    assert_eq!(fs::read(&taken).unwrap(), before);
    let left = fs::read_dir(&folder).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".new")
    });
    assert_eq!(left.count(), 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = fs::metadata(&taken).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    drop(store);
    fs::remove_dir_all(&folder).unwrap();
}

/// Another process that holds the file stops all commits of a group at once, so each of
/// them waits for it once and not once for each of the others.
#[test]
fn a_group_waits_once_for_another_process() {
    let name = format!("confidant-unit-busy-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder).unwrap();
    let path = file::prepare(&folder.join("store")).unwrap();
    let patient = file::writer(&path).unwrap();
    let patience = Duration::from_millis(200);
    patient.busy_timeout(patience).unwrap();
    let Ok(watch) = Watch::new(&path, &patient) else {
        panic!("the file is there");
    };
    let writer = Writer::start(patient, watch).unwrap();
    let other = file::writer(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let batch = |number: u32| {
        let key = RecordKey::new(Tenant::new("acme"), "files", number.to_be_bytes());
        Batch::new().put(key.unwrap(), vec![7])
    };
    let begin = Instant::now();
    let mut context = Context::from_waker(Waker::noop());
    let mut commits: Vec<_> = (0..40)
        .map(|number| Box::pin(writer.commit(batch(number))))
        .collect();
    for commit in &mut commits {
        assert!(pin!(commit).poll(&mut context).is_pending());
    }
    for commit in commits {
        let error = block_on(commit).unwrap_err();
        assert!(error.is_retryable() && error.kind() == ErrorKind::Store);
    }
    // One that came first, and the group of all others.
    assert!(begin.elapsed() < 10 * patience, "{:?}", begin.elapsed());
    other.execute_batch("COMMIT").unwrap();
    block_on(writer.commit(batch(40))).unwrap();
    drop(writer);
    fs::remove_dir_all(&folder).unwrap();
}
