//! Segments on disk, and what is derived from them: nodes and offsets.

use std::io;
use std::sync::Arc;

use super::disk::{Disk, DiskFile, unread};
use crate::Error;
use crate::audit::tree::{Frontier, Hash, NodeId, Nodes, frontier_at, stored_count, stored_index};

/// The file of every complete node, in the order in which they are stored.
pub(super) const NODES: &str = "nodes";
/// The file of where in its segment each entry stands, four bytes each.
pub(super) const OFFSETS: &str = "offsets";

const SUFFIX: &str = ".segment";

/// The name of the segment whose first entry has the index `base`.
pub(super) fn name(base: u64) -> String {
    format!("{base:020}{SUFFIX}")
}

/// The name of a segment that is not yet one.
pub(super) fn new_name(base: u64) -> String {
    format!("{base:020}.new")
}

/// The name of the file that keeps what was cut off behind `size` entries, of which
/// this is the digest.
pub(super) fn cut_name(size: u64, digest: &[u8; 32]) -> String {
    let digest: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("{size:020}-{digest}.cut")
}

/// Whether a file keeps what was cut off behind `size` entries.
pub(super) fn is_cut(file: &str, size: u64) -> bool {
    let digest = file
        .strip_prefix(&format!("{size:020}-"))
        .and_then(|rest| rest.strip_suffix(".cut"));
    digest.is_some_and(|digest| digest.len() == 16)
}

/// Whether a file is a segment that did not get its name before a crash.
pub(super) fn is_new(file: &str) -> bool {
    let base = file.strip_suffix(".new").and_then(|base| base.parse().ok());
    base.is_some_and(|base| new_name(base) == *file)
}

/// The first indexes of the segments, in order.
pub(super) fn bases(names: &[String]) -> Vec<u64> {
    let base = |file: &String| {
        let base = file.strip_suffix(SUFFIX)?.parse().ok()?;
        (name(base) == *file).then_some(base)
    };
    let mut bases: Vec<u64> = names.iter().filter_map(base).collect();
    bases.sort_unstable();
    bases
}

/// The files that are derived from the segments, and can be made from them again.
#[derive(Clone, Debug)]
pub(super) struct Derived {
    pub(super) nodes: Arc<dyn DiskFile>,
    pub(super) offsets: Arc<dyn DiskFile>,
}

impl Derived {
    pub(super) fn open(disk: &dyn Disk) -> io::Result<Self> {
        let open = |name| match disk.open(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => disk.create(name),
            opened => opened,
        };
        Ok(Self {
            nodes: open(NODES)?,
            offsets: open(OFFSETS)?,
        })
    }

    /// Writes nodes and offsets, of which the first are for the entry `first`.
    pub(super) fn write(&self, first: u64, nodes: &[Hash], offsets: &[u32]) -> io::Result<()> {
        let nodes: Vec<u8> = nodes.iter().flat_map(|node| *node.as_bytes()).collect();
        let offsets: Vec<u8> = offsets.iter().flat_map(|at| at.to_be_bytes()).collect();
        self.nodes
            .write_at(&nodes, stored_count(first) * Hash::LEN as u64)?;
        self.offsets.write_at(&offsets, 4 * first)
    }

    /// Opens the files where both are there, to read them.
    pub(super) fn open_to_read(disk: &dyn Disk) -> Option<Self> {
        Some(Self {
            nodes: disk.open_to_read(NODES).ok()?,
            offsets: disk.open_to_read(OFFSETS).ok()?,
        })
    }

    /// Whether there is enough for the entries of that frontier, and it ends as the
    /// frontier does.
    pub(super) fn reaches(&self, frontier: &Frontier) -> io::Result<bool> {
        let size = frontier.size();
        if self.nodes.len()? < stored_count(size) * Hash::LEN as u64
            || self.offsets.len()? < 4 * size
        {
            return Ok(false);
        }
        Ok(frontier_at(size, self).is_ok_and(|kept| kept == *frontier))
    }

    pub(super) fn offset(&self, index: u64) -> io::Result<u64> {
        let mut bytes = [0; 4];
        match self.offsets.read_at(&mut bytes, 4 * index)? {
            4 => Ok(u64::from(u32::from_be_bytes(bytes))),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.nodes.sync()?;
        self.offsets.sync()
    }
}

impl Nodes for Derived {
    fn node(&self, node: NodeId) -> Result<Hash, Error> {
        let mut bytes = [0; Hash::LEN];
        let at = stored_index(node) * Hash::LEN as u64;
        match self.nodes.read_at(&mut bytes, at) {
            Ok(Hash::LEN) => Ok(Hash::from_bytes(bytes)),
            Ok(_) => Err(unread(io::ErrorKind::UnexpectedEof.into())),
            Err(error) => Err(unread(error)),
        }
    }
}

/// Reads a file from `at` on in pieces, and has `more` bytes at hand at a time.
#[derive(Debug)]
pub(super) struct Window<'f> {
    file: &'f dyn DiskFile,
    /// The place in the file at which `bytes` begin.
    start: u64,
    bytes: Vec<u8>,
    used: usize,
    /// Whether the file ends with `bytes`.
    last: bool,
}

impl<'f> Window<'f> {
    const PIECE: usize = 1 << 20;

    pub(super) fn new(file: &'f dyn DiskFile, at: u64) -> Self {
        Self {
            file,
            start: at,
            bytes: Vec::new(),
            used: 0,
            last: false,
        }
    }

    /// The place in the file of what comes next.
    pub(super) fn at(&self) -> u64 {
        self.start + self.used as u64
    }

    /// What comes next: `more` bytes or the rest of the file.
    pub(super) fn peek(&mut self, more: usize) -> io::Result<&[u8]> {
        if !self.last && self.bytes.len() - self.used < more {
            self.bytes.drain(..self.used);
            self.start += self.used as u64;
            self.used = 0;
            let kept = self.bytes.len();
            let wanted = more.max(Self::PIECE);
            self.bytes.resize(kept + wanted, 0);
            let into = self.bytes.get_mut(kept..).unwrap_or_default();
            let read = self.file.read_at(into, self.start + kept as u64)?;
            self.bytes.truncate(kept + read);
            self.last = read < wanted;
        }
        Ok(self.bytes.get(self.used..).unwrap_or_default())
    }

    pub(super) fn advance(&mut self, count: usize) {
        self.used = (self.used + count).min(self.bytes.len());
    }
}
