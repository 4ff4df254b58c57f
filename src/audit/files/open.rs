//! Opening a log: finding out what there is, and then, once the anchors were asked,
//! making or repairing it.

use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};

use super::derive::derive_again;
use super::disk::{Disk, DiskFile, unread};
use super::frame::Header;
use super::reader::Durable;
use super::scan::{self, Begin, Event};
use super::segment::{self, Derived, Window};
use super::tail::{self, MAX_SEGMENT, Place, Tail};
use super::verify::verify_on;
use super::writer::{Segment, Writer, create};
use crate::Error;
use crate::audit::batch::Head;
use crate::audit::checkpoint::{Checkpoint, Claim, SignedBy};
use crate::audit::entry::{Encoded, Entry, Identifier, LogRecord, Outcome, VERSION};
use crate::audit::key::{Signer, VerifyingKey, store};
use crate::audit::tree::{Frontier, Hash};
use crate::audit::verify::{LogVerdict, Verifier};
use crate::error::AuditCause;
use crate::time::{Clock, Moment};

/// The action of the entry that says that a log was found cut off.
const RECOVER: &str = "audit.recover";
/// The most entries of a segment whose nodes are kept in memory.
const MAX_KEPT: usize = 1 << 18;

/// What a folder holds, found without changing anything.
#[derive(Debug)]
pub(super) struct Inspected {
    /// Files with the names of segments that did not come to be.
    leftovers: Vec<String>,
    /// Files that keep what was cut off where the log ends: the entry that says so is not
    /// there yet.
    cuts: Vec<String>,
    pub(super) bases: Vec<u64>,
    pub(super) log: Option<Found>,
}

/// A log up to its last signed checkpoint, as its last segment shows it.
#[derive(Debug)]
pub(super) struct Found {
    file: Arc<dyn DiskFile>,
    header: Frontier,
    pub(super) head: Head,
    /// Where the last checkpoint ends.
    at: u64,
    /// How many bytes stand behind it, which nobody signed.
    tail: u64,
    /// The nodes and offsets of the segment's entries, unless there are too many.
    derived: Option<(Vec<Hash>, Vec<u32>)>,
}

/// Finds out what there is.
pub(super) fn inspect(disk: &dyn Disk, key: &VerifyingKey) -> Result<Inspected, Error> {
    let mut leftovers = disk.list().map_err(unread)?;
    let bases = segment::bases(&leftovers);
    let log = match bases.last() {
        Some(base) => Some(Found::in_segment(disk, &bases, *base, key)?),
        None => None,
    };
    let mut cuts = leftovers.clone();
    let size = log.as_ref().map(|found| found.head.size());
    cuts.retain(|name| size.is_some_and(|size| segment::is_cut(name, size)));
    leftovers.retain(|name| segment::is_new(name));
    Ok(Inspected {
        leftovers,
        cuts,
        bases,
        log,
    })
}

/// Makes the log that was not found, or repairs the one that was. Says also whether the
/// log ends elsewhere now than where it was found to.
pub(super) fn open(
    disk: Arc<dyn Disk>,
    inspected: Inspected,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    segment_bytes: u64,
) -> Result<(Writer, bool), Error> {
    let Inspected {
        leftovers,
        mut cuts,
        bases,
        log,
    } = inspected;
    for name in leftovers {
        disk.remove(&name).map_err(unread)?;
    }
    let derived = Derived::open(&*disk).map_err(unread)?;
    let writer = |head: Head, segment, bases| {
        let durable = Durable {
            checkpoint: Arc::clone(&head.checkpoint),
            key: signer.verifying_key().clone(),
            bases,
        };
        Writer {
            disk: Arc::clone(&disk),
            clock,
            signer: Arc::clone(&signer),
            derived: derived.clone(),
            durable: Arc::new(Mutex::new(durable)),
            segment_bytes,
            head,
            segment,
            poisoned: false,
        }
    };
    let Some(found) = log else {
        let head = Head::new(&*signer)?;
        let segment = create(&*disk, &head, segment_bytes)?;
        return Ok((writer(head, segment, vec![0]), true));
    };
    derive(&*disk, &derived, &bases, &found)?;
    let Found {
        file,
        head,
        at,
        tail,
        ..
    } = found;
    let base = bases.last().copied().unwrap_or_default();
    if tail > 0 {
        cuts.push(keep_aside(&*disk, &*file, (at, tail), head.size())?);
    }
    let cut = Cut::longest(&*disk, cuts, head.size())?;
    let segment = Segment {
        filled: file.len().map_err(unread)?,
        name: segment::name(base),
        file,
        base,
        at,
    };
    let mut writer = writer(head, segment, bases);
    let Some(cut) = cut else {
        return Ok((writer, false));
    };
    let entry = Entry::new(Identifier::new(RECOVER)?, Outcome::Succeeded)
        .resource(Identifier::new(&cut.name)?)
        .count("dropped-bytes", cut.bytes)?
        .count("dropped-entries", cut.entries)?;
    writer.recover(Encoded::new(&entry)?, at + tail)?;
    Ok((writer, true))
}

