//! What the vault stores: two kinds of records in a store.
//!
//! Both are read strictly: a byte for the version of the format, fields in a fixed
//! order, text with its length before it, nothing behind. What does not read so is
//! an error of kind [`Integrity`](crate::ErrorKind::Integrity). That a record reads says
//! nothing of who wrote it: a [`Head`] is only made of one whose tag is right, and the
//! terms of a [`Version`] count once its envelope has been checked or opened.

mod codec;
mod gaps;
mod head;
#[cfg(test)]
mod tests;
mod version;

pub(super) use codec::damaged;
pub(super) use gaps::Gaps;
pub(super) use head::{Head, HeadRecord, HeadState};
pub(super) use version::Version;

use crate::Error;
use crate::store::{Range, RecordKey};
use crate::taxonomy::Tenant;

const SECRETS: &str = "confidant.vault.secret";
const VERSIONS: &str = "confidant.vault.version";

pub(super) fn head_key(tenant: &str, name: &str) -> Result<RecordKey, Error> {
    RecordKey::new(Tenant::new(tenant), SECRETS, name)
}

pub(super) fn heads(tenant: &str) -> Result<Range, Error> {
    Range::collection(Tenant::new(tenant), SECRETS)
}

pub(super) fn version_key(tenant: &str, id: &[u8; 16], version: u64) -> Result<RecordKey, Error> {
    let mut path = [0; 24];
    let (first, second) = path.split_at_mut(16);
    first.copy_from_slice(id);
    second.copy_from_slice(&version.to_be_bytes());
    RecordKey::new(Tenant::new(tenant), VERSIONS, path)
}

/// All versions of one secret.
pub(super) fn versions_of(tenant: &str, id: &[u8; 16]) -> Result<Range, Error> {
    Ok(versions(tenant)?.prefix(id))
}

pub(super) fn versions(tenant: &str) -> Result<Range, Error> {
    Range::collection(Tenant::new(tenant), VERSIONS)
}

/// The secret and the version that a path names.
pub(super) fn version_of(path: &[u8]) -> Result<([u8; 16], u64), Error> {
    let (id, version) = path.split_first_chunk::<16>().ok_or_else(damaged)?;
    let version = version.try_into().map_err(|_| damaged())?;
    Ok((*id, u64::from_be_bytes(version)))
}

/// The name that the path of a head is.
pub(super) fn name_of(path: &[u8]) -> Result<String, Error> {
    let name = std::str::from_utf8(path).map_err(|_| damaged())?;
    Ok(name.to_owned())
}
