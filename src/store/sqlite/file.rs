//! The file: its permissions, how it is opened, and its contents.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::failure::{Failure, foreign, is_busy};
use super::schema::{APPLICATION, MIGRATIONS, is_ours};
use super::watch;
use crate::error::StoreCause;
use crate::new_file::sync_folder;
use crate::{Error, ErrorKind};

/// How long a call waits for another process.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long SQLite waits for it at each place while a file is set up.
const GLANCE: Duration = Duration::from_millis(50);

/// Makes the file where there is none and brings it up to date. Returns its full
/// path, since SQLite reads some names in ways of its own.
pub(super) fn prepare(path: &Path) -> Result<PathBuf, Error> {
    make(path).map_err(unusable)?;
    let path = fs::canonicalize(path).map_err(unusable)?;
    if fs::metadata(&path).map_err(unusable)?.is_file() {
        watch::check_links(&path)?;
    }
    let mut connection = connect(&path)?;
    // SQLite waits at some places and not at others, such as where it switches a file
    // to its log. So it waits shortly, and all attempts together last no longer than
    // one call may.
    connection.busy_timeout(GLANCE).map_err(Failure::from)?;
    let begin = Instant::now();
    loop {
        match set_up(&mut connection) {
            Err(SetUp::Failed(error)) if is_busy(&error) && begin.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(20));
            }
            Err(SetUp::Failed(error)) => return Err(Failure::from(error).error()),
            Err(SetUp::Refused(error)) => return Err(error),
            Ok(()) => break,
        }
    }
    restrict(&path).map_err(unusable)?;
    Ok(path)
}

/// The connection that writes.
pub(super) fn writer(path: &Path) -> Result<Connection, Error> {
    let connection = connect(path)?;
    let set = || {
        // Each commit is on the disk, also where a plain flush is not enough, and
        // what is deleted is overwritten.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)
    };
    set().map_err(Failure::from)?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, Error> {
    let connection = connect(path)?;
    let set = connection.pragma_update(None, "query_only", true);
    set.map_err(Failure::from)?;
    Ok(connection)
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        Ok::<_, rusqlite::Error>(connection)
    };
    open().map_err(|error| Failure::from(error).error())
}

/// Why a file could not be set up.
enum SetUp {
    Failed(rusqlite::Error),
    Refused(Error),
}

impl From<rusqlite::Error> for SetUp {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

fn set_up(connection: &mut Connection) -> Result<(), SetUp> {
    // Looked at before anything is changed: it may be somebody else's. Both at one
    // moment, as another process may be setting it up.
    let seen = connection.transaction()?;
    let objects = number(&seen, "SELECT count(*) FROM sqlite_schema")?;
    let application = number(&seen, "PRAGMA application_id")?;
    seen.finish()?;
    if application != APPLICATION && (application != 0 || objects != 0) {
        let what = "file is a database of something else than this crate";
        return Err(SetUp::Refused(Error::config(what)));
    }
    check_version(connection)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        let what = "file system of the store has no shared memory";
        return Err(SetUp::Refused(Error::message(ErrorKind::Store, what)));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first.
    let version = check_version(&transaction)?;
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", (at + 1) as i64)?;
    }
    if application != APPLICATION {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
    }
    if !is_ours(&transaction)? {
        return Err(SetUp::Refused(foreign()));
    }
    Ok(transaction.commit()?)
}

fn check_version(connection: &Connection) -> Result<usize, SetUp> {
    let found = number(connection, "PRAGMA user_version")?;
    let known = MIGRATIONS.len();
    let version = usize::try_from(found).ok();
    version.filter(|version| *version <= known).ok_or_else(|| {
        let known = known as i64;
        SetUp::Refused(StoreCause::Newer { found, known }.into())
    })
}

fn number(connection: &Connection, sql: &str) -> Result<i64, rusqlite::Error> {
    connection.query_row(sql, [], |row| row.get(0))
}

/// Makes an empty file, for its owner alone, where there is none. It never has a second
/// name, which would be refused.
fn make(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => {
            made?.sync_all()?;
            sync_folder(path)
        }
    }
}

/// Takes the rights of everybody but the owner, should the file have had them. The
/// files that SQLite puts beside it have the same rights as it.
#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    for beside in ["", "-wal", "-shm"] {
        let mut path = path.as_os_str().to_owned();
        path.push(beside);
        let found = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            found => found?,
        };
        if found.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> io::Result<()> {
    Ok(())
}

fn unusable(error: io::Error) -> Error {
    Error::message(
        ErrorKind::Store,
        "file of the store could not be read or written",
    )
    .with_source(error)
}
