//! The few file operations that the log is made of, so that tests can have each
//! of them fail.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A folder of files.
pub(super) trait Disk: Send + Sync + fmt::Debug {
    /// The names of the files, in no order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes an empty file, in place of one that there is.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens a file that there is, to read and write.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Gives a file another name, in place of one that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes names durable.
    fn sync(&self) -> io::Result<()>;
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
}

/// A folder of the file system, locked against other processes.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: Option<File>,
}

/// Why a folder cannot be had.
#[derive(Debug)]
pub(super) enum Unavailable {
    Failed(io::Error),
    Locked,
}

impl Folder {
    const LOCK: &str = "lock";

    /// Creates the folder where there is none, and locks it.
    pub(super) fn lock(path: PathBuf) -> Result<Self, Unavailable> {
        fs::create_dir_all(&path).map_err(Unavailable::Failed)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let lock = options
            .open(path.join(Self::LOCK))
            .map_err(Unavailable::Failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path,
                _lock: Some(lock),
            }),
            Err(TryLockError::WouldBlock) => Err(Unavailable::Locked),
            Err(TryLockError::Error(error)) => Err(Unavailable::Failed(error)),
        }
    }
}

impl Folder {
    /// A folder to read only.
    pub(super) fn unlocked(path: PathBuf) -> Self {
        Self { path, _lock: None }
    }

    /// Opens a file that there is, to read.
    pub(super) fn open_to_read(&self, name: &str) -> io::Result<File> {
        File::open(self.path.join(name))
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name()));
        let names: io::Result<Vec<_>> = names.collect();
        Ok(names?
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .collect())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        Ok(Arc::new(options.open(self.path.join(name))?))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Arc::new(options.open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    #[cfg(unix)]
    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    /// Elsewhere the system makes names durable with the files.
    #[cfg(not(unix))]
    fn sync(&self) -> io::Result<()> {
        Ok(())
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
}

#[cfg(unix)]
fn read_some(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_some(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
