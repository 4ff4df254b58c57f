//! Opening plain files, and refusing everything else in their place.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Has the system open a pipe at once instead of waiting for its other end. It means
/// nothing for a plain file. Where the number is not known, a pipe is waited for.
#[cfg(unix)]
const NONBLOCK: i32 = if cfg!(all(
    any(target_os = "linux", target_os = "android"),
    not(any(
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
        target_arch = "sparc",
        target_arch = "sparc64"
    ))
)) {
    0x800
} else if cfg!(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly"
)) {
    0x4
} else {
    0
};

/// Opens a plain file, also one that a link leads to.
///
/// # Errors
/// Those of the system, and one where it is a folder, a pipe or a device.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, NONBLOCK);
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(not_plain()),
    }
}

/// Makes sure that a name leads to a plain file, and to no folder, pipe or link.
pub(super) fn check(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(not_plain()),
    }
}

/// Makes sure of the same of a name that leads to nothing or to a plain file.
pub(super) fn check_if_there(path: &Path) -> io::Result<()> {
    match check(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        checked => checked,
    }
}

/// Reads a text of at most `most` bytes, and of a longer one no more than shows it.
pub(super) fn read(file: &File, most: usize, text: &mut String) -> io::Result<()> {
    text.reserve_exact(most + 1);
    file.take(most as u64 + 1).read_to_string(text)?;
    match text.len() <= most {
        true => Ok(()),
        false => {
            let what = "file is longer than what it should hold";
            Err(io::Error::new(io::ErrorKind::InvalidData, what))
        }
    }
}

#[cold]
fn not_plain() -> io::Error {
    io::Error::other("name is not that of a plain file")
}
