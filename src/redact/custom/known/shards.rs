//! A table in many small arrays, which snapshots of it share.

use std::array;
use std::sync::Arc;

use zeroize::Zeroize;

use super::wiped::Wiped;

/// How many branches a table has, and how many arrays a branch.
const FAN: usize = 64;

/// What a table holds: found by a hash, whose first bits name its array.
pub(super) trait Item: Copy + Zeroize {
    fn hash(&self) -> u32;
}

/// A table of items, several of which may have the same hash.
///
/// A clone copies pointers to the branches. A change then copies one branch of
/// pointers and one array, unless nobody else holds them.
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

    /// The items of a hash.
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

    /// The first item of this hash that `is` what is looked for.
    pub(super) fn find_mut(&mut self, hash: u32, is: impl Fn(&T) -> bool) -> Option<&mut T> {
        let at = self.position(hash, is)?;
        self.shard_mut(hash)?.get_mut(at)
    }

    /// Takes out the first item of this hash that `is` what is looked for.
    pub(super) fn remove(&mut self, hash: u32, is: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.position(hash, is)?;
        self.shard_mut(hash)?.remove(at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let shards = self.branches.iter().flat_map(|branch| branch.iter());
        shards.flat_map(|shard| shard.iter())
    }

    /// Where in its array the first such item stands.
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

/// The branch of a hash, and the array in it.
const fn place(hash: u32) -> (usize, usize) {
    let index = (hash >> 20) as usize;
    (index / FAN, index % FAN)
}
