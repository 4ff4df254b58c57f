//! A table made of many small arrays, which its snapshots share.

use std::array;
use std::sync::Arc;

use zeroize::Zeroize;

use super::wiped::Wiped;

/// How many branches a table has, and how many arrays a branch has.
const FAN: usize = 64;

/// An item of a table, found by a hash whose first bits select the array.
pub(super) trait Item: Copy + Zeroize {
    fn hash(&self) -> u32;
}

/// A table of items, several of which may have the same hash.
///
/// A clone copies pointers to the branches. A change then copies one branch of
/// pointers and one array, unless they are not shared.
#[derive(Clone, Debug)]
pub(super) struct Shards<T: Item> {
    branches: [Arc<Branch<T>>; FAN],
}

type Branch<T> = [Arc<Wiped<T>>; FAN];

impl<T: Item> Shards<T> {
    pub(super) fn new() -> Self {
        let empty = Arc::new(Wiped::new());
        let branch = Arc::new(array::from_fn(|_| Arc::clone(&empty)));
        Self {
            branches: array::from_fn(|_| Arc::clone(&branch)),
        }
    }

    /// Returns the items with this hash.
    pub(super) fn equal(&self, hash: u32) -> &[T] {
        let (branch, shard) = place(hash);
        let shard = self
            .branches
            .get(branch)
            .and_then(|branch| branch.get(shard));
        let items = shard.map(|shard| &***shard).unwrap_or_default();
        let from = items.partition_point(|item| item.hash() < hash);
        let items = items.get(from..).unwrap_or_default();
        let count = items.iter().take_while(|item| item.hash() == hash).count();
        items.get(..count).unwrap_or_default()
    }

    pub(super) fn insert(&mut self, item: T) {
        let hash = item.hash();
        if let Some(items) = self.shard_mut(hash) {
            let at = items.partition_point(|other| other.hash() <= hash);
            items.insert(at, item);
        }
    }

    /// Returns the first item with this hash that satisfies `is`.
    pub(super) fn find_mut(&mut self, hash: u32, is: impl Fn(&T) -> bool) -> Option<&mut T> {
        let at = self.position(hash, is)?;
        self.shard_mut(hash)?.get_mut(at)
    }

    /// Removes and returns the first item with this hash that satisfies `is`.
    pub(super) fn remove(&mut self, hash: u32, is: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.position(hash, is)?;
        self.shard_mut(hash)?.remove(at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let shards = self.branches.iter().flat_map(|branch| branch.iter());
        shards.flat_map(|shard| shard.iter())
    }

    /// Returns the index of the first such item in its array.
    fn position(&self, hash: u32, is: impl Fn(&T) -> bool) -> Option<usize> {
        let (branch, shard) = place(hash);
        let items = self.branches.get(branch)?.get(shard)?;
        let from = items.partition_point(|item| item.hash() < hash);
        let mut same = items.get(from..)?.iter();
        let index = same.position(|item| item.hash() != hash || is(item))?;
        let item = items.get(from + index)?;
        (item.hash() == hash).then_some(from + index)
    }

    fn shard_mut(&mut self, hash: u32) -> Option<&mut Wiped<T>> {
        let (branch, shard) = place(hash);
        let branch = Arc::make_mut(self.branches.get_mut(branch)?);
        Some(Arc::make_mut(branch.get_mut(shard)?))
    }
}

/// Returns the branch for a hash, and the array in that branch.
const fn place(hash: u32) -> (usize, usize) {
    let index = (hash >> 20) as usize;
    (index / FAN, index % FAN)
}
