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
use crate::time::Moment;

/// The action of the entry that hands a log over to a new key.
const ROTATE: &str = "audit.rotate-key";
const ROTATION: &str = "confidant/audit/rotate-key@v1";

/// The longest time by which a clock may lie behind: what an entry has room for.
const MOST_BEHIND: Duration = Duration::from_nanos(u64::MAX);

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

    /// The batch that appends `entries` here.
    pub(super) fn batch(
        &self,
        mut entries: Vec<Encoded>,
        now: Moment,
        signer: &dyn Signer,
    ) -> Result<Batch, Error> {
        let (time, behind) = stamp(self.time, now);
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

/// The time of an entry that is taken at `now` behind one of the time `before`, and by
/// how much the clock lies behind that time.
///
/// A clock that has gone back does not take the log along: the entry keeps the time
/// before, and the difference tells what the clock read. Where an entry has no room
/// for the difference, the clock was out of all bounds once, and the log goes on with
/// the time that the clock has now.
fn stamp(before: Moment, now: Moment) -> (Moment, Duration) {
    let Some(behind) = before.since(now) else {
        return (now, Duration::ZERO);
    };
    if behind > MOST_BEHIND {
        return (now, MOST_BEHIND);
    }
    (before, behind)
}

/// Whether an entry may have the time that it has behind one of the time `before`.
pub(super) fn is_in_order(before: Moment, time: Moment, behind: Duration) -> bool {
    match before.since(time) {
        None | Some(Duration::ZERO) => true,
        Some(back) => back > MOST_BEHIND && behind == MOST_BEHIND,
    }
}

/// Whether an entry is one that hands the log over: known by its first field, without
/// reading all of it.
pub(super) fn is_rotation(entry: &[u8]) -> bool {
    Encoded::action_of(entry) == Some(ROTATE.as_bytes())
}

/// What hands a log over to a new key: read, and held against the log before it.
#[derive(Debug)]
pub(super) struct HandOver<'a> {
    note: Note<'a>,
    pub(super) new: VerifyingKey,
}

impl<'a> HandOver<'a> {
    /// Reads the statement of an entry that has a log of that size and root before it.
    /// The new key has signed it.
    pub(super) fn parse(statement: &'a str, (size, root): (u64, &Hash)) -> Option<Self> {
        let note = Note::parse(statement).ok()?;
        let key = note.text.strip_suffix('\n')?.rsplit('\n').next()?;
        let new = VerifyingKey::parse(key).ok()?;
        let expected = format!("{ROTATION}\n{}\n{size}\n{root}\n{new}\n", new.name());
        let sound = note.text == expected && note.is_signed_by(new.note()) == Some(true);
        sound.then_some(Self { note, new })
    }

    /// Whether `old` hands the log over.
    pub(super) fn is_from(&self, old: &VerifyingKey) -> bool {
        old.name() == self.new.name()
            && *old != self.new
            && self.note.is_signed_by(old.note()) == Some(true)
    }
}
