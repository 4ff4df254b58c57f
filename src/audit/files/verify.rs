//! Verifying a log in files, without opening it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::disk::{Disk, DiskFile, Folder};
use super::frame::{CHECKPOINT, notes_in};
use super::open::unread;
use super::scan::{self, End, Event};
use super::segment::{self, Window};
use crate::Error;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::tree::Hash;
use crate::audit::verify::{Report, Verifier};

/// Goes over the segments of a folder.
pub(in crate::audit) fn verify(folder: &Path, mut verifier: Verifier<'_>) -> Result<Report, Error> {
    let disk = Folder::unlocked(folder.to_owned());
    let names = match disk.list() {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        names => names.map_err(unread)?,
    };
    let bases = segment::bases(&names);
    if bases.is_empty() && verifier.anchored() == 0 {
        return Err(Error::config("folder holds no audit log"));
    }
    let nodes = disk.open_to_read(segment::NODES).ok();
    let offsets = disk.open_to_read(segment::OFFSETS).ok();
    let mut kept = Kept::new(nodes.as_ref(), offsets.as_ref());
    let mut torn_bytes = 0;
    for (number, base) in bases.iter().enumerate() {
        if *base != verifier.size() {
            verifier.alter(verifier.size().min(*base));
            break;
        }
        let file = disk.open_to_read(&segment::name(*base)).map_err(unread)?;
        let last = number + 1 == bases.len();
        torn_bytes = segment_of(&file, &mut verifier, &mut kept, last)?;
        if verifier.is_altered() {
            break;
        }
    }
    Ok(verifier.finish(torn_bytes))
}

/// Goes over one segment; says how many bytes behind it are torn.
fn segment_of(
    file: &dyn DiskFile,
    verifier: &mut Verifier<'_>,
    kept: &mut Kept<'_>,
    last: bool,
) -> Result<u64, Error> {
    let base = verifier.size();
    let header = scan::header(file).map_err(unread)?;
    let Some((header, at)) = header.filter(|(header, _)| header.frontier == *verifier.frontier())
    else {
        verifier.alter(base);
        return Ok(0);
    };
    verifier.checkpoint(&header.checkpoint);
    let mut nodes = Vec::new();
    let scanned = scan::frames(file, at as u64, base, |event| {
        match event {
            Event::Entry(entry, leaf, at) => {
                let index = verifier.size();
                nodes.clear();
                verifier.entry(entry, leaf, |node| nodes.push(node));
                if !kept.agrees(&nodes, at as u32)? {
                    verifier.alter(index);
                }
            }
            Event::Checkpoint(note) => verifier.checkpoint(note),
        }
        Ok::<_, io::Error>(())
    });
    let scanned = scanned.map_err(unread)?;
    let (size, covered) = (verifier.size(), verifier.covered());
    let anchored = verifier.anchored();
    // Where a checkpoint is broken, nothing vouches for the entries before it.
    let at_checkpoint = is_checkpoint(file, scanned.at)? || (anchored > 0 && size >= anchored);
    let broken_at = if at_checkpoint { covered } else { size };
    if !last {
        if scanned.end != End::Whole || covered < size {
            verifier.alter(broken_at);
        }
        return Ok(0);
    }
    if scanned.end == End::Whole {
        return Ok(0);
    }
    let len = file.len().map_err(unread)?.saturating_sub(scanned.at);
    let mut rest = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    let read = file.read_at(&mut rest, scanned.at).map_err(unread)?;
    rest.truncate(read);
    let signed = |note: &&str| Checkpoint::open(note, verifier.keys()).is_ok();
    let origin = verifier.keys().first().map_or("", |key| key.name());
    let checkpoints = notes_in(&rest, origin).filter(signed).take(2).count();
    let was_durable = covered < anchored && (scanned.end == End::Broken || checkpoints > 0);
    if was_durable || checkpoints > 1 {
        verifier.alter(broken_at);
    }
    let torn = rest.iter().rposition(|byte| *byte != 0);
    Ok(torn.map_or(0, |last| last as u64 + 1))
}

fn is_checkpoint(file: &dyn DiskFile, at: u64) -> Result<bool, Error> {
    let mut kind = [0];
    file.read_at(&mut kind, at).map_err(unread)?;
    Ok(kind == [CHECKPOINT])
}

/// The nodes and offsets that the folder keeps, which must be those of the
/// segments as far as there are any.
struct Kept<'f> {
    nodes: Option<Window<'f>>,
    offsets: Option<Window<'f>>,
}

impl<'f> Kept<'f> {
    fn new(nodes: Option<&'f File>, offsets: Option<&'f File>) -> Self {
        let window = |file: &'f File| Window::new(file, 0);
        Self {
            nodes: nodes.map(window),
            offsets: offsets.map(window),
        }
    }

    /// Whether the nodes and the offset that come next are these, or are missing.
    fn agrees(&mut self, nodes: &[Hash], offset: u32) -> io::Result<bool> {
        let mut agree = true;
        for node in nodes {
            agree &= same(self.nodes.as_mut(), node.as_bytes())?;
        }
        Ok(agree & same(self.offsets.as_mut(), &offset.to_be_bytes())?)
    }
}

/// Whether a file goes on with these bytes, or has nothing there yet.
fn same(window: Option<&mut Window<'_>>, bytes: &[u8]) -> io::Result<bool> {
    let Some(window) = window else {
        return Ok(true);
    };
    let found = window.peek(bytes.len())?;
    let found = found.get(..bytes.len()).unwrap_or(&[]);
    let same = found == bytes || found.iter().all(|byte| *byte == 0);
    window.advance(bytes.len());
    Ok(same)
}
