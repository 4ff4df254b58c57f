//! Opening a log that is there, whole or cut off by a crash, or making one.

use std::sync::{Arc, Mutex};

use super::Durable;
use super::disk::{Disk, DiskFile};
use super::frame::{Header, notes_in};
use super::scan::{self, End, Event};
use super::segment::{self, Derived};
use super::writer::{Segment, Writer, create};
use crate::Error;
use crate::audit::batch::{Head, is_rotation};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::entry::{Encoded, Entry, Identifier, Outcome, Record};
use crate::audit::key::{Signer, VerifyingKey, store};
use crate::audit::tree::{Frontier, Hash};
use crate::error::AuditCause;
use crate::time::{Clock, Moment};

/// The action of the entry that says that a log was found cut off.
const RECOVER: &str = "audit.recover";

/// Opens the log on `disk`, or begins one.
pub(super) fn open(
    disk: Arc<dyn Disk>,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    segment_bytes: u64,
) -> Result<Writer, Error> {
    let names = disk.list().map_err(unread)?;
    for name in names.iter().filter(|name| name.ends_with(".new")) {
        disk.remove(name).map_err(unread)?;
    }
    let bases = segment::bases(&names);
    let derived = Derived::open(&*disk).map_err(unread)?;
    let Some(base) = bases.last().copied() else {
        let head = Head::new(&*signer)?;
        let segment = create(&*disk, &head, segment_bytes)?;
        return Ok(writer(
            disk,
            signer,
            clock,
            segment_bytes,
            derived,
            head,
            segment,
            vec![0],
        ));
    };
    let file = disk.open(&segment::name(base)).map_err(unread)?;
    let header = scan::header(&*file).map_err(unread)?;
    let (header, at) = header
        .filter(|(header, _)| header.frontier.size() == base)
        .ok_or(AuditCause::Altered { leaf: base })?;
    let found = Found::in_segment(&*file, &header, at as u64)?;
    let checkpoint = Checkpoint::open(&found.note, &[signer.verifying_key().clone()])?;
    found.reject_more_than_one_batch(&*file, signer.verifying_key())?;
    if !derived.reaches(&header.frontier).map_err(unread)? {
        derive_again(&*disk, &derived, &bases, &header.frontier)?;
    }
    derived
        .write(base, &found.nodes, &found.offsets)
        .map_err(unread)?;
    let dropped = wipe_tail(&*file, found.at)?;
    let kept = found.frontier.size() - checkpoint.size();
    let head = Head {
        time: found.time(header.time),
        frontier: found.frontier,
        checkpoint: Arc::new(checkpoint),
    };
    let segment = Segment {
        filled: file.len().map_err(unread)?,
        file,
        base,
        at: found.at,
    };
    let mut writer = writer(
        disk,
        signer,
        clock,
        segment_bytes,
        derived,
        head,
        segment,
        bases,
    );
    if dropped > 0 || kept > 0 {
        let entry = Entry::new(Identifier::new(RECOVER)?, Outcome::Succeeded)
            .count("dropped-bytes", dropped)?
            .count("kept-entries", kept)?;
        writer.append(vec![Encoded::new(&entry)?])?;
    }
    Ok(writer)
}

#[expect(
    clippy::too_many_arguments,
    reason = "it only puts them in their places"
)]
fn writer(
    disk: Arc<dyn Disk>,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    segment_bytes: u64,
    derived: Derived,
    head: Head,
    segment: Segment,
    bases: Vec<u64>,
) -> Writer {
    let checkpoint = Arc::clone(&head.checkpoint);
    Writer {
        disk,
        clock,
        signer,
        derived,
        durable: Arc::new(Mutex::new(Durable { checkpoint, bases })),
        segment_bytes,
        head,
        segment,
        poisoned: false,
    }
}

/// What the last segment holds.
struct Found {
    frontier: Frontier,
    /// The last entry, if the segment has any.
    last: Vec<u8>,
    /// The note of the last checkpoint.
    note: String,
    nodes: Vec<Hash>,
    offsets: Vec<u32>,
    /// Where what counts ends.
    at: u64,
    end: End,
    /// What was before an entry behind the last checkpoint that hands over to a new
    /// key: without a checkpoint by this key it did not happen.
    before_hand_over: Option<Box<Self>>,
}

impl Found {
    /// Takes in what is whole: all up to the last checkpoint, and whole entries
    /// behind it.
    fn in_segment(file: &dyn DiskFile, header: &Header, at: u64) -> Result<Self, Error> {
        let mut found = Self {
            frontier: header.frontier.clone(),
            last: Vec::new(),
            note: String::new(),
            nodes: Vec::new(),
            offsets: Vec::new(),
            at,
            end: End::Broken,
            before_hand_over: None,
        };
        found.checkpoint(&header.checkpoint)?;
        let scanned = scan::frames(file, at, header.frontier.size(), |event| match event {
            Event::Entry(entry, leaf, at) => {
                found.entry(entry, leaf, at);
                Ok(())
            }
            Event::Checkpoint(note) => found.checkpoint(note).map_err(Failed::Log),
        });
        let scanned = scanned.map_err(Error::from)?;
        if let Some(before) = found.before_hand_over.take() {
            return Ok(*before);
        }
        found.at = scanned.at;
        found.end = scanned.end;
        Ok(found)
    }