/// What was cut off, in a file of its own.
struct Cut {
    name: String,
    bytes: u64,
    /// How many whole entries it begins with.
    entries: u64,
}

impl Cut {
    /// The longest of these files. A power failure during the repair may have left some of
    /// what was cut off, which is then cut off once more: the first file has all of it.
    fn longest(disk: &dyn Disk, names: Vec<String>, size: u64) -> Result<Option<Self>, Error> {
        let mut longest: Option<(u64, String, Arc<dyn DiskFile>)> = None;
        for name in names {
            let file = disk.open_to_read(&name).map_err(unread)?;
            let bytes = file.len().map_err(unread)?;
            if bytes > longest.as_ref().map_or(0, |(longest, ..)| *longest) {
                longest = Some((bytes, name, file));
            }
        }
        let Some((bytes, name, file)) = longest else {
            return Ok(None);
        };
        let mut entries = 0;
        let scanned = scan::frames(&*file, 0, size, |event| {
            entries += u64::from(matches!(event, Event::Entry(..)));
            Ok::<_, std::io::Error>(())
        });
        scanned.map_err(unread)?;
        Ok(Some(Self {
            name,
            bytes,
            entries,
        }))
    }
}

/// Has nodes and offsets for all entries.
fn derive(disk: &dyn Disk, derived: &Derived, bases: &[u64], found: &Found) -> Result<(), Error> {
    let base = found.header.size();
    let end = (base, &found.header.root());
    if !derived.reaches(&found.header).map_err(unread)? && !derive_again(disk, derived, bases, end)?
    {
        return Err(AuditCause::Altered { leaf: base }.into());
    }
    if let Some((nodes, offsets)) = &found.derived {
        return derived.write(base, nodes, offsets).map_err(unread);
    }
    let end = (found.head.size(), found.head.checkpoint.root());
    match derive_again(disk, derived, bases, end)? {
        true => Ok(()),
        false => Err(AuditCause::Altered { leaf: base }.into()),
    }
}

/// Writes what is about to be cut off to a file of its own, and returns its name.
fn keep_aside(
    disk: &dyn Disk,
    file: &dyn DiskFile,
    (at, len): (u64, u64),
    size: u64,
) -> Result<String, Error> {
    let unwritten = |error| store("what a crash cut off cannot be kept", error);
    let mut digest = Sha256::new();
    pieces(file, (at, len), |piece, _| {
        digest.update(piece);
        Ok(())
    })?;
    let name = segment::cut_name(size, &digest.finalize().into());
    let kept = disk.create(&name).map_err(unwritten)?;
    pieces(file, (at, len), |piece, begin| {
        kept.write_at(piece, begin - at)
    })?;
    kept.sync().map_err(unwritten)?;
    disk.sync().map_err(unwritten)?;
    Ok(name)
}

/// Shows a part of a file in pieces, each with its place in the file.
fn pieces(
    file: &dyn DiskFile,
    (at, len): (u64, u64),
    mut each: impl FnMut(&[u8], u64) -> std::io::Result<()>,
) -> Result<(), Error> {
    let mut window = Window::new(file, at);
    while window.at() < at + len {
        let begin = window.at();
        let left = usize::try_from(at + len - begin).unwrap_or(usize::MAX);
        let piece = window.peek(1).map_err(unread)?;
        let piece = piece.get(..left).unwrap_or(piece);
        if piece.is_empty() {
            break;
        }
        each(piece, begin).map_err(unread)?;
        let len = piece.len();
        window.advance(len);
    }
    Ok(())
}

