//! Keys of records.

use std::fmt;

use crate::Error;
use crate::taxonomy::Tenant;

/// Where a record lies: the tenant it belongs to, the collection, and a path
/// within the collection.
///
/// Keys are ordered by tenant, collection and path, each bytewise. Every backend keeps the
/// three parts apart, so no choice of names makes two keys collide.
///
/// # Security
/// `Debug` shows the collection, which code names. Of the tenant and the path it shows only
/// the lengths.
///
/// # Example
/// ```
/// use confidant::store::RecordKey;
/// use confidant::taxonomy::Tenant;
///
/// let key = RecordKey::new(Tenant::new("acme"), "secrets", b"github")?;
/// assert_eq!((key.tenant(), key.collection(), key.path()), ("acme", "secrets", &b"github"[..]));
/// assert!(RecordKey::new(Tenant::new("acme"), "secrets", [0; 1025]).is_err());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    tenant: Box<str>,
    collection: Box<str>,
    path: Box<[u8]>,
}

impl RecordKey {
    /// The most bytes of a tenant or a collection.
    pub const MAX_NAME: usize = 255;
    /// The most bytes of a path.
    pub const MAX_PATH: usize = 1024;

    /// Creates a key. [`Tenant::NONE`] is the space that belongs to no tenant. An empty
    /// `path` comes first in its collection.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where a part is longer than its bound,
    /// and [`Config`](crate::ErrorKind::Config) where `collection` is empty.
    pub fn new(
        tenant: Tenant<'_>,
        collection: &str,
        path: impl AsRef<[u8]>,
    ) -> Result<Self, Error> {
        let path = path.as_ref();
        check_names(tenant, collection)?;
        if path.len() > Self::MAX_PATH {
            return Err(Error::limit("the path of a key", Self::MAX_PATH as u64));
        }
        Ok(Self::unchecked(tenant.as_str(), collection, path))
    }

    /// A key of parts that are known to be within their bounds, or that are only
    /// compared with others.
    pub(super) fn unchecked(tenant: &str, collection: &str, path: &[u8]) -> Self {
        Self {
            tenant: tenant.into(),
            collection: collection.into(),
            path: path.into(),
        }
    }

    /// Returns the tenant it belongs to.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Returns the collection it lies in.
    #[must_use]
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// Returns its path within the collection.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// How many bytes its parts have together.
    pub(super) fn size(&self) -> usize {
        self.tenant.len() + self.collection.len() + self.path.len()
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordKey")
            .field("tenant_bytes", &self.tenant.len())
            .field("collection", &self.collection)
            .field("path_bytes", &self.path.len())
            .finish()
    }
}

/// Whether these may be the names of a tenant and a collection.
pub(super) fn check_names(tenant: Tenant<'_>, collection: &str) -> Result<(), Error> {
    if tenant.as_str().len() > RecordKey::MAX_NAME || collection.len() > RecordKey::MAX_NAME {
        return Err(Error::limit(
            "the name of a tenant or collection",
            RecordKey::MAX_NAME as u64,
        ));
    }
    if collection.is_empty() {
        return Err(Error::config("collection has no name"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn every_part_has_its_bound() {
        let name = "n".repeat(RecordKey::MAX_NAME);
        let long = "n".repeat(RecordKey::MAX_NAME + 1);
        assert!(RecordKey::new(Tenant::new(&name), &name, [0; RecordKey::MAX_PATH]).is_ok());
        assert!(RecordKey::new(Tenant::NONE, "c", []).is_ok());
        for (tenant, collection, path, kind) in [
            (&*long, "c", 0, ErrorKind::Limit),
            ("t", &*long, 0, ErrorKind::Limit),
            ("t", "c", RecordKey::MAX_PATH + 1, ErrorKind::Limit),
            ("t", "", 0, ErrorKind::Config),
        ] {
            let error = RecordKey::new(Tenant::new(tenant), collection, vec![0; path]).unwrap_err();
            assert_eq!(error.kind(), kind);
        }
    }

    #[test]
    fn keys_are_ordered_part_by_part() {
        let key = |tenant, collection, path: &[u8]| {
            RecordKey::new(Tenant::new(tenant), collection, path).unwrap()
        };
        let sorted = [
            key("", "c", b"\xff"),
            key("a", "b", b""),
            key("a", "b", b"\0"),
            key("a", "b", b"\x7f"),
            key("a", "b", b"\x80"),
            key("a", "b\0", b""),
            key("a", "ba", b""),
            key("a\0", "a", b""),
            key("aa", "a", b""),
        ];
        assert!(sorted.is_sorted());
        assert!(sorted.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn debug_shows_the_collection_and_lengths() {
        let key = RecordKey::new(Tenant::new("acme"), "secrets", b"github").unwrap();
        assert_eq!(
            format!("{key:?}"),
            "RecordKey { tenant_bytes: 4, collection: \"secrets\", path_bytes: 6 }"
        );
    }
}
