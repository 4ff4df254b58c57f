//! The folder of a log in the file system, locked against other processes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, DiskFile};
use crate::audit::plain;
use crate::file_id::{FileId, Seen};

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
    folder: Option<FileId>,
    lock: Option<FileId>,
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
        let identities = || -> io::Result<_> { Ok((Seen::at(&path)?.id, Seen::of(&file)?.id)) };
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
        let folder = Seen::at(&self.path)?.id;
        Ok(folder == lock.folder && self.leads_to(Self::LOCK, lock.lock)?)
    }

    /// Whether a name leads to this file, and no other name does.
    fn leads_to(&self, name: &str, expected: Option<FileId>) -> io::Result<bool> {
        match Seen::at_name(&self.path.join(name)) {
            Ok(seen) => Ok(seen.id == expected && seen.links == 1),
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
        plain::check(&path)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        Ok(Arc::new(plain::open(&path, &mut options)?))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        plain::check(&path)?;
        Ok(Arc::new(plain::open(&path, OpenOptions::new().read(true))?))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        plain::check_if_there(&path)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Arc::new(plain::open(&path, &mut options)?))
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

/// Opens the file of the lock, which only its owner may open.
fn open_lock(place: &Path) -> io::Result<File> {
    plain::check_if_there(place)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = plain::open(place, &mut options)?;
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
