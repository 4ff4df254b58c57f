//! Keys derived from a key: one block of HKDF-Expand (RFC 5869) with SHA-256, which is all
//! that the formats of this crate need.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Error, ErrorKind};

/// HKDF under a uniformly random key, prepared to expand many times. It is wiped when it
/// is dropped, and moves no copies around.
pub(super) struct Prf(Box<Hkdf<Sha256>>);

impl Prf {
    /// Prepares a key.
    ///
    /// # Errors
    /// None for a key of 32 bytes, which is as long as a digest.
    pub(super) fn new(key: &[u8; 32]) -> Result<Self, Error> {
        let prepared = Hkdf::from_prk(key).map_err(|_| refused())?;
        Ok(Self(Box::new(prepared)))
    }

    /// Expands to 32 bytes, where `info` is all of the parts one after the other.
    ///
    /// # Errors
    /// None for 32 bytes, which are one block.
    pub(super) fn expand(&self, info: &[&[u8]]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let mut key = Zeroizing::new([0; 32]);
        self.0
            .expand_multi_info(info, &mut *key)
            .map_err(|_| refused())?;
        Ok(key)
    }
}

impl fmt::Debug for Prf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prf").finish_non_exhaustive()
    }
}

fn refused() -> Error {
    Error::message(ErrorKind::KeyService, "key cannot be derived")
}
