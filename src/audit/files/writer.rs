//! The thread that writes the log: one batch, one write, one sync.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::disk::{Disk, DiskFile};
use super::frame::{Header, write_checkpoint, write_entry};
use super::queue::{Job, Queue, Work, in_doubt, poisoned};
use super::reader::Durable;
use super::segment::{self, Derived};
use super::tail::SECTOR;
use crate::Error;
use crate::audit::backend::{MAX_BYTES, MAX_ENTRIES, Receipt};
use crate::audit::batch::{Batch, Head};
use crate::audit::entry::Encoded;
use crate::audit::key::{Signer, store};
use crate::error::ErrorKind;
use crate::time::Clock;

/// By how much a segment grows at a time. It is filled with zeros first, so that a
/// sync need not make a new length durable each time.
fn extent(segment_bytes: u64) -> u64 {
    segment_bytes.min(1 << 20)
}

/// What the thread has in hand.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) derived: Derived,
    pub(super) durable: Arc<Mutex<Durable>>,
    /// From which size on a segment is full.
    pub(super) segment_bytes: u64,
    pub(super) head: Head,
    pub(super) segment: Segment,
    /// Set by the first failure after which it is not known what is on disk.
    pub(super) poisoned: bool,
}

/// The segment that is written to.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) file: Arc<dyn DiskFile>,
    pub(super) name: String,
    /// The index of its first entry.
    pub(super) base: u64,
    /// Where the next frame goes.
    pub(super) at: u64,
    /// Up to where it is filled with zeros.
    pub(super) filled: u64,
}

/// Why a batch did not become durable.
#[derive(Debug)]
pub(super) enum Failed {
    /// Nothing of it is on disk: the next one may do better.
    Clean(Error),
    /// It is not known what of it is on disk.
    Unknown(io::Error),
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Clean(error) => error,
            Failed::Unknown(error) => in_doubt().with_source(error),
        }
    }
}

impl Writer {
    pub(super) fn run(mut self, queue: &Queue) {
        while let Some(mut jobs) = queue.take(MAX_BYTES, MAX_ENTRIES) {
            self.work(&mut jobs);
        }
    }

    /// Does the jobs of one batch, and tells those who wait.
    fn work(&mut self, jobs: &mut [Job]) {
        if self.poisoned {
            jobs.iter().for_each(|job| job.resolve(Err(poisoned())));
            return;
        }
        let mut counts = Vec::with_capacity(jobs.len());
        let mut entries = Vec::new();
        let mut rotation = None;
        for job in &mut *jobs {
            match &mut job.work {
                Work::Append(more) => {
                    counts.push(more.len() as u64);
                    entries.append(more);
                }
                Work::Rotate(new) => rotation = Some(Arc::clone(new)),
            }
        }
        let done = match rotation {
            Some(new) => self.rotate(new),
            None => self.append(entries),
        };
        match done {
            Ok((mut index, checkpoint)) => {
                counts.resize(jobs.len(), 1);
                for (job, count) in jobs.iter().zip(counts) {
                    job.resolve(Ok((index, Arc::clone(&checkpoint))));
                    index += count;
                }
            }
            Err(Failed::Clean(error)) => {
                let (kind, retryable) = (error.kind(), error.is_retryable());
                let mut first = Some(error);
                for job in jobs {
                    let again = || {
                        let error = Error::message(kind, "audit log did not take the batch");
                        if retryable { error.retry() } else { error }
                    };
                    job.resolve(Err(first.take().unwrap_or_else(again)));
                }
            }
            Err(Failed::Unknown(error)) => {
                self.poisoned = true;
                let mut first = Some(in_doubt().with_source(error));
                for job in jobs {
                    job.resolve(Err(first.take().unwrap_or_else(in_doubt)));
                }
            }
        }
    }

    /// Appends entries, and returns when they are durable.
    pub(super) fn append(&mut self, entries: Vec<Encoded>) -> Result<Receipt, Failed> {
        let batch = self.head.batch(entries, self.clock.now(), &*self.signer);
        self.commit(batch.map_err(Failed::Clean)?)
    }

    /// Wipes what a crash has cut off, which ends at `end` and is kept in a file of its own,
    /// and writes the entry that says so. Until that is durable, the file shows that the log
    /// was not repaired yet.
    pub(super) fn recover(&mut self, entry: Encoded, end: u64) -> Result<(), Failed> {
        self.check_place()?;
        let at = self.segment.at;
        // A power failure may leave sectors as they were. So that what is left is always the
        // remainder of a crash, the first one goes last: it has no whole checkpoint behind a
        // break. The new batch then comes behind zeros, as every other.
        let first = (at + 1).next_multiple_of(SECTOR);
        self.wipe(first, end)?;
        self.wipe(at, end.min(first))?;
        self.append(vec![entry])?;
        Ok(())
    }

    fn rotate(&mut self, new: Arc<dyn Signer>) -> Result<Receipt, Failed> {
        let entry = self
            .head
            .rotation(&*self.signer, &*new)
            .map_err(Failed::Clean)?;
        let batch = self.head.batch(vec![entry], self.clock.now(), &*new);
        let before = std::mem::replace(&mut self.signer, new);
        let receipt = batch
            .map_err(Failed::Clean)
            .and_then(|batch| self.commit(batch));
        if receipt.is_err() {
            self.signer = before;
        }
        receipt
    }

