//! Verifying a log in files, without opening it.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use super::disk::{Disk, DiskFile, unread};
use super::folder::Folder;
use super::scan::{self, Begin, End, Event};
use super::segment::{self, Window};
use super::tail::{self, MAX_SEGMENT, Place, Tail};
use crate::Error;
use crate::audit::backend::MAX_ENTRIES;
use crate::audit::checkpoint::{Checkpoint, Claim};
use crate::audit::entry::VERSION;
use crate::audit::key::VerifyingKey;
use crate::audit::tree::{Frontier, Hash};
use crate::audit::verify::{LogReport, Verifier};
use crate::error::AuditCause;

/// Verifies the log in the files of a folder, which nobody need have open.
///
/// `keys` are keys that signed the log: the one that it began with, or one to which it
/// was handed over since. Hand-overs to others are followed in the log itself.
/// `anchors` are checkpoints that were kept elsewhere.
///
/// The text of every checkpoint is held against the entries before it. Of a log in
/// which all of these agree, the signatures of the last 256 checkpoints are verified,
/// of which the very last vouches for all entries. Of any other log every signature is,
/// to tell where it was changed.
///
/// # Errors
/// [`NotFound`](crate::ErrorKind::NotFound) where the folder holds no log and no anchor
/// says that it should, [`Store`](crate::ErrorKind::Store) where it cannot be read,
/// [`Refused`](crate::ErrorKind::Refused) where a later version of this crate wrote it.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Entry, Identifier, Log, Outcome, SigningKey, LogVerdict, verify_folder};
///
/// # let folder = std::env::temp_dir().join(format!("confidant-doc-{}", std::process::id()));
/// # pollster::block_on(async {
/// let log = Log::builder(Arc::new(SigningKey::generate("acme.example/audit")?));
/// let log = log.open(&folder).await?;
/// let entry = Entry::new(Identifier::new("secret.put")?, Outcome::Succeeded);
/// let kept = log.append(entry).await?.checkpoint().clone();
///
/// let report = verify_folder(&folder, &[log.verifying_key()], &[kept])?;
/// assert_eq!((report.verdict, report.size), (LogVerdict::Intact, 1));
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// # std::fs::remove_dir_all(&folder).unwrap();
/// ```
pub fn verify_folder(
    folder: impl AsRef<Path>,
    keys: &[VerifyingKey],
    anchors: &[Checkpoint],
) -> Result<LogReport, Error> {
    let folder = folder.as_ref();
    let quick = verify(folder, Verifier::quick(keys, anchors))?;
    if let Some(report) = quick {
        return Ok(report);
    }
    let each = verify(folder, Verifier::new(keys, anchors))?;
    each.ok_or_else(|| Error::not_found("folder holds no audit log"))
}

/// Goes over the segments of a folder. A quick verifier finds them intact, or nothing.
fn verify(folder: &Path, verifier: Verifier<'_>) -> Result<Option<LogReport>, Error> {
    verify_on(&Folder::unlocked(folder.to_owned()), verifier)
}

pub(super) fn verify_on(
    disk: &dyn Disk,
    mut verifier: Verifier<'_>,
) -> Result<Option<LogReport>, Error> {
    let names = match disk.list() {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        names => names.map_err(unread)?,
    };
    let bases = segment::bases(&names);
    if bases.is_empty() && verifier.anchored() == 0 {
        return Err(Error::not_found("folder holds no audit log"));
    }
    let nodes = kept_file(disk, segment::NODES, &mut verifier)?;
    let offsets = kept_file(disk, segment::OFFSETS, &mut verifier)?;
    let mut kept = Kept::new(nodes.as_deref(), offsets.as_deref());
    let mut torn_bytes = 0;
    for (number, base) in bases.iter().enumerate() {
        if *base != verifier.size() {
            verifier.alter(verifier.size().min(*base));
            break;
        }
        let file = disk.open_to_read(&segment::name(*base)).map_err(unread)?;
        kept.may_end = number + 1 == bases.len();
        torn_bytes = segment_of(&*file, &mut verifier, &mut kept)?;
        if verifier.is_altered() {
            break;
        }
    }
    if !verifier.is_quick() {
        return Ok(Some(verifier.finish(torn_bytes)));
    }
    if torn_bytes > 0 || verifier.is_altered() {
        return Ok(None);
    }
    Ok(verifier.finish_quick())
}

