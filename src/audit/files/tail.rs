//! What stands behind the last checkpoint of a segment: nothing, what a crash has cut
//! off, what somebody put there, or what is left of a log that was changed.
//!
//! A batch is one write, so a crash leaves its beginning, and a power failure may also
//! leave holes: sectors that are still zeros. In both cases what is missing is zeros,
//! and at most one checkpoint stands behind the first hole. Whatever else is broken and
//! has a checkpoint behind it was changed later.

use std::io;

use super::disk::DiskFile;
use super::frame::{CHECKPOINT, FRAME, checkpoint_check};
use super::scan::{End, Scanned};
use super::segment::Window;
use crate::audit::checkpoint::{Checkpoint, Claim, SignedBy};
use crate::audit::key::VerifyingKey;
use crate::audit::tree::Hash;

/// The most bytes that a segment can have: that of the longest one, and a batch.
pub(super) const MAX_SEGMENT: u64 = (1 << 30) + (8 << 20);

/// What a disk writes as a whole or not at all.
pub(super) const SECTOR: u64 = 512;
/// How much of a sector must be zeros to count as a hole, where a part of it was
/// written before.
const HOLE: usize = 16;
/// The most bytes of a checkpoint as a log writes it.
const MAX_NOTE: usize = 1024;

/// Where the log ends, and where the scan that found this ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Where the last checkpoint ends.
    pub(super) from: u64,
    /// How many entries it covers.
    pub(super) covered: u64,
    /// The size and root of the tree with the whole entries behind it.
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) scanned: Scanned,
}

/// What stands behind the last checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// It was signed, and is not what was signed: from this entry on.
    Altered(u64),
    /// Nobody signed it. It has that many bytes.
    Unsigned(u64),
}

/// Finds out what stands behind the last checkpoint of a segment. `keys` are those
/// that may have signed it.
pub(super) fn examine(
    file: &dyn DiskFile,
    place: &Place,
    keys: &[VerifyingKey],
) -> io::Result<Tail> {
    let Place { from, scanned, .. } = *place;
    if file.len()? > MAX_SEGMENT {
        return Ok(Tail::Altered(place.size));
    }
    if scanned.end == End::Whole {
        return Ok(Tail::Unsigned(scanned.at - from));
    }
    let broken = Broken::at(file, scanned.at)?;
    let found = Notes::behind(file, scanned.at, keys)?;
    if !found.more && broken.is_cut_in_check(place.size, &found) {
        return Ok(Tail::Unsigned(found.end - from));
    }
    let Some(note) = &found.first else {
        // Without a hole it was complete, and would have been the checkpoint.
        if broken.is_note() {
            return Ok(Tail::Altered(place.covered));
        }
        return Ok(Tail::Unsigned(found.end - from));
    };
    if !found.more && broken.has_hole(file, from, found.at)? && may_be_of_log(note, keys) {
        return Ok(Tail::Unsigned(found.end - from));
    }
    Ok(Tail::Altered(leaf(place, &broken, &found)))
}

/// Whether a checkpoint may be the last that the log has written: it is signed by one of
/// `keys`, or by none of them, as that of a batch is which hands the log over to another
/// key.
fn may_be_of_log(note: &str, keys: &[VerifyingKey]) -> bool {
    let claim = Claim::parse(note);
    claim.is_ok_and(|claim| matches!(claim.signed_by(keys), SignedBy::Key(_) | SignedBy::Nobody))
}

/// The first entry that nothing vouches for, where a segment is broken that others
/// follow.
pub(super) fn broken_leaf(
    file: &dyn DiskFile,
    place: &Place,
    keys: &[VerifyingKey],
) -> io::Result<u64> {
    let at = place.scanned.at;
    let broken = Broken::at(file, at)?;
    Ok(leaf(place, &broken, &Notes::behind(file, at, keys)?))
}

fn leaf(place: &Place, broken: &Broken, found: &Notes) -> u64 {
    let next = found.first.as_deref().and_then(Checkpoint::claims);
    if broken.is_note() || next == Some((place.size, place.root)) {
        place.covered
    } else {
        place.size
    }
}

/// The frame that is broken.
struct Broken {
    at: u64,
    bytes: Vec<u8>,
}

impl Broken {
    /// Reads as much as the frame says that it has.
    fn at(file: &dyn DiskFile, at: u64) -> io::Result<Self> {
        let mut head = [0; 3];
        file.read_at(&mut head, at)?;
        let [kind, high, low] = head;
        let body = match kind {
            0 => 0,
            _ => usize::from(u16::from_be_bytes([high, low])),
        };
        let mut bytes = vec![0; FRAME + body];
        let read = file.read_at(&mut bytes, at)?;
        bytes.truncate(read);
        Ok(Self { at, bytes })
    }

