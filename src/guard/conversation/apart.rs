//! Adjacent texts in which nothing was found as one, so that a long history is not read
//! again for them.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use super::state::Rules;

/// A hash of texts that nobody outside of the process can aim at.
type Hash = [u64; 2];

/// Adjacent texts that need not be put together. It is emptied when it is full.
pub(super) struct Apart {
    hashers: [RandomState; 2],
    /// With how many values, and which state of those known from elsewhere, they were read.
    known: HashMap<Hash, (usize, u64)>,
}

impl Apart {
    /// The most runs of texts that are kept.
    const MAX: usize = 65_536;

    pub(super) fn new() -> Self {
        Self {
            hashers: [RandomState::new(), RandomState::new()],
            known: HashMap::new(),
        }
    }

    /// Returns the hash of texts for one guard.
    pub(super) fn hash(&self, rules: Rules<'_>, texts: &[&str]) -> Hash {
        self.hashers.each_ref().map(|hasher| {
            let mut hash = hasher.build_hasher();
            hash.write_u64(rules.number);
            for text in texts {
                hash.write_usize(text.len());
                hash.write(text.as_bytes());
            }
            hash.finish()
        })
    }

    /// Returns how many values there were when the texts were read, where the values known
    /// from elsewhere are the same since.
    pub(super) fn find(&self, hash: Hash, generation: u64) -> Option<usize> {
        let (values, then) = self.known.get(&hash)?;
        (*then == generation).then_some(*values)
    }

    pub(super) fn insert(&mut self, hash: Hash, values: usize, generation: u64) {
        if self.known.len() >= Self::MAX {
            self.known.clear();
        }
        self.known.insert(hash, (values, generation));
    }
}
