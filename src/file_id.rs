//! The identity of the file that a name leads to.
//!
//! Every commit to disk needs it, so on Linux nothing else is read. Reading the times of a
//! file that is being written makes the system renew them with the next write, which costs
//! half a sync more.

use std::fs::File;
use std::io;
use std::path::Path;

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// What a name leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Nothing where the system does not tell: there a file that is open can be neither
    /// moved nor replaced.
    pub(crate) id: Option<FileId>,
    pub(crate) is_file: bool,
    /// How many names it has; 1 where the system does not tell.
    pub(crate) links: u64,
}

impl Seen {
    /// Returns what a name leads to, behind all links.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        look(&At::Path {
            path,
            follows: true,
        })
    }

    /// Returns what has a name, which may be a link.
    pub(crate) fn at_name(path: &Path) -> io::Result<Self> {
        look(&At::Path {
            path,
            follows: false,
        })
    }

    /// Returns what an open file is.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        look(&At::File(file))
    }
}

/// Where to look.
enum At<'a> {
    Path { path: &'a Path, follows: bool },
    File(&'a File),
}

#[cfg(target_os = "linux")]
fn look(at: &At<'_>) -> io::Result<Seen> {
    use rustix::fs::{AtFlags, CWD, FileType, StatxFlags, makedev, statx};
    use rustix::io::Errno;

    let asked = StatxFlags::TYPE | StatxFlags::NLINK | StatxFlags::INO;
    let found = match *at {
        At::Path { path, follows } => {
            let flags = match follows {
                true => AtFlags::empty(),
                false => AtFlags::SYMLINK_NOFOLLOW,
            };
            statx(CWD, path, flags, asked)
        }
        At::File(file) => statx(file, c"", AtFlags::EMPTY_PATH, asked),
    };
    let found = match found {
        // Linux has had this call since 4.11, and a sandbox may refuse it.
        Err(Errno::NOSYS | Errno::PERM) => return look_at_all(at),
        found => found?,
    };
    Ok(Seen {
        id: Some(FileId {
            device: makedev(found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
        }),
        is_file: FileType::from_raw_mode(found.stx_mode.into()).is_file(),
        links: found.stx_nlink.into(),
    })
}

#[cfg(not(target_os = "linux"))]
use look_at_all as look;

/// Does the same by reading everything that the system knows of a file.
fn look_at_all(at: &At<'_>) -> io::Result<Seen> {
    let found = match *at {
        At::Path {
            path,
            follows: true,
        } => path.metadata(),
        At::Path { path, .. } => path.symlink_metadata(),
        At::File(file) => file.metadata(),
    }?;
    #[cfg(unix)]
    let (id, links) = {
        use std::os::unix::fs::MetadataExt as _;

        let id = FileId {
            device: found.dev(),
            inode: found.ino(),
        };
        (Some(id), found.nlink())
    };
    #[cfg(not(unix))]
    let (id, links) = (None, 1);
    Ok(Seen {
        id,
        is_file: found.is_file(),
        links,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn both_ways_see_the_same() {
        let folder = std::env::temp_dir().join(format!("confidant-file-id-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [one, two, link] = ["one", "two", "link"].map(|name| folder.join(name));
        fs::write(&one, "1").unwrap();
        fs::hard_link(&one, &two).unwrap();
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let file = File::open(&one).unwrap();
        let mut seen = Vec::new();
        for at in [
            At::File(&file),
            at_path(&one, false),
            at_path(&two, true),
            at_path(&link, true),
            at_path(&link, false),
            at_path(&folder, true),
        ] {
            let [narrow, whole] = [look(&at).unwrap(), look_at_all(&at).unwrap()];
            assert_eq!(narrow.id, whole.id);
            assert_eq!((narrow.is_file, narrow.links), (whole.is_file, whole.links));
            seen.push((narrow.id, narrow.is_file, narrow.links));
        }
        let first = seen[0];
        assert_eq!((first.1, first.2), (true, 2));
        assert!(seen[..4].iter().all(|other| *other == first));
        assert!(!seen[4].1 && !seen[5].1 && seen[4].0 != first.0);
        let missing = folder.join("missing");
        assert_eq!(
            look(&at_path(&missing, true)).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        fs::remove_dir_all(&folder).unwrap();
    }

    fn at_path(path: &Path, follows: bool) -> At<'_> {
        At::Path { path, follows }
    }
}
