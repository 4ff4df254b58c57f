//! A vector that is wiped.

use std::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// A vector that is wiped when it is dropped and when it moves to grow.
#[derive(Clone, Debug)]
pub(super) struct Wiped<T: Copy + Zeroize>(Vec<T>);

impl<T: Copy + Zeroize> Wiped<T> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn push(&mut self, item: T) {
        self.make_room();
        self.0.push(item);
    }

    pub(super) fn extend(&mut self, items: &[T]) {
        let len = self.0.len() + items.len();
        if len > self.0.capacity() {
            self.widen(len + len / 2);
        }
        self.0.extend_from_slice(items);
    }

    /// Inserts an item at `at`, which must not exceed the length.
    pub(super) fn insert(&mut self, at: usize, item: T) {
        self.make_room();
        self.0.insert(at, item);
    }

    /// Removes and returns the item at `at`, if there is one.
    pub(super) fn remove(&mut self, at: usize) -> Option<T> {
        (at < self.0.len()).then(|| self.0.remove(at))
    }

    /// Removes the first `count` items.
    pub(super) fn remove_first(&mut self, count: usize) {
        self.0.drain(..count.min(self.0.len()));
    }

    /// Removes all items. The memory is kept and not yet wiped.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn make_room(&mut self) {
        if self.0.len() == self.0.capacity() {
            self.widen(self.0.len() + self.0.len() / 2 + 4);
        }
    }

    fn widen(&mut self, capacity: usize) {
        let mut wider = Vec::with_capacity(capacity);
        wider.extend_from_slice(&self.0);
        self.0.zeroize();
        self.0 = wider;
    }
}

impl<T: Copy + Zeroize> Deref for Wiped<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Copy + Zeroize> DerefMut for Wiped<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: Copy + Zeroize> Drop for Wiped<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