/// A derived file, if there is one.
fn kept_file(
    disk: &dyn Disk,
    name: &str,
    verifier: &mut Verifier<'_>,
) -> Result<Option<Arc<dyn DiskFile>>, Error> {
    match disk.open_to_read(name) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(_) => {
            verifier.damage(name);
            Ok(None)
        }
    }
}

/// Goes over one segment; says how many bytes behind it nobody signed.
fn segment_of(
    file: &dyn DiskFile,
    verifier: &mut Verifier<'_>,
    kept: &mut Kept<'_>,
) -> Result<u64, Error> {
    let base = verifier.size();
    if file.len().map_err(unread)? > MAX_SEGMENT {
        verifier.alter(base);
        return Ok(0);
    }
    let at = match scan::header(file).map_err(unread)? {
        Begin::Header(header, at)
            if header.frontier == *verifier.frontier() && header.time == verifier.time() =>
        {
            verifier.checkpoint(&header.checkpoint);
            at as u64
        }
        Begin::Later => return Err(AuditCause::Later.into()),
        _ => {
            verifier.alter(base);
            return Ok(0);
        }
    };
    let mut signed = (at, base);
    let mut nodes = Vec::new();
    // Whether an entry that no checkpoint covers is of a later version.
    let mut later = false;
    kept.begin_batch(verifier);
    let scanned = scan::frames(file, at, base, |event| {
        match event {
            Event::Entry(entry, leaf, at) => {
                later |= entry.first().is_some_and(|version| *version > VERSION);
                nodes.clear();
                verifier.entry(entry, leaf, |node| nodes.push(node));
                kept.compare(&nodes, at as u32, verifier)?;
            }
            Event::Checkpoint(note, end) => {
                match kept.first_other(note, verifier) {
                    Some(leaf) => verifier.alter(leaf),
                    None => verifier.checkpoint(note),
                }
                if verifier.is_altered() {
                    return Err(Stop::Altered);
                }
                signed = (end, verifier.size());
                later = false;
                kept.begin_batch(verifier);
            }
        }
        Ok(())
    });
    let scanned = match scanned {
        Err(Stop::Altered) => return Ok(0),
        Err(Stop::Read(error)) => return Err(unread(error)),
        Ok(scanned) => scanned,
    };
    if scanned.end == End::Later {
        return Err(AuditCause::Later.into());
    }
    let (from, covered) = signed;
    let place = Place {
        from,
        covered,
        size: verifier.size(),
        root: verifier.frontier().root(),
        scanned,
    };
    if kept.may_end {
        let anchored = verifier.anchored();
        match tail::examine(file, &place, verifier.signers()).map_err(unread)? {
            Tail::Altered(leaf) => verifier.alter(leaf),
            // No crash breaks what an anchor saw.
            Tail::Unsigned(_) if scanned.end == End::Broken && covered < anchored => {
                let leaf = match place.size < anchored {
                    true => broken_leaf(file, &place, verifier)?,
                    false => covered,
                };
                verifier.alter(leaf);
            }
            // It is no remainder of a crash for this version to make little of.
            Tail::Unsigned(_) if later => return Err(AuditCause::Later.into()),
            Tail::Unsigned(bytes) => return Ok(bytes),
        }
    } else if scanned.end != End::Whole {
        let leaf = broken_leaf(file, &place, verifier)?;
        verifier.alter(leaf);
    } else if covered < place.size {
        verifier.alter(covered);
    }
    Ok(0)
}

fn broken_leaf(file: &dyn DiskFile, place: &Place, verifier: &Verifier<'_>) -> Result<u64, Error> {
    tail::broken_leaf(file, place, verifier.signers()).map_err(unread)
}

