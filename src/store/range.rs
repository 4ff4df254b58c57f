//! Ranges of keys.

use std::fmt;

use super::RecordKey;
use super::key::check_names;
use crate::Error;
use crate::taxonomy::Tenant;

/// Keys of one collection of one tenant, from one path up to another.
///
/// A range begins as the whole collection and can only be narrowed. It never leaves its
/// tenant.
///
/// # Example
/// Scan page by page. Each page begins after the last key of the page before:
/// ```
/// use confidant::store::{Batch, RecordKey, MemoryStore, Range, Store};
/// use confidant::taxonomy::Tenant;
///
/// # pollster::block_on(async {
/// let store = MemoryStore::new();
/// let mut batch = Batch::new();
/// for path in ["log/1", "log/2", "log/3", "note"] {
///     batch = batch.put(RecordKey::new(Tenant::new("acme"), "files", path)?, Vec::new());
/// }
/// store.commit(batch).await?;
///
/// let mut range = Range::collection(Tenant::new("acme"), "files")?.prefix("log/");
/// let mut found = 0;
/// loop {
///     let page = store.scan(&range, 2).await?;
///     found += page.len();
///     match page.last() {
///         Some(last) => range = range.after(last.key.path()),
///         None => break,
///     }
/// }
/// assert_eq!(found, 3);
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Range {
    tenant: Box<str>,
    collection: Box<str>,
    start: Box<[u8]>,
    end: Option<Box<[u8]>>,
}

impl Range {
    /// Returns the range of all keys of a collection of a tenant.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where a name is longer than
    /// [`RecordKey::MAX_NAME`], and [`Config`](crate::ErrorKind::Config) where
    /// `collection` is empty.
    pub fn collection(tenant: Tenant<'_>, collection: &str) -> Result<Self, Error> {
        check_names(tenant, collection)?;
        Ok(Self {
            tenant: tenant.as_str().into(),
            collection: collection.into(),
            start: Box::default(),
            end: None,
        })
    }

    /// Narrows the range to paths that begin with `prefix`.
    #[must_use]
    pub fn prefix(self, prefix: impl AsRef<[u8]>) -> Self {
        let prefix = prefix.as_ref();
        let narrowed = self.from(prefix);
        // The first path beyond is the prefix with its last byte one higher; a
        // byte that cannot be higher gives way to the one before it.
        let last = prefix.iter().rposition(|byte| *byte < 0xff);
        match last.and_then(|last| prefix.get(..=last)) {
            Some(stem) => {
                let mut end = stem.to_vec();
                if let Some(byte) = end.last_mut() {
                    *byte += 1;
                }
                narrowed.until(end)
            }
            None => narrowed,
        }
    }

    /// Narrows the range to `path` and later paths.
    #[must_use]
    pub fn from(mut self, path: impl AsRef<[u8]>) -> Self {
        if *self.start < *path.as_ref() {
            self.start = path.as_ref().into();
        }
        self
    }

    /// Narrows the range to paths after `path`.
    #[must_use]
    pub fn after(self, path: impl AsRef<[u8]>) -> Self {
        // Nothing lies between a path and the same with a zero byte behind it.
        self.from([path.as_ref(), &[0]].concat())
    }

    /// Narrows the range to paths before `path`.
    #[must_use]
    pub fn until(mut self, path: impl AsRef<[u8]>) -> Self {
        if self.end.as_deref().is_none_or(|end| end > path.as_ref()) {
            self.end = Some(path.as_ref().into());
        }
        self
    }

    /// Returns the tenant of all its keys.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Returns the collection of all its keys, without the tenant.
    #[must_use]
    pub fn collection_name(&self) -> &str {
        &self.collection
    }

    /// Returns the first path it may hold. It can be longer than a path may be.
    #[must_use]
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// Returns the first path that it does not hold any more; there is none where it
    /// goes to the end of the collection.
    #[must_use]
    pub fn end(&self) -> Option<&[u8]> {
        self.end.as_deref()
    }

    /// Returns whether it holds `key`.
    #[must_use]
    pub fn contains(&self, key: &RecordKey) -> bool {
        key.tenant() == self.tenant()
            && key.collection() == self.collection_name()
            && key.path() >= self.start()
            && self.end().is_none_or(|end| key.path() < end)
    }

    /// How many bytes its parts have together.
    pub(super) fn size(&self) -> usize {
        let end = self.end.as_deref().map_or(0, <[u8]>::len);
        self.tenant.len() + self.collection.len() + self.start.len() + end
    }
}

impl fmt::Debug for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Range")
            .field("tenant_bytes", &self.tenant.len())
            .field("collection", &self.collection)
            .field("start_bytes", &self.start.len())
            .field("end_bytes", &self.end.as_deref().map(<[u8]>::len))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole() -> Range {
        Range::collection(Tenant::new("t"), "c").unwrap()
    }

    fn key(path: &[u8]) -> RecordKey {
        RecordKey::new(Tenant::new("t"), "c", path).unwrap()
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(0), Just(1), Just(0xfe), Just(0xff), any::<u8>()];
        prop::collection::vec(byte, 0..4)
    }

    proptest! {
        #[test]
        fn each_bound_means_what_it_says(path in bytes(), bound in bytes()) {
            let key = key(&path);
            prop_assert_eq!(whole().prefix(&bound).contains(&key), path.starts_with(&bound));
            prop_assert_eq!(whole().from(&bound).contains(&key), path >= bound);
            prop_assert_eq!(whole().after(&bound).contains(&key), path > bound);
            prop_assert_eq!(whole().until(&bound).contains(&key), path < bound);
        }

        #[test]
        fn bounds_only_narrow(path in bytes(), bounds in prop::collection::vec((0..4, bytes()), 0..6)) {
            let key = key(&path);
            let mut range = whole();
            let mut held = true;
            for (which, bound) in bounds {
                let single = match which {
                    0 => { range = range.prefix(&bound); whole().prefix(&bound) }
                    1 => { range = range.from(&bound); whole().from(&bound) }
                    2 => { range = range.after(&bound); whole().after(&bound) }
                    _ => { range = range.until(&bound); whole().until(&bound) }
                };
                held &= single.contains(&key);
                prop_assert_eq!(range.contains(&key), held);
            }
        }

        #[test]
        fn no_range_holds_the_key_of_another_tenant(
            ours in "[a\\x00/]{0,3}", theirs in "[a\\x00/]{0,3}",
            collection in "[a\\x00/]{1,3}", other in "[a\\x00/]{1,3}", path in bytes(),
        ) {
            let range = Range::collection(Tenant::new(&ours), &collection).unwrap();
            let key = RecordKey::new(Tenant::new(&theirs), &other, &path).unwrap();
            prop_assert_eq!(range.contains(&key), ours == theirs && collection == other);
        }
    }
}
