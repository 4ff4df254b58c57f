//! The store in one file.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use confidant::store::{Batch, RecordKey, SqliteStore, Store};
use confidant::{Error, ErrorKind};

use super::load;
use crate::support::child;
use crate::support::folder::Folder;
use confidant::taxonomy::Tenant;

fn key(path: &str) -> RecordKey {
    RecordKey::new(Tenant::new("acme"), "files", path).unwrap()
}

fn put(store: &SqliteStore, path: &str, value: &[u8]) -> Result<u64, Error> {
    pollster::block_on(store.commit(Batch::new().put(key(path), value.to_vec())))
}

fn value(store: &SqliteStore, path: &str) -> Option<Vec<u8>> {
    let record = pollster::block_on(store.get(&key(path))).unwrap();
    record.map(|record| record.value)
}

fn refused(path: &Path) -> ErrorKind {
    SqliteStore::open(path).unwrap_err().kind()
}

#[test]
#[cfg(feature = "store-conformance")]
fn conformance_sqlite() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.join("store")).unwrap();
    pollster::block_on(confidant::store::conformance::all(&store)).unwrap();
}

#[test]
fn what_was_written_is_there_again() {
    let folder = Folder::new();
    // Names that SQLite would take for something else.
    for name in ["store", ":memory:", "file:store?mode=memory", "a b'\"%?#"] {
        let path = folder.join(name);
        let store = SqliteStore::open(&path).unwrap();
        let first = put(&store, "a", b"one").unwrap();
        drop(store);
        for _ in 0..2 {
            let store = SqliteStore::open(&path).unwrap();
            assert_eq!(value(&store, "a").unwrap(), b"one");
        }
        // Revisions go on where they were, whatever was deleted.
        let store = SqliteStore::open(&path).unwrap();
        pollster::block_on(store.commit(Batch::new().delete(key("a")))).unwrap();
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        assert!(put(&store, "a", b"two").unwrap() > first + 1);
    }
}

#[test]
#[cfg(unix)]
fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let path = folder.join("store");
    let modes = || {
        let files = fs::read_dir(folder.path()).unwrap();
        let modes = files.map(|file| file.unwrap().metadata().unwrap().permissions().mode());
        modes.map(|mode| mode & 0o777).collect::<Vec<_>>()
    };
    let store = SqliteStore::open(&path).unwrap();
    put(&store, "a", b"one").unwrap();
    assert_eq!(modes(), [0o600; 3]);
    for file in fs::read_dir(folder.path()).unwrap() {
        fs::set_permissions(file.unwrap().path(), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let again = SqliteStore::open(&path).unwrap();
    assert_eq!(modes(), [0o600; 3]);
    drop((store, again));
}

#[test]
fn a_deleted_value_is_not_left_in_the_file() {
    let folder = Folder::new();
    let path = folder.join("store");
    let secret = b"an unmistakable value of the test";
    let holds = || {
        let bytes = fs::read(&path).unwrap();
        bytes.windows(secret.len()).any(|window| window == secret)
    };
    let store = SqliteStore::open(&path).unwrap();
    put(&store, "a", secret).unwrap();
    drop(store);
    assert!(holds());
    let store = SqliteStore::open(&path).unwrap();
    pollster::block_on(store.commit(Batch::new().delete(key("a")))).unwrap();
    drop(store);
    assert!(!holds());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let folder = Folder::new();
    let text = folder.join("text");
    fs::write(
        &text,
        "no database at all, but long enough to be read as one".repeat(40),
    )
    .unwrap();
    assert_eq!(refused(&text), ErrorKind::Integrity);
    assert!(fs::read(&text).unwrap().starts_with(b"no database"));

    let foreign = folder.join("foreign");
    let other = rusqlite::Connection::open(&foreign).unwrap();
    other.execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = fs::read(&foreign).unwrap();
    assert_eq!(refused(&foreign), ErrorKind::Config);
    assert_eq!(fs::read(&foreign).unwrap(), before);

    let newer = folder.join("newer");
    drop(SqliteStore::open(&newer).unwrap());
    let other = rusqlite::Connection::open(&newer).unwrap();
    other.pragma_update(None, "user_version", 7).unwrap();
    drop(other);
    let error = SqliteStore::open(&newer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        "store has schema version 7, but only versions up to 1 are known"
    );

    assert_eq!(refused(folder.path()), ErrorKind::Store);
    assert_eq!(refused(&folder.join("no/such/folder")), ErrorKind::Store);
}

#[test]
fn a_damaged_file_is_not_taken_for_a_whole_one() {
    let folder = Folder::new();
    let path = folder.join("store");
    let store = SqliteStore::open(&path).unwrap();
    for number in 0..200 {
        put(&store, &format!("{number}"), &[7; 500]).unwrap();
    }
    drop(store);
    let whole = fs::read(&path).unwrap();
    let damage = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let use_it = || {
            let store = SqliteStore::open(&path)?;
            put(&store, "new", b"one")?;
            let range = confidant::store::Range::collection(Tenant::new("acme"), "files")?;
            pollster::block_on(store.scan(&range, 1000)).map(|records| records.len())
        };
        use_it().map_err(|error| error.kind())
    };
    assert_eq!(damage(&whole), Ok(201));
    let mut head = whole.clone();
    head[0] ^= 1;
    assert_eq!(damage(&head), Err(ErrorKind::Integrity));
    for at in [1, 2, 3] {
        let mut page = whole.clone();
        page[at * 4096..(at + 1) * 4096].fill(0xee);
        assert_eq!(damage(&page), Err(ErrorKind::Integrity), "page {at}");
    }
    assert_eq!(damage(&whole[..4096 * 3]), Err(ErrorKind::Integrity));
}

