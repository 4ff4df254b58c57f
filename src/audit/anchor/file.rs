//! A second file.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use async_trait::async_trait;

use super::{Anchor, Kept};
use crate::Error;
use crate::audit::key::store;
use crate::audit::log::Log;

/// An anchor in a file, which should lie on another volume than the log and belong
/// to someone else than who writes the log.
///
/// It holds the note of the latest checkpoint, and is replaced as a whole.
#[derive(Clone, Debug)]
pub struct FileAnchor {
    path: PathBuf,
}

impl FileAnchor {
    /// The anchor in that file, which comes to be when a log is first anchored.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn replace(&self, note: &str) -> io::Result<()> {
        let mut new = self.path.clone();
        new.as_mut_os_string().push(".new");
        let mut file = File::create(&new)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        #[cfg(unix)]
        match self.path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all()?,
            Some(folder) => File::open(folder)?.sync_all()?,
            None => {}
        }
        Ok(())
    }
}

#[async_trait]
impl Anchor for FileAnchor {
    async fn advance(&self, log: &Log) -> Result<(), Error> {
        let kept = match fs::read_to_string(&self.path) {
            Ok(note) => Some(Kept::parse(&note)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(store("anchor of the audit log cannot be read", error)),
        };
        let checkpoint = log.checkpoint().await?;
        if let Some(kept) = kept {
            kept.check(log, &checkpoint).await?;
        }
        let replaced = self.replace(checkpoint.note());
        replaced.map_err(|error| store("anchor of the audit log cannot be written", error))
    }
}
