//! Faults of stored secrets.

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordFault {
    /// It is not what the vault has written there: it was changed, or comes from
    /// elsewhere.
    Altered,
    /// It is gone, and the log does not say that it was shredded.
    Missing,
    /// It belongs to nothing: a version of no secret, or one that its secret does not
    /// have, or the record of a secret whose tenant has no key.
    Orphan,
    /// It is older than the log says.
    Reverted,
    /// The log says that it was shredded, and it is there.
    Revived,
}
