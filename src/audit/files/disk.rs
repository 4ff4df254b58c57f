//! The few file operations that the log is made of, so that tests can have each
//! of them fail.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;
use crate::audit::key::store;

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
    fn identity(&self) -> io::Result<Option<Identity>> {
        Ok(None)
    }
}

/// A folder of the file system, locked against other processes.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    lock: Option<Lock>,
}

/// The lock, and which files it and the folder were when it was taken.
#[derive(Debug)]
struct Lock {
    file: File,
    folder: Option<Identity>,
    lock: Option<Identity>,
}

/// Which file of the system a name leads to, where the system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
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
        create_folder(&path).map_err(Unavailable::Failed)?;
        let place = path.join(Self::LOCK);
        let file = open_lock(&place).map_err(Unavailable::Failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Unavailable::Locked),
            Err(TryLockError::Error(error)) => return Err(Unavailable::Failed(error)),
        }
        let identities = || -> io::Result<_> {
            let metadata = file.metadata()?;
            Ok((identity(&fs::metadata(&path)?), identity(&metadata)))
        };
        let (folder, lock) = identities().map_err(Unavailable::Failed)?;
        let locked = Self {
            path,
            lock: Some(Lock { file, folder, lock }),
        };
        // Somebody may have replaced it between opening and locking.
        match locked.is_ours() {
            Ok(true) => Ok(locked),
            Ok(false) => Err(Unavailable::Locked),
            Err(error) => Err(Unavailable::Failed(error)),
        }
    }

    /// A folder to read only.
    pub(super) fn unlocked(path: PathBuf) -> Self {
        Self { path, lock: None }
    }

    /// Whether the folder and the lock in it are those that were locked.
    fn is_ours(&self) -> io::Result<bool> {
        let Some(lock) = &self.lock else {
            return Ok(true);
        };
        let folder = fs::metadata(&self.path)?;
        Ok(identity(&folder) == lock.folder && self.leads_to(Self::LOCK, lock.lock)?)
    }

    /// Whether a name leads to this file, and no other name does.
    fn leads_to(&self, name: &str, expected: Option<Identity>) -> io::Result<bool> {
        match fs::symlink_metadata(self.path.join(name)) {
            Ok(found) => Ok(identity(&found) == expected && links(&found) == 1),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Lets go of the lock before anything else can go wrong.
impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.file.unlock());
    }
}

/// Opens the file of the lock, which only its owner may open.
fn open_lock(place: &Path) -> io::Result<File> {
    match regular(place) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(place)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let permissions = file.metadata()?.permissions();
        if permissions.mode() & 0o177 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

/// Creates a folder and those above it that are missing, and makes their names durable.
fn create_folder(path: &Path) -> io::Result<()> {
    let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let made: Vec<_> = path.ancestors().take_while(missing).collect();
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    for folder in made.into_iter().rev() {
        match builder.create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        match folder.parent() {
            Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new("."))?,
            Some(parent) => sync_folder(parent)?,
            None => {}
        }
    }
    Ok(())
}

/// Makes the names in a folder durable.
#[cfg(unix)]
pub(in crate::audit) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere the system makes names durable with the files.
#[cfg(not(unix))]
pub(in crate::audit) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes sure that a name leads to a file, and to no folder, pipe or link.
fn regular(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_file() {
        return Ok(());
    }
    Err(io::Error::other(
        "name in the folder of the audit log is not that of a file",
    ))
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;

    Some(Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
    })
}

#[cfg(unix)]
fn links(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

/// Elsewhere an open file cannot be replaced.
#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Option<Identity> {
    None
}

#[cfg(not(unix))]
fn links(_: &fs::Metadata) -> u64 {
    1
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.extend(entry.file_name().into_string().ok());
            }
        }
        Ok(names)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        regular(&path)?;
        Ok(Arc::new(File::options().read(true).write(true).open(path)?))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        regular(&path)?;
        Ok(Arc::new(File::open(path)?))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        match regular(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Arc::new(options.open(path)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let to = self.path.join(to);
        if fs::symlink_metadata(&to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(self.path.join(from), to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    fn holds(&self, name: &str, file: &dyn DiskFile) -> io::Result<bool> {
        Ok(self.is_ours()? && self.leads_to(name, file.identity()?)?)
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

    fn identity(&self) -> io::Result<Option<Identity>> {
        Ok(identity(&self.metadata()?))
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
