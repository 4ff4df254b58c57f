//! AES-256-GCM with nonces of 96 bits and tags of 128, and nothing else.
//!
//! Two backends give the same bytes: pure Rust, and AWS-LC where the feature
//! `aws-lc` asks for it. Whoever calls sees to it that no nonce is used twice
//! under one key.

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(any(test, not(feature = "aws-lc")))]
mod pure;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws-lc")]
use aws_lc::Gcm;
#[cfg(not(feature = "aws-lc"))]
use pure::Gcm;

use crate::Error;

/// The number of bytes of a key.
pub(super) const KEY: usize = 32;
/// The number of bytes of a nonce.
pub(super) const NONCE: usize = 12;
/// The number of bytes of a tag.
pub(super) const TAG: usize = 16;

/// The most bytes of one message (NIST SP 800-38D).
const MAX: u64 = (1 << 36) - 32;

/// The bytes are not what was sealed under this key, nonce and data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forged;

/// AES-256-GCM under one key, whose schedule is wiped when it is dropped.
pub(super) struct Cipher(Gcm);

impl Cipher {
    /// Expands `key`.
    ///
    /// # Errors
    /// `Config` where the backend does not take the key, which no key of 32
    /// bytes leads to.
    pub(super) fn new(key: &[u8; KEY]) -> Result<Self, Error> {
        Gcm::new(key).map(Self)
    }

    /// Encrypts `buffer` where it stands and returns its tag.
    ///
    /// # Errors
    /// `Limit` past 2^36 - 32 bytes.
    pub(super) fn seal_in_place(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG], Error> {
        let sealed = self.0.seal_in_place(nonce, aad, buffer);
        sealed.map_err(|Forged| Error::limit("a message under AES-GCM", MAX))
    }

    /// Decrypts `buffer`, which ends with its tag, where it stands, and returns
    /// the part that is plaintext now.
    ///
    /// # Errors
    /// [`Forged`]; then `buffer` holds no plaintext.
    pub(super) fn open_in_place<'b>(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<&'b mut [u8], Forged> {
        self.0.open_in_place(nonce, aad, buffer)
    }

    /// Decrypts `sealed`, which ends with its tag, into `plain`, which is as
    /// long as `sealed` without the tag.
    ///
    /// # Errors
    /// [`Forged`]; then `plain` holds no plaintext.
    pub(super) fn open_into(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        sealed: &[u8],
        plain: &mut [u8],
    ) -> Result<(), Forged> {
        self.0.open_into(nonce, aad, sealed, plain)
    }
}
