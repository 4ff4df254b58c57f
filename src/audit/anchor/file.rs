//! An anchor in a file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_channel::oneshot;

use super::{Anchor, Checkpoints, Kept};
use crate::Error;
use crate::audit::files::sync_folder;
use crate::audit::key::store;
use crate::audit::note::MAX_NOTE;
use crate::audit::plain;
use crate::error::ErrorKind;
use crate::random::random;

/// How often another writer may come first.
const TRIES: u32 = 64;
/// How long another writer may hold the lock: it does so for one write.
const PATIENCE: Duration = Duration::from_secs(5);

/// An anchor in a file, which should lie on another volume than the log and belong
/// to another user than the writer of the log.
///
/// It holds the note of the latest checkpoint, and is replaced as a whole. Several
/// writers of one log may share it, also those of several processes: each replaces only
/// what it has compared with the log, under the lock of a file beside it with `.lock`
/// at the end of its name, which stays. A link, pipe, folder or device in the place of
/// either, and a file longer than a note can be, are errors of kind
/// [`Store`](crate::ErrorKind::Store).
#[derive(Clone, Debug)]
pub struct FileAnchor {
    path: PathBuf,
}

impl FileAnchor {
    /// Creates the anchor in that file, which comes to be when a log is first anchored.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The note in the file, if there is one.
    fn read(&self) -> io::Result<Option<String>> {
        let mut note = String::new();
        let read = plain::check(&self.path)
            .and_then(|()| plain::open(&self.path, OpenOptions::new().read(true)))
            .and_then(|file| plain::read(&file, MAX_NOTE, &mut note));
        match read {
            Ok(()) => Ok(Some(note)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts `new` in the place of `old`, and says whether `old` was still there.
    fn replace(&self, old: Option<&str>, new: &str) -> io::Result<bool> {
        let _lock = self.lock()?;
        if self.read()?.as_deref() != old {
            return Ok(false);
        }
        let aside = self.beside(&format!(".new-{:016x}", unique()?));
        let written = write_new(&aside, new).and_then(|()| fs::rename(&aside, &self.path));
        if let Err(error) = written {
            // It has a name that nothing else has.
            fs::remove_file(&aside).ok();
            return Err(error);
        }
        match self.path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => sync_folder(Path::new("."))?,
            Some(folder) => sync_folder(folder)?,
            None => {}
        }
        Ok(true)
    }

    /// Waits for the lock, which is let go of when the file is closed. Nothing is
    /// awaited while it is held.
    fn lock(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let place = self.beside(".lock");
        plain::check_if_there(&place)?;
        let file = plain::open(&place, &mut options)?;
        let begin = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if begin.elapsed() > PATIENCE => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_micros(500)),
            }
        }
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut path = self.path.clone();
        path.as_mut_os_string().push(end);
        path
    }
}

#[async_trait]
impl Anchor for FileAnchor {
    async fn advance(&self, log: &dyn Checkpoints) -> Result<(), Error> {
        for _ in 0..TRIES {
            let anchor = self.clone();
            let note = on_a_thread(move || anchor.read()).await;
            let note =
                note.map_err(|error| store("anchor of the audit log cannot be read", error))?;
            let kept = note.as_deref().map(Kept::parse).transpose()?;
            let checkpoint = log.checkpoint().await?;
            if let Some(kept) = kept {
                kept.check(log, &checkpoint).await?;
            }
            if note.as_deref() == Some(checkpoint.note()) {
                return Ok(());
            }
            let (anchor, new) = (self.clone(), checkpoint.note().to_owned());
            let replaced = on_a_thread(move || anchor.replace(note.as_deref(), &new)).await;
            match replaced {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    let timed_out = error.kind() == io::ErrorKind::TimedOut;
                    let error = store("anchor of the audit log cannot be written", error);
                    return Err(if timed_out { error.retry() } else { error });
                }
            }
        }
        Err(Error::message(ErrorKind::Conflict, "others keep writing the anchor").retry())
    }
}

/// Does what blocks on a thread of its own, since a volume that does not answer blocks for
/// ever. Where nobody waits any more, the thread ends by itself: each step is whole.
async fn on_a_thread<T: Send + 'static>(
    step: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (reply, answer) = oneshot::channel();
    let thread = thread::Builder::new().name("confidant-anchor".to_owned());
    thread.spawn(move || reply.send(step()).ok())?;
    let ended = || io::Error::other("thread of the anchor ended");
    answer.await.unwrap_or_else(|_| Err(ended()))
}

fn write_new(path: &Path, note: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()
}

fn unique() -> io::Result<u64> {
    let mut bytes = [0; 8];
    random(&mut bytes).map_err(|_| io::Error::other("the system has no random numbers"))?;
    Ok(u64::from_be_bytes(bytes))
}