/// Why a scan ends early.
enum Stop {
    Altered,
    Read(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// The nodes and offsets that the folder keeps, next to those that the segments have.
struct Kept<'f> {
    nodes: Option<KeptFile<'f>>,
    offsets: Option<KeptFile<'f>>,
    /// Whether they may end before the entries do, as in the last segment.
    may_end: bool,
    /// The frontier before the batch, and its leaves: those kept and those found.
    before: Frontier,
    leaves: Vec<(Hash, Hash)>,
}

impl<'f> Kept<'f> {
    fn new(nodes: Option<&'f dyn DiskFile>, offsets: Option<&'f dyn DiskFile>) -> Self {
        Self {
            nodes: nodes.map(KeptFile::new),
            offsets: offsets.map(KeptFile::new),
            may_end: false,
            before: Frontier::new(),
            leaves: Vec::new(),
        }
    }

    fn begin_batch(&mut self, verifier: &Verifier<'_>) {
        if !verifier.is_quick() {
            self.before.clone_from(verifier.frontier());
            self.leaves.clear();
        }
    }

    /// Compares the nodes and the offset that come next.
    fn compare(
        &mut self,
        nodes: &[Hash],
        offset: u32,
        verifier: &mut Verifier<'_>,
    ) -> io::Result<()> {
        let mut leaf = None;
        if let Some(kept) = &mut self.nodes {
            for node in nodes {
                let found = kept.next()?;
                leaf = leaf.or(found.map(Hash::from_bytes));
                if !kept.is_sound(found, node.as_bytes(), self.may_end) {
                    verifier.damage(segment::NODES);
                }
            }
        }
        if let Some(kept) = &mut self.offsets {
            let found = kept.next()?;
            if !kept.is_sound(found, &offset.to_be_bytes(), self.may_end) {
                verifier.damage(segment::OFFSETS);
            }
        }
        if let (false, Some(kept), Some(found)) = (verifier.is_quick(), leaf, nodes.first())
            && self.leaves.len() < MAX_ENTRIES
        {
            self.leaves.push((kept, *found));
        }
        Ok(())
    }

    /// The first entry that is another one than was signed, where the kept leaves are
    /// those that the checkpoint covers.
    fn first_other(&self, note: &str, verifier: &Verifier<'_>) -> Option<u64> {
        if verifier.is_quick() {
            return None;
        }
        let claim = Claim::parse(note).ok()?;
        if verifier.agrees(&claim) {
            return None;
        }
        let mut signed = self.before.clone();
        let kept = self.leaves.iter();
        kept.for_each(|(kept, _)| signed.push(*kept, |_| {}));
        let fits = claim.size == signed.size() && claim.root == signed.root();
        Checkpoint::open(note, verifier.signers())
            .ok()
            .filter(|_| fits)?;
        let other = self.leaves.iter().position(|(kept, found)| kept != found)?;
        Some(self.before.size() + other as u64)
    }
}

/// A derived file, as far as it was read.
struct KeptFile<'f> {
    window: Window<'f>,
    /// Whether zeros were found, of what was not written before a crash.
    ended: bool,
}

impl<'f> KeptFile<'f> {
    fn new(file: &'f dyn DiskFile) -> Self {
        Self {
            window: Window::new(file, 0),
            ended: false,
        }
    }

    /// The bytes that come next, if it goes on.
    fn next<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let found = self.window.peek(N)?.first_chunk().copied();
        self.window.advance(N);
        Ok(found)
    }

    /// Whether these bytes are what they must be, or are not there yet.
    fn is_sound<const N: usize>(
        &mut self,
        found: Option<[u8; N]>,
        expected: &[u8; N],
        may_end: bool,
    ) -> bool {
        match found {
            None => may_end,
            Some(found) if found == *expected => !self.ended,
            Some(found) => {
                self.ended = true;
                may_end && found == [0; N]
            }
        }
    }
}
