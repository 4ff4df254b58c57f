//! Copying the file while the store is in use.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::failure::Failure;
use super::file::{make_new, sync_folder};
use crate::{Error, ErrorKind};

/// Copies the file as it is at one moment to `to`, where there must be nothing.
pub(super) fn copy(file: &Connection, to: &Path) -> Result<(), Error> {
    let name = to
        .file_name()
        .ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
    let mut aside = name.to_owned();
    aside.push(".new");
    let aside = Aside(to.with_file_name(aside));
    if fs::symlink_metadata(to).is_ok() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    make_new(&aside.0).map_err(failed)?;
    fill(file, &aside.0)?;
    let last = || -> io::Result<()> {
        File::open(&aside.0)?.sync_all()?;
        // Unlike a renaming, this replaces nothing.
        fs::hard_link(&aside.0, to)?;
        fs::remove_file(&aside.0)?;
        sync_folder(to)
    };
    last().map_err(failed)
}

fn fill(file: &Connection, path: &Path) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = || {
        let mut copy = Connection::open_with_flags(path, flags)?;
        let step = Backup::new(file, &mut copy)?.step(-1)?;
        copy.close().map_err(|(_, error)| error)?;
        Ok::<_, rusqlite::Error>(step)
    };
    match copy().map_err(|error| Failure::from(error).error())? {
        StepResult::Done => Ok(()),
        // Others hold the file.
        _ => Err(failed(io::ErrorKind::ResourceBusy.into()).retry()),
    }
}

/// A file that is not whole yet, and that nobody needs when it never gets so.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

#[cold]
fn failed(error: io::Error) -> Error {
    Error::message(ErrorKind::Store, "backup of the store could not be written").with_source(error)
}