    fn entry(&mut self, entry: &[u8], leaf: Hash, at: u64) {
        if is_rotation(entry) && self.before_hand_over.is_none() {
            self.before_hand_over = Some(Box::new(Self {
                frontier: self.frontier.clone(),
                last: self.last.clone(),
                note: self.note.clone(),
                nodes: self.nodes.clone(),
                offsets: self.offsets.clone(),
                at,
                end: End::Broken,
                before_hand_over: None,
            }));
        }
        let nodes = &mut self.nodes;
        self.frontier.push(leaf, |node| nodes.push(node));
        self.offsets.push(at as u32);
        self.last.clear();
        self.last.extend_from_slice(entry);
    }

    fn checkpoint(&mut self, note: &str) -> Result<(), Error> {
        let size = self.frontier.size();
        if Checkpoint::claims(note) != Some((size, self.frontier.root())) {
            let leaf = size.saturating_sub(1);
            return Err(AuditCause::Altered { leaf }.into());
        }
        note.clone_into(&mut self.note);
        self.before_hand_over = None;
        Ok(())
    }

    /// The time of the last entry, which is `before` where the segment has none.
    fn time(&self, before: Moment) -> Moment {
        Record::parse(0, &self.last).map_or(before, |record| record.time)
    }

    /// A crash cuts off one batch, which ends with one checkpoint. Where there are
    /// more behind the break, what stands there was durable once.
    fn reject_more_than_one_batch(
        &self,
        file: &dyn DiskFile,
        key: &VerifyingKey,
    ) -> Result<(), Error> {
        if self.end == End::Whole {
            return Ok(());
        }
        let len = file.len().map_err(unread)?.saturating_sub(self.at);
        let mut rest = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
        let read = file.read_at(&mut rest, self.at).map_err(unread)?;
        rest.truncate(read);
        let keys = [key.clone()];
        let signed = |note: &&str| Checkpoint::open(note, &keys).is_ok();
        if notes_in(&rest, key.name()).filter(signed).take(2).count() > 1 {
            return Err(AuditCause::Altered {
                leaf: self.frontier.size(),
            }
            .into());
        }
        Ok(())
    }
}

/// Fills what lies behind the last whole frame with zeros, so that nothing of it
/// can be taken for a frame later. Says how many bytes that was.
fn wipe_tail(file: &dyn DiskFile, at: u64) -> Result<u64, Error> {
    let len = file.len().map_err(unread)?.saturating_sub(at);
    let mut tail = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    file.read_at(&mut tail, at).map_err(unread)?;
    let Some(last) = tail.iter().rposition(|byte| *byte != 0) else {
        return Ok(0);
    };
    tail.fill(0);
    file.write_at(&tail, at).map_err(unread)?;
    file.sync().map_err(unread)?;
    Ok(last as u64 + 1)
}

/// Makes nodes and offsets again from all segments but the last.
fn derive_again(
    disk: &dyn Disk,
    derived: &Derived,
    bases: &[u64],
    expected: &Frontier,
) -> Result<(), Error> {
    let mut frontier = Frontier::new();
    let (_, bases) = bases.split_last().unwrap_or((&0, &[]));
    for base in bases {
        let altered = || AuditCause::Altered { leaf: *base };
        let file = disk.open(&segment::name(*base)).map_err(unread)?;
        let header = scan::header(&*file).map_err(unread)?;
        let (header, at) = header.ok_or_else(altered)?;
        if header.frontier != frontier {
            return Err(altered().into());
        }
        let (mut nodes, mut offsets) = (Vec::new(), Vec::new());
        let scanned = scan::frames(&*file, at as u64, *base, |event| {
            if let Event::Entry(_, leaf, at) = event {
                frontier.push(leaf, |node| nodes.push(node));
                offsets.push(at as u32);
            }
            Ok::<_, Failed>(())
        });
        scanned.map_err(Error::from)?;
        derived.write(*base, &nodes, &offsets).map_err(unread)?;
    }
    if frontier != *expected {
        return Err(AuditCause::Altered {
            leaf: frontier.size().min(expected.size()),
        }
        .into());
    }
    Ok(())
}

/// Why a scan stopped.
enum Failed {
    Log(Error),
    Read(std::io::Error),
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Log(error) => error,
            Failed::Read(error) => unread(error),
        }
    }
}

#[cold]
pub(super) fn unread(error: std::io::Error) -> Error {
    store("audit log cannot be read", error)
}
