//! The records of a log in a store, and their keys.
//!
//! All lies in one collection of no tenant, `audit:` and the name of the log:
//!
//! | path | value |
//! |---|---|
//! | `h` and the id of the last batch | where the log ends: the roots of its complete subtrees, and its checkpoint |
//! | `e` and an index | the length of an entry (`u16`), the entry, and, with the last of a batch, the id of the batch and the checkpoint behind it |
//! | `t`, a level (`u8`) and an index | a tile: up to 256 hashes |
//!
//! Numbers are big-endian, indexes have 8 bytes, ids 16. A batch takes the head before
//! it away and makes its own, under an id that nobody can guess. So a writer that knows
//! the end of the log by its id finds it only where nobody wrote since, and never in a
//! store that was put back and has gone on otherwise, whatever its revisions are.

use std::ops::Range as Indexes;

use crate::Error;
use crate::audit::batch::{Batch, Head};
use crate::audit::checkpoint::{Checkpoint, Claim, SignedBy};
use crate::audit::key::VerifyingKey;
use crate::audit::tree::{Frontier, Hash};
use crate::error::AuditCause;
use crate::store::{self, Condition, Range, RecordKey, Store, StoredRecord};
use crate::taxonomy::Tenant;

/// The most entries that one call of the store returns.
pub(super) const PAGE: u64 = 1000;

/// How often a log that seems to go on while it is read is looked at.
pub(super) const LOOKS: u32 = 64;

/// What the head begins with.
const MAGIC: &[u8] = b"confidant audit head 1\n";

/// How many tiles that should not be there are named.
const FEW: usize = 64;

/// The random id of a batch, by which its writer knows it again.
pub(super) type BatchId = [u8; 16];

/// The record that says where a log ends, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) frontier: Frontier,
    pub(super) checkpoint: Checkpoint,
}

impl Signed {
    /// Reads the head, and verifies that one of `keys` signed all that it says.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where it did not.
    pub(super) fn parse(head: &Found, keys: &[VerifyingKey]) -> Result<Self, Error> {
        let (roots, note) = head.claims().ok_or_else(damaged)?;
        let claim = Claim::parse(note).map_err(|_| damaged())?;
        match claim.signed_by(keys) {
            SignedBy::Key(_) => {}
            SignedBy::Nobody => return Err(AuditCause::OtherKey.into()),
            SignedBy::Misnamed | SignedBy::Refuted => return Err(damaged()),
        }
        let frontier = Frontier::from_roots(claim.size, roots).map_err(|_| damaged())?;
        if frontier.root() != claim.root {
            return Err(damaged());
        }
        Ok(Self {
            frontier,
            checkpoint: claim.accept(),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }
}

/// What the head of a log says is not what was written.
#[cold]
fn damaged() -> Error {
    AuditCause::Head.into()
}

/// The head of a log, as it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: BatchId,
    pub(super) revision: u64,
    value: Vec<u8>,
}

impl Found {
    /// The roots and the note that it holds, not verified.
    pub(super) fn claims(&self) -> Option<(Vec<Hash>, &str)> {
        let (count, rest) = self.value.strip_prefix(MAGIC)?.split_first()?;
        let (roots, note) = rest.split_at_checked(usize::from(*count) * Hash::LEN)?;
        let (roots, _) = roots.as_chunks();
        let roots = roots.iter().copied().map(Hash::from_bytes).collect();
        Some((roots, str::from_utf8(note).ok()?))
    }
}

/// An entry as it is stored, and what stands behind the last of a batch.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) bytes: Vec<u8>,
    pub(super) end: Option<BatchEnd>,
}

#[derive(Debug)]
pub(super) struct BatchEnd {
    pub(super) id: BatchId,
    /// The note of the checkpoint, not verified.
    pub(super) note: String,
}

impl Entry {
    fn parse(value: &[u8]) -> Option<Self> {
        let (len, rest) = value.split_first_chunk()?;
        let (bytes, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        let end = if rest.is_empty() {
            None
        } else {
            let (id, note) = rest.split_first_chunk()?;
            let note = str::from_utf8(note).ok()?.to_owned();
            Some(BatchEnd { id: *id, note })
        };
        let bytes = bytes.to_vec();
        Some(Self { bytes, end })
    }
}

/// Where the records of a log lie.
#[derive(Clone, Debug)]
pub(super) struct Places {
    collection: Box<str>,
}

impl Places {
    pub(super) fn new(name: &str) -> Result<Self, Error> {
        let places = Self {
            collection: format!("audit:{name}").into(),
        };
        places.all()?;
        Ok(places)
    }

    fn key(&self, path: &[u8]) -> Result<RecordKey, Error> {
        RecordKey::new(Tenant::NONE, &self.collection, path)
    }

    fn all(&self) -> Result<Range, Error> {
        Range::collection(Tenant::NONE, &self.collection)
    }

