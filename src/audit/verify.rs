//! Verifying a log as an auditor does: with the keys and checkpoints that the
//! auditor kept, and nothing that the log says of itself.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::{HandOver, is_in_order, is_rotation};
use super::checkpoint::{Checkpoint, Claim, SignedBy};
use super::entry::LogRecord;
use super::key::VerifyingKey;
use super::tree::{Frontier, Hash};
use crate::error::AuditCause;
use crate::time::Moment;

/// What a log is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogVerdict {
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
    /// The log is signed, and holds what no log writes: whoever signed it did not keep
    /// to the format.
    Malformed {
        /// The entry that is not one, has a time before that of the entry before, or
        /// hands the log over without the signatures of both keys; or the first one
        /// that a checkpoint of another origin covers.
        leaf: u64,
    },
    /// None of the keys signed any checkpoint of the log.
    OtherKey,
    /// The log is whole in itself, and entries that the anchor saw are missing.
    Shorter {
        /// How many entries there are.
        size: u64,
        /// How many entries the anchor saw.
        anchor: u64,
    },
}

impl LogVerdict {
    /// Returns why such a log cannot be used; nothing of an intact one.
    pub(super) const fn cause(self) -> Option<AuditCause> {
        Some(match self {
            Self::Altered { leaf } => AuditCause::Altered { leaf },
            Self::Forked { anchor } => AuditCause::Forked { anchor },
            Self::Intact => return None,
            Self::Malformed { leaf } => AuditCause::Malformed { leaf },
            Self::OtherKey => AuditCause::OtherKey,
            Self::Shorter { size, anchor } => AuditCause::Shorter { size, anchor },
        })
    }
}

/// What verifying a log came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogReport {
    /// What the log is found to be.
    pub verdict: LogVerdict,
    /// How many entries were found to be what was written, from the first on.
    pub size: u64,
    /// The last checkpoint that covers them: what to keep for the next time.
    pub checkpoint: Option<Checkpoint>,
    /// Bytes behind the last checkpoint, which nobody signed and nobody was told are
    /// durable: what a crash has cut off, or somebody has put there.
    pub torn_bytes: u64,
    /// How many whole entries these bytes begin with.
    pub torn_entries: u64,
    /// Files that are derived from the entries and do not agree with them, such as
    /// `offsets`. They prove nothing; a log makes its own again.
    pub damaged: Vec<String>,
    /// Whether no entry is of this crate's form: a log of another program, exported as
    /// tiles. What its entries say was not looked at.
    pub foreign: bool,
}

/// How a verifier treats the signatures of checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signatures {
    /// Verifies each one.
    Each,
    /// Verifies the [`LAST`] ones, of which the very last vouches for all entries before
    /// it. Of the others only the text and the key id are held against the log.
    Last,
}

/// How many signatures are verified of a log in which all checkpoints agree.
const LAST: usize = 256;

/// Goes over a log from its first entry on.
#[derive(Debug)]
pub(super) struct Verifier<'a> {
    signatures: Signatures,
    /// Whether the entries may all be of another form than this crate's.
    any_form: bool,
    keys: Vec<VerifyingKey>,
    /// The key that signs the log at this place, once it is known.
    key: Option<Arc<VerifyingKey>>,
    /// The id of the key that signed the last checkpoint, known or not.
    id: Option<[u8; 4]>,
    anchors: &'a [Checkpoint],
    frontier: Frontier,
    /// How many entries the last checkpoint covers that agrees with them.
    agreed: u64,
    /// The time of the last entry.
    time: Moment,
    covered: Option<Checkpoint>,
    /// The last checkpoints that agree with the log and were not verified, each with
    /// the key that is to have signed it, once that is known.
    pending: VecDeque<(String, Option<Arc<VerifyingKey>>)>,
    altered: Option<u64>,
    forked: Option<u64>,
    malformed: Option<u64>,
    /// The first entry of another form.
    other_form: Option<u64>,
    /// Whether an entry was of this crate's form.
    own_form: bool,
    damaged: Vec<String>,
    /// Whether something must be looked at signature by signature.
    doubtful: bool,
}