    /// The note and what there is of the check behind it, where it is a checkpoint all
    /// of which is there. Other than an entry, or a note with a hole, it has no zeros,
    /// but for one that a change has made.
    fn note(&self) -> Option<(&[u8], &[u8])> {
        let ([kind, high, low], rest) = self.bytes.split_first_chunk()?;
        let (note, check) =
            rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        let zeros = note.iter().filter(|byte| **byte == 0).count();
        let has_end = note.last().is_some_and(|byte| *byte != 0);
        (*kind == CHECKPOINT && has_end && zeros <= 1).then_some((note, check))
    }

    fn is_note(&self) -> bool {
        self.note().is_some()
    }

    /// Whether it is a checkpoint of that size, of whose check the last bytes are
    /// missing, and nothing stands behind it.
    fn is_cut_in_check(&self, size: u64, found: &Notes) -> bool {
        let Some((note, check)) = self.note() else {
            return false;
        };
        if found.first.as_ref().map(String::as_bytes) != Some(note) {
            return false;
        }
        let at = self.at + (FRAME - 4 + note.len()) as u64;
        let expected = checkpoint_check(size, note).to_be_bytes();
        let there = usize::try_from(found.end.saturating_sub(at)).unwrap_or(usize::MAX);
        there < 4 && check.get(..there) == expected.get(..there)
    }

    /// Whether a sector of it, as far as it lies between `from` and a checkpoint at
    /// `to`, was never written.
    fn has_hole(&self, file: &dyn DiskFile, from: u64, to: u64) -> io::Result<bool> {
        let begin = (self.at - self.at % SECTOR).max(from);
        let end = (self.at + self.bytes.len() as u64).min(to);
        let end = end.max(begin).next_multiple_of(SECTOR);
        let mut bytes = vec![0; (end - begin) as usize];
        let read = file.read_at(&mut bytes, begin)?;
        bytes.truncate(read);
        let first = (SECTOR - begin % SECTOR) as usize;
        let (first, rest) = bytes.split_at(first.min(bytes.len()));
        let empty = |sector: &[u8]| sector.len() >= HOLE && sector.iter().all(|byte| *byte == 0);
        Ok(empty(first) || rest.chunks(SECTOR as usize).any(empty))
    }
}

/// The checkpoints behind a break, as far as they matter: one, or more than one.
struct Notes {
    first: Option<String>,
    more: bool,
    /// Where the first begins.
    at: u64,
    /// Where the last byte ends that is not zero.
    end: u64,
}

impl Notes {
    /// Looks at every byte once for what has the form of a checkpoint of a log by one
    /// of `keys`. What is no such text cannot have been signed.
    fn behind(file: &dyn DiskFile, at: u64, keys: &[VerifyingKey]) -> io::Result<Self> {
        let mut found = Self {
            first: None,
            more: false,
            at,
            end: at,
        };
        let mut names: Vec<_> = keys.iter().map(VerifyingKey::name).collect();
        names.dedup();
        let mut window = Window::new(file, at);
        loop {
            let begin = window.at();
            let bytes = window.peek(1 << 16)?;
            if bytes.is_empty() {
                return Ok(found);
            }
            if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
                found.end = begin + last as u64 + 1;
            }
            // A note may go on in the next piece.
            let last_piece = bytes.len() < 1 << 16;
            let count = match last_piece {
                true => bytes.len(),
                false => bytes.len() - MAX_NOTE,
            };
            let mut start = 0;
            while start < count && !found.more {
                let rest = bytes.get(start..).unwrap_or_default();
                let Some(note) = names.iter().find_map(|name| note_at(rest, name)) else {
                    start += 1;
                    continue;
                };
                if found.first.is_none() {
                    found.first = Some(note.to_owned());
                    found.at = begin + start as u64;
                } else {
                    found.more = true;
                }
                start += note.len();
            }
            window.advance(start.max(count));
        }
    }
}

/// The checkpoint of a log of that name with which `bytes` begin: three lines, an empty
/// one, and one signature.
fn note_at<'a>(bytes: &'a [u8], origin: &str) -> Option<&'a str> {
    let rest = line(bytes, origin.len(), |line| line == origin.as_bytes())?;
    let digits = rest.iter().take(20).position(|byte| *byte == b'\n')?;
    let rest = line(rest, digits, |line| line.iter().all(u8::is_ascii_digit))?;
    let rest = line(rest, 44, |line| line.iter().all(is_base64))?;
    let rest = line(rest, 0, <[u8]>::is_empty)?;
    let rest = rest.strip_prefix("— ".as_bytes())?;
    let rest = rest.strip_prefix(origin.as_bytes())?.strip_prefix(b" ")?;
    let rest = line(rest, 92, |line| line.iter().all(is_base64))?;
    let len = bytes.len() - rest.len();
    str::from_utf8(bytes.get(..len)?).ok()
}

/// What follows a line of that length, if it is one.
fn line(bytes: &[u8], len: usize, is: impl Fn(&[u8]) -> bool) -> Option<&[u8]> {
    let (line, rest) = bytes.split_at_checked(len)?;
    rest.strip_prefix(b"\n").filter(|_| is(line))
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(byte)
}
