//! The backend in Rust.

use std::hint::black_box;

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::aes::Aes256Enc;
use aes_gcm::{AesGcm, Tag};

use super::{Forged, KEY, NONCE, TAG};
use crate::Error;

/// GCM only ever encrypts blocks, so the keys for decrypting them are not made
/// and need no wiping.
pub(super) struct Gcm(AesGcm<Aes256Enc, U12>);

impl Gcm {
    #[expect(clippy::unnecessary_wraps, reason = "the other backend may fail")]
    pub(super) fn new(key: &[u8; KEY]) -> Result<Self, Error> {
        Ok(Self(AesGcm::new(key.into())))
    }

    pub(super) fn seal_in_place(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG], Forged> {
        let tag = self.encrypt(nonce, aad, buffer);
        scrub_stack();
        tag
    }

    pub(super) fn open_in_place<'b>(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<&'b mut [u8], Forged> {
        let (plain, tag) = buffer.split_last_chunk_mut::<TAG>().ok_or(Forged)?;
        let buffer = InOutBuf::from(&mut *plain);
        self.open(nonce, aad, buffer, (&*tag).into())?;
        Ok(plain)
    }

    pub(super) fn open_into(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        sealed: &[u8],
        plain: &mut [u8],
    ) -> Result<(), Forged> {
        let (sealed, tag) = sealed.split_last_chunk::<TAG>().ok_or(Forged)?;
        let buffer = InOutBuf::new(sealed, plain).map_err(|_| Forged)?;
        self.open(nonce, aad, buffer, tag.into())
    }

    fn open(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: InOutBuf<'_, '_, u8>,
        tag: &Tag,
    ) -> Result<(), Forged> {
        let opened = self.decrypt(nonce, aad, buffer, tag);
        scrub_stack();
        opened
    }

    #[inline(never)]
    fn encrypt(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG], Forged> {
        let tag = self
            .0
            .encrypt_inout_detached(nonce.into(), aad, buffer.into());
        tag.map(Into::into).map_err(|_| Forged)
    }

    /// The tag is compared, in constant time, before anything is decrypted.
    #[inline(never)]
    fn decrypt(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: InOutBuf<'_, '_, u8>,
        tag: &Tag,
    ) -> Result<(), Forged> {
        let opened = self
            .0
            .decrypt_inout_detached(nonce.into(), aad, buffer, tag);
        opened.map_err(|_| Forged)
    }
}

/// Overwrites the part of the stack on which the cipher has worked: it leaves
/// blocks of keystream and plaintext there.
#[inline(never)]
fn scrub_stack() {
    let mut stack = [0_u64; 768];
    black_box(&mut stack);
}
