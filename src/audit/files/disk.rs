//! The few file operations that the log is made of, so that tests can have each
//! of them fail.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;

use crate::Error;
use crate::audit::key::store;
use crate::file_id::{FileId, Seen};

/// A folder of files. Folders, pipes and links in it are none of them.
pub(super) trait Disk: Send + Sync + fmt::Debug {
    /// The names of the files, in no order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes an empty file, in place of one that there is.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens a file that there is, to read and write.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens a file that there is, to read.
    fn open_to_read(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.open(name)
    }
    /// Gives a file another name, which nothing has.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes names durable.
    fn sync(&self) -> io::Result<()>;
    /// Whether the folder and its lock are still those that were locked, and the name
    /// leads to this file, and no other name does.
    fn holds(&self, _name: &str, _file: &dyn DiskFile) -> io::Result<bool> {
        Ok(true)
    }
}

/// A file that is read and written at places.
pub(super) trait DiskFile: Send + Sync + fmt::Debug {
    fn len(&self) -> io::Result<u64>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Reads up to the end of `into` or of the file, and says how much.
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize>;
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    /// Makes the bytes durable, and the length as far as they need it.
    fn sync(&self) -> io::Result<()>;
    /// Which file of the system it is, where the system tells.
    fn identity(&self) -> io::Result<Option<FileId>> {
        Ok(None)
    }
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }

    fn read_at(&self, mut into: &mut [u8], mut at: u64) -> io::Result<usize> {
        let mut read = 0;
        while !into.is_empty() {
            match read_some(self, into, at) {
                Ok(0) => break,
                Ok(count) => {
                    read += count;
                    at += count as u64;
                    into = into.get_mut(count..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    #[cfg(unix)]
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, at)
    }

    #[cfg(windows)]
    fn write_at(&self, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(self, bytes, at)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            at += written as u64;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn identity(&self) -> io::Result<Option<FileId>> {
        Ok(Seen::of(self)?.id)
    }
}

#[cfg(unix)]
fn read_some(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_some(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

#[cold]
pub(super) fn unread(error: io::Error) -> Error {
    store("audit log cannot be read", error)
}
