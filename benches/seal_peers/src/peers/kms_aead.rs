//! kms-aead, with two of its backends.

use kms_aead::backends::{AeadBackend, Ring, RustCrypto};
use kms_aead::formats::Envelope;
use kms_aead::providers::{LocalKekId, LocalKmsProvider};
use kms_aead::{Encrypted, KmsAeadEnvelope};
use pollster::block_on;
use secret_vault_value::SecretValue;

use super::{BOUND, Peer};

pub(crate) struct KmsAead<B: AeadBackend> {
    name: &'static str,
    envelope: KmsAeadEnvelope<LocalKmsProvider<B>, B>,
}

impl KmsAead<RustCrypto> {
    pub(crate) fn with_rust_crypto() -> Self {
        Self::new("kms-aead, rustcrypto")
    }
}

impl KmsAead<Ring> {
    pub(crate) fn with_ring() -> Self {
        Self::new("kms-aead, ring")
    }
}

impl<B: AeadBackend> KmsAead<B> {
    fn new(name: &'static str) -> Self {
        let id = LocalKekId::try_from("main".to_owned()).unwrap();
        let provider = LocalKmsProvider::ephemeral(id).unwrap();
        let envelope = KmsAeadEnvelope::new(provider).unwrap();
        Self { name, envelope }
    }
}

impl<B: AeadBackend> Peer for KmsAead<B> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        let plain = SecretValue::new(plain.to_vec());
        let sealed = block_on(self.envelope.encrypt(BOUND, &plain));
        sealed.unwrap().into_value()
    }

    fn open(&mut self, sealed: &[u8]) -> Vec<u8> {
        let sealed = Encrypted::<SecretValue, Envelope>::try_from(sealed.to_vec()).unwrap();
        let opened = block_on(self.envelope.decrypt(BOUND, &sealed));
        opened.unwrap().ref_sensitive_value().clone()
    }
}
