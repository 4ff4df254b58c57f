//! envelopers, with AES-256-GCM for the payload. Its data keys are wrapped with
//! AES-128.

use envelopers::{Aes256Gcm, EncryptedRecord, EnvelopeCipher, SimpleKeyProvider};
use pollster::block_on;

use super::{BOUND, Peer};

pub(crate) struct Envelopers(EnvelopeCipher<SimpleKeyProvider<Aes256Gcm>>);

impl Envelopers {
    pub(crate) fn new() -> Self {
        Self(EnvelopeCipher::init(SimpleKeyProvider::init([7; 16])))
    }
}

impl Peer for Envelopers {
    fn name(&self) -> &'static str {
        "envelopers"
    }

    fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        let sealed = block_on(self.0.encrypt_with(plain).aad(BOUND).encrypt());
        sealed.unwrap().to_vec().unwrap()
    }

    fn open(&mut self, sealed: &[u8]) -> Vec<u8> {
        let record = EncryptedRecord::from_vec(sealed.to_vec()).unwrap();
        block_on(self.0.decrypt_with(&record).aad(BOUND).decrypt()).unwrap()
    }
}
