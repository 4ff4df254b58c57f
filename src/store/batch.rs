//! Batches: the changes of a commit, and its conditions.

use std::collections::HashSet;
use std::fmt;

use super::{Range, RecordKey};
use crate::Error;

/// What must hold of a key for a commit to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// There is no record under it.
    Absent,
    /// There is a record under it, and it has this revision.
    Revision(u64),
}

/// What a commit does to a key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Takes the record away; nothing happens where there is none.
    Delete,
    /// Writes this value.
    Put(Vec<u8>),
}

/// Conditions and changes that a commit applies together.
///
/// A commit looks at the conditions first, at all of them as they are before any
/// change. Then it empties the ranges, and then it makes the changes to single
/// keys, so that a batch can replace a whole range. A key has at most one
/// condition and one change of its own.
///
/// # Example
/// ```
/// use confidant::store::{Batch, Condition, RecordKey, MemoryStore, Store};
/// use confidant::taxonomy::Tenant;
///
/// # pollster::block_on(async {
/// let store = MemoryStore::new();
/// let key = RecordKey::new(Tenant::new("acme"), "counters", "logins")?;
///
/// let first = Batch::new().require(key.clone(), Condition::Absent).put(key.clone(), vec![1]);
/// let revision = store.commit(first).await?;
///
/// let next = Batch::new().require(key.clone(), Condition::Revision(revision)).put(key, vec![2]);
/// store.commit(next.clone()).await?;
/// let error = store.commit(next).await.unwrap_err();
/// assert_eq!(error.kind(), confidant::ErrorKind::Conflict);
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
///
/// # Security
/// `Debug` shows no value, and of keys and ranges what theirs shows.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(super) conditions: Vec<(RecordKey, Condition)>,
    pub(super) ranges: Vec<Range>,
    pub(super) changes: Vec<(RecordKey, Change)>,
}

impl Batch {
    /// The most conditions, ranges and changes of one batch, counted together.
    pub const MAX_LEN: usize = 20_000;
    /// The most bytes of one value.
    pub const MAX_VALUE: usize = 1 << 20;
    /// The most bytes of one batch: all its keys, ranges and values.
    pub const MAX_BYTES: usize = 16 << 20;

    /// Creates a batch that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Commits only if `condition` holds of `key`.
    #[must_use]
    pub fn require(mut self, key: RecordKey, condition: Condition) -> Self {
        self.conditions.push((key, condition));
        self
    }

    /// Takes away every record of `range`.
    #[must_use]
    pub fn delete_range(mut self, range: Range) -> Self {
        self.ranges.push(range);
        self
    }

    /// Takes the record under `key` away.
    #[must_use]
    pub fn delete(mut self, key: RecordKey) -> Self {
        self.changes.push((key, Change::Delete));
        self
    }

    /// Writes `value` under `key`.
    #[must_use]
    pub fn put(mut self, key: RecordKey, value: Vec<u8>) -> Self {
        self.changes.push((key, Change::Put(value)));
        self
    }

    /// Returns the conditions, in the order in which they were given.
    #[must_use]
    pub fn conditions(&self) -> &[(RecordKey, Condition)] {
        &self.conditions
    }

    /// Returns the ranges to empty, in the order in which they were given.
    #[must_use]
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// Returns the changes to single keys, in the order in which they were given.
    #[must_use]
    pub fn changes(&self) -> &[(RecordKey, Change)] {
        &self.changes
    }

    /// Returns how many bytes it has: all its keys, ranges and values.
    #[must_use]
    pub fn size(&self) -> usize {
        let conditions = self.conditions.iter().map(|(key, _)| key.size());
        let ranges = self.ranges.iter().map(Range::size);
        let changes = self
            .changes
            .iter()
            .map(|(key, change)| key.size() + change.size());
        conditions.chain(ranges).chain(changes).sum()
    }

    /// Checks whether a store may take it. Every store asks this before it does anything.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where it is larger than the bounds
    /// above, and [`Config`](crate::ErrorKind::Config) where a key has two
    /// conditions or two changes.
    pub fn check(&self) -> Result<(), Error> {
        let len = self.conditions.len() + self.ranges.len() + self.changes.len();
        if len > Self::MAX_LEN {
            return Err(Error::limit(
                "the conditions and changes of a commit",
                Self::MAX_LEN as u64,
            ));
        }
        if self
            .changes
            .iter()
            .any(|(_, change)| change.size() > Self::MAX_VALUE)
        {
            return Err(Error::limit("a value", Self::MAX_VALUE as u64));
        }
        if self.size() > Self::MAX_BYTES {
            return Err(Error::limit(
                "the bytes of a commit",
                Self::MAX_BYTES as u64,
            ));
        }
        if has_twins(&self.conditions) {
            return Err(Error::config("a key of the commit has two conditions"));
        }
        if has_twins(&self.changes) {
            return Err(Error::config("a key of the commit has two changes"));
        }
        Ok(())
    }
}

impl Change {
    fn size(&self) -> usize {
        match self {
            Self::Delete => 0,
            Self::Put(value) => value.len(),
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delete => f.write_str("Delete"),
            Self::Put(value) => write!(f, "Put({} bytes)", value.len()),
        }
    }
}

/// Whether two of these are about one key.
fn has_twins<T>(items: &[(RecordKey, T)]) -> bool {
    let mut seen = HashSet::new();
    items.len() > 1 && !items.iter().all(|(key, _)| seen.insert(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::taxonomy::Tenant;

    fn key(number: usize) -> RecordKey {
        RecordKey::new(Tenant::new("t"), "c", number.to_be_bytes()).unwrap()
    }

    fn refused(batch: &Batch) -> ErrorKind {
        batch.check().unwrap_err().kind()
    }

    #[test]
    fn a_key_has_one_condition_and_one_change() {
        let once = Batch::new()
            .require(key(1), Condition::Absent)
            .put(key(1), vec![]);
        assert!(once.check().is_ok());
        assert_eq!(refused(&once.clone().delete(key(1))), ErrorKind::Config);
        let twice = once.require(key(1), Condition::Revision(1));
        assert_eq!(refused(&twice), ErrorKind::Config);
    }

    #[test]
    fn a_batch_has_its_bounds() {
        let value = |bytes| Batch::new().put(key(0), vec![0; bytes]);
        assert!(value(Batch::MAX_VALUE).check().is_ok());
        assert_eq!(refused(&value(Batch::MAX_VALUE + 1)), ErrorKind::Limit);

        let many = |count| (0..count).fold(Batch::new(), |batch, n| batch.delete(key(n)));
        assert!(many(Batch::MAX_LEN).check().is_ok());
        let range = Range::collection(Tenant::new("t"), "c").unwrap();
        assert_eq!(
            refused(&many(Batch::MAX_LEN).delete_range(range)),
            ErrorKind::Limit
        );

        let full = |count| {
            (0..count).fold(Batch::new(), |batch, n| {
                batch.put(key(n), vec![0; Batch::MAX_VALUE])
            })
        };
        assert!(full(15).check().is_ok());
        assert_eq!(refused(&full(16)), ErrorKind::Limit);
    }

    #[test]
    fn debug_shows_no_value() {
        let batch = Batch::new().put(key(1), b"hunter2".to_vec());
        let shown = format!("{batch:?}");
        assert!(shown.contains("Put(7 bytes)"), "{shown}");
        assert!(!shown.contains("104"), "{shown}");
    }
}
