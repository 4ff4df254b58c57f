//! The form of a segment: a header, then frames of entries and checkpoints.
//!
//! Header: `"confidant audit segment 1\n" ‖ base u64 ‖ seconds i64 ‖ nanoseconds u32
//! ‖ roots u8 ‖ 32 bytes for each root ‖ length u16 ‖ checkpoint ‖ check u32`: the
//! index of its first entry, the time of the entry before that, and the frontier
//! and checkpoint of the log up to there. Frame: `kind u8 ‖ length u16 ‖ bytes ‖
//! check u32`. Numbers are big-endian. The check is the start of a hash of the
//! bytes, in a frame combined with the number of entries before it, so that a frame
//! does not pass at another place. A kind of 0 is the end: the rest is zeros. A frame
//! of another kind whose check holds is one of a later version.

use sha2::{Digest as _, Sha256};

use crate::audit::checkpoint::decimal;
use crate::audit::tree::{Frontier, Hash};
use crate::time::Moment;

const MAGIC: &[u8] = b"confidant audit segment 1\n";
/// How a segment of any version begins.
const ANY_MAGIC: &[u8] = b"confidant audit segment ";

const END: u8 = 0;
const ENTRY: u8 = 1;
pub(super) const CHECKPOINT: u8 = 2;

/// What a frame has beside its bytes.
pub(super) const FRAME: usize = 7;

/// The beginning of a segment.
#[derive(Clone, Debug)]
pub(in crate::audit) struct Header {
    pub(in crate::audit) frontier: Frontier,
    pub(in crate::audit) time: Moment,
    /// The note of the checkpoint, not verified.
    pub(in crate::audit) checkpoint: String,
}

impl Header {
    /// The most bytes of a header.
    pub(super) const MAX: usize = 70_000;

    pub(in crate::audit) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.frontier.size().to_be_bytes());
        bytes.extend(self.time.unix_seconds().to_be_bytes());
        let nanos = self.time.unix_nanoseconds().rem_euclid(1_000_000_000) as u32;
        bytes.extend(nanos.to_be_bytes());
        let roots = self.frontier.roots();
        bytes.push(roots.len() as u8);
        bytes.extend(roots.iter().flat_map(|root| root.as_bytes()));
        bytes.extend((self.checkpoint.len() as u16).to_be_bytes());
        bytes.extend(self.checkpoint.as_bytes());
        let check = check_of(CHECKPOINT, &bytes);
        bytes.extend(check.to_be_bytes());
        bytes
    }

    /// Reads a header, and says how long it is.
    pub(in crate::audit) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let size = u64::from_be_bytes(take(&mut rest)?);
        let seconds = i64::from_be_bytes(take(&mut rest)?);
        let nanos = u32::from_be_bytes(take(&mut rest)?);
        let time = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        let time = Moment::from_unix_nanoseconds(time).ok()?;
        let [count] = take(&mut rest)?;
        let mut roots = Vec::new();
        for _ in 0..count {
            roots.push(Hash::from_bytes(take(&mut rest)?));
        }
        let frontier = Frontier::from_roots(size, roots).ok()?;
        let len = usize::from(u16::from_be_bytes(take(&mut rest)?));
        let (note, mut after) = rest.split_at_checked(len)?;
        let checkpoint = str::from_utf8(note).ok()?.to_owned();
        let len = bytes.len() - after.len();
        let check = u32::from_be_bytes(take(&mut after)?);
        let header = Self {
            frontier,
            time,
            checkpoint,
        };
        (check == check_of(CHECKPOINT, bytes.get(..len)?)).then_some((header, len + 4))
    }
}

/// Whether `bytes` begin a segment of a later version. A header of this version whose
/// number alone was changed is none.
pub(super) fn is_later(bytes: &[u8]) -> bool {
    let later = || {
        let rest = bytes.strip_prefix(ANY_MAGIC)?;
        let (number, rest) = rest.split_at(rest.iter().position(|byte| *byte == b'\n')?);
        let number = decimal(str::from_utf8(number).ok()?)?;
        let first = [ANY_MAGIC, b"1", rest].concat();
        Some(number > 1 && Header::parse(&first).is_none())
    };
    later().unwrap_or(false)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

/// The check of a header, which counts as of the kind of a checkpoint, or of a frame
/// of that kind other than an entry.
fn check_of(kind: u8, bytes: &[u8]) -> u32 {
    let digest = Sha256::new().chain_update([kind]).chain_update(bytes);
    Hash::from_bytes(digest.finalize().into()).start()
}

/// What stands at a place of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// The note of a checkpoint, not verified.
    Checkpoint(&'a str),
    /// Zeros, or nothing any more.
    End,
    /// An entry, and its hash.
    Entry(&'a [u8], Hash),
    /// A frame of a kind that this version does not know.
    Later,
    /// Something else.
    Broken,
    /// A frame whose end lies behind that of the bytes.
    Short,
}

/// Writes the frame of an entry, which has `index` entries before it.
pub(super) fn write_entry(into: &mut Vec<u8>, index: u64, entry: &[u8], leaf: &Hash) {
    write(into, ENTRY, entry, leaf.start() ^ index as u32);
}

/// Writes the frame of a checkpoint, which has `size` entries before it.
pub(super) fn write_checkpoint(into: &mut Vec<u8>, size: u64, note: &str) {
    let check = checkpoint_check(size, note.as_bytes());
    write(into, CHECKPOINT, note.as_bytes(), check);
}

/// The check of the frame of a checkpoint, which has `size` entries before it.
pub(super) fn checkpoint_check(size: u64, note: &[u8]) -> u32 {
    check_of(CHECKPOINT, note) ^ size as u32
}

fn write(into: &mut Vec<u8>, kind: u8, bytes: &[u8], check: u32) {
    into.push(kind);
    into.extend((bytes.len() as u16).to_be_bytes());
    into.extend(bytes);
    into.extend(check.to_be_bytes());
}

/// Reads the frame at the start of `bytes` that has `index` entries before it, and
/// says how long it is.
pub(super) fn read(bytes: &[u8], index: u64) -> (Frame<'_>, usize) {
    let mut rest = bytes;
    let Some([kind]) = take(&mut rest) else {
        return (Frame::End, 0);
    };
    if kind == END {
        return (Frame::End, 0);
    }
    let framed = take(&mut rest).and_then(|len| {
        let len = usize::from(u16::from_be_bytes(len));
        let (body, mut rest) = rest.split_at_checked(len)?;
        Some((body, u32::from_be_bytes(take(&mut rest)?)))
    });
    let Some((body, check)) = framed else {
        let known = kind == ENTRY || kind == CHECKPOINT;
        return (if known { Frame::Short } else { Frame::Broken }, 0);
    };
    let check = check ^ index as u32;
    let frame = if kind == ENTRY {
        let leaf = Hash::of_leaf(body);
        (check == leaf.start()).then_some(Frame::Entry(body, leaf))
    } else if check != check_of(kind, body) {
        None
    } else if kind == CHECKPOINT {
        str::from_utf8(body).ok().map(Frame::Checkpoint)
    } else {
        Some(Frame::Later)
    };
    match frame {
        Some(frame) => (frame, FRAME + body.len()),
        None => (Frame::Broken, 0),
    }
}
