//! The backend of AWS-LC, which wipes the memory it gives back.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::{Forged, KEY, NONCE, TAG};
use crate::Error;

pub(super) struct Gcm(LessSafeKey);

impl Gcm {
    pub(super) fn new(key: &[u8; KEY]) -> Result<Self, Error> {
        let key = UnboundKey::new(&AES_256_GCM, key);
        let key = key.map_err(|_| Error::config("AWS-LC does not take the key"))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    pub(super) fn seal_in_place(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG], Forged> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(aad), buffer);
        let tag = tag.map_err(|_| Forged)?;
        tag.as_ref().try_into().map_err(|_| Forged)
    }

    pub(super) fn open_in_place<'b>(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<&'b mut [u8], Forged> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.0.open_in_place(nonce, Aad::from(aad), buffer);
        plain.map_err(|_| Forged)
    }

    pub(super) fn open_into(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        sealed: &[u8],
        plain: &mut [u8],
    ) -> Result<(), Forged> {
        let (sealed, tag) = sealed.split_last_chunk::<TAG>().ok_or(Forged)?;
        if sealed.len() != plain.len() {
            return Err(Forged);
        }
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self
            .0
            .open_separate_gather(nonce, Aad::from(aad), sealed, tag, plain);
        opened.map_err(|_| Forged)
    }
}
