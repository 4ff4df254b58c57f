//! Files of keys, which only their owner may read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

#[cfg(unix)]
use crate::new_file::{self, Readers};
use crate::{Error, ErrorKind};

/// Reads a file that only its owner can read.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) past `most` bytes; otherwise those of opening it.
pub(crate) fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    let failed = |error: io::Error| {
        Error::message(ErrorKind::Store, "the key file cannot be read").with_source(error)
    };
    let file = open_private(path, File::options().read(true), failed)?;
    // With room for everything, so that no part of the key stays behind in memory that
    // the text outgrew.
    let mut text = Zeroizing::new(Vec::with_capacity(most + 1));
    let mut bounded = file.take(most as u64 + 1);
    bounded.read_to_end(&mut text).map_err(failed)?;
    if text.len() > most {
        return Err(Error::limit("a key file", most as u64));
    }
    Ok(text)
}

/// Opens a file and makes sure that what was opened is what stands under the path, is
/// no link, and cannot be read or written by anyone but its owner.
#[cfg(unix)]
fn open_private(
    path: &Path,
    options: &OpenOptions,
    failed: impl Fn(io::Error) -> Error,
) -> Result<File, Error> {
    use std::fs::symlink_metadata;
    use std::os::unix::fs::MetadataExt as _;

    let refused = |what| Error::message(ErrorKind::Refused, what);
    let seen = symlink_metadata(path).map_err(&failed)?;
    // Opening what is no file, such as a pipe, might wait for ever.
    if !seen.is_file() {
        return Err(refused("the key file is not a regular file"));
    }
    let file = options.open(path).map_err(&failed)?;
    let opened = file.metadata().map_err(&failed)?;
    if (seen.dev(), seen.ino()) != (opened.dev(), opened.ino()) || !opened.is_file() {
        return Err(refused("the key file was replaced while it was opened"));
    }
    if opened.mode() & 0o077 != 0 {
        return Err(refused("the key file is not its owner's alone: mode 0600"));
    }
    Ok(file)
}

#[cfg(not(unix))]
fn open_private(_: &Path, _: &OpenOptions, _: impl Fn(io::Error) -> Error) -> Result<File, Error> {
    let what = "the permissions of a key file cannot be checked on this system";
    Err(Error::message(ErrorKind::Refused, what))
}

/// Writes a new file that only its owner can read. It is whole and durable when this
/// returns, and not there at all where this fails.
#[cfg(unix)]
pub(crate) fn create(path: &Path, text: &[u8]) -> Result<(), Error> {
    new_file::write(path, text, Readers::Owner).map_err(|error| {
        Error::message(ErrorKind::Store, "the key file cannot be written").with_source(error)
    })
}

#[cfg(not(unix))]
pub(crate) fn create(_: &Path, _: &[u8]) -> Result<(), Error> {
    let what = "the permissions of a key file cannot be set on this system";
    Err(Error::message(ErrorKind::Refused, what))
}

/// Overwrites a key file and removes it. A file that is missing counts as removed.
#[cfg(unix)]
pub(crate) fn destroy(path: &Path) -> Result<(), Error> {
    let failed = |error: io::Error| {
        let what = "the key file cannot be removed";
        Error::message(ErrorKind::Store, what).with_source(error)
    };
    let mut file = match open_private(path, File::options().read(true).write(true), failed) {
        Err(error) if is_missing(&error) => return Ok(()),
        opened => opened?,
    };
    let length = file.metadata().map_err(failed)?.len();
    let written = io::copy(&mut io::repeat(0).take(length), &mut file);
    written.and_then(|_| file.sync_all()).map_err(failed)?;
    std::fs::remove_file(path).map_err(failed)?;
    new_file::sync_folder(path).map_err(failed)
}

#[cfg(unix)]
fn is_missing(error: &Error) -> bool {
    let source = error.expose_source();
    source
        .and_then(|source| source.downcast_ref::<io::Error>())
        .is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(not(unix))]
pub(crate) fn destroy(_: &Path) -> Result<(), Error> {
    let what = "the permissions of a key file cannot be checked on this system";
    Err(Error::message(ErrorKind::Refused, what))
}