impl<'a> Verifier<'a> {
    /// A verifier that verifies the signature of each checkpoint.
    pub(super) fn new(keys: &[VerifyingKey], anchors: &'a [Checkpoint]) -> Self {
        let mut verifier = Self {
            signatures: Signatures::Each,
            any_form: false,
            keys: keys.to_vec(),
            key: None,
            id: None,
            anchors,
            frontier: Frontier::new(),
            agreed: 0,
            time: Moment::MIN,
            covered: None,
            pending: VecDeque::new(),
            altered: None,
            forked: None,
            malformed: None,
            other_form: None,
            own_form: false,
            damaged: Vec::new(),
            doubtful: false,
        };
        verifier.compare();
        verifier
    }

    /// A verifier that verifies the signature of the last checkpoint only, and finds
    /// a log intact or [nothing](Self::finish_quick).
    pub(super) fn quick(keys: &[VerifyingKey], anchors: &'a [Checkpoint]) -> Self {
        Self {
            signatures: Signatures::Last,
            ..Self::new(keys, anchors)
        }
    }

    /// Takes a log as it is whose entries are all of another form than this crate's.
    pub(super) fn of_any_form(mut self) -> Self {
        self.any_form = true;
        self
    }

    pub(super) fn is_quick(&self) -> bool {
        self.signatures == Signatures::Last
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The time of the last entry.
    pub(super) fn time(&self) -> Moment {
        self.time
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

    /// Says that a file derived from the entries does not agree with them.
    pub(super) fn damage(&mut self, file: &str) {
        if !self.damaged.iter().any(|known| known == file) {
            self.damaged.push(file.to_owned());
        }
    }

    /// Takes the next entry in, with its hash, and shows the nodes that it completes.
    pub(super) fn entry(&mut self, entry: &[u8], leaf: Hash, node: impl FnMut(Hash)) {
        let index = self.size();
        match LogRecord::times(entry) {
            Ok((time, behind)) => {
                self.own_form = true;
                if !is_in_order(self.time, time, behind) {
                    self.malformed.get_or_insert(index);
                }
                self.time = time;
                if is_rotation(entry) && !self.rotate(index, entry) {
                    self.malformed.get_or_insert(index);
                }
            }
            Err(_) => {
                self.other_form.get_or_insert(index);
            }
        }
        self.frontier.push(leaf, node);
        self.compare();
    }

    /// Follows the log to the key to which an entry hands it over.
    fn rotate(&mut self, index: u64, entry: &[u8]) -> bool {
        let Ok(record) = LogRecord::parse(index, entry) else {
            return false;
        };
        let head = (index, &self.frontier.root());
        let statement = record.entry.statement().unwrap_or_default();
        let Some(hand_over) = HandOver::parse(statement, head) else {
            return false;
        };
        let new = &hand_over.new;
        let known = match &self.key {
            Some(key) => {
                if !hand_over.is_from(key) {
                    return false;
                }
                true
            }
            // The log began with another key than those that are known.
            None => self
                .keys
                .iter()
                .any(|key| key == new || hand_over.is_from(key)),
        };
        self.id = Some(new.note().id());
        if known {
            self.key = Some(Arc::new(hand_over.new));
        }
        true
    }

    /// Takes in the checkpoint that stands behind the last entry.
    pub(super) fn checkpoint(&mut self, note: &str) {
        let covered = self.covered();
        let claim = match Claim::parse(note) {
            Ok(claim) if self.agrees(&claim) => claim,
            _ => return self.alter(covered),
        };
        self.agreed = claim.size;
        if self.is_quick() {
            return self.take_unverified(&claim, note);
        }
        match claim.signed_by(self.signers()) {
            SignedBy::Key(key) => {
                let key = key.clone();
                let id = key.note().id();
                // Only an entry hands a log over.
                if self.id.is_some_and(|known| known != id) {
                    self.alter(covered);
                }
                self.covered = Some(claim.accept());
                self.id = Some(id);
                self.key = Some(Arc::new(key));
                self.pending.clear();
            }
            SignedBy::Misnamed => {
                self.malformed.get_or_insert(covered);
                self.covered = Some(claim.accept());
            }
            SignedBy::Nobody if self.key.is_none() => {
                let mut ids = claim.ids();
                let id = match self.id {
                    Some(known) => ids.find(|id| *id == known),
                    None => ids.next(),
                };
                if id.is_none() {
                    self.alter(covered);
                }
                self.id = id;
                self.pending.clear();
                self.pending.push_back((note.to_owned(), None));
            }
            SignedBy::Nobody | SignedBy::Refuted => self.alter(covered),
        }
    }

    /// Whether a checkpoint says what the log is up to here.
    pub(super) fn agrees(&self, claim: &Claim<'_>) -> bool {
        claim.size == self.size() && claim.root == self.frontier.root()
    }

    fn take_unverified(&mut self, claim: &Claim<'_>, note: &str) {
        let mut ids = claim.ids();
        let (id, more) = (ids.next(), ids.next());
        let same_key = id.is_some() && (self.id.is_none() || self.id == id);
        if !same_key || more.is_some() {
            self.doubtful = true;
        }
        self.id = id;
        let mut place = match self.pending.len() {
            LAST => self.pending.pop_front().unwrap_or_default(),
            _ => Default::default(),
        };
        note.clone_into(&mut place.0);
        place.1.clone_from(&self.key);
        self.pending.push_back(place);
    }

    /// The keys that may sign the log at this place.
    pub(super) fn signers(&self) -> &[VerifyingKey] {
        match &self.key {
            Some(key) => std::slice::from_ref(&**key),
            None => &self.keys,
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

    /// The report of a log that was found intact in all respects, by the signatures of
    /// its last checkpoints. Any other log is to be gone over again by a verifier that
    /// verifies each one, and tells what is wrong with it.
    pub(super) fn finish_quick(mut self) -> Option<LogReport> {
        for (note, key) in std::mem::take(&mut self.pending) {
            let keys = match &key {
                Some(key) => std::slice::from_ref(&**key),
                None => &*self.keys,
            };
            let claim = Claim::parse(&note).ok()?;
            match claim.signed_by(keys) {
                SignedBy::Key(_) => self.covered = Some(claim.accept()),
                _ => return None,
            }
        }
        if self.doubtful || self.covered() < self.size() {
            return None;
        }
        let report = self.finish(0);
        (report.verdict == LogVerdict::Intact).then_some(report)
    }

    /// The report, where that many bytes stand behind what was signed.
    pub(super) fn finish(self, torn_bytes: u64) -> LogReport {
        let size = self.covered();
        let origin = |anchor: &&Checkpoint| {
            let covered = self.covered.as_ref();
            covered.is_some_and(|covered| covered.origin() != anchor.origin())
        };
        let foreign = self.anchors.iter().find(origin).map(Checkpoint::size);
        let anchor = self.anchored();
        let has_form = self.own_form || self.other_form.is_none() || !self.any_form;
        let malformed = [self.malformed, self.other_form.filter(|_| has_form)];
        let malformed = malformed.into_iter().flatten().min();
        let verdict = if let Some(leaf) = self.altered {
            LogVerdict::Altered { leaf }
        } else if self.covered.is_none() && !self.pending.is_empty() {
            LogVerdict::OtherKey
        } else if let Some(anchor) = self.forked.or(foreign) {
            LogVerdict::Forked { anchor }
        } else if size < anchor {
            LogVerdict::Shorter { size, anchor }
        } else if let Some(leaf) = malformed.filter(|leaf| *leaf < size) {
            LogVerdict::Malformed { leaf }
        } else {
            LogVerdict::Intact
        };
        LogReport {
            size: match verdict {
                LogVerdict::Altered { leaf } | LogVerdict::Malformed { leaf } => leaf.min(size),
                _ => size,
            },
            verdict,
            checkpoint: self.covered,
            torn_bytes,
            torn_entries: match torn_bytes {
                0 => 0,
                _ => self.frontier.size().saturating_sub(self.agreed),
            },
            damaged: self.damaged,
            foreign: !has_form,
        }
    }
}
