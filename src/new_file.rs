//! New files that are whole and durable once they have their name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever the system lets, by default.
    #[cfg(feature = "audit")]
    Default,
    /// The owner alone, on Unix.
    Owner,
}

/// A file that was made here beside the name that it is meant for. It is removed unless it
/// gets that name.
#[derive(Debug)]
pub(crate) struct Aside {
    path: PathBuf,
    is_there: bool,
}

impl Aside {
    /// Makes an empty file, where there must be nothing.
    pub(crate) fn new(path: PathBuf, readers: Readers) -> io::Result<(Self, File)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if readers == Readers::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let file = options.open(&path)?;
        let is_there = true;
        Ok((Self { path, is_there }, file))
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file durable and gives it its name, under which there must be nothing.
    /// The name is durable when this returns.
    pub(crate) fn publish(mut self, to: &Path) -> io::Result<()> {
        // Only what is open to be written can be made durable on every system.
        OpenOptions::new()
            .write(true)
            .open(&self.path)?
            .sync_all()?;
        // Unlike a renaming, this replaces nothing.
        fs::hard_link(&self.path, to)?;
        let named = self.remove().and_then(|()| sync_folder(to));
        if named.is_err() {
            fs::remove_file(to).ok();
        }
        named
    }

    fn remove(&mut self) -> io::Result<()> {
        self.is_there = false;
        fs::remove_file(&self.path)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if self.is_there {
            fs::remove_file(&self.path).ok();
        }
    }
}

/// Writes a new file, where there must be nothing. Nobody sees a part of it, and nothing of
/// it is left where this fails.
pub(crate) fn write(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let (aside, mut file) = unused(path, readers)?;
    file.write_all(content)?;
    drop(file);
    match aside.publish(path) {
        Err(error) if has_no_links(&error) => write_in_place(path, content, readers),
        published => published,
    }
}

/// Whether a file system has one name for each file, as those of memory cards and some
/// network mounts do.
fn has_no_links(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, Unsupported};

    matches!(error.kind(), PermissionDenied | Unsupported)
}

/// Writes a new file under its name, where another one cannot be given to it.
fn write_in_place(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let (mut file_at, mut file) = Aside::new(path.to_owned(), readers)?;
    file.write_all(content)?;
    file.sync_all()?;
    sync_folder(path)?;
    file_at.is_there = false;
    Ok(())
}

/// Makes an empty file beside `path`, under a name that nothing has.
fn unused(path: &Path, readers: Readers) -> io::Result<(Aside, File)> {
    static MADE: AtomicU64 = AtomicU64::new(0);

    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    loop {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let mut aside = name.to_owned();
        aside.push(format!(".{}-{number}.new", std::process::id()));
        match Aside::new(path.with_file_name(aside), readers) {
            // A process of the same number left it behind.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
    }
}

/// Makes the name of a file durable. It is not on the disk before its folder is.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// A folder that is removed with what is in it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("confidant-new-file-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
            let name = |entry| name(entry).into_string().unwrap();
            entries.map(name).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn a_file_replaces_nothing_and_leaves_nothing_beside_it() {
        let folder = Folder::new("refused");
        let path = folder.0.join("key");
        write(&path, b"first", Readers::Owner).unwrap();
        let error = write(&path, b"second", Readers::Owner).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(folder.names(), ["key"]);
        let missing = folder.0.join("none").join("key");
        write(&missing, b"third", Readers::Owner).unwrap_err();
        assert_eq!(folder.names(), ["key"]);
    }

    #[test]
    fn a_file_that_was_not_made_here_stays() {
        let folder = Folder::new("foreign");
        let path = folder.0.join("backup.new");
        fs::write(&path, b"somebody's").unwrap();
        Aside::new(path.clone(), Readers::Owner).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"somebody's");
    }

    #[test]
    fn a_file_can_be_written_without_links() {
        let folder = Folder::new("in-place");
        let path = folder.0.join("key");
        write_in_place(&path, b"first", Readers::Owner).unwrap();
        let error = write_in_place(&path, b"second", Readers::Owner).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(folder.names(), ["key"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_a_file_that_is_the_owners() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = Folder::new("mode");
        let path = folder.0.join("key");
        write(&path, b"key", Readers::Owner).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn nobody_sees_a_part_of_a_file_and_one_of_many_writes_it() {
        let folder = Folder::new("race");
        let content = vec![7; 1 << 20];
        for round in 0..20 {
            let path = folder.0.join(format!("key-{round}"));
            let writers = (0..3).map(|_| {
                let (path, content) = (path.clone(), content.clone());
                thread::spawn(move || write(&path, &content, Readers::Owner).is_ok())
            });
            let writers: Vec<_> = writers.collect();
            while !writers.iter().all(thread::JoinHandle::is_finished) {
                if let Ok(read) = fs::read(&path) {
                    assert_eq!(read.len(), content.len());
                }
            }
            let done = writers.into_iter().map(|writer| writer.join().unwrap());
            assert_eq!(done.filter(|written| *written).count(), 1);
        }
        assert_eq!(folder.names().len(), 20);
    }
}
