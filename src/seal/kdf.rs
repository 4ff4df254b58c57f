//! HKDF-Expand with SHA-256 (RFC 5869), one block of it, which is all that the
//! formats of this crate need.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// HMAC-SHA-256 under a uniformly random key, ready to be used many times.
///
/// It lives on the heap, so that a move leaves no copy of its state behind, and
/// the state is wiped when it is dropped.
pub(super) struct Prf(Box<Hmac<Sha256>>);

impl Prf {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        // HMAC takes a key of one block, which a shorter key fills up with zeros.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        Self(Box::new(Hmac::new((&*block).into())))
    }

    /// HKDF-Expand of 32 bytes, where `info` is all of the parts one after the
    /// other.
    pub(super) fn expand(&self, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut mac = Hmac::clone(&self.0);
        for part in info {
            mac.update(part);
        }
        mac.update(&[1]);
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}
