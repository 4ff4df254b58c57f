//! Keys as text: where it comes from, and what it says.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::{LocalKeys, fresh_key};
use crate::seal::KeyVersion;
use crate::secret::Secret;
use crate::{Error, ErrorKind};

type Text = Zeroizing<Vec<u8>>;

/// The most bytes of such a text.
const MAX: usize = 128 * 1024;

/// Reads keys; the last one is current.
pub(super) fn read(text: &[u8], id: &str) -> Result<LocalKeys, Error> {
    let mut keys: Option<LocalKeys> = None;
    let malformed = || Error::config("a key is not a version, a blank and 64 hexadecimal digits");
    for (at, line) in text.split(|byte| matches!(byte, b'\n' | b',')).enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let mut words = line.split(u8::is_ascii_whitespace);
        let version = words
            .next()
            .and_then(|version| str::from_utf8(version).ok());
        let version = version.map(KeyVersion::new).transpose()?;
        let version = version.ok_or_else(malformed)?;
        let digits = words.next_back().filter(|digits| digits.len() == 64);
        if words.any(|word| !word.is_empty()) {
            return Err(malformed().at_line(at + 1));
        }
        let key = digits
            .and_then(key)
            .ok_or_else(|| malformed().at_line(at + 1))?;
        keys = Some(match keys {
            None => LocalKeys::new(id, version, &key)?,
            Some(keys) => keys.version(version, &key)?,
        });
    }
    keys.ok_or_else(|| Error::config("there is no key in the text"))
}

/// 32 bytes out of 64 hexadecimal digits.
fn key(digits: &[u8]) -> Option<Secret<[u8; 32]>> {
    Secret::try_fill(|key: &mut [u8; 32]| {
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().try_fold(0, |value, digit| {
                let digit = char::from(*digit).to_digit(16).ok_or(())?;
                Ok::<u8, ()>(value << 4 | digit as u8)
            })?;
        }
        Ok::<_, ()>(())
    })
    .ok()
}

/// A text with a fresh key of version `1`.
pub(super) fn generate() -> Result<Text, Error> {
    let key = fresh_key()?;
    let mut text = Zeroizing::new(Vec::with_capacity(128));
    text.extend_from_slice(b"1 ");
    for byte in key.expose_secret() {
        for digit in [byte >> 4, byte & 15] {
            text.push(if digit < 10 { b'0' } else { b'a' - 10 } + digit);
        }
    }
    text.push(b'\n');
    Ok(text)
}

/// The value of an environment variable.
pub(super) fn of_env(name: &str) -> Result<Text, Error> {
    let value = env::var_os(name);
    let value = value.ok_or_else(|| Error::config("the environment variable is not set"))?;
    Ok(Zeroizing::new(value.into_encoded_bytes()))
}

/// The text of a file that only its owner can read.
pub(super) fn of_file(path: &Path) -> Result<Text, Error> {
    let failed = |error: io::Error| {
        Error::message(ErrorKind::Store, "the key file cannot be read").with_source(error)
    };
    let file = open_private(path, File::options().read(true), failed)?;
    let mut text = Zeroizing::new(Vec::with_capacity(MAX + 1));
    let mut bounded = file.take(MAX as u64 + 1);
    bounded.read_to_end(&mut text).map_err(failed)?;
    if text.len() > MAX {
        return Err(Error::limit("a key file", MAX as u64));
    }
    Ok(text)
}

/// Opens a file and sees to it that what was opened is what stands under the
/// path, is no link, and is nobody else's to read or write.
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

/// Writes a file that only its owner can read, where there is none.
#[cfg(unix)]
pub(super) fn create(path: &Path, text: &[u8]) -> Result<(), Error> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = File::options();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()
    });
    written.map_err(|error| {
        Error::message(ErrorKind::Store, "the key file cannot be written").with_source(error)
    })
}

/// Overwrites a key file and removes it. One that is not there is removed already.
#[cfg(unix)]
pub(super) fn destroy(path: &Path) -> Result<(), Error> {
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
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")));
    folder.and_then(|folder| folder.sync_all()).map_err(failed)
}

#[cfg(unix)]
fn is_missing(error: &Error) -> bool {
    let source = error.expose_source();
    source
        .and_then(|source| source.downcast_ref::<io::Error>())
        .is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(not(unix))]
pub(super) fn destroy(_: &Path) -> Result<(), Error> {
    let what = "the permissions of a key file cannot be checked on this system";
    Err(Error::message(ErrorKind::Refused, what))
}

#[cfg(not(unix))]
pub(super) fn create(_: &Path, _: &[u8]) -> Result<(), Error> {
    let what = "the permissions of a key file cannot be set on this system";
    Err(Error::message(ErrorKind::Refused, what))
}
