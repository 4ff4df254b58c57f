//! The store in one file, when somebody moves the file, or puts something into it.

use std::fs;
use std::path::Path;

use confidant::store::{Batch, RecordKey, SqliteStore, Store};
use confidant::{Error, ErrorKind};

use crate::support::folder::Folder;
use confidant::taxonomy::Tenant;

fn put(store: &SqliteStore, path: &str) -> Result<u64, ErrorKind> {
    let key = RecordKey::new(Tenant::new("acme"), "files", path).unwrap();
    let done = pollster::block_on(store.commit(Batch::new().put(key, vec![1])));
    done.map_err(|error: Error| error.kind())
}

fn exists(path: &Path, key: &str) -> bool {
    let store = SqliteStore::open(path).unwrap();
    let key = RecordKey::new(Tenant::new("acme"), "files", key).unwrap();
    pollster::block_on(store.get(&key)).unwrap().is_some()
}

/// What is acknowledged is found under the name by which the store was opened, or it is
/// not acknowledged.
#[test]
#[cfg(unix)]
fn attack_a_file_that_was_moved_takes_no_commit() {
    for beside in ["", "-wal", "-shm"] {
        let folder = Folder::new();
        let (path, aside) = (folder.join("store"), folder.join("aside"));
        let named = folder.join(&format!("store{beside}"));
        let store = SqliteStore::open(&path).unwrap();
        put(&store, "before").unwrap();

        fs::rename(&named, &aside).unwrap();
        assert_eq!(put(&store, "moved"), Err(ErrorKind::Store), "{beside}");
        fs::copy(&aside, &named).unwrap();
        assert_eq!(put(&store, "replaced"), Err(ErrorKind::Store), "{beside}");
        fs::remove_file(&named).unwrap();
        std::os::unix::fs::symlink(&aside, &named).unwrap();
        assert_eq!(put(&store, "linked"), Err(ErrorKind::Store), "{beside}");
        fs::rename(&aside, &named).unwrap();
        put(&store, "back").unwrap();

        fs::hard_link(&named, &aside).unwrap();
        assert_eq!(put(&store, "twice"), Err(ErrorKind::Store), "{beside}");
        fs::remove_file(&aside).unwrap();
        put(&store, "once").unwrap();

        let (here, there) = (folder.path(), folder.path().with_extension("away"));
        fs::rename(here, &there).unwrap();
        assert_eq!(put(&store, "folder"), Err(ErrorKind::Store), "{beside}");
        fs::rename(&there, here).unwrap();
        drop(store);
        for (key, there) in [
            ("before", true),
            ("moved", false),
            ("replaced", false),
            ("linked", false),
            ("back", true),
            ("twice", false),
            ("once", true),
            ("folder", false),
        ] {
            assert_eq!(exists(&path, key), there, "{beside} {key}");
        }
    }
}

#[test]
#[cfg(unix)]
fn attack_a_file_with_two_names_is_not_opened() {
    let folder = Folder::new();
    let (path, other) = (folder.join("store"), folder.join("other"));
    drop(SqliteStore::open(&path).unwrap());
    fs::hard_link(&path, &other).unwrap();
    for path in [&path, &other] {
        let error = SqliteStore::open(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
    }
    fs::remove_file(&other).unwrap();
    SqliteStore::open(&path).unwrap();
}

/// Each with what takes it away again.
const FOREIGN: [(&str, &str); 7] = [
    (
        "CREATE TRIGGER t AFTER INSERT ON record BEGIN UPDATE counter SET revision = 1; END",
        "DROP TRIGGER t",
    ),
    (
        "CREATE TRIGGER t BEFORE DELETE ON record BEGIN SELECT RAISE(IGNORE); END",
        "DROP TRIGGER t",
    ),
    (
        "CREATE TRIGGER t AFTER UPDATE ON counter BEGIN SELECT 1; END",
        "DROP TRIGGER t",
    ),
    ("CREATE TABLE theirs (a)", "DROP TABLE theirs"),
    ("CREATE VIEW v AS SELECT * FROM record", "DROP VIEW v"),
    (
        "CREATE UNIQUE INDEX i ON record (tenant, path)",
        "DROP INDEX i",
    ),
    (
        "ALTER TABLE record ADD COLUMN more INTEGER",
        "ALTER TABLE record DROP COLUMN more",
    ),
];

#[test]
fn attack_what_does_not_belong_into_a_file_is_noticed() {
    let folder = Folder::new();
    let path = folder.join("store");
    let store = SqliteStore::open(&path).unwrap();
    put(&store, "a").unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    for (come, go) in FOREIGN {
        other.execute_batch(come).unwrap();
        let error = SqliteStore::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{come}");
        // By the store that was open before, too.
        assert_eq!(put(&store, "b"), Err(ErrorKind::Integrity), "{come}");
        other.execute_batch(go).unwrap();
        put(&store, "c").unwrap();
        SqliteStore::open(&path).unwrap();
    }
    // What the planner keeps is nobody's.
    other.execute_batch("ANALYZE").unwrap();
    put(&store, "d").unwrap();
    assert!(!exists(&path, "b"));
}
