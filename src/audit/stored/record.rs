//! What the store holds of a log, and where.
//!
//! All lies in one collection of no tenant, `audit:` and the name of the log:
//!
//! | path | value |
//! |---|---|
//! | `h` | the end of the log: the id of its last batch (16 bytes), the index of that batch's first entry, and the header of a segment that would begin there |
//! | `e` and an index | the length of an entry (`u16`), the entry, and, with the last of a batch, the checkpoint behind it |
//! | `m` and the id of a batch | that the batch was committed: what `h` was then |
//! | `t`, a level (`u8`) and an index | a tile: up to 256 hashes |
//!
//! Numbers are big-endian, indexes have 8 bytes.

use std::ops::Range as Indexes;
use std::sync::Arc;

use crate::Error;
use crate::audit::batch::{Batch, Head};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::files::Header;
use crate::audit::key::VerifyingKey;
use crate::error::AuditCause;
use crate::store::{self, Condition, Key, Range, Record, Store};

/// The end of a log, as the store has it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) head: Head,
    pub(super) revision: u64,
    /// The index of the first entry of the last batch.
    pub(super) first: u64,
}

impl Stored {
    /// Reads the end of the log, and verifies that one of `keys` signed it.
    pub(super) fn parse(record: &Record, keys: &[VerifyingKey]) -> Result<Self, Error> {
        let malformed = || Error::from(AuditCause::Altered { leaf: 0 });
        let (_, rest) = record
            .value
            .split_first_chunk::<16>()
            .ok_or_else(malformed)?;
        let (first, rest) = rest.split_first_chunk().ok_or_else(malformed)?;
        let parsed = Header::parse(rest).filter(|(_, len)| *len == rest.len());
        let (header, _) = parsed.ok_or_else(malformed)?;
        let checkpoint = Checkpoint::open(&header.checkpoint, keys)?;
        let size = header.frontier.size();
        if checkpoint.size() != size || *checkpoint.root() != header.frontier.root() {
            return Err(AuditCause::Altered { leaf: size }.into());
        }
        Ok(Self {
            head: Head {
                frontier: header.frontier,
                time: header.time,
                checkpoint: Arc::new(checkpoint),
            },
            revision: record.revision,
            first: u64::from_be_bytes(*first),
        })
    }

    fn value(head: &Head, first: u64, batch: &[u8; 16]) -> Vec<u8> {
        let header = Header {
            frontier: head.frontier.clone(),
            time: head.time,
            checkpoint: head.checkpoint.note().to_owned(),
        };
        let mut value = batch.to_vec();
        value.extend(first.to_be_bytes());
        value.extend(header.to_bytes());
        value
    }
}

/// Where the records of a log lie.
#[derive(Clone, Debug)]
pub(super) struct Places {
    collection: Box<str>,
}

/// An entry as it is stored, and the note of the checkpoint behind it.
pub(super) type Entry = (Vec<u8>, Option<String>);

impl Places {
    pub(super) fn new(name: &str) -> Result<Self, Error> {
        let places = Self {
            collection: format!("audit:{name}").into(),
        };
        places.key(b"h")?;
        Ok(places)
    }

    fn key(&self, path: &[u8]) -> Result<Key, Error> {
        Key::new("", &self.collection, path)
    }

    pub(super) fn head(&self) -> Result<Key, Error> {
        self.key(b"h")
    }

    pub(super) fn marker(&self, batch: &[u8; 16]) -> Result<Key, Error> {
        self.key(&[b"m", &batch[..]].concat())
    }

    fn entry(&self, index: u64) -> Result<Key, Error> {
        self.key(&[b"e", &index.to_be_bytes()[..]].concat())
    }

    pub(super) fn tile(&self, level: u8, index: u64) -> Result<Key, Error> {
        self.key(&[&[b't', level][..], &index.to_be_bytes()].concat())
    }

    /// What begins a log.
    pub(super) fn begin(&self, head: &Head) -> Result<store::Batch, Error> {
        let value = Stored::value(head, 0, &[0; 16]);
        let key = self.head()?;
        Ok(store::Batch::new()
            .require(key.clone(), Condition::Absent)
            .put(key, value))
    }

    /// What appends a batch where the log ended: on the condition that it still does.
    pub(super) fn batch(
        &self,
        batch: &Batch,
        id: &[u8; 16],
        before: &Stored,
        settled: Option<[u8; 16]>,
    ) -> Result<store::Batch, Error> {
        let head = self.head()?;
        let marker = self.marker(id)?;
        let value = Stored::value(&batch.head, batch.first, id);
        let mut commit = store::Batch::new()
            .require(head.clone(), Condition::Revision(before.revision))
            .require(marker.clone(), Condition::Absent)
            .put(head, value.clone())
            .put(marker, value);
        // Only who committed a batch knows when nobody is in doubt about it any more.
        if let Some(settled) = settled {
            commit = commit.delete(self.marker(&settled)?);
        }
        let last = batch.entries.len().saturating_sub(1);
        for ((number, entry), index) in batch.entries.iter().enumerate().zip(batch.first..) {
            let bytes = entry.as_bytes();
            let mut value = (bytes.len() as u16).to_be_bytes().to_vec();
            value.extend_from_slice(bytes);
            if number == last {
                value.extend_from_slice(batch.head.checkpoint.note().as_bytes());
            }
            commit = commit.put(self.entry(index)?, value);
        }
        Ok(commit)
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
        let range = Range::collection("", &self.collection)?
            .prefix("e")
            .from(from.path());
        let records = store.scan(&range, count.min(store::MAX_PAGE)).await?;
        let mut entries = Vec::with_capacity(records.len());
        for (record, index) in records.into_iter().zip(indexes) {
            let altered = || Error::from(AuditCause::Altered { leaf: index });
            if record.key != self.entry(index)? {
                return Err(altered());
            }
            let (len, rest) = record.value.split_first_chunk().ok_or_else(altered)?;
            let len = usize::from(u16::from_be_bytes(*len));
            let (entry, note) = rest.split_at_checked(len).ok_or_else(altered)?;
            let note = str::from_utf8(note).map_err(|_| altered())?;
            let note = Some(note).filter(|note| !note.is_empty());
            entries.push((entry.to_vec(), note.map(str::to_owned)));
        }
        Ok(entries)
    }
}
