//! What a commit changes, and on what conditions.

use super::Key;

/// What must hold of a key for a commit to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// There is no record under it.
    Absent,
    /// The record under it has this revision.
    Revision(u64),
}

/// What a commit does to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Takes the record away; nothing happens where there is none.
    Delete,
    /// Writes this value.
    Put(Vec<u8>),
}

/// Conditions and changes that a commit applies together.
///
/// A key has at most one condition and one change.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    conditions: Vec<(Key, Condition)>,
    changes: Vec<(Key, Change)>,
}

impl Batch {
    /// A batch that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Commits only if `condition` holds of `key`.
    #[must_use]
    pub fn require(mut self, key: Key, condition: Condition) -> Self {
        self.conditions.push((key, condition));
        self
    }

    /// Writes `value` under `key`.
    #[must_use]
    pub fn put(mut self, key: Key, value: Vec<u8>) -> Self {
        self.changes.push((key, Change::Put(value)));
        self
    }

    /// Takes the record under `key` away.
    #[must_use]
    pub fn delete(mut self, key: Key) -> Self {
        self.changes.push((key, Change::Delete));
        self
    }

    /// The conditions, in the order in which they were given.
    #[must_use]
    pub fn conditions(&self) -> &[(Key, Condition)] {
        &self.conditions
    }

    /// The changes, in the order in which they were given.
    #[must_use]
    pub fn changes(&self) -> &[(Key, Change)] {
        &self.changes
    }
}
