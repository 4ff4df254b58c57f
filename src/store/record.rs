//! Records.

use std::fmt;

use super::RecordKey;

/// A value, and the revision under which it was committed.
///
/// # Security
/// `Debug` shows how long the value is, and nothing of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredRecord {
    /// The key it lies under.
    pub key: RecordKey,
    /// The bytes.
    pub value: Vec<u8>,
    /// The number of the commit that wrote it: what
    /// [`Condition::Revision`](super::Condition::Revision) compares.
    pub revision: u64,
}

impl StoredRecord {
    /// Creates a record, as a store returns it.
    #[must_use]
    pub const fn new(key: RecordKey, value: Vec<u8>, revision: u64) -> Self {
        Self {
            key,
            value,
            revision,
        }
    }
}

impl fmt::Debug for StoredRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRecord")
            .field("key", &self.key)
            .field("value_bytes", &self.value.len())
            .field("revision", &self.revision)
            .finish()
    }
}
