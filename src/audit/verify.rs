//! Verifying a log as an auditor does: with the keys and checkpoints that the
//! auditor kept, and nothing that the log says of itself.

use super::batch::{handed_over, is_rotation};
use super::checkpoint::Checkpoint;
use super::entry::Record;
use super::key::VerifyingKey;
use super::tree::{Frontier, Hash};
use crate::Error;

/// What a log is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// An entry, or what vouches for it, is not what was written.
    Altered {
        /// The first entry that nothing vouches for: the one that was changed where
        /// its hash tells, or else the first that its checkpoint covers.
        leaf: u64,
    },
    /// The log is whole in itself, and is not the one that the anchor saw.
    Forked {
        /// How many entries the anchor saw.
        anchor: u64,
    },
    /// Every entry is what was written, and none that the anchor saw is missing.
    Intact,
    /// The log is whole in itself, and entries that the anchor saw are missing.
    Shorter {
        /// How many entries there are.
        size: u64,
        /// How many entries the anchor saw.
        anchor: u64,
    },
}

/// What verifying a log came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What the log is found to be.
    pub verdict: Verdict,
    /// How many entries were found to be what was written, from the first on.
    pub size: u64,
    /// The last checkpoint that covers them: what to keep for the next time.
    pub checkpoint: Option<Checkpoint>,
    /// Bytes behind the last checkpoint that nobody was told are durable: what a
    /// crash has cut off.
    pub torn_bytes: u64,
}

/// Goes over a log from its first entry on.
#[derive(Debug)]
pub(super) struct Verifier<'a> {
    /// The keys that count now.
    keys: Vec<VerifyingKey>,
    anchors: &'a [Checkpoint],
    frontier: Frontier,
    covered: Option<Checkpoint>,
    altered: Option<u64>,
    forked: Option<u64>,
}

impl<'a> Verifier<'a> {
    pub(super) fn new(keys: &[VerifyingKey], anchors: &'a [Checkpoint]) -> Self {
        let mut verifier = Self {
            keys: keys.to_vec(),
            anchors,
            frontier: Frontier::new(),
            covered: None,
            altered: None,
            forked: None,
        };
        verifier.compare();
        verifier
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    pub(super) fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// How many entries a checkpoint covers.
    pub(super) fn covered(&self) -> u64 {
        self.covered.as_ref().map_or(0, Checkpoint::size)
    }

    /// The most entries that an anchor saw.
    pub(super) fn anchored(&self) -> u64 {
        self.anchors.iter().map(Checkpoint::size).max().unwrap_or(0)
    }

    /// Whether anything was found that the log was changed by.
    pub(super) fn is_altered(&self) -> bool {
        self.altered.is_some()
    }

    /// Says that an entry is not what was written. The first one counts.
    pub(super) fn alter(&mut self, leaf: u64) {
        self.altered = Some(self.altered.map_or(leaf, |known| known.min(leaf)));
    }

    /// Takes the next entry in, with its hash, and shows the nodes that it completes.
    pub(super) fn entry(&mut self, entry: &[u8], leaf: Hash, node: impl FnMut(Hash)) {
        if is_rotation(entry) {
            self.rotate(entry);
        }
        self.frontier.push(leaf, node);
        self.compare();
    }

    /// Follows the log to the key to which an entry hands it over.
    fn rotate(&mut self, entry: &[u8]) {
        let index = self.size();
        let head = (index, &self.frontier.root());
        let record = Record::parse(index, entry).ok();
        let statement = record.as_ref().and_then(|record| record.entry.statement());
        let statement = statement.unwrap_or_default();
        let handed = |old| Some((old, handed_over(statement, old, head).ok()?));
        match self.keys.iter().find_map(handed) {
            Some((old, new)) => {
                let old = old.clone();
                self.keys.retain(|key| *key != old && *key != new);
                self.keys.push(new);
            }
            None => self.alter(index),
        }
    }

    /// Takes in the checkpoint that stands behind the last entry.
    pub(super) fn checkpoint(&mut self, note: &str) {
        let covered = self.covered();
        match Checkpoint::open(note, &self.keys) {
            Ok(checkpoint)
                if checkpoint.size() == self.size()
                    && *checkpoint.root() == self.frontier.root() =>
            {
                self.covered = Some(checkpoint);
            }
            _ => self.alter(covered),
        }
    }

    /// Compares the tree with the anchors of its size.
    fn compare(&mut self) {
        let size = self.frontier.size();
        for anchor in self.anchors.iter().filter(|anchor| anchor.size() == size) {
            if *anchor.root() != self.frontier.root() {
                self.forked.get_or_insert(size);
            }
        }
    }

    pub(super) fn finish(self, torn_bytes: u64) -> Report {
        let size = self.covered();
        let origin = |anchor: &&Checkpoint| {
            let covered = self.covered.as_ref();
            covered.is_some_and(|covered| covered.origin() != anchor.origin())
        };
        let foreign = self.anchors.iter().find(origin).map(Checkpoint::size);
        let anchor = self.anchored();
        let verdict = if let Some(leaf) = self.altered {
            Verdict::Altered { leaf }
        } else if let Some(anchor) = self.forked.or(foreign) {
            Verdict::Forked { anchor }
        } else if size < anchor {
            Verdict::Shorter { size, anchor }
        } else {
            Verdict::Intact
        };
        Report {
            verdict,
            size: self.altered.map_or(size, |leaf| leaf.min(size)),
            checkpoint: self.covered,
            torn_bytes,
        }
    }
}

/// Verifies the log in the files of a folder, which nobody need have open.
///
/// `keys` are the keys that the log began with; hand-overs to others are followed
/// in the log itself. `anchors` are checkpoints that were kept elsewhere.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where the folder holds no log and no anchor
/// says that it should, [`Store`](crate::ErrorKind::Store) where it cannot be read.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Entry, Identifier, Log, Outcome, SigningKey, Verdict, verify_folder};
///
/// # let folder = std::env::temp_dir().join(format!("confidant-doc-{}", std::process::id()));
/// # pollster::block_on(async {
/// let log = Log::builder(Arc::new(SigningKey::generate("acme.example/audit")?));
/// let log = log.open(&folder).await?;
/// let entry = Entry::new(Identifier::new("secret.put")?, Outcome::Succeeded);
/// let kept = log.append(entry).await?.checkpoint().clone();
///
/// let report = verify_folder(&folder, &[log.verifying_key()], &[kept])?;
/// assert_eq!((report.verdict, report.size), (Verdict::Intact, 1));
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// # std::fs::remove_dir_all(&folder).unwrap();
/// ```
pub fn verify_folder(
    folder: impl AsRef<std::path::Path>,
    keys: &[VerifyingKey],
    anchors: &[Checkpoint],
) -> Result<Report, Error> {
    super::files::verify(folder.as_ref(), Verifier::new(keys, anchors))
}