impl Found {
    /// Goes over the last segment.
    fn in_segment(
        disk: &dyn Disk,
        bases: &[u64],
        base: u64,
        key: &VerifyingKey,
    ) -> Result<Self, Error> {
        let file = disk.open(&segment::name(base)).map_err(unread)?;
        let altered = || Error::from(AuditCause::Altered { leaf: base });
        if file.len().map_err(unread)? > MAX_SEGMENT || bases.first() != Some(&0) {
            return Err(altered());
        }
        let (header, at) = match scan::header(&*file).map_err(unread)? {
            Begin::Header(header, len) if header.frontier.size() == base => (header, len as u64),
            Begin::Later => return Err(AuditCause::Later.into()),
            _ => return Err(altered()),
        };
        let mut scan = Scan::new(&header, at)?;
        let scanned = scan::frames(&*file, at, base, |event| match event {
            Event::Entry(entry, leaf, at) => scan.entry(entry, leaf, at),
            Event::Checkpoint(note, end) => scan.checkpoint(note, end),
        });
        let scanned = scanned.map_err(Error::from)?;
        if scanned.end == scan::End::Later {
            return Err(AuditCause::Later.into());
        }
        let checkpoint = scan.signed_by(key, &header, disk)?;
        let place = Place {
            from: scan.signed.at,
            covered: scan.signed.frontier.size(),
            size: scan.frontier.size(),
            root: scan.frontier.root(),
            scanned,
        };
        let tail = match tail::examine(&*file, &place, std::slice::from_ref(key)) {
            Ok(Tail::Unsigned(bytes)) => bytes,
            Ok(Tail::Altered(leaf)) => return Err(AuditCause::Altered { leaf }.into()),
            Err(error) => return Err(unread(error)),
        };
        let time = scan.time(disk, bases, &header)?;
        // Anchors are to be shown nothing that a power failure could take away.
        file.sync().map_err(unread)?;
        let signed = scan.signed;
        Ok(Self {
            file,
            header: header.frontier,
            at: signed.at,
            tail,
            derived: scan.derived.map(|(mut nodes, mut offsets)| {
                nodes.truncate(signed.nodes);
                offsets.truncate((signed.frontier.size() - base) as usize);
                (nodes, offsets)
            }),
            head: Head {
                time,
                frontier: signed.frontier,
                checkpoint: Arc::new(checkpoint),
            },
        })
    }
}

/// A segment up to the place that was last read.
struct Scan {
    frontier: Frontier,
    /// The last entry, if the segment has any.
    last: Vec<u8>,
    derived: Option<(Vec<Hash>, Vec<u32>)>,
    signed: Signed,
}

/// The same up to the last checkpoint.
struct Signed {
    frontier: Frontier,
    last: Vec<u8>,
    note: String,
    /// How many entries the checkpoint before covers.
    before: u64,
    /// Where the checkpoint ends.
    at: u64,
    /// How many nodes there were.
    nodes: usize,
}

impl Scan {
    fn new(header: &Header, at: u64) -> Result<Self, Error> {
        let frontier = header.frontier.clone();
        let mut scan = Self {
            last: Vec::new(),
            derived: Some((Vec::new(), Vec::new())),
            signed: Signed {
                frontier: frontier.clone(),
                last: Vec::new(),
                note: String::new(),
                before: frontier.size(),
                at,
                nodes: 0,
            },
            frontier,
        };
        scan.checkpoint(&header.checkpoint, at)?;
        Ok(scan)
    }

    fn entry(&mut self, entry: &[u8], leaf: Hash, at: u64) -> Result<(), Failed> {
        if entry.first().is_some_and(|version| *version > VERSION) {
            return Err(Failed::Log(AuditCause::Later.into()));
        }
        match &mut self.derived {
            Some((nodes, offsets)) => {
                self.frontier.push(leaf, |node| nodes.push(node));
                offsets.push(at as u32);
            }
            None => self.frontier.push(leaf, |_| {}),
        }
        if self
            .derived
            .as_ref()
            .is_some_and(|(_, offsets)| offsets.len() > MAX_KEPT)
        {
            self.derived = None;
        }
        self.last.clear();
        self.last.extend_from_slice(entry);
        Ok(())
    }

