//! Checking that a file is still the one that was opened.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::failure::Failure;
use super::schema;
use crate::file_id::{FileId, Seen};

/// What is looked at again with each commit.
///
/// A file that was moved, replaced or deleted under its store takes commits that nobody
/// finds again, and one with two names is written past the log of its other name.
pub(super) struct Watch {
    files: Vec<(PathBuf, Option<FileId>)>,
    schema: i64,
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
        let same = |(path, known): &(PathBuf, Option<FileId>)| {
            identity(path).is_ok_and(|found| found == *known)
        };
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

/// Which file has a name, if it has no other.
fn identity(path: &Path) -> io::Result<Option<FileId>> {
    let seen = Seen::at_name(path)?;
    if !seen.is_file || seen.links != 1 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(seen.id)
}
