//! Logs as static files in the form of C2SP tlog-tiles, to hand out and to verify elsewhere.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, Claim};
use super::entry::{Entry, Identifier};
use super::key::{VerifyingKey, store};
use super::log::{Access, Log};
use super::plain;
use super::tree::{Frontier, Hash};
use super::verify::{LogReport, Verifier};
use crate::Error;

const WIDTH: usize = 256;
/// The most bytes of a file: that of the entries of a full tile.
const MAX_FILE: u64 = WIDTH as u64 * (2 + Entry::MAX as u64);

/// Writes the whole log to a folder in the form of C2SP tlog-tiles: `checkpoint`,
/// `tile/<level>/…` and `tile/entries/…`. The export is itself an entry of the log and part
/// of what is exported. Entries that others appended at the same time may follow it.
///
/// Files of the same names are replaced. Whoever reads the folder meanwhile may see a part of
/// a file, so export to a folder of its own before you hand it out.
///
/// # Errors
/// [`Store`](crate::ErrorKind::Store) where a file cannot be written, and those of
/// [`Log::read`].
pub async fn export_tiles(
    log: &Log,
    folder: impl AsRef<Path> + Send,
    access: &Access,
) -> Result<Checkpoint, Error> {
    let folder = folder.as_ref();
    let appended = log
        .append_own(access.to_entry(Identifier::new("audit.export")?))
        .await?;
    let checkpoint = appended.checkpoint().clone();
    let mut levels = Levels::new(folder);
    let mut index = 0;
    while index < checkpoint.size() {
        for entry in log.read_unseen(index..checkpoint.size()).await? {
            levels.push(&entry)?;
            index += 1;
        }
    }
    levels.finish()?;
    if levels.root() != *checkpoint.root() {
        return Err(crate::error::AuditCause::Altered { leaf: 0 }.into());
    }
    write(&folder.join("checkpoint"), checkpoint.note().as_bytes())?;
    Ok(checkpoint)
}

/// Tiles on their way to files.
struct Levels {
    folder: PathBuf,
    frontier: Frontier,
    bundle: Vec<u8>,
    /// Of each level: how many full tiles there were, and the hashes of the next.
    levels: Vec<(u64, Vec<Hash>)>,
}

impl Levels {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.join("tile"),
            frontier: Frontier::new(),
            bundle: Vec::new(),
            levels: Vec::new(),
        }
    }

    fn push(&mut self, entry: &[u8]) -> Result<(), Error> {
        let leaf = Hash::of_leaf(entry);
        self.frontier.push(leaf, |_| {});
        self.bundle.extend((entry.len() as u16).to_be_bytes());
        self.bundle.extend(entry);
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push((0, Vec::new()));
            }
            let Some((tile, hashes)) = self.levels.get_mut(level) else {
                break;
            };
            hashes.push(hash);
            if hashes.len() < WIDTH {
                break;
            }
            let hashes = std::mem::take(hashes);
            let number = *tile;
            *tile += 1;
            if level == 0 {
                let bundle = std::mem::take(&mut self.bundle);
                write(
                    &self.folder.join("entries").join(name(number, WIDTH)),
                    &bundle,
                )?;
            }
            self.write(level, number, &hashes)?;
            let mut subtree = Frontier::new();
            hashes.iter().for_each(|hash| subtree.push(*hash, |_| {}));
            hash = subtree.root();
        }
        Ok(())
    }

    /// Writes the tiles that are not full.
    fn finish(&self) -> Result<(), Error> {
        for (level, (tile, hashes)) in self.levels.iter().enumerate() {
            if hashes.is_empty() {
                continue;
            }
            if level == 0 {
                let path = self.folder.join("entries").join(name(*tile, hashes.len()));
                write(&path, &self.bundle)?;
            }
            self.write(level, *tile, hashes)?;
        }
        Ok(())
    }

    fn write(&self, level: usize, tile: u64, hashes: &[Hash]) -> Result<(), Error> {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        let path = self
            .folder
            .join(level.to_string())
            .join(name(tile, hashes.len()));
        write(&path, &bytes)
    }

    fn root(&self) -> Hash {
        self.frontier.root()
    }
}

/// The name of a tile: its index in groups of three digits, and how wide it is where
/// it is not full.
fn name(tile: u64, width: usize) -> PathBuf {
    let mut name = format!("{:03}", tile % 1000);
    let mut rest = tile / 1000;
    while rest > 0 {
        name = format!("x{:03}/{name}", rest % 1000);
        rest /= 1000;
    }
    if width < WIDTH {
        name = format!("{name}.p/{width}");
    }
    PathBuf::from(name)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)
    };
    written().map_err(|error| store("tile of the audit log cannot be written", error))
}

