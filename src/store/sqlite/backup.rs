//! Copying the file while the store is in use.

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::failure::Failure;
use crate::new_file::{Aside, Readers};
use crate::{Error, ErrorKind};

/// Copies the file as it is at one moment to `to`, where there must be nothing.
pub(super) fn copy(file: &Connection, to: &Path) -> Result<(), Error> {
    let name = to
        .file_name()
        .ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
    let mut aside = name.to_owned();
    aside.push(".new");
    let aside = to.with_file_name(aside);
    if fs::symlink_metadata(to).is_ok() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let (aside, _) = Aside::new(aside, Readers::Owner).map_err(failed)?;
    fill(file, aside.path())?;
    aside.publish(to).map_err(failed)
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

#[cold]
fn failed(error: io::Error) -> Error {
    Error::message(ErrorKind::Store, "backup of the store could not be written").with_source(error)
}
