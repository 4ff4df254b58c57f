//! The log in files: segments that are only ever appended to.

mod disk;
mod frame;
mod open;
mod queue;
mod scan;
mod segment;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;

use self::disk::{Disk, Folder, Unavailable};
use self::frame::Frame;
pub(super) use self::frame::Header;
use self::open::unread;
use self::queue::{Queue, Work};
use self::segment::{Derived, Window};
pub(super) use self::verify::verify;
use super::backend::{Backend, MAX_BYTES, Receipt};
use super::checkpoint::Checkpoint;
use super::entry::{Encoded, Entry};
use super::key::{Signer, store};
use super::tree::{ConsistencyProof, Edge, InclusionProof, prove_consistency, prove_inclusion};
use crate::Error;
use crate::error::{AuditCause, ErrorKind};
use crate::time::Clock;

/// How much may wait to be written.
const QUEUE_BYTES: usize = 8 << 20;

/// What readers may see: all that is durable.
#[derive(Debug)]
struct Durable {
    checkpoint: Arc<Checkpoint>,
    /// The first indexes of the segments.
    bases: Vec<u64>,
}

pub(super) struct FileLog {
    disk: Arc<dyn Disk>,
    derived: Derived,
    durable: Arc<Mutex<Durable>>,
    queue: Arc<Queue>,
    /// The right edge for the size that was last proven something about.
    edge: Mutex<Edge>,
    thread: Option<JoinHandle<()>>,
}

impl FileLog {
    /// Opens the log in a folder, or makes one there, and starts its thread.
    pub(super) fn open(
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
        let writer = open::open(disk, signer, clock, segment_bytes)?;
        let (disk, derived) = (Arc::clone(&writer.disk), writer.derived.clone());
        let durable = Arc::clone(&writer.durable);
        let queue = Arc::new(Queue::new(QUEUE_BYTES));
        let jobs = Arc::clone(&queue);
        let thread = thread::Builder::new().name("confidant-audit".to_owned());
        let thread = thread.spawn(move || {
            writer.run(&jobs);
            jobs.close();
        });
        Ok(Self {
            disk,
            derived,
            durable,
            queue,
            edge: Mutex::default(),
            thread: Some(thread.map_err(|error| store("no thread for the audit log", error))?),
        })
    }

    fn durable(&self) -> MutexGuard<'_, Durable> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right edge of the tree of that size.
    fn edge(&self, size: u64) -> Result<MutexGuard<'_, Edge>, Error> {
        if size > self.durable().checkpoint.size() {
            return Err(Error::config("log is not yet of that size"));
        }
        let mut edge = self.edge.lock().unwrap_or_else(PoisonError::into_inner);
        if edge.size() != size {
            *edge = Edge::new(size, &self.derived)?;
        }
        Ok(edge)
    }

    /// The index of the segment's first entry that has the entry `index`, and that
    /// of the next segment's.
    fn segment_of(&self, index: u64) -> Option<(u64, u64)> {
        let durable = self.durable();
        let after = durable.bases.partition_point(|base| *base <= index);
        let base = durable.bases.get(after.checked_sub(1)?)?;
        let next = durable.bases.get(after).copied();
        Some((*base, next.unwrap_or_else(|| durable.checkpoint.size())))
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

    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
        Ok(Arc::clone(&self.durable().checkpoint))
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        let missing = || Error::config("log has no entry of that index");
        if range.start >= range.end || range.end > self.durable().checkpoint.size() {
            return Err(missing());
        }
        let (base, next) = self.segment_of(range.start).ok_or_else(missing)?;
        let file = self.disk.open(&segment::name(base)).map_err(unread)?;
        let at = self.derived.offset(range.start).map_err(unread)?;
        let mut window = Window::new(&*file, at);
        let mut index = range.start;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while index < range.end.min(next) && bytes < MAX_BYTES {
            let more = frame::FRAME + Entry::MAX;
            let (frame, len) = frame::read(window.peek(more).map_err(unread)?, index);
            match frame {
                Frame::Entry(entry, _) => {
                    bytes += entry.len();
                    entries.push(entry.to_vec());
                    index += 1;
                }
                Frame::Checkpoint(_) => {}
                _ => return Err(AuditCause::Altered { leaf: index }.into()),
            }
            window.advance(len);
        }
        Ok(entries)
    }

    async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, Error> {
        prove_inclusion(index, &*self.edge(size)?, &self.derived)
    }

    async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        prove_consistency(old, &*self.edge(new)?, &self.derived)
    }
}

/// Writes what is in the queue, and lets go of the folder.
impl Drop for FileLog {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A thread that ended badly has nothing more to write.
            drop(thread.join());
        }
    }
}

impl fmt::Debug for FileLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLog")
            .field("durable", &self.durable)
            .finish_non_exhaustive()
    }
}