    fn head(&self, id: &BatchId) -> Result<RecordKey, Error> {
        self.key(&[b"h", &id[..]].concat())
    }

    fn entry(&self, index: u64) -> Result<RecordKey, Error> {
        self.key(&[b"e", &index.to_be_bytes()[..]].concat())
    }

    pub(super) fn tile(&self, level: u8, index: u64) -> Result<RecordKey, Error> {
        self.key(&[&[b't', level][..], &index.to_be_bytes()].concat())
    }

    /// The level and the index of a tile, by the path of its record.
    fn tile_at(path: &[u8]) -> Option<(u8, u64)> {
        let (level, index) = path.strip_prefix(b"t")?.split_first()?;
        Some((*level, u64::from_be_bytes(index.try_into().ok()?)))
    }

    /// Finds tiles at a level, from an index on: a few where there are many. Of the
    /// levels above it too, where `above` says so.
    pub(super) async fn tiles_from(
        &self,
        store: &dyn Store,
        (level, index): (u8, u64),
        above: bool,
    ) -> Result<Vec<(u8, u64)>, Error> {
        let prefix = [b't', level];
        let prefix = if above { &b"t"[..] } else { &prefix };
        let from = self.tile(level, index)?;
        let range = self.all()?.prefix(prefix).from(from.path());
        let found = store.scan(&range, FEW).await?;
        let paths = found.iter().map(|record| record.key.path());
        Ok(paths.filter_map(Self::tile_at).collect())
    }

    /// What appends a batch where the log ended, on the condition that it still does and
    /// that nothing stands where the entries go. `before` is the head there, if the log
    /// has any entry.
    pub(super) fn batch(
        &self,
        batch: &Batch,
        id: &BatchId,
        before: Option<(BatchId, u64)>,
    ) -> Result<store::Batch, Error> {
        let head = self.head(id)?;
        let mut commit = store::Batch::new().put(head, head_value(&batch.head));
        if let Some((id, revision)) = before {
            let before = self.head(&id)?;
            commit = commit
                .require(before.clone(), Condition::Revision(revision))
                .delete(before);
        }
        let last = batch.entries.len().saturating_sub(1);
        for ((number, entry), index) in batch.entries.iter().enumerate().zip(batch.first..) {
            let bytes = entry.as_bytes();
            let mut value = (bytes.len() as u16).to_be_bytes().to_vec();
            value.extend_from_slice(bytes);
            if number == last {
                value.extend_from_slice(id);
                value.extend_from_slice(batch.head.checkpoint.note().as_bytes());
            }
            let key = self.entry(index)?;
            commit = commit
                .require(key.clone(), Condition::Absent)
                .put(key, value);
        }
        Ok(commit)
    }

    /// Reads where the log ends: `None` where nothing says so.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where it ends in two places.
    pub(super) async fn end(&self, store: &dyn Store) -> Result<Option<Found>, Error> {
        let mut heads = store.scan(&self.all()?.prefix("h"), 2).await?.into_iter();
        let (head, second) = (heads.next(), heads.next());
        let Some(StoredRecord {
            key,
            value,
            revision,
            ..
        }) = head
        else {
            return Ok(None);
        };
        let id = key.path().get(1..).and_then(|id| id.try_into().ok());
        match (id, second) {
            (Some(id), None) => Ok(Some(Found {
                id,
                revision,
                value,
            })),
            _ => Err(damaged()),
        }
    }

    /// Whether the log has an entry at `index` or beyond.
    pub(super) async fn goes_on(&self, store: &dyn Store, index: u64) -> Result<bool, Error> {
        let from = self.entry(index)?;
        let range = self.all()?.prefix("e").from(from.path());
        Ok(!store.scan(&range, 1).await?.is_empty())
    }

    /// Reads entries, as many as there are.
    pub(super) async fn read(
        &self,
        store: &dyn Store,
        indexes: Indexes<u64>,
    ) -> Result<Vec<Entry>, Error> {
        let count =
            usize::try_from(indexes.end.saturating_sub(indexes.start)).unwrap_or(usize::MAX);
        let from = self.entry(indexes.start)?;
        let range = self.all()?.prefix("e").from(from.path());
        let records = store.scan(&range, count.min(store::MAX_PAGE)).await?;
        let mut entries = Vec::with_capacity(records.len());
        for (record, index) in records.into_iter().zip(indexes) {
            let entry = Entry::parse(&record.value);
            match entry.filter(|_| self.entry(index).is_ok_and(|key| key == record.key)) {
                Some(entry) => entries.push(entry),
                None => return Err(AuditCause::Altered { leaf: index }.into()),
            }
        }
        Ok(entries)
    }
}

fn head_value(head: &Head) -> Vec<u8> {
    let roots = head.frontier.roots();
    let mut value = MAGIC.to_vec();
    value.push(roots.len() as u8);
    value.extend(roots.iter().flat_map(|root| root.as_bytes()));
    value.extend_from_slice(head.checkpoint.note().as_bytes());
    value
}
