//! Whether a file is still the one that was opened, with what belongs in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::failure::Failure;
use super::schema;

/// What is looked at again with each commit.
///
/// A file that was moved, replaced or deleted under its store takes commits that nobody
/// finds again, and one with two names is written past the log of its other name.
pub(super) struct Watch {
    files: Vec<(PathBuf, Identity)>,
    schema: i64,
}

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Watch {
    /// Begins to watch the file at `path`, which `file` has open, and those that SQLite
    /// has put beside it.
    pub(super) fn new(path: &Path, file: &Connection) -> Result<Self, Failure> {
        // The first look makes them.
        let schema = schema::version(file)?;
        let mut files = Vec::new();
        for beside in ["", "-wal", "-shm"] {
            let mut path = path.as_os_str().to_owned();
            path.push(beside);
            let path = PathBuf::from(path);
            let identity = identity(&path).map_err(|_| Failure::Moved { at_end: false })?;
            files.push((path, identity));
        }
        Ok(Self { files, schema })
    }

    /// Looks at the names of the files: `at_end` where what is to be committed has been.
    pub(super) fn check_files(&self, at_end: bool) -> Result<(), Failure> {
        let same =
            |(path, known): &(PathBuf, Identity)| identity(path).is_ok_and(|found| found == *known);
        if self.files.iter().all(same) {
            Ok(())
        } else {
            Err(Failure::Moved { at_end })
        }
    }

    /// Looks at what is in the file, where anything came or went.
    pub(super) fn check_schema(&mut self, file: &Connection) -> Result<(), Failure> {
        let found = schema::version(file)?;
        if found != self.schema {
            if !schema::is_ours(file)? {
                return Err(Failure::Foreign);
            }
            self.schema = found;
        }
        Ok(())
    }
}

/// Makes sure that a file has one name.
pub(super) fn check_links(path: &Path) -> Result<(), Failure> {
    let identity = identity(path);
    identity
        .map(drop)
        .map_err(|_| Failure::Moved { at_end: false })
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;

    let found = fs::symlink_metadata(path)?;
    if !found.is_file() || found.nlink() != 1 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(Identity {
        device: found.dev(),
        inode: found.ino(),
    })
}

/// Elsewhere a file that is open can be neither moved nor replaced.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    fs::symlink_metadata(path)?;
    Ok(Identity {
        device: 0,
        inode: 0,
    })
}