    fn checkpoint(&mut self, note: &str, end: u64) -> Result<(), Failed> {
        let size = self.frontier.size();
        let signed = &mut self.signed;
        if Checkpoint::claims(note) != Some((size, self.frontier.root())) {
            let leaf = signed.frontier.size();
            return Err(Failed::Log(AuditCause::Altered { leaf }.into()));
        }
        signed.before = signed.frontier.size();
        signed.frontier.clone_from(&self.frontier);
        signed.last.clone_from(&self.last);
        note.clone_into(&mut signed.note);
        signed.at = end;
        signed.nodes = self.derived.as_ref().map_or(0, |(nodes, _)| nodes.len());
        Ok(())
    }

    /// The last checkpoint, which must be signed by `key`.
    fn signed_by(
        &self,
        key: &VerifyingKey,
        header: &Header,
        disk: &dyn Disk,
    ) -> Result<Checkpoint, Error> {
        let keys = std::slice::from_ref(key);
        let leaf = self.signed.before;
        let claim = Claim::parse(&self.signed.note)?;
        let by = |note| matches!(Claim::parse(note).map(|c| is_by(&c, keys)), Ok(true));
        let cause = match claim.signed_by(keys) {
            SignedBy::Key(_) => return Ok(claim.accept()),
            SignedBy::Misnamed => AuditCause::Malformed { leaf },
            SignedBy::Nobody if !by(&header.checkpoint) => AuditCause::OtherKey,
            SignedBy::Nobody if is_handed_over(disk, key)? => AuditCause::OtherKey,
            SignedBy::Nobody | SignedBy::Refuted => AuditCause::Altered { leaf },
        };
        Err(cause.into())
    }

    /// The time of the last entry: in this segment, or else in the one before. That of
    /// the header is not signed, and must be the same.
    fn time(&self, disk: &dyn Disk, bases: &[u64], header: &Header) -> Result<Moment, Error> {
        let base = header.frontier.size();
        let last = |entry: &[u8], size: u64| {
            let leaf = size.saturating_sub(1);
            let record = LogRecord::parse(leaf, entry).map_err(|_| AuditCause::Malformed { leaf });
            Ok::<_, Error>(record?.time)
        };
        let size = self.signed.frontier.size();
        if size > base {
            return last(&self.signed.last, size);
        }
        let time = match bases {
            [.., before, _] => last(&last_of(disk, *before, &header.frontier)?, base)?,
            _ => Moment::MIN,
        };
        if time != header.time {
            return Err(AuditCause::Altered { leaf: base }.into());
        }
        Ok(time)
    }
}

/// Whether the log is sound, and was handed over by this key.
fn is_handed_over(disk: &dyn Disk, key: &VerifyingKey) -> Result<bool, Error> {
    let verifier = Verifier::new(std::slice::from_ref(key), &[]);
    let report = verify_on(disk, verifier)?;
    Ok(report.is_some_and(|report| report.verdict == LogVerdict::Intact))
}

fn is_by(claim: &Claim<'_>, keys: &[VerifyingKey]) -> bool {
    matches!(claim.signed_by(keys), SignedBy::Key(_))
}

/// The last entry of the segment that begins with the entry `base`, and ends with that
/// frontier.
fn last_of(disk: &dyn Disk, base: u64, end: &Frontier) -> Result<Vec<u8>, Error> {
    let file = disk.open_to_read(&segment::name(base)).map_err(unread)?;
    let altered = || Error::from(AuditCause::Altered { leaf: base });
    let begin = scan::header(&*file).map_err(unread)?;
    let Begin::Header(header, at) = begin else {
        return Err(altered());
    };
    let mut frontier = header.frontier;
    let mut last = Vec::new();
    let scanned = scan::frames(&*file, at as u64, base, |event| {
        if let Event::Entry(entry, leaf, _) = event {
            frontier.push(leaf, |_| {});
            last.clear();
            last.extend_from_slice(entry);
        }
        Ok::<_, Failed>(())
    });
    scanned.map_err(Error::from)?;
    if frontier != *end {
        return Err(altered());
    }
    Ok(last)
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