#[test]
fn commits_that_wait_share_a_write_and_keep_their_answers() {
    let folder = Folder::new();
    let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
    let threads: Vec<_> = (0..16)
        .map(|thread| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut revisions = Vec::new();
                for number in 0..50 {
                    let path = format!("{thread}/{number}");
                    let absent = confidant::store::Condition::Absent;
                    let batch = Batch::new()
                        .require(key(&path), absent)
                        .put(key(&path), vec![]);
                    revisions.push(pollster::block_on(store.commit(batch.clone())).unwrap());
                    let again = pollster::block_on(store.commit(batch)).unwrap_err();
                    assert_eq!(again.kind(), ErrorKind::Conflict);
                }
                revisions
            })
        })
        .collect();
    let mut revisions: Vec<_> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    revisions.sort_unstable();
    // A commit that is refused takes no number.
    assert!(revisions.into_iter().eq(1..=800));
}

#[test]
fn a_store_that_is_dropped_finishes_its_work() {
    use std::task::{Context, Waker};

    let folder = Folder::new();
    let path = folder.join("store");
    let store = SqliteStore::open(&path).unwrap();
    let mut commit = store.commit(Batch::new().put(key("a"), b"one".to_vec()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(commit.as_mut().poll(&mut context).is_pending());
    drop(commit);
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(value(&store, "a").unwrap(), b"one");
}

#[test]
fn another_process_that_holds_the_file_is_waited_for() {
    let folder = Folder::new();
    let path = folder.join("store");
    let store = SqliteStore::open(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Readers wait for nobody.
    assert_eq!(value(&store, "a"), None);
    let error = put(&store, "a", b"one").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.is_retryable());
    other.execute_batch("ROLLBACK").unwrap();
    put(&store, "a", b"one").unwrap();
}

const PROCESSES: usize = 3;
const STEPS: u64 = 60;

#[test]
fn processes_at_once_lose_no_update() {
    let folder = Folder::new();
    let path = folder.join("store");
    // Nobody has made the file: they race for that, too.
    let threads: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let task = path.to_str().unwrap().to_owned();
            let mut child = child::command("store::sqlite::child", &task);
            thread::spawn(move || child::run(&mut child))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let store = SqliteStore::open(&path).unwrap();
    let count = pollster::block_on(load::check(&store, 0));
    assert_eq!(count, PROCESSES as u64 * STEPS);
}

#[test]
fn child() {
    let Some(path) = child::task() else { return };
    let store = SqliteStore::open(path).unwrap();
    for _ in 0..STEPS {
        pollster::block_on(load::stubborn_step(&store, 0)).unwrap();
    }
}

/// What was deleted is not left in the file, nor in the one beside it.
#[test]
fn what_was_deleted_is_overwritten() {
    let folder = Folder::new();
    let path = folder.join("store");
    let store = SqliteStore::open(&path).unwrap();
    let marker = b"a-marker-that-nothing-else-has".repeat(20);
    put(&store, "a", &marker).unwrap();
    put(&store, "b", b"stays").unwrap();
    assert!(pollster::block_on(store.scrub()).unwrap());
    let is_there = || {
        let files = fs::read_dir(folder.path()).unwrap();
        let bytes = |file: std::io::Result<fs::DirEntry>| fs::read(file.unwrap().path()).unwrap();
        let holds = |bytes: Vec<u8>| bytes.windows(30).any(|part| part == &marker[..30]);
        files.map(bytes).any(holds)
    };
    assert!(is_there());
    pollster::block_on(store.commit(Batch::new().delete(key("a")))).unwrap();
    assert!(is_there(), "the test sees nothing");
    assert!(pollster::block_on(store.scrub()).unwrap());
    assert!(!is_there());
    assert_eq!(value(&store, "b").unwrap(), b"stays");
}

/// A backup that is refused takes nothing away that it has not made.
#[test]
fn a_refused_backup_leaves_what_others_put_there() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.join("store")).unwrap();
    put(&store, "a", b"one").unwrap();
    let (to, aside) = (folder.join("copy"), folder.join("copy.new"));
    for there in [[&aside].as_slice(), &[&to], &[&to, &aside]] {
        for path in there {
            fs::write(path, b"somebody's").unwrap();
        }
        let error = pollster::block_on(store.backup(&to)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        for path in there {
            assert_eq!(fs::read(path).unwrap(), b"somebody's");
            fs::remove_file(path).unwrap();
        }
    }
    pollster::block_on(store.backup(&to)).unwrap();
    assert!(!aside.exists());
    let copy = SqliteStore::open(&to).unwrap();
    assert_eq!(value(&copy, "a").unwrap(), b"one");
}

/// An address that was meant for something else costs nothing.
#[test]
#[cfg(feature = "store-conformance")]
fn the_checks_of_conformance_leave_a_store_that_holds_something() {
    use confidant::store::{MemoryStore, conformance};

    let key = RecordKey::new(Tenant::new("acme"), "vault", "k").unwrap();
    type Check = fn(&MemoryStore) -> Result<(), Error>;
    let checks: [(&str, Check); 7] = [
        ("all", |store| pollster::block_on(conformance::all(store))),
        ("commits", |store| {
            pollster::block_on(conformance::commits(store))
        }),
        ("concurrency", |store| {
            pollster::block_on(conformance::concurrency(store))
        }),
        ("limits", |store| {
            pollster::block_on(conformance::limits(store))
        }),
        ("names", |store| {
            pollster::block_on(conformance::names(store))
        }),
        ("random", |store| {
            pollster::block_on(conformance::random(store, 1, 5))
        }),
        ("records", |store| {
            pollster::block_on(conformance::records(store))
        }),
    ];
    for (name, check) in checks {
        let store = MemoryStore::new();
        let put = Batch::new().put(key.clone(), b"kept".to_vec());
        pollster::block_on(store.commit(put)).unwrap();
        let store = std::sync::Mutex::new(store);
        let caught = std::panic::catch_unwind(|| check(&store.lock().unwrap()));
        assert!(caught.is_err(), "{name}");
        let store = store
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let kept = pollster::block_on(store.get(&key)).unwrap();
        assert_eq!(kept.unwrap().value, b"kept", "{name}");
    }
}
