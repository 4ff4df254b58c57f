//! How final the destruction of keys is.

use crate::Error;

/// What became of a key-encryption key that was to be destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyDestruction {
    /// Every version of it is gone, and nobody can bring one back.
    Destroyed,
    /// It is out of use. The service destroys it after a time of its own, and until
    /// then those who run the service can bring it back.
    Scheduled,
}

/// When what was sealed for a tenant is beyond recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finality {
    /// Now: the provider's key, which was this tenant's alone, is destroyed, so no copy
    /// of the record of the tenant's key opens any more. It was the key that opened the
    /// record, if there still was one.
    KeyDestroyed,
    /// When the key service destroys the provider's key, which it has taken out of use.
    KeyScheduled,
    /// When the last copy of the record is gone: backups, replicas and logs of the
    /// database may keep one, and the provider's key still opens it.
    RecordDeleted,
}

/// The receipt for the destruction of a tenant's key: what was destroyed, and how final
/// that is.
#[derive(Debug)]
#[non_exhaustive]
pub struct TenantReceipt {
    /// The SHA-256 digest of the record that was deleted; `None` where there was none.
    pub record: Option<[u8; 32]>,
    /// When what was sealed for the tenant is beyond recovery.
    pub finality: Finality,
    /// Why the provider's key was not destroyed, where it was to be. The record is
    /// deleted all the same, and the same call may be made again.
    pub key_error: Option<Error>,
}

impl TenantReceipt {
    /// Returns whether there was a record, which is now deleted.
    #[must_use]
    pub const fn existed(&self) -> bool {
        self.record.is_some()
    }
}
