//! Decoded bytes, which may be secret.

use std::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Bytes that are wiped when dropped. Only the written part is wiped, because a
/// region may need much less room than was reserved.
#[derive(Default)]
pub(in crate::redact::engine) struct Bytes(Vec<u8>);

impl Bytes {
    pub(in crate::redact::engine) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }
}

impl Deref for Bytes {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}
