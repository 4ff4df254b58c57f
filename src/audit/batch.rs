//! What every form of the log appends: a batch of entries and the checkpoint
//! after them.

use std::sync::Arc;
use std::time::Duration;

use super::checkpoint::Checkpoint;
use super::entry::{Encoded, Entry, Identifier, Outcome};
use super::key::{Signer, VerifyingKey};
use super::note::{Note, signature_line};
use super::tree::{Frontier, Hash};
use crate::Error;
use crate::error::ErrorKind;
use crate::time::Moment;

/// The action of the entry that hands a log over to a new key.
const ROTATE: &str = "audit.rotate-key";
const ROTATION: &str = "confidant/audit/rotate-key@v1";

/// Where a log ends, and what the next batch goes on from.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) frontier: Frontier,
    /// The time of the last entry.
    pub(super) time: Moment,
    pub(super) checkpoint: Arc<Checkpoint>,
}

/// Entries that are appended together, and the log's end behind them.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) first: u64,
    pub(super) entries: Vec<Encoded>,
    /// The hashes of the leaves, in their order.
    pub(super) leaves: Vec<Hash>,
    /// The nodes that the entries complete, in the order in which they are stored.
    pub(super) nodes: Vec<Hash>,
    pub(super) head: Head,
}

impl Head {
    /// The beginning of a log: nothing, signed.
    pub(super) fn new(signer: &dyn Signer) -> Result<Self, Error> {
        let checkpoint = Checkpoint::sign(signer, 0, Hash::empty())?;
        Ok(Self {
            frontier: Frontier::new(),
            time: Moment::MIN,
            checkpoint: Arc::new(checkpoint),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The batch that appends `entries` here. A clock that has gone back does not
    /// take the log along: the entry keeps the time of the one before, and says by
    /// how much the clock lies behind it.
    pub(super) fn batch(
        &self,
        mut entries: Vec<Encoded>,
        now: Moment,
        signer: &dyn Signer,
    ) -> Result<Batch, Error> {
        let time = now.max(self.time);
        let behind = time.since(now).unwrap_or(Duration::ZERO);
        let first = self.size();
        let mut frontier = self.frontier.clone();
        let mut leaves = Vec::with_capacity(entries.len());
        let mut nodes = Vec::with_capacity(2 * entries.len());
        for entry in &mut entries {
            entry.set_time(time, behind)?;
            let leaf = Hash::of_leaf(entry.as_bytes());
            leaves.push(leaf);
            frontier.push(leaf, |node| nodes.push(node));
        }
        let checkpoint = Checkpoint::sign(signer, frontier.size(), frontier.root())?;
        Ok(Batch {
            first,
            entries,
            leaves,
            nodes,
            head: Self {
                frontier,
                time,
                checkpoint: Arc::new(checkpoint),
            },
        })
    }

    /// The entry with which `old` hands the log over to `new`: this checkpoint and
    /// the new key, signed by both.
    pub(super) fn rotation(&self, old: &dyn Signer, new: &dyn Signer) -> Result<Encoded, Error> {
        let (from, to) = (old.verifying_key(), new.verifying_key());
        if from.name() != to.name() {
            return Err(Error::config(
                "new signing key has another name than the log",
            ));
        }
        if from == to {
            return Err(Error::config("new signing key is the one that the log has"));
        }
        let (size, root) = (self.checkpoint.size(), self.checkpoint.root());
        let text = format!("{ROTATION}\n{}\n{size}\n{root}\n{to}\n", from.name());
        let note = format!(
            "{text}\n{}{}",
            signature_line(old, &text)?,
            signature_line(new, &text)?
        );
        let entry = Entry::new(Identifier::new(ROTATE)?, Outcome::Succeeded);
        Encoded::new(&entry.with_statement(&note)?)
    }
}

/// Whether an entry is one that hands the log over: known by its first field, without
/// reading all of it.
pub(super) fn is_rotation(entry: &[u8]) -> bool {
    Encoded::action_of(entry) == Some(ROTATE.as_bytes())
}

/// The key to which a statement hands over the log of `origin`, which then had
/// that size and root, from `old`.
pub(super) fn handed_over(
    statement: &str,
    old: &VerifyingKey,
    (size, root): (u64, &Hash),
) -> Result<VerifyingKey, Error> {
    let refused = || {
        Error::message(
            ErrorKind::Integrity,
            "entry that hands the log over to a new key is not one",
        )
    };
    let note = Note::parse(statement).map_err(|_| refused())?;
    let key = note
        .text
        .strip_suffix('\n')
        .and_then(|text| text.rsplit('\n').next());
    let new = VerifyingKey::parse(key.ok_or_else(refused)?).map_err(|_| refused())?;
    let expected = format!("{ROTATION}\n{}\n{size}\n{root}\n{new}\n", old.name());
    if note.text != expected || new.name() != old.name() {
        return Err(refused());
    }
    for key in [old, &new] {
        note.verify([key.note()]).map_err(|_| refused())?;
    }
    Ok(new)
}
