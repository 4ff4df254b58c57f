//! What the servers encrypt with.

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _};

/// A key-encryption key of a server.
pub(super) fn new_key() -> [u8; 32] {
    let mut key = [0; 32];
    getrandom::fill(&mut key).unwrap();
    key
}

pub(super) fn seal(key: &[u8; 32], associated: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut sealed = new_key()[..12].to_vec();
    let nonce = <[u8; 12]>::try_from(sealed.as_slice()).unwrap();
    let mut buffer = plaintext.to_vec();
    let cipher = Aes256Gcm::new(key.into());
    let tag = cipher
        .encrypt_inout_detached(&nonce.into(), associated, buffer.as_mut_slice().into())
        .unwrap();
    sealed.extend(buffer);
    sealed.extend(tag);
    sealed
}

pub(super) fn open(key: &[u8; 32], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_at_checked(12)?;
    let (sealed, tag) = rest.split_at_checked(rest.len().checked_sub(16)?)?;
    let nonce = <[u8; 12]>::try_from(nonce).unwrap();
    let tag = <[u8; 16]>::try_from(tag).unwrap();
    let mut buffer = sealed.to_vec();
    let cipher = Aes256Gcm::new(key.into());
    cipher
        .decrypt_inout_detached(
            &nonce.into(),
            associated,
            buffer.as_mut_slice().into(),
            &tag.into(),
        )
        .ok()?;
    Some(buffer)
}