    fn commit(&mut self, batch: Batch) -> Result<Receipt, Failed> {
        self.check_place()?;
        let mut bytes = Vec::with_capacity(batch.entries.len() * 320 + 512);
        let mut positions = Vec::with_capacity(batch.entries.len());
        for ((entry, leaf), index) in batch.entries.iter().zip(&batch.leaves).zip(batch.first..) {
            positions.push(bytes.len() as u32);
            write_entry(&mut bytes, index, entry.as_bytes(), leaf);
        }
        let head = &batch.head;
        write_checkpoint(&mut bytes, head.size(), head.checkpoint.note());
        let len = bytes.len() as u64;
        let has_entries = self.segment.base < batch.first;
        if has_entries && self.segment.at + len > self.segment_bytes {
            self.roll()?;
        }
        positions
            .iter_mut()
            .for_each(|position| *position += self.segment.at as u32);
        // What is derived goes first: it is for entries that are not there yet, so
        // nothing is lost where it goes wrong.
        let derived = self.derived.write(batch.first, &batch.nodes, &positions);
        derived.map_err(clean)?;
        self.fill(len)?;
        let file = &self.segment.file;
        file.write_at(&bytes, self.segment.at)
            .map_err(Failed::Unknown)?;
        file.sync().map_err(Failed::Unknown)?;
        self.segment.at += len;
        self.head = batch.head;
        self.publish();
        Ok((batch.first, Arc::clone(&self.head.checkpoint)))
    }

    /// Shows readers where the log ends now.
    fn publish(&self) {
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        durable.checkpoint = Arc::clone(&self.head.checkpoint);
        if durable.key != *self.signer.verifying_key() {
            durable.key = self.signer.verifying_key().clone();
        }
        if durable.bases.last() != Some(&self.segment.base) {
            durable.bases.push(self.segment.base);
        }
    }

    /// Makes sure that the folder, its lock and the segment are still those that were
    /// opened: nothing is acknowledged that went to a file without a name.
    fn check_place(&self) -> Result<(), Failed> {
        let place = self.disk.holds(&self.segment.name, &*self.segment.file);
        match place {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failed::Clean(Error::message(
                ErrorKind::Store,
                "folder, lock or segment of the audit log was removed, replaced or linked",
            ))),
            Err(error) => Err(Failed::Clean(store("audit log cannot be looked at", error))),
        }
    }

    /// Fills the segment with zeros from `at` to `end`.
    fn wipe(&self, mut at: u64, end: u64) -> Result<(), Failed> {
        if at >= end {
            return Ok(());
        }
        let zeros = vec![0; (end - at).min(1 << 20) as usize];
        while at < end {
            let left = usize::try_from(end - at).unwrap_or(usize::MAX);
            let piece = zeros.get(..left).unwrap_or(&zeros);
            self.segment.file.write_at(piece, at).map_err(clean)?;
            at += piece.len() as u64;
        }
        self.segment.file.sync().map_err(Failed::Unknown)
    }

    /// Fills the segment with zeros until `more` bytes fit.
    fn fill(&mut self, more: u64) -> Result<(), Failed> {
        let end = self.segment.at + more;
        if end <= self.segment.filled {
            return Ok(());
        }
        let to = end.next_multiple_of(extent(self.segment_bytes));
        let zeros = vec![0; (to - self.segment.filled) as usize];
        let file = &self.segment.file;
        file.write_at(&zeros, self.segment.filled).map_err(clean)?;
        file.sync().map_err(Failed::Unknown)?;
        self.segment.filled = to;
        Ok(())
    }

    /// Ends the segment and begins the next.
    fn roll(&mut self) -> Result<(), Failed> {
        let old = &mut self.segment;
        old.file.set_len(old.at).map_err(clean)?;
        old.filled = old.at;
        old.file.sync().map_err(Failed::Unknown)?;
        self.derived.sync().map_err(Failed::Unknown)?;
        self.segment = create(&*self.disk, &self.head, self.segment_bytes)?;
        Ok(())
    }
}

/// Makes the segment that begins where `head` ends. It gets its name when it is
/// whole, so that there is never half a header.
pub(super) fn create(disk: &dyn Disk, head: &Head, segment_bytes: u64) -> Result<Segment, Failed> {
    let base = head.size();
    let header = Header {
        frontier: head.frontier.clone(),
        time: head.time,
        checkpoint: head.checkpoint.note().to_owned(),
    };
    let mut bytes = header.to_bytes();
    let at = bytes.len() as u64;
    let filled = at.next_multiple_of(extent(segment_bytes));
    bytes.resize(filled as usize, 0);
    let name = segment::new_name(base);
    let file = disk.create(&name).map_err(clean)?;
    file.write_at(&bytes, 0).map_err(clean)?;
    file.sync().map_err(clean)?;
    // Once it may have its name, entries must go nowhere else.
    let new = segment::name(base);
    disk.rename(&name, &new).map_err(Failed::Unknown)?;
    disk.sync().map_err(Failed::Unknown)?;
    Ok(Segment {
        file,
        name: new,
        base,
        at,
        filled,
    })
}

#[cold]
fn clean(error: io::Error) -> Failed {
    Failed::Clean(store("audit log cannot be written", error).retry())
}
