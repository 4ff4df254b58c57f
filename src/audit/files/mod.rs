//! The log in files: segments that are only ever appended to.

mod derive;
mod disk;
mod folder;
mod frame;
mod open;
mod queue;
mod reader;
mod scan;
mod segment;
mod tail;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use async_trait::async_trait;

use self::disk::Disk;
pub(super) use self::folder::sync_folder;
use self::folder::{Folder, Unavailable};
use self::open::Inspected;
use self::queue::{Queue, Work};
use self::reader::{Durable, Reader};
pub use self::verify::verify_folder;
use super::backend::{Backend, Receipt};
use super::checkpoint::Checkpoint;
use super::entry::Encoded;
use super::key::{Signer, VerifyingKey, store};
use super::memory::MemoryLog;
use super::tree::{ConsistencyProof, InclusionProof};
use crate::Error;
use crate::error::ErrorKind;
use crate::time::Clock;

/// How much may wait to be written.
const QUEUE_BYTES: usize = 8 << 20;

pub(super) struct FileLog {
    reader: Reader,
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

/// A log that is locked and was looked at, and is not open yet.
#[derive(Debug)]
pub(super) struct Opening {
    disk: Arc<dyn Disk>,
    inspected: Inspected,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    segment_bytes: u64,
}

impl Opening {
    /// Locks the folder, and finds out what there is.
    pub(super) fn new(
        path: &Path,
        signer: Arc<dyn Signer>,
        clock: Arc<dyn Clock>,
        segment_bytes: u64,
    ) -> Result<Self, Error> {
        let folder = Folder::lock(path.to_owned()).map_err(|error| match error {
            Unavailable::Failed(error) => store("folder of the audit log cannot be opened", error),
            Unavailable::Locked => Error::message(
                ErrorKind::Refused,
                "audit log is written to by another process",
            ),
        })?;
        Self::on(Arc::new(folder), signer, clock, segment_bytes)
    }

    fn on(
        disk: Arc<dyn Disk>,
        signer: Arc<dyn Signer>,
        clock: Arc<dyn Clock>,
        segment_bytes: u64,
    ) -> Result<Self, Error> {
        Ok(Self {
            inspected: open::inspect(&*disk, signer.verifying_key())?,
            disk,
            signer,
            clock,
            segment_bytes,
        })
    }

    /// The log as it was found, to read: what anchors are asked about before anything
    /// is changed.
    pub(super) fn view(&self) -> Result<Box<dyn Backend>, Error> {
        let Some(found) = &self.inspected.log else {
            let none = MemoryLog::new(Arc::clone(&self.signer), Arc::clone(&self.clock))?;
            return Ok(Box::new(none));
        };
        let durable = Durable {
            checkpoint: Arc::clone(&found.head.checkpoint),
            key: self.signer.verifying_key().clone(),
            bases: self.inspected.bases.clone(),
        };
        Ok(Box::new(Reader::view(Arc::clone(&self.disk), durable)))
    }

    /// Makes or repairs the log, and starts its thread. Says also whether the log ends
    /// elsewhere now than where it was found to.
    pub(super) fn open(self) -> Result<(FileLog, bool), Error> {
        let (writer, is_changed) = open::open(
            self.disk,
            self.inspected,
            self.signer,
            self.clock,
            self.segment_bytes,
        )?;
        let (disk, derived) = (Arc::clone(&writer.disk), writer.derived.clone());
        let reader = Reader::new(disk, derived, Arc::clone(&writer.durable));
        let queue = Arc::new(Queue::new(QUEUE_BYTES));
        let jobs = Taker(Arc::clone(&queue));
        let thread = thread::Builder::new().name("confidant-audit".to_owned());
        let thread = thread.spawn(move || writer.run(&jobs.0));
        let log = FileLog {
            reader,
            queue,
            thread: Some(thread.map_err(|error| store("no thread for the audit log", error))?),
        };
        Ok((log, is_changed))
    }
}

/// Ends the queue with the thread that takes from it, also where that thread panics in
/// the signer or the clock of the caller.
struct Taker(Arc<Queue>);

impl Drop for Taker {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

#[async_trait]
impl Backend for FileLog {
    async fn append(&self, entries: Vec<Encoded>) -> Result<Receipt, Error> {
        self.queue.submit(Work::Append(entries)).await
    }

    async fn rotate(&self, new: Arc<dyn Signer>) -> Result<Receipt, Error> {
        self.queue.submit(Work::Rotate(new)).await
    }

    fn verifying_key(&self) -> VerifyingKey {
        self.reader.durable().key.clone()
    }

    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
        Ok(Arc::clone(&self.reader.durable().checkpoint))
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        self.reader.read(range)
    }

    async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, Error> {
        self.reader.prove_inclusion(index, size)
    }

    async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        self.reader.prove_consistency(old, new)
    }
}

/// Writes what is in the queue, and lets go of the folder.
impl Drop for FileLog {
    fn drop(&mut self) {
        self.queue.close();
        // The last handle may go in that thread, with a task that it wakes.
        let is_other = |thread: &JoinHandle<()>| thread.thread().id() != thread::current().id();
        if let Some(thread) = self.thread.take().filter(is_other) {
            // A thread that ended badly has nothing more to write.
            drop(thread.join());
        }
    }
}

impl fmt::Debug for FileLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLog")
            .field("durable", &self.reader.durable())
            .finish_non_exhaustive()
    }
}
