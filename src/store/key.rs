//! Keys, and ranges of them.

use crate::Error;

/// Where a record lies: the tenant it belongs to, the collection, and a path
/// within the collection.
///
/// Keys are ordered by tenant, collection and path, each bytewise. No tenant,
/// collection or path can be written so that its key is another's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    tenant: Box<str>,
    collection: Box<str>,
    path: Box<[u8]>,
}

impl Key {
    /// The most bytes of a tenant or a collection.
    pub const MAX_NAME: usize = 255;
    /// The most bytes of a path.
    pub const MAX_PATH: usize = 1024;

    /// A key. An empty `tenant` is the space that belongs to no tenant.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where a part is longer than its bound.
    pub fn new(tenant: &str, collection: &str, path: impl AsRef<[u8]>) -> Result<Self, Error> {
        let path = path.as_ref();
        if tenant.len() > Self::MAX_NAME || collection.len() > Self::MAX_NAME {
            return Err(Error::limit(
                "the name of a tenant or collection",
                Self::MAX_NAME as u64,
            ));
        }
        if path.len() > Self::MAX_PATH {
            return Err(Error::limit("the path of a key", Self::MAX_PATH as u64));
        }
        Ok(Self {
            tenant: tenant.into(),
            collection: collection.into(),
            path: path.into(),
        })
    }

    /// The tenant it belongs to.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The collection it lies in.
    #[must_use]
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// Its path within the collection.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.path
    }
}

/// The keys of one collection of one tenant, from a path up to, and without,
/// another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    start: Key,
    end: Option<Box<[u8]>>,
}

impl Range {
    /// The paths from that of `start` (included) to `end` (not included), or to
    /// the end of the collection where `end` is `None`.
    #[must_use]
    pub fn new(start: Key, end: Option<&[u8]>) -> Self {
        Self {
            start,
            end: end.map(Into::into),
        }
    }

    /// The first key it may hold.
    #[must_use]
    pub fn start(&self) -> &Key {
        &self.start
    }

    /// The first path that it does not hold any more.
    #[must_use]
    pub fn end(&self) -> Option<&[u8]> {
        self.end.as_deref()
    }
}