/// Verifies a folder in the form of C2SP tlog-tiles: the entries, every tile, and the
/// checkpoint. Hand-overs to another signing key are followed in the entries, as by
/// [`verify_folder`](super::verify_folder).
///
/// The entries are either all of this crate's form, and are then held to it, or none of
/// them is: then it is a log of another program, and the report says so.
///
/// # Errors
/// [`NotFound`](crate::ErrorKind::NotFound) where there is no checkpoint,
/// [`Store`](crate::ErrorKind::Store) where a file cannot be read.
pub fn verify_tiles(
    folder: impl AsRef<Path>,
    keys: &[VerifyingKey],
    anchors: &[Checkpoint],
) -> Result<LogReport, Error> {
    let folder = folder.as_ref();
    let note = read(&folder.join("checkpoint"))?;
    let note = note.ok_or_else(|| Error::not_found("folder holds no checkpoint"))?;
    let note = String::from_utf8(note).map_err(|_| Error::config("checkpoint is not text"))?;
    let claim = Claim::parse(&note)?;
    let mut verifier = Verifier::new(keys, anchors).of_any_form();
    let mut tiles = Checked::new(folder);
    // The leaves as the tiles have them, and the first that its entry does not have.
    let (mut kept, mut other) = (Frontier::new(), None);
    let mut tile = 0;
    loop {
        let first = tile * WIDTH as u64;
        if first >= claim.size {
            break;
        }
        let left = usize::try_from(claim.size - first).unwrap_or(WIDTH);
        let width = left.min(WIDTH);
        let leaves = tiles.leaves(tile, width)?;
        let path = folder.join("tile/entries").join(name(tile, width));
        let bundle = read(&path)?.unwrap_or_default();
        if bundle.is_empty() && leaves.is_empty() {
            break;
        }
        let mut rest = &*bundle;
        for (index, kept) in (first..).zip(0..width) {
            let leaf = next_entry(rest).map(|(entry, _)| Hash::of_leaf(entry));
            if leaf.as_ref() != leaves.get(kept) {
                other.get_or_insert(index);
            }
            let (Some((entry, after)), Some(leaf)) = (next_entry(rest), leaf) else {
                verifier.alter(index);
                break;
            };
            if index == verifier.size() {
                tiles.push(leaf)?;
                verifier.entry(entry, leaf, |_| {});
            }
            rest = after;
        }
        if !rest.is_empty() && !verifier.is_altered() {
            verifier.alter(first + width as u64);
        }
        leaves.iter().for_each(|leaf| kept.push(*leaf, |_| {}));
        tile += 1;
    }
    if verifier.agrees(&claim) {
        tiles.finish()?;
        tiles.damaged.iter().for_each(|tile| verifier.damage(tile));
        verifier.checkpoint(&note);
    } else if kept.size() == claim.size && kept.root() == claim.root {
        verifier.alter(other.unwrap_or(0));
    } else {
        let missing = verifier.size() < claim.size;
        verifier.alter(if missing { verifier.size() } else { 0 });
    }
    Ok(verifier.finish(0))
}

fn next_entry(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bundle.split_first_chunk()?;
    let len = usize::from(u16::from_be_bytes(*len));
    rest.split_at_checked(len).filter(|_| len <= Entry::MAX)
}

/// The file's bytes, if there is one: of a file that is longer than any of a log can
/// be, one more than that.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let mut bytes = Vec::new();
    let read = plain::open(path, OpenOptions::new().read(true))
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
    match read.map(|_| bytes) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(store("tile of the audit log cannot be read", error)),
    }
}

/// Tiles as they must be, compared with those in the files as they fill.
struct Checked {
    folder: PathBuf,
    /// Of each level: the tile, and its hashes.
    levels: Vec<(u64, Vec<Hash>)>,
    /// The names of tiles that are other ones.
    damaged: Vec<String>,
}

impl Checked {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            levels: Vec::new(),
            damaged: Vec::new(),
        }
    }

    /// The leaves in a tile of that width, as far as it goes.
    fn leaves(&self, tile: u64, width: usize) -> Result<Vec<Hash>, Error> {
        let path = self.folder.join("tile/0").join(name(tile, width));
        let found = read(&path)?.unwrap_or_default();
        let (chunks, _) = found.as_chunks();
        Ok(chunks
            .iter()
            .take(width)
            .copied()
            .map(Hash::from_bytes)
            .collect())
    }

    fn push(&mut self, leaf: Hash) -> Result<(), Error> {
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push((0, Vec::new()));
            }
            let Some((tile, hashes)) = self.levels.get_mut(level) else {
                break;
            };
            hashes.push(hash);
            if hashes.len() < WIDTH {
                break;
            }
            let (full, number) = (std::mem::take(hashes), *tile);
            *tile += 1;
            self.compare(level, number, &full)?;
            let mut subtree = Frontier::new();
            full.iter().for_each(|hash| subtree.push(*hash, |_| {}));
            hash = subtree.root();
        }
        Ok(())
    }

    /// Compares the tiles that are not full.
    fn finish(&mut self) -> Result<(), Error> {
        let levels = std::mem::take(&mut self.levels);
        for (level, (tile, hashes)) in levels.iter().enumerate() {
            if !hashes.is_empty() {
                self.compare(level, *tile, hashes)?;
            }
        }
        Ok(())
    }

    fn compare(&mut self, level: usize, tile: u64, hashes: &[Hash]) -> Result<(), Error> {
        let place = Path::new("tile").join(level.to_string());
        let place = place.join(name(tile, hashes.len()));
        let found = read(&self.folder.join(&place))?.unwrap_or_default();
        let expected = hashes.iter().flat_map(|hash| hash.as_bytes());
        if !found.iter().eq(expected) {
            self.damaged.push(place.to_string_lossy().into_owned());
        }
        Ok(())
    }
}
